"""Outlook calendars to start with: a believable month of a coach's working life, around the day of the start.

Subjects are private matter that no client of ours should ever ask for; they are here so that a leak is seen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from pmtui.sandbox.people import Person, made_up_id
from pmtui.sandbox.times import days, local, midnight, zone

ShowAs = Literal["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]

FIRST_DAY, LAST_DAY = -3, 45  # relative to today, in the person's own zone: past the longest look-ahead of 42 days


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of an Outlook calendar; a recurring meeting is one entry an occurrence. Instants are aware UTC.

    `properties` are the single-value extended properties by id; `change` counts the versions.
    """

    id: str
    subject: str
    starts: datetime
    ends: datetime
    all_day: bool = False
    show_as: ShowAs = "busy"
    sensitivity: str = "normal"
    cancelled: bool = False
    series_id: str | None = None
    transaction_id: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    zone_name: str = "UTC"
    created_at: datetime
    modified_at: datetime
    change: int = 1
    by_app: bool = False


_Row = tuple[str, time, int, ShowAs]  # subject, local start, minutes, shown as
_WEEKLY: tuple[tuple[int, _Row], ...] = (  # Monday is 0
    *((day, ("Team huddle", time(9, 0), 15, "busy")) for day in range(5)),
    (0, ("Weekly planning", time(9, 30), 60, "busy")),
    (1, ("Focus time", time(13, 0), 120, "busy")),
    (2, ("Team meeting", time(10, 0), 60, "busy")),
    (3, ("Focus time", time(13, 0), 120, "busy")),
    (4, ("Hold: vendor demo", time(15, 0), 60, "tentative")),
    (4, ("Timesheet reminder", time(16, 30), 15, "free")),
)
_ONE_TO_ONE = ("1:1 with my manager", "Skip-level 1:1")
_AD_HOC = ("Calibration", "Quality review", "Customer escalation", "Hiring interview", "Project sync", "Dentist")


def calendar_of(person: Person, now: datetime) -> list[Event]:
    """That person's events, the same for the same person and day. The office staff's calendars are empty."""
    if person.role != "coach":
        return []
    today = now.astimezone(zone(person.timezone)).date()
    events: list[Event] = []
    for on in days(today + timedelta(days=FIRST_DAY), today + timedelta(days=LAST_DAY)):
        events += _day(person, on, now)
    events += _whole_days(person, today, now)
    return sorted(events, key=lambda event: (event.starts, event.id))


def _day(person: Person, on: date, now: datetime) -> list[Event]:
    if on.weekday() > 4:
        return []
    dice = random.Random(f"{person.email} {on.isoformat()}")
    rows = [row for weekday, row in _WEEKLY if weekday == on.weekday()]
    if on.weekday() == len(person.name) % 5:
        rows.append((_ONE_TO_ONE[on.isocalendar().week % 2], time(14, 0), 30, "busy"))
    events = [_recurring(person, row, on, now) for row in rows]
    for _ in range(dice.choice((0, 1, 1, 2))):
        row: _Row = (
            dice.choice(_AD_HOC),
            time(dice.randint(8, 16), dice.choice((0, 30))),
            dice.choice((30, 45)),
            "busy",
        )
        events.append(_event(person, row, on, now, None))
    if dice.random() < 0.05:
        events.append(_event(person, ("Cancelled: town hall", time(11, 0), 60, "busy"), on, now, None, cancelled=True))
    return events


def _recurring(person: Person, row: _Row, on: date, now: datetime) -> Event:
    return _event(person, row, on, now, made_up_id("series", person.email, row[0], str(row[1])))


def _event(person: Person, row: _Row, on: date, now: datetime, series: str | None, *, cancelled: bool = False) -> Event:
    subject, at, minutes, show_as = row
    starts = local(on, at, person.timezone)
    created = (now - timedelta(days=30)).astimezone(UTC)
    return Event(
        id=made_up_id("event", person.email, on.isoformat(), subject, at.isoformat(), str(minutes)),
        subject=subject,
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        show_as=show_as,
        cancelled=cancelled,
        series_id=series,
        zone_name=person.timezone,
        created_at=created,
        modified_at=created,
    )


def _whole_days(person: Person, today: date, now: datetime) -> list[Event]:
    """A day from home, a holiday and a birthday: three all-day entries that mean different things."""
    dice = random.Random(f"{person.email} whole days")
    monday = today - timedelta(days=today.weekday())
    plan: tuple[tuple[str, date, ShowAs], ...] = (
        ("Working from home", monday + timedelta(days=7 + dice.randint(0, 4)), "workingElsewhere"),
        ("Holiday", monday + timedelta(days=14 + dice.randint(0, 4)), "oof"),
        ("Mia's birthday", monday + timedelta(days=7 + dice.randint(0, 6)), "free"),
    )
    created = (now - timedelta(days=60)).astimezone(UTC)
    return [
        Event(
            id=made_up_id("event", person.email, on.isoformat(), subject),
            subject=subject,
            starts=midnight(on, person.timezone),
            ends=midnight(on + timedelta(days=1), person.timezone),
            all_day=True,
            show_as=show_as,
            zone_name=person.timezone,
            created_at=created,
            modified_at=created,
        )
        for subject, on, show_as in plan
    ]

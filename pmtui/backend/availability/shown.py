"""One real week as the editor shows it: its window, what fills it, and the starts that would be found in it.

Pure, standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pmtui.backend.availability import edits
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord
from pmtui.backend.slots.people import home_zone
from pmtui.backend.slots.search import preview
from pmtui.backend.slots.values import DAY_MINUTES, Answer, CalendarState, Party, ReasonCode, Search, SpanKind, Week
from pmtui.backend.slots.weekly import default_hours
from pmtui.backend.slots.zones import local_datetime, local_day, minute_at, offsets

EDITABLE = frozenset({CalendarState.GOOGLE, CalendarState.OUTLOOK})
_SATURDAY = 5
_CLOSED = frozenset({ReasonCode.OUTSIDE_AVAILABILITY, ReasonCode.OUTSIDE_DEFAULT_HOURS, ReasonCode.OUTSIDE_SCHEDULE})

Stretch = tuple[int, int]
"""Clock minutes `(start, end)` of one day."""
Days = tuple[tuple[Stretch, ...], ...]
"""Seven days of stretches, from the first day shown."""


@dataclass(frozen=True, slots=True)
class Starts:
    """The starts of a week: per day runs of `(first, last)` start in clock minutes, and how many there are.

    `unread` says that nothing is found because the calendar can't be read.
    """

    days: Days
    total: int
    unread: bool


def first_shown(zone_name: str, now: int, weeks: int = 0, first_day: int = 0) -> date:
    """The first day of the week to show, `weeks` later, of weeks that begin with the weekday `first_day`.

    The present week; the next one on a weekend with which it ends.
    """
    today = date.fromordinal(local_day(zone_name, now))
    begun = (today.weekday() - first_day) % 7
    left = range(today.weekday(), today.weekday() + 7 - begun)
    over = all(day % 7 >= _SATURDAY for day in left)
    return today + timedelta(days=(7 if over else 0) - begun + 7 * weeks)


def window(zone_name: str, first: date) -> tuple[int, int]:
    """The minutes of the seven local days from `first`."""
    return minute_at(zone_name, first.toordinal(), 0), minute_at(zone_name, first.toordinal() + 7, 0)


def laid_out(zone_name: str, first: date, spans: Iterable[tuple[int, int]]) -> Days:
    """Spans of minutes cut into the seven local days from `first`, in clock minutes.

    Cut also where the clock jumps: a stretch covers what the clock shows, the repeated hour on both passes.
    """
    days: list[list[Stretch]] = [[] for _ in range(7)]
    spans = sorted(spans)
    for day in range(7):
        ordinal = first.toordinal() + day
        begins, ends = minute_at(zone_name, ordinal, 0), minute_at(zone_name, ordinal + 1, 0)
        for start, end in spans:
            low, high = max(start, begins), min(end, ends)
            if low < high:
                for since, until, ahead in offsets(zone_name, low, high):
                    clock = (since + ahead) % DAY_MINUTES
                    days[day].append((clock, clock + until - since))
    return tuple(tuple(sorted(stretches)) for stretches in days)


def _clock(zone_name: str, minute: int) -> int:
    local = local_datetime(zone_name, minute)
    return local.hour * 60 + local.minute


def week_that_counts(record: AvailabilityRecord, busy: BusyRecord, edited: Week, first: date) -> Week:
    """The hours that count for the person's calendar: those edited, the WFM schedule of that week, or the default."""
    if record.calendar in EDITABLE:
        return edited
    if record.calendar is CalendarState.NONE:
        return default_hours(record.tenant_timezone)
    week = Week(record.timezone)
    planned = ((span.start, span.end) for span in busy.spans if span.kind is SpanKind.OPEN)
    for day, stretches in enumerate(laid_out(record.timezone, first, planned)):
        for start, end in stretches:
            week = edits.open_(week, (first.weekday() + day) % 7, start, end)
    return week


def starts(record: AvailabilityRecord, busy: BusyRecord, edited: Week, first: date, now: int) -> Starts:
    """What Auto Coaching would find for the person alone in the week from `first`, from now on."""
    zone_name = home_zone(_party(record, busy, edited))
    found = _preview(record, busy, edited, window(zone_name, first), now).slots
    days: list[list[Stretch]] = [[] for _ in range(7)]
    before = 0
    for start in found:
        runs, clock = days[local_day(zone_name, start) - first.toordinal()], _clock(zone_name, start)
        if runs and start - before == clock - runs[-1][1] == record.settings.step_minutes:
            runs[-1] = (runs[-1][0], clock)
        else:
            runs.append((clock, clock))
        before = start
    return Starts(tuple(map(tuple, days)), len(found), not found and busy.unknown)


def not_offered(
    record: AvailabilityRecord, busy: BusyRecord, edited: Week, on: date, now: int
) -> tuple[tuple[ReasonCode, int], ...]:
    """How many starts inside the open hours of the day `on` are not offered, by the first reason against each."""
    zone_name = home_zone(_party(record, busy, edited))
    day = minute_at(zone_name, on.toordinal(), 0), minute_at(zone_name, on.toordinal() + 1, 0)
    reasons = _preview(record, busy, edited, day, now).reasons
    return tuple((code, count) for code, count in reasons.items() if code not in _CLOSED)


def _party(record: AvailabilityRecord, busy: BusyRecord, edited: Week) -> Party:
    return Party(
        calendar=record.calendar,
        timezone=record.timezone,
        week=edited,
        spans=busy.spans,
        sessions=busy.sessions,
        known=busy.known,
        unknown=busy.unknown,
    )


def _preview(record: AvailabilityRecord, busy: BusyRecord, edited: Week, asked: tuple[int, int], now: int) -> Answer:
    search = Search(
        window=asked,
        now=now,
        now_passed=True,
        tenant_timezone=record.tenant_timezone,
        minutes=record.settings.session_minutes,
        step=record.settings.step_minutes,
        buffer_before=record.settings.buffer_before_minutes,
        buffer_after=record.settings.buffer_after_minutes,
        notice=record.settings.notice_minutes,
    )
    return preview(search, _party(record, busy, edited))

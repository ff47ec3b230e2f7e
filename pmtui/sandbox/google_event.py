"""One event of a Google calendar as it is kept, and its instances if it recurs; no JSON answers and no HTTP here.

Documents followed (developers.google.com/workspace/calendar/api/...):
[event] v3/reference/events   [recurring] guides/recurringevents   [rfc] RFC 5545, 3.8.5
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from dateutil.rrule import rruleset, rrulestr

from pmtui.sandbox.times import local, midnight, parse, zone

_MOST_INSTANCES = 2000  # of one series in one answer
_LINE = re.compile(r"(RRULE|RDATE|EXDATE)((?:;[A-Z]+=[^:;]+)*):(.+)\Z")
_UNTIL = re.compile(r"UNTIL=([0-9TZ]+)")
_FREQUENCY = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleEvent:
    """An event. `fields` is what was written, by Google's own names, `start` and `end` always among them.

    `zone_name` is the calendar's zone, `organizer` the email of somebody else whose event it is, `change` counts
    the versions. Instants are aware UTC.
    """

    id: str
    fields: dict[str, Any]
    zone_name: str
    created_at: datetime
    modified_at: datetime
    organizer: str | None = None
    change: int = 1
    sequence: int = 0
    by_app: bool = False

    @property
    def status(self) -> str:
        """`confirmed`, `tentative` or `cancelled`; cancelled is what Google calls deleted."""
        return str(self.fields.get("status", "confirmed"))

    @property
    def all_day(self) -> bool:
        """Whether start and end are dates."""
        return "date" in self.fields["start"]

    @property
    def starts(self) -> datetime:
        """When it starts; a date starts at midnight of the calendar's zone."""
        return instant(self.fields["start"], self.zone_name)

    @property
    def ends(self) -> datetime:
        """When it ends, itself not included."""
        return instant(self.fields["end"], self.zone_name)

    @property
    def recurrence(self) -> list[str]:
        """RRULE, RDATE and EXDATE lines; empty for a single event and for an instance."""
        return list(self.fields.get("recurrence", ()))

    @property
    def series_id(self) -> str | None:
        """Which recurring event this is an instance of."""
        return self.fields.get("recurringEventId")


def instant(when: dict[str, str], zone_name: str) -> datetime:
    """[event] An `EventDateTime` as aware UTC. `ValueError` if it is none."""
    if "date" in when:
        return midnight(date.fromisoformat(when["date"]), zone_name)
    return parse(when["dateTime"], zone(when["timeZone"]) if "timeZone" in when else None)


def instances(series: GoogleEvent, until: datetime, since: datetime | None = None) -> Iterator[GoogleEvent]:
    """[recurring] The instances of a recurring event that start before `until` and end after `since`, in order.

    Times of day are those of the series' own zone; a time that a clock change leaves out moves forward by the gap,
    one that comes twice is the first. Every instance lasts as long as the first.
    """
    where = _series_zone(series)
    first = _clock(series.starts, where)
    found = 0
    for clock in _rules(series.recurrence, first, where):
        one = _instance(series, clock, where)
        if one.starts >= until or found >= _MOST_INSTANCES:
            return
        if since is None or one.ends > since:
            found += 1
            yield one


def check_recurrence(series: GoogleEvent) -> None:
    """`ValueError` if the recurrence lines cannot be understood."""
    where = _series_zone(series)
    next(iter(_rules(series.recurrence, _clock(series.starts, where), where)), None)


def _series_zone(series: GoogleEvent) -> str:
    return str(series.fields["start"].get("timeZone", series.zone_name))


def _clock(moment: datetime, zone_name: str) -> datetime:
    """What a clock on the wall shows, without a zone: the terms recurrence rules speak in."""
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None)


def _instance(series: GoogleEvent, clock: datetime, zone_name: str) -> GoogleEvent:
    kept = {name: value for name, value in series.fields.items() if name != "recurrence"}
    if series.all_day:
        length = date.fromisoformat(series.fields["end"]["date"]) - date.fromisoformat(series.fields["start"]["date"])
        start = {"date": clock.date().isoformat()}
        end = {"date": (clock.date() + length).isoformat()}
        stamp = f"{clock:%Y%m%d}"
    else:
        starts = local(clock.date(), clock.time(), zone_name)
        start = _when(starts, zone_name)
        end = _when(starts + (series.ends - series.starts), zone_name)
        stamp = f"{starts:%Y%m%dT%H%M%SZ}"
    more = {"start": start, "end": end, "recurringEventId": series.id, "originalStartTime": start}
    return replace(series, id=f"{series.id}_{stamp}", fields=kept | more)


def _when(moment: datetime, zone_name: str) -> dict[str, str]:
    return {"dateTime": moment.astimezone(zone(zone_name)).isoformat(timespec="seconds"), "timeZone": zone_name}


def _rules(lines: list[str], first: datetime, zone_name: str) -> Iterator[datetime]:
    """[rfc] The clock times the lines stand for, in order."""
    rules = rruleset()
    ruled = False
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"recurrence line not understood: {line}")
        name, parameters, value = match.groups()
        if name == "RRULE":
            ruled = True
            rules.rrule(rrulestr(_local_rule(value, zone_name), dtstart=first))
        else:
            for text in value.split(","):
                clock = _listed(text, parameters, first, zone_name)
                rules.rdate(clock) if name == "RDATE" else rules.exdate(clock)
    if not ruled:
        rules.rdate(first)
    return iter(rules)


def _local_rule(value: str, zone_name: str) -> str:
    """A rule with UNTIL on the local clock; Google takes no rule finer than days."""
    if not _FREQUENCY.search(value):
        raise ValueError(f"recurrence rule not understood: {value}")

    def localized(match: re.Match[str]) -> str:
        text = match[1]
        if len(text) == 8:
            return f"UNTIL={text}T235959"
        return f"UNTIL={_stamp(text, zone_name):%Y%m%dT%H%M%S}"

    return _UNTIL.sub(localized, value)


def _listed(text: str, parameters: str, first: datetime, zone_name: str) -> datetime:
    named = dict(one.split("=", 1) for one in parameters.split(";") if one)
    if named.get("VALUE") == "DATE" or len(text) == 8:
        on = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  a date has no zone
        return datetime.combine(on, time.min)
    moment = _stamp(text, named.get("TZID", zone_name))
    return _clock(local(moment.date(), moment.time(), named.get("TZID", zone_name)), zone_name)


def _stamp(text: str, zone_name: str) -> datetime:
    """`20270315T150000Z` or `20270315T100000` as that zone's clock shows it."""
    moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  the zone follows
    return _clock(moment.replace(tzinfo=UTC), zone_name) if text.endswith("Z") else moment

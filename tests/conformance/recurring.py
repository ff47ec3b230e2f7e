"""Random recurring events, as iCalendar says them and as Google does: the same event in two languages.

Rules daily, weekly and monthly with intervals, counts, ends, weekdays and days of the month; instances left out,
moved, lengthened, made free or cancelled; whole days and times of day, in zones whose clocks change.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import strategies as st
from icalendar import Calendar, Timezone
from icalendar import Event as VEvent

ZONES = (
    *("America/Chicago", "Europe/London", "Australia/Lord_Howe", "America/St_Johns"),
    *("Pacific/Auckland", "Asia/Kolkata", "America/Santiago", "UTC"),
)
WINDOWS = (
    (datetime(2027, 2, 20, tzinfo=UTC), datetime(2027, 4, 30, tzinfo=UTC)),
    (datetime(2027, 9, 15, tzinfo=UTC), datetime(2027, 11, 20, tzinfo=UTC)),
)
"""Around the clock changes of spring and autumn, on both halves of the earth."""
_END = datetime(2028, 1, 1)  # noqa: DTZ001  by the wall clock
UID = "series"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Changed:
    """One instance that is not as the rule says: by which wall clock it is known, and what became of it.

    `starts` is None where it was cancelled; `free` where it no longer takes time.
    """

    original: datetime
    starts: datetime | None
    minutes: int = 0
    free: bool = False


@dataclass(frozen=True)
class Series:
    """A recurring event. Times are what a clock in `zone` shows; whole days if `all_day` (of the calendar's zone)."""

    zone: str
    all_day: bool
    starts: datetime
    minutes: int
    rule: str
    without: tuple[datetime, ...] = ()
    changed: tuple[Changed, ...] = field(default=())


def instances(series: Series) -> list[datetime]:
    """What the rule alone gives, by the wall clock, until the year's end."""
    rule = series.rule
    if "UNTIL" in rule and not series.all_day:
        head, _, text = rule.partition("UNTIL=")
        until = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(ZoneInfo(series.zone))
        rule = f"{head}UNTIL={until:%Y%m%dT%H%M%S}"
    return list(takewhile(lambda one: one < _END, rrulestr(rule, dtstart=series.starts)))


@st.composite
def all_series(draw: st.DrawFn, window: tuple[datetime, datetime]) -> Series:
    """A recurring event that has to do with that window."""
    zone, all_day = draw(st.sampled_from(ZONES)), draw(st.integers(0, 4)) == 0
    first = window[0].replace(tzinfo=None) + timedelta(days=draw(st.integers(-80, 60)))
    starts = first if all_day else first + timedelta(minutes=draw(st.integers(0, 287)) * 5)
    if not all_day:  # a first instance at a time the clocks leave out is written as the time it stands for
        starts = start_of(zone, starts).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    minutes = draw(st.integers(1, 3)) * 1440 if all_day else draw(st.integers(1, 288)) * 5
    series = Series(zone, all_day, starts, minutes, draw(_rules(zone, all_day, starts)))
    known = instances(series)
    picked = draw(st.lists(st.sampled_from(known), max_size=5, unique=True)) if known else []
    left_out = [one for one in picked if draw(st.booleans())]
    changed = tuple(draw(_change(series, one)) for one in picked if one not in left_out)
    return Series(zone, all_day, starts, minutes, series.rule, tuple(left_out), changed)


@st.composite
def _rules(draw: st.DrawFn, zone: str, all_day: bool, starts: datetime) -> str:
    kind = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY")))
    parts = [f"FREQ={kind}"]
    interval = draw(st.integers(1, 4))
    if interval > 1:
        parts.append(f"INTERVAL={interval}")
    if kind == "WEEKLY" and draw(st.booleans()):
        days = {_DAYS[starts.weekday()], *draw(st.sets(st.sampled_from(_DAYS), max_size=3))}
        parts.append(f"BYDAY={','.join(day for day in _DAYS if day in days)}")
    if kind == "MONTHLY" and draw(st.booleans()):
        parts.append(f"BYDAY={(starts.day - 1) // 7 + 1}{_DAYS[starts.weekday()]}")
    ends = draw(st.sampled_from(("count", "until", "never")))
    if ends == "count":
        parts.append(f"COUNT={draw(st.integers(1, 60))}")
    if ends == "until":
        until = starts + timedelta(days=draw(st.integers(0, 150)), minutes=draw(st.sampled_from((-5, 0, 5))))
        until = max(until, starts)
        utc = until.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        parts.append(f"UNTIL={until:%Y%m%d}" if all_day else f"UNTIL={utc:%Y%m%dT%H%M%SZ}")
    return ";".join(parts)


@st.composite
def _change(draw: st.DrawFn, series: Series, original: datetime) -> Changed:
    kind = draw(st.sampled_from(("cancelled", "moved", "moved", "free")))
    if kind == "cancelled":
        return Changed(original, None)
    if kind == "free":
        return Changed(original, original, series.minutes, free=True)
    if series.all_day:
        return Changed(original, original + timedelta(days=draw(st.integers(-5, 5))), draw(st.integers(1, 3)) * 1440)
    moved = original + timedelta(minutes=draw(st.integers(-600, 600)) * 5)
    return Changed(original, moved, draw(st.integers(1, 288)) * 5)


def start_of(zone: str, clock: datetime) -> datetime:
    """When a clock in that zone shows this, UTC. What it shows twice is the first, what it leaves out moves forward."""
    return clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def icalendar_of(series: Series) -> bytes:
    """As iCalendar."""
    calendar = Calendar({"version": "2.0", "prodid": "-//pmtui//conformance//EN"})
    if not series.all_day and series.zone != "UTC":
        calendar.add_component(_timezone(series.zone))
    whole = _vevent(series, series.starts, series.minutes)
    text = whole.to_ical().decode().replace("END:VEVENT", f"RRULE:{series.rule}\r\nEND:VEVENT")
    lines = "".join(f"EXDATE{_stamp(series, one)}\r\n" for one in series.without)
    text = text.replace("END:VEVENT", f"{lines}END:VEVENT")
    for change in series.changed:
        one = _vevent(series, change.starts or change.original, change.minutes or series.minutes)
        if change.starts is None:
            one.add("status", "CANCELLED")
        if change.free:
            one.add("transp", "TRANSPARENT")
        known = f"RECURRENCE-ID{_stamp(series, change.original)}\r\n"
        text += one.to_ical().decode().replace("END:VEVENT", f"{known}END:VEVENT")
    written: str = calendar.to_ical().decode()
    return written.replace("END:VCALENDAR", f"{text}END:VCALENDAR").encode()


def _vevent(series: Series, starts: datetime, minutes: int) -> VEvent:
    event = VEvent()
    event.add("uid", UID)
    event.add("dtstamp", datetime(2027, 1, 1, tzinfo=UTC))
    if series.all_day:
        event.add("dtstart", starts.date())
        event.add("dtend", (starts + timedelta(minutes=minutes)).date())
    else:
        begins = start_of(series.zone, starts)
        zone = ZoneInfo(series.zone)
        event.add("dtstart", begins.astimezone(zone))
        event.add("dtend", (begins + timedelta(minutes=minutes)).astimezone(zone))
    return event


def _stamp(series: Series, clock: datetime) -> str:
    if series.all_day:
        return f";VALUE=DATE:{clock:%Y%m%d}"
    if series.zone == "UTC":
        return f":{clock:%Y%m%dT%H%M%SZ}"
    return f";TZID={series.zone}:{clock:%Y%m%dT%H%M%S}"


def zone_of(zone: str) -> bytes:
    """A calendar's zone as iCalendar says it."""
    calendar = Calendar({"version": "2.0", "prodid": "-//pmtui//conformance//EN"})
    calendar.add_component(_timezone(zone))
    written: bytes = calendar.to_ical()
    return written


@cache
def _timezone(zone: str) -> Timezone:
    return Timezone.from_tzid(zone, first_date=date(2026, 1, 1), last_date=date(2029, 1, 1))


def google_of(series: Series) -> dict[str, Any]:
    """As Google's API takes it, without the changed instances."""
    times = google_times(series, series.starts, series.minutes)
    left_out = [f"EXDATE{_stamp(series, one)}" for one in series.without]
    return {"summary": "x", **times, "recurrence": [f"RRULE:{series.rule}", *left_out]}


def google_times(series: Series, starts: datetime, minutes: int) -> dict[str, Any]:
    """Start and end of one instance as Google's API takes them."""
    if series.all_day:
        ends = starts + timedelta(minutes=minutes)
        return {"start": {"date": f"{starts:%Y-%m-%d}"}, "end": {"date": f"{ends:%Y-%m-%d}"}}
    begins = start_of(series.zone, starts)
    return {
        name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "timeZone": series.zone}
        for name, at in (("start", begins), ("end", begins + timedelta(minutes=minutes)))
    }


def google_instance(series: Series, series_id: str, clock: datetime) -> str:
    """The id by which Google knows one instance."""
    return (
        f"{series_id}_{clock:%Y%m%d}"
        if series.all_day
        else f"{series_id}_{start_of(series.zone, clock):%Y%m%dT%H%M%SZ}"
    )


def meant(
    series: Series, window: tuple[datetime, datetime], calendar_zone: str, *, by_the_wall_clock: bool = False
) -> list[tuple[datetime, datetime]]:
    """The busy times by RFC 5545, worked out here: one list of instants, neither merged nor cut to the window.

    3.3.5: a time the clocks leave out is read with the offset before the gap, one that comes twice is the first.
    3.8.5.3: where the first instance's end is given, all have the same exact length; `by_the_wall_clock` gives them
    the length that clocks on the wall show instead. 3.6.1 and 3.3.4: whole days are those of the calendar's zone.
    """
    shown = _clock(series, start_of(series.zone, series.starts) + timedelta(minutes=series.minutes)) - series.starts

    def times(starts: datetime, minutes: int | None) -> tuple[datetime, datetime]:
        if series.all_day:
            ends = starts + timedelta(minutes=minutes or series.minutes)
            return start_of(calendar_zone, starts), start_of(calendar_zone, ends)
        begins = start_of(series.zone, starts)
        if minutes is None and by_the_wall_clock:
            return begins, start_of(series.zone, starts + shown)
        return begins, begins + timedelta(minutes=minutes or series.minutes)

    changed = {change.original: change for change in series.changed}
    found = []
    for one in instances(series):
        change = changed.get(one)
        if one in series.without or (change is not None and (change.starts is None or change.free)):
            continue
        found.append(times(one, None) if change is None else times(change.starts or one, change.minutes))
    return [one for one in found if one[0] < window[1] and one[1] > window[0]]


def _clock(series: Series, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(series.zone)).replace(tzinfo=None)

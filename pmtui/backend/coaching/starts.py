"""The one reader of a start as people type it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import from_minute, to_minute
from pmtui.backend.slots.zones import minute_at, zone

_SHAPE = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2})(?::00)? ?(Z|[+-]\d{2}:\d{2})?", re.IGNORECASE)
_NEXT = re.compile(
    r"(?P<day>[a-z]+|\d{1,2} ?[a-z]+|[a-z]+ ?\d{1,2}) (?P<hour>\d{1,2}):(?P<minute>\d{2}) ?(?P<half>[ap]m)?"
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LETTERS = 3  # of a day or month at least


def parse_start(text: str, timezone: str, now: datetime | None = None) -> datetime:
    """The instant (aware, UTC) of `2027-03-01 10:15`, local in `timezone`, or with an offset: `...T10:15+01:00`.

    With `now` also the next one of `fri 10:15`, `tomorrow 9:00`, `27 nov 2:15pm`.
    A local time that the clocks show twice is the first one; one they skip moves forward by the gap.
    Raises BadInput.
    """
    next_one = _NEXT.fullmatch(" ".join(text.lower().split())) if now is not None else None
    if next_one is not None and now is not None:
        return _next(text, next_one, timezone, now)
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise _unreadable(text)
    day, clock, offset = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock:0>5}{(offset or '+00:00').upper()}")
        if offset is None:
            return from_minute(minute_at(timezone, moment.toordinal(), moment.hour * 60 + moment.minute))
        return from_minute(to_minute(moment))
    except (ValueError, OverflowError):
        raise _unreadable(text) from None


def _next(text: str, found: re.Match[str], timezone: str, now: datetime) -> datetime:
    today = now.astimezone(zone(timezone)).date()
    hour, minute, half = int(found["hour"]), int(found["minute"]), found["half"]
    if minute > 59 or (not 1 <= hour <= 12 if half else hour > 23):
        raise _unreadable(text)
    minute += (hour % 12 + (12 if half == "pm" else 0) if half else hour) * 60
    for day in _days(found["day"], today):
        start = from_minute(minute_at(timezone, day.toordinal(), minute))
        if start >= now or found["day"] == "today":
            return start
    raise _unreadable(text)


def _days(text: str, today: date) -> Iterator[date]:
    """The local days that are meant, from today on."""
    if text in ("today", "tomorrow"):
        yield today + timedelta(days=int(text == "tomorrow"))
        return
    name = text.strip("0123456789 ")
    number = text.replace(name, "").strip()
    if len(name) < _LETTERS:
        return
    if not number:
        ahead = (today + timedelta(days=later) for later in range(8))
        yield from (day for day in ahead if _DAYS[day.weekday()].startswith(name))
    elif name[:_LETTERS] in _MONTHS:
        for year in (today.year, today.year + 1):
            with suppress(ValueError):  # 29 Feb is not in every year
                yield date(year, _MONTHS.index(name[:_LETTERS]) + 1, int(number))


def whole_minutes(starts_at: datetime) -> int:
    """The minute a start stands for; BadInput for one with seconds or without an offset."""
    if starts_at.tzinfo is None or from_minute(to_minute(starts_at)) != starts_at:
        raise _unreadable(starts_at.isoformat())
    return to_minute(starts_at)


def _unreadable(text: str) -> BadInput:
    return BadInput(
        "bad_start",
        f"{text[:40]!r} is not a start.",
        "Write the date and the coach's local time, as in 2027-03-01 10:15, or add an offset: 2027-03-01T10:15+01:00.",
        where="start",
    )

"""The one reader of a start as people type it."""

import re
from datetime import datetime

from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import from_minute, to_minute
from pmtui.backend.slots.zones import minute_at

_SHAPE = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2})(?::00)? ?(Z|[+-]\d{2}:\d{2})?", re.IGNORECASE)


def parse_start(text: str, timezone: str) -> datetime:
    """The instant (aware, UTC) of `2027-03-01 10:15`, local in `timezone`, or with an offset: `...T10:15+01:00`.

    A local time that the clocks show twice is the first one; one they skip moves forward by the gap.
    Raises BadInput.
    """
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

"""Time zones from the pinned tz database, and local clock times as minutes on the UTC time line.

Importing this module takes the machine's own tz files out of play for the whole process: the
packaged database (`tzdata`) is the one that counts, so that every machine answers alike.
"""

import importlib
import zoneinfo
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pmtui.backend.slots.values import DAY_MINUTES, EPOCH

zoneinfo.reset_tzpath(to=[])
ZoneInfo.clear_cache()  # a zone somebody loaded before may have come from a system file

EPOCH_DAY = EPOCH.toordinal()
_MINUTE = timedelta(minutes=1)
_LOOK_EVERY = 6 * 60  # minutes; two changes of a zone are never closer than this


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every name of the tz database, sorted."""
    return tuple(sorted(_names()))


def tzdata_version() -> str:
    """The version of the tz database in use, such as `2026a`."""
    return str(importlib.import_module("tzdata").IANA_VERSION)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that name; ValueError for a name the tz database does not have."""
    if name not in _names():
        raise ValueError(f"unknown time zone: {name}")
    return ZoneInfo(name)


def minute_at(zone_name: str, ordinal: int, clock_minute: int) -> int:
    """The minute at which a local clock shows `clock_minute` (0..1440, 1440 is the next midnight).

    The day is a `date.toordinal()`. Each time is resolved on its own: an ambiguous one is the first, one
    inside a spring gap moves forward by the gap. Offsets count in whole minutes (their seconds, long
    ago, are dropped).
    """
    days, clock = divmod(clock_minute, DAY_MINUTES)
    day = date.fromordinal(ordinal + days)
    local = datetime(day.year, day.month, day.day, clock // 60, clock % 60, tzinfo=zone(zone_name), fold=0)
    return (ordinal + days - EPOCH_DAY) * DAY_MINUTES + clock - _ahead(local)


def offset_at(zone_name: str, minute: int) -> int:
    """Minutes the zone's clocks are ahead of UTC at `minute`."""
    return _ahead(local_datetime(zone_name, minute))


def local_datetime(zone_name: str, minute: int) -> datetime:
    """What the zone's clock shows at `minute` (aware, in that zone)."""
    return (EPOCH + minute * _MINUTE).astimezone(zone(zone_name))


def local_day(zone_name: str, minute: int) -> int:
    """The `date.toordinal()` of the local date at `minute`."""
    return EPOCH_DAY + (minute + offset_at(zone_name, minute)) // DAY_MINUTES


def _ahead(local: datetime) -> int:
    offset = local.utcoffset()
    if offset is None:
        raise ValueError("a local time without a zone")
    return offset // _MINUTE


@lru_cache(maxsize=1024)
def offsets(zone_name: str, start: int, end: int) -> tuple[tuple[int, int, int], ...]:
    """The window `[start, end)` cut where the zone changes: `(start, end, minutes ahead of UTC)` in order."""
    pieces: list[tuple[int, int, int]] = []
    begin, offset, at = start, offset_at(zone_name, start), start
    while at < end:
        step_end = min(at + _LOOK_EVERY, end)
        ahead = offset_at(zone_name, step_end)
        if ahead != offset:
            change = _first_change(zone_name, at, step_end)
            if change < end:
                pieces.append((begin, change, offset))
                begin, offset, at = change, offset_at(zone_name, change), change
                continue
        at = step_end
    if begin < end:
        pieces.append((begin, end, offset))
    return tuple(pieces)


def _first_change(zone_name: str, low: int, high: int) -> int:
    """The first minute in `(low, high]` with another offset than `low`'s; the offsets at both ends differ."""
    before = offset_at(zone_name, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone_name, middle) == before:
            low = middle
        else:
            high = middle
    return high

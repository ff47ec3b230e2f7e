"""Every change of every zone from 2007 to 2037, and one of each kind, found without the engine."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from pmtui.backend.slots.zones import zone_names

Change = tuple[str, int]
"""A zone, and the minute at which it changes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_LOOK_EVERY = 10 * 1440  # no zone changes twice in less


@lru_cache(maxsize=1)
def changes() -> tuple[Change, ...]:
    """The changes of all zones, those apart that are only another zone's name."""
    by_rules: dict[bytes, str] = {}
    for name in zone_names():
        by_rules.setdefault(resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes(), name)
    return tuple((zone, change) for zone in by_rules.values() for change in _of(zone))


def _of(zone: str) -> list[int]:
    tz = ZoneInfo(zone)

    def ahead(minute: int) -> timedelta | None:
        return (_EPOCH + minute * _MINUTE).astimezone(tz).utcoffset()

    start, end = ((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // _MINUTE for year in (2007, 2038))
    looked = [(minute, ahead(minute)) for minute in range(start, end, _LOOK_EVERY)]
    return [
        bisect_right(range(last), False, first, key=lambda minute: ahead(minute) != before)
        for (first, before), (last, after) in pairwise(looked)
        if before != after
    ]


def kinds() -> list[tuple[Change, int]]:
    """One change for every time of day and every length by which clocks are set, with that clock minute."""
    found: dict[tuple[int, timedelta], Change] = {}
    for zone, change in changes():
        before, after = ((_EPOCH + at * _MINUTE).astimezone(ZoneInfo(zone)) for at in (change - 1, change))
        found.setdefault(((before.hour * 60 + before.minute + 1) % 1440, _jump(before, after)), (zone, change))
    return [(change, clock) for (clock, _), change in found.items()]


def _jump(before: datetime, after: datetime) -> timedelta:
    return after.replace(tzinfo=None) - before.replace(tzinfo=None) - _MINUTE

"""Days and weeks that have their number of sessions already."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pmtui.backend.slots import masks
from pmtui.backend.slots.values import DAY_MINUTES, Limits
from pmtui.backend.slots.zones import offsets

_WEEK = 7
_TO_MONDAY = 3  # 1970-01-01 was a Thursday
_AROUND = 8 * DAY_MINUTES  # no week that touches the window begins or ends further away


def full_days(zone: str, limits: Limits, starts: Iterable[int], window: tuple[int, int]) -> int:
    """The minutes of the window on local days, or in local weeks from Monday on, that are full, as a mask.

    A session counts on the local day it starts on; `starts` are those of the sessions that count.
    """
    if not limits.day and not limits.week:
        return 0
    start, end = window
    pieces = offsets(zone, start - _AROUND, end + _AROUND)
    days = Counter(_days(pieces, starts))
    full = {day for day, count in days.items() if limits.day and count >= limits.day}
    if limits.week:
        weeks: Counter[int] = Counter()
        for day, count in days.items():
            weeks[_week(day)] += count
        for week, count in weeks.items():
            if count >= limits.week:
                monday = week * _WEEK - _TO_MONDAY
                full.update(range(monday, monday + _WEEK))
    return masks.of_intervals(
        (
            (max(begin, day * DAY_MINUTES - ahead), min(change, (day + 1) * DAY_MINUTES - ahead))
            for begin, change, ahead in pieces
            for day in full
        ),
        start,
        end,
    )


def _week(day: int) -> int:
    return (day + _TO_MONDAY) // _WEEK


def _days(pieces: tuple[tuple[int, int, int], ...], starts: Iterable[int]) -> Iterator[int]:
    """The local day (0 is 1970-01-01) of each start that lies in the pieces of a zone."""
    for at in starts:
        for begin, change, ahead in pieces:
            if begin <= at < change:
                yield (at + ahead) // DAY_MINUTES
                break

"""Days and weeks that have their number of sessions already."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

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
    pieces = _pieces(zone, window)
    days = count_days(zone, starts, window)
    full = {day for day, count in days.items() if limits.day and count >= limits.day}
    if limits.week:
        weeks: Counter[int] = Counter()
        for day, count in days.items():
            weeks[week_of(day)] += count
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


def reached(zone: str, limits: Limits, starts: Iterable[int], at: int) -> tuple[int | None, int | None]:
    """How many of the starts there are on the local day and in the local week of the minute `at`.

    None for a limit that there is not, or that they have not reached.
    """
    days = count_days(zone, starts, (at, at + 1))
    (today,) = count_days(zone, (at,), (at, at + 1))
    this_week = sum(count for day, count in days.items() if week_of(day) == week_of(today))
    full_day, full_week = limits.day and days[today] >= limits.day, limits.week and this_week >= limits.week
    return days[today] if full_day else None, this_week if full_week else None


def count_days(zone: str, starts: Iterable[int], window: tuple[int, int]) -> Counter[int]:
    """How many of the starts lie on each local day (0 is 1970-01-01); those far from the window are left out."""
    return Counter(_days(_pieces(zone, window), starts))


def week_of(day: int) -> int:
    """The week, from Monday on, a local day (0 is 1970-01-01) lies in."""
    return (day + _TO_MONDAY) // _WEEK


@lru_cache(maxsize=256)
def local_days(zone: str, window: tuple[int, int]) -> tuple[tuple[int, tuple[tuple[int, int], ...]], ...]:
    """The local days (0 is 1970-01-01) of the window, in order, each with its minutes in it as `(start, end)`."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for begin, change, ahead in offsets(zone, *window):
        for day in range((begin + ahead) // DAY_MINUTES, (change - 1 + ahead) // DAY_MINUTES + 1):
            first = max(begin, day * DAY_MINUTES - ahead)
            spans.setdefault(day, []).append((first, min(change, (day + 1) * DAY_MINUTES - ahead)))
    return tuple((day, tuple(found)) for day, found in sorted(spans.items()))


def _pieces(zone: str, window: tuple[int, int]) -> tuple[tuple[int, int, int], ...]:
    return offsets(zone, window[0] - _AROUND, window[1] + _AROUND)


def _days(pieces: tuple[tuple[int, int, int], ...], starts: Iterable[int]) -> Iterator[int]:
    """The local day (0 is 1970-01-01) of each start that lies in the pieces of a zone."""
    for at in starts:
        for begin, change, ahead in pieces:
            if begin <= at < change:
                yield (at + ahead) // DAY_MINUTES
                break

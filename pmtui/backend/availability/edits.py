"""Edits of a week, pure: Week in, Week out. Undo is a list of earlier weeks.

A range of minutes `[start, end)` of a day counts from that day's midnight and may reach into the next
day (`end` at most 2880). Sunday night reaches into Monday. With `days` the same range counts on that many
days in a row. Date overrides are kept by every edit of weekly hours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache

from pmtui.backend.slots.values import DAY_MINUTES, Hours, Week, merged

WEEK_MINUTES = 7 * DAY_MINUTES


@lru_cache(maxsize=256)
def open_mask(week: Week) -> int:
    """The open minutes of an ordinary week, one bit a minute, Monday 00:00 first; nights reach into the next day."""
    mask = 0
    for day, hours in enumerate(week.days):
        for h in hours:
            mask |= ((1 << h.length) - 1) << (day * DAY_MINUTES + h.start)
    return _around(mask)


def edges(week: Week) -> tuple[int, ...]:
    """The minutes of the week (Monday 00:00 is 0) at which it opens or closes."""
    mask = open_mask(week)
    changes = mask ^ _around(mask << 1)
    found = []
    while changes:
        found.append((changes & -changes).bit_length() - 1)
        changes &= changes - 1
    return tuple(found)


def open_count(week: Week, day: int, start: int, end: int, days: int = 1) -> int:
    """How many minutes of the range are open, the night before included."""
    return (open_mask(week) & _range_mask(day, start, end, days)).bit_count()


def toggle(week: Week, day: int, start: int, end: int, days: int = 1) -> Week:
    """Close the range if all of it is open, else open all of it."""
    asked = _range_mask(day, start, end, days)
    edit = open_ if asked & ~open_mask(week) else close
    return edit(week, day, start, end, days)


def open_(week: Week, day: int, start: int, end: int, days: int = 1) -> Week:
    """Open the range. Minutes that are open already stay with the day they belong to."""
    missing = _range_mask(day, start, end, days) & ~open_mask(week)
    return _with(week, [*_rows(week), *_pieces(missing)])


def close(week: Week, day: int, start: int, end: int, days: int = 1) -> Week:
    """Close the range, the tail of the night before included.

    What a cut leaves after midnight belongs to the day it then starts on.
    """
    closed = _range_mask(day, start, end, days)
    rows: list[tuple[int, int]] = []
    for first, last in _rows(week):
        row = ((1 << last - first) - 1) << first
        rows += _pieces(_around(row) & ~closed) if _around(row) & closed else [(first, last)]
    return _with(week, rows)


def set_day(week: Week, day: int, hours: Iterable[Hours], days: int = 1) -> Week:
    """Replace the hours that start on a weekday (0 is Monday). The night before stays."""
    changed, new = list(week.days), merged(hours)
    for one in range(day, day + days):
        changed[one % 7] = new
    return replace(week, days=tuple(changed))


def set_date(week: Week, on: date, hours: Iterable[Hours] | None) -> Week:
    """Give a date hours of its own (none: a day off), or with None take the override away."""
    overrides = dict(week.overrides)
    overrides.pop(on, None)
    if hours is not None:
        overrides[on] = merged(hours)
    return replace(week, overrides=tuple(sorted(overrides.items())))


def set_timezone(week: Week, timezone: str) -> Week:
    """The same clock times in another zone."""
    return replace(week, timezone=timezone)


def shift(week: Week, minutes: int) -> Week:
    """Every weekly range later (or earlier) by `minutes`, on other days where it passes midnight. Dates stay."""
    moved = (((start + minutes) % WEEK_MINUTES, end - start) for start, end in _rows(week))
    return _with(week, [piece for start, length in moved for piece in _at_most_a_day(start, start + length)])


def night_before(week: Week, day: int) -> int:
    """Until which clock minute of `day` a night that began the day before stays open; 0 for none."""
    return max((h.end for h in week.days[day - 1] if h.overnight), default=0)


def _rows(week: Week) -> Iterator[tuple[int, int]]:
    """Every row as minutes of the week, `start` 0..10079; a Sunday night's end lies beyond the week."""
    for day, hours in enumerate(week.days):
        for h in hours:
            start = day * DAY_MINUTES + h.start
            yield start, start + h.length


def _range_mask(day: int, start: int, end: int, days: int) -> int:
    mask = 0
    for each in range(day, day + days):
        mask |= ((1 << end - start) - 1) << (each * DAY_MINUTES + start)
    return _around(mask)


def _around(mask: int) -> int:
    """What lies beyond Sunday belongs to Monday."""
    return (mask | mask >> WEEK_MINUTES) & ((1 << WEEK_MINUTES) - 1)


def _pieces(mask: int) -> list[tuple[int, int]]:
    """The runs of a week's minutes; one that passes Sunday's end stays in one piece, and none is a day or longer
    unless it starts at midnight.
    """
    runs: list[tuple[int, int]] = []
    while mask:
        start = (mask & -mask).bit_length() - 1
        rest = mask >> start
        length = (~rest & (rest + 1)).bit_length() - 1
        runs.append((start, start + length))
        mask &= ~(((1 << length) - 1) << start)
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == WEEK_MINUTES:
        first = runs.pop(0)
        runs[-1] = (runs[-1][0], WEEK_MINUTES + first[1])
    return [piece for start, end in runs for piece in _at_most_a_day(start, end)]


def _at_most_a_day(start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start >= DAY_MINUTES:
        midnight = (start // DAY_MINUTES + 1) * DAY_MINUTES
        yield start, midnight
        start = midnight
    if start < end:
        yield start, end


def _with(week: Week, rows: Iterable[tuple[int, int]]) -> Week:
    days: list[list[Hours]] = [[] for _ in range(7)]
    for start, end in rows:
        day, clock = divmod(start, DAY_MINUTES)
        until = clock + end - start
        days[day % 7].append(Hours(clock, until if until <= DAY_MINUTES else until - DAY_MINUTES))
    return replace(week, days=tuple(merged(hours) for hours in days))

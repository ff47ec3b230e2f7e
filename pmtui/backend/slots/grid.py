"""Which starts are considered: the coach's local clock, and the days it counts ahead."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from pmtui.backend.slots import masks
from pmtui.backend.slots.values import DAY_MINUTES
from pmtui.backend.slots.zones import EPOCH_DAY, local_day, offsets

HOUR = 60


def on_clock(step: int) -> bool:
    """Whether starts stand on the minutes of the hour, wherever a stretch begins."""
    return step < HOUR and HOUR % step == 0


def starts(zone: str, step: int, window: tuple[int, int], stretches: Sequence[tuple[int, int]]) -> int:
    """The starts on the grid, as a mask with the window's start as bit 0.

    A step that divides the hour stands on the minutes of the local hour, everywhere in the window. Any
    other is counted in elapsed minutes from an anchor and exists only inside the stretch that gives it:
    from its first full local hour for whole hours, else from its start. `stretches` are `(start, end)`
    after the window's start. With none, the window is taken for one, so that an empty answer still
    counts what stands against it.
    """
    if on_clock(step):
        return _clock_starts(zone, step, *window)
    start, end = window
    return masks.of_positions(_counted(zone, step, window, stretches or ((0, end - start),)), end - start)


def starts_with_more_hours(zone: str, step: int, window: tuple[int, int], schedulable: int) -> int:
    """The starts that would stand on the grid if their own session's minutes were added to `schedulable`, as a mask.

    A session that continues a stretch keeps its anchor; one that begins apart from all begins a stretch of its own.
    """
    if on_clock(step):
        return _clock_starts(zone, step, *window)
    start, end = window
    length = end - start
    continued = masks.of_positions(
        _counted(zone, step, window, [(first, last + 1) for first, last in masks.runs(schedulable)]), length
    )
    apart = masks.full(length) & ~(schedulable | schedulable << 1)
    return continued | (apart & _clock_starts(zone, HOUR, start, end) if step % HOUR == 0 else apart)


def _counted(zone: str, step: int, window: tuple[int, int], stretches: Sequence[tuple[int, int]]) -> Iterator[int]:
    for first, last in stretches:
        anchor = _full_hour(zone, window, first) if step % HOUR == 0 else first
        yield from range(anchor, last, step)


def _full_hour(zone: str, window: tuple[int, int], first: int) -> int:
    """The first full local hour at or after `first`; the window's length if there is none in it."""
    start, end = window
    for begin, change, ahead in offsets(zone, start, end):
        at = max(start + first, begin)
        at += -(at + ahead) % HOUR
        if at < change:
            return at - start
    return end - start


@lru_cache(maxsize=1024)
def _clock_starts(zone: str, step: int, start: int, end: int) -> int:
    """The minutes of `[start, end)` whose local minute of the hour is a multiple of `step`."""
    return masks.of_positions(
        (
            at - start
            for begin, change, ahead in offsets(zone, start, end)
            for at in range(begin + -(begin + ahead) % step, change, step)
        ),
        end - start,
    )


def beyond(zone: str, now: int, days: int, window: tuple[int, int]) -> int:
    """The minutes of the window whose local date is more than `days` after that of `now`, as a mask."""
    start, end = window
    first_out = (local_day(zone, now) + days + 1 - EPOCH_DAY) * DAY_MINUTES  # on the local clock
    pieces = ((max(begin, first_out - ahead), change) for begin, change, ahead in offsets(zone, start, end))
    return masks.of_intervals(pieces, start, end)

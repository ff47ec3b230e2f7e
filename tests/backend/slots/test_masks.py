"""Minutes as one integer, against sets."""

from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.slots import masks

intervals = st.lists(st.tuples(st.integers(-50, 350), st.integers(-50, 350)), max_size=12)
sets = st.frozensets(st.integers(0, 300))


def bits(minutes: frozenset[int] | set[int]) -> int:
    """A set as a mask."""
    return sum(1 << minute for minute in minutes)


@given(intervals, st.integers(-20, 200), st.integers(-20, 320))
def test_intervals_become_their_union(pairs: list[tuple[int, int]], start: int, end: int) -> None:
    expected = {m - start for first, last in pairs for m in range(first, last) if start <= m < end}
    assert masks.of_intervals(pairs, start, end) == bits(expected)


@given(sets)
def test_positions_and_back(minutes: frozenset[int]) -> None:
    assert masks.positions(bits(minutes)) == sorted(minutes)
    assert masks.of_positions(minutes, 301) == bits(minutes)
    assert masks.of_positions(minutes, 100) == bits({m for m in minutes if m < 100})


@given(sets, st.integers(1, 90))
def test_every_so_many_bits_are_moved_together(minutes: frozenset[int], step: int) -> None:
    assert masks.every(bits({minute * step for minute in minutes}), step) == bits(minutes)


@given(sets)
def test_runs_are_as_long_as_possible(minutes: frozenset[int]) -> None:
    found = masks.runs(bits(minutes))
    assert {m for start, end in found for m in range(start, end)} == minutes
    assert all(start < end and end not in minutes and start - 1 not in minutes for start, end in found)


@given(sets, st.integers(1, 90))
def test_spread_finds_every_start_that_meets_the_mask(minutes: frozenset[int], length: int) -> None:
    expected = {m for m in range(301) if any(at in minutes for at in range(m, m + length))}
    assert masks.spread(bits(minutes), length) == bits(expected)


def test_full() -> None:
    assert [masks.full(length) for length in (-3, 0, 1, 5)] == [0, 0, 1, 31]

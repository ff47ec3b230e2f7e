"""Plans to make, small enough to try every way, and what must be true of any plan."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from hypothesis import strategies as st

from pmtui.backend.slots import masks
from pmtui.backend.slots.demands import CoachRoom, Demand, LocalDay, Plan
from pmtui.backend.states import Priority

DAY = 240  # minutes; short days, so that few starts make many days
Counts = tuple[int, ...]
"""How many are placed, per priority, the highest first."""


@st.composite
def rooms(draw: st.DrawFn, gap: int) -> CoachRoom:
    """A few days in two weeks with limits or without, some of them used up."""
    start = draw(st.integers(0, 3)) * 1000
    count = draw(st.integers(1, 4))
    limits = st.none() | st.integers(0, 3)
    days = tuple(
        LocalDay(((start + at * DAY, start + (at + 1) * DAY),), at // 2, draw(limits), draw(st.integers(0, 60)))
        for at in range(count)
    )
    weeks = draw(st.none() | st.dictionaries(st.integers(0, 1), st.integers(0, 4)))
    return CoachRoom((start, start + count * DAY), gap, days, weeks)


@st.composite
def plans_to_make(draw: st.DrawFn, aligned: bool) -> tuple[CoachRoom, list[Demand]]:
    """A coach and up to six demands. Aligned: one length for all, and every two starts far enough apart for it."""
    gap = draw(st.sampled_from((0, 0, 10)))
    room = draw(rooms(gap))
    step = draw(st.sampled_from((30, 40, 60))) if aligned else draw(st.sampled_from((5, 15, 30)))
    length = draw(st.sampled_from((15, 20))) if aligned else 0
    grid = range(draw(st.integers(0, 5)), room.window[1] - room.window[0] - 60, step)
    crowded = draw(st.lists(st.sampled_from(grid), min_size=1, max_size=6))  # what they quarrel about
    demands = []
    for number in range(draw(st.integers(0, 6))):
        starts = draw(st.lists(st.sampled_from(crowded) | st.sampled_from(grid), max_size=4))
        wishes = draw(st.lists(st.lists(st.sampled_from(grid), max_size=4), max_size=2))
        demands.append(
            Demand(
                key=f"agent{number}",
                priority=draw(st.sampled_from(Priority)),
                minutes=length or draw(st.sampled_from((15, 30, 45, 60))),
                starts=masks.of_positions(starts, grid.stop + 60),
                due=draw(st.integers(0, 2)),
                miss=draw(st.sampled_from((0.0, 0.5))),
                name=draw(st.sampled_from(("Ann", "Bob"))),
                wishes=tuple(masks.of_positions(wish, grid.stop) for wish in wishes),
            )
        )
    return room, demands


def starts_of(room: CoachRoom, demand: Demand) -> list[int]:
    """The minutes a demand may start at."""
    return masks.positions(demand.starts, room.window[0])


def in_order(demands: Sequence[Demand]) -> list[Demand]:
    """Who comes first."""
    return sorted(demands, key=lambda one: (list(Priority).index(one.priority), one.due, -one.miss, one.name, one.key))


def counts(plan: Plan, demands: Sequence[Demand]) -> Counts:
    """How many of each priority got a place."""
    placed = Counter(one.priority for one in demands if one.key in plan.placed)
    return tuple(placed[priority] for priority in Priority)


def fits(room: CoachRoom, sessions: Sequence[tuple[int, int]]) -> bool:
    """Whether sessions `(start, end)` go together: far enough apart and within the limits of days and weeks."""
    ordered = sorted(sessions)
    if any(later[0] < earlier[1] + room.gap for earlier, later in pairwise(ordered)):
        return False
    weeks: Counter[int] = Counter()
    for day in room.days:
        inside = sum(any(low <= start < high for low, high in day.spans) for start, _ in sessions)
        weeks[day.week] += inside
        if day.room is not None and inside > max(day.room, 0):
            return False
    return all(weeks[week] <= limit for week, limit in (room.weeks or {}).items())


def check(room: CoachRoom, demands: Sequence[Demand], plan: Plan) -> None:
    """Assert that everybody is either placed at one of their starts or not, and that all sessions go together."""
    by_key = {one.key: one for one in demands}
    assert sorted([*plan.placed, *(one.key for one in plan.unplaced)]) == sorted(by_key)
    assert list(plan.placed.values()) == sorted(plan.placed.values())
    for key, start in plan.placed.items():
        assert start in starts_of(room, by_key[key])
    assert fits(room, [(start, start + by_key[key].minutes) for key, start in plan.placed.items()])


def best_counts(room: CoachRoom, demands: Sequence[Demand]) -> Counts:
    """By trying everything: the most of high priority, with those the most of medium, then of low."""
    choices = [(one.minutes, starts_of(room, one), list(Priority).index(one.priority)) for one in demands]

    @cache
    def rest(at: int, sessions: tuple[tuple[int, int], ...]) -> Counts:
        if at == len(choices):
            return (0, 0, 0)
        return max(_ways(at, sessions))

    def _ways(at: int, sessions: tuple[tuple[int, int], ...]) -> Iterator[Counts]:
        yield rest(at + 1, sessions)
        minutes, starts, level = choices[at]
        for start in starts:
            more = tuple(sorted((*sessions, (start, start + minutes))))
            if fits(room, more):
                found = list(rest(at + 1, more))
                found[level] += 1
                yield tuple(found)

    return rest(0, ())

"""Plans for one coach beside the exact optimum: how many get a time, per priority.

CP-SAT places as many of high priority as can be, with those as many of medium, with those as many of low.
"""

import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from benchmarks.report import Section
from pmtui.backend.slots import masks
from pmtui.backend.slots.demands import CoachRoom, Demand, LocalDay, Plan
from pmtui.backend.slots.planning import first_come, plan
from pmtui.backend.slots.values import DAY_MINUTES
from pmtui.backend.states import Priority

INSTANCES = 200
_OPENS, _CLOSES = 9 * 60, 17 * 60
_SOLVER_SECONDS = 120.0  # for one priority of one instance; longer than any has needed

Counts = tuple[int, ...]
"""How many are placed, per priority, the highest first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of instance: the grid, the lengths there may be, the gaps, and whether limits count."""

    title: str
    aligned: bool
    lengths: tuple[int, ...]
    steps: tuple[int, ...]
    gaps: tuple[int, ...]
    limits: bool


KINDS = (
    Kind("aligned grid, one length", True, (15, 30, 45, 60), (), (0, 0, 5, 15), False),
    Kind("aligned grid, one length, limits of day and week", True, (15, 30, 45, 60), (), (0, 0, 5, 15), True),
    Kind("default grid: step 15, 30 minutes", False, (30,), (15,), (0,), True),
    Kind("mixed lengths, 15 to 60 minutes", False, (15, 30, 45, 60), (5, 15, 30), (0,), False),
    Kind("mixed lengths, gaps, limits of day and week", False, (15, 30, 45, 60), (5, 15, 30), (0, 5, 15), True),
)


def instance(draw: random.Random, kind: Kind) -> tuple[CoachRoom, list[Demand]]:
    """One coach with 5 to 40 agents; from too little time for half of them to more than enough."""
    number = draw.randint(5, 40)
    gap = draw.choice(kind.gaps)
    lengths = [draw.choice(kind.lengths)] * number if kind.aligned else draw.choices(kind.lengths, k=number)
    step = draw.choice([s for s in (15, 20, 30, 60, 75, 90) if s >= lengths[0] + gap]) if kind.aligned else 0
    step = step or draw.choice(kind.steps)
    wanted = sum(length + gap for length in lengths) * (step / (lengths[0] + gap) if kind.aligned else 1)
    tightness = draw.uniform(0.5, 2.5)  # the coach's time for what is wanted
    days = min(max(round(wanted * tightness / 300), 1), 10)
    open_time = 0
    for day in range(days):
        a = day * DAY_MINUTES + _OPENS
        open_time |= _between((a, a + 480))
    # meetings of the coach until about tightness is reached
    while open_time.bit_count() > wanted * tightness:
        at = draw.randrange(days) * DAY_MINUTES + draw.randrange(_OPENS, _CLOSES, 15)
        open_time &= ~_between((at, at + draw.choice((15, 30, 60))))
    width = draw.uniform(0.1, 1.0)  # how much of the coach's hours suit an agent
    grid = masks.of_positions(range(0, days * DAY_MINUTES, step), days * DAY_MINUTES)
    demands = [
        Demand(
            f"agent{at}",
            draw.choice(tuple(Priority)),
            length,
            _starts(open_time & _shifts(draw, days, width), length) & grid,
            due=draw.randrange(30),
            miss=draw.random(),
            name=f"agent{at}",
        )
        for at, length in enumerate(lengths)
    ]
    return _room(draw, kind, days, gap, number), demands


def _room(draw: random.Random, kind: Kind, days: int, gap: int, number: int) -> CoachRoom:
    a_day = draw.choice((None, *range(1, 9))) if kind.limits else None
    weeks = (
        {week: draw.randint(1, max(number, 2)) for week in range(2)} if kind.limits and draw.random() < 0.5 else None
    )
    found = tuple(LocalDay(((day * DAY_MINUTES, (day + 1) * DAY_MINUTES),), day // 5, a_day, 0) for day in range(days))
    return CoachRoom((0, days * DAY_MINUTES), gap, found, weeks)


def _shifts(draw: random.Random, days: int, width: float) -> int:
    found = 0
    for day in range(days):
        if draw.random() < 0.2:
            continue
        length = max(round(480 * width * draw.uniform(0.5, 1)) // 15 * 15, 30)
        start = day * DAY_MINUTES + draw.randrange(_OPENS, max(_CLOSES - length, _OPENS) + 1, 15)
        lunch = start + draw.randrange(0, length, 15)
        found |= _between((start, start + length)) & ~_between((lunch, lunch + draw.choice((15, 30))))
    return found


def _between(*intervals: tuple[int, int]) -> int:
    low, high = intervals[0]
    return masks.full(high) ^ masks.full(low)


def _starts(time_left: int, minutes: int) -> int:
    length = time_left.bit_length()
    return (
        masks.full(length)
        & ~masks.spread(masks.full(length) & ~time_left, minutes)
        & masks.full(max(length - minutes + 1, 0))
    )


def optimum(room: CoachRoom, demands: Sequence[Demand]) -> Counts:
    """The most of high priority, with those the most of medium, then of low."""
    model = cp_model.CpModel()
    by_priority: dict[Priority, list[cp_model.IntVar]] = {priority: [] for priority in Priority}
    covers: dict[int, list[cp_model.IntVar]] = {}
    days: dict[int, list[cp_model.IntVar]] = {}
    times = sorted({at for one in demands for at in masks.positions(one.starts)})
    for one in demands:
        its = []
        for at in masks.positions(one.starts):
            chosen = model.new_bool_var("")
            its.append(chosen)
            days.setdefault(at // DAY_MINUTES, []).append(chosen)
            for point in times:  # any two that overlap both cover a start of one of them
                if at <= point < at + one.minutes + room.gap:
                    covers.setdefault(point, []).append(chosen)
        model.add_at_most_one(its)
        by_priority[one.priority] += its
    for those in covers.values():
        model.add_at_most_one(those)
    for number, day in enumerate(room.days):
        if day.room is not None:
            model.add(sum(days.get(number, ())) <= day.room)
    for week, limit in (room.weeks or {}).items():
        model.add(sum(v for number, those in days.items() if room.days[number].week == week for v in those) <= limit)
    counts = []
    for those in by_priority.values():
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = int(os.environ.get("CPW", "8"))
        solver.parameters.max_time_in_seconds = _SOLVER_SECONDS
        model.maximize(sum(those))
        status = solver.solve(model)
        if status != cp_model.OPTIMAL:
            raise AssertionError(f"no optimum: {solver.status_name(status)} after {solver.wall_time:.0f} s")
        counts.append(round(solver.objective_value))
        model.add(sum(those) == counts[-1])
    return tuple(counts)


def counts_of(made: Plan, demands: Iterable[Demand]) -> Counts:
    """How many of each priority got a place."""
    placed = Counter(one.priority for one in demands if one.key in made.placed)
    return tuple(placed[priority] for priority in Priority)

"""Plans beside every way to plan, and rule by rule."""

import random
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtui.backend.slots import masks
from pmtui.backend.slots.board import Board
from pmtui.backend.slots.demands import CoachRoom, Demand, LocalDay, Unplaced, coach_room
from pmtui.backend.slots.planning import first_come, plan
from pmtui.backend.slots.values import Limits
from pmtui.backend.states import Priority
from tests.backend.slots.instances import best_counts, check, counts, fits, in_order, plans_to_make, starts_of
from tests.backend.slots.test_search import at, between, google, search

ANY = plans_to_make(aligned=False) | plans_to_make(aligned=True)
Instance = tuple[CoachRoom, list[Demand]]
calm = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def demand(key: str, *starts: int, priority: Priority = Priority.MEDIUM, minutes: int = 30, due: int = 0) -> Demand:
    return Demand(key, priority, minutes, masks.of_positions(starts, 10_000), due=due)


@given(ANY, st.randoms(use_true_random=False))
@calm
def test_every_plan_goes_together_and_does_not_depend_on_the_order_of_the_demands(
    instance: Instance, shuffle: random.Random
) -> None:
    room, demands = instance
    for planner in (plan, first_come):
        made = planner(room, demands)
        check(room, demands, made)
        others = list(demands)
        shuffle.shuffle(others)
        again = planner(room, others)
        assert list(again.placed.items()) == list(made.placed.items())
        assert again.unplaced == made.unplaced


@pytest.mark.parametrize("minutes", [30, 60])
def test_those_who_are_not_asked_to_move_could_not_have_moved(minutes: int) -> None:
    draw, moved = random.Random(7), 0
    for _ in range(100):
        room = CoachRoom((0, 480), 0, (LocalDay(((0, 480),), 0, draw.choice((None, 6))),))
        demands = [wishing(draw, f"agent{number}", minutes) for number in range(10)]
        made = plan(room, demands)
        with patch.object(Board, "elsewhere", lambda *_: 1):
            assert plan(room, demands) == made
        with patch.object(Board, "elsewhere", lambda *_: 0):
            moved += plan(room, demands) != made
    assert moved  # or nothing is tested


def wishing(draw: random.Random, key: str, minutes: int) -> Demand:
    """Some starts of a day in steps of 15 minutes, some of them wished for most, some next."""
    starts = draw.sample(range(0, 450, 15), 8)
    wishes = tuple(masks.of_positions(starts[:number], 480) for number in (1, 3))
    return Demand(key, Priority.MEDIUM, minutes, masks.of_positions(starts, 480), wishes=wishes)


@given(ANY)
@calm
def test_no_plan_places_fewer_than_first_come_first_served(instance: Instance) -> None:
    room, demands = instance
    assert counts(plan(room, demands), demands) >= counts(first_come(room, demands), demands)


@given(ANY)
@calm
def test_first_come_gives_each_the_earliest_start_that_goes_with_those_before(instance: Instance) -> None:
    room, demands = instance
    sessions: list[tuple[int, int]] = []
    expected = {}
    for one in in_order(demands):
        for start in starts_of(room, one):
            if fits(room, [*sessions, (start, start + one.minutes)]):
                sessions.append((start, start + one.minutes))
                expected[one.key] = start
                break
    assert first_come(room, demands).placed == expected


@given(ANY)
@calm
def test_who_gets_no_time_is_told_who_has_it(instance: Instance) -> None:
    room, demands = instance
    made = plan(room, demands)
    by_key = {one.key: one for one in demands}
    placed = [(key, start, start + by_key[key].minutes) for key, start in made.placed.items()]
    for missing in made.unplaced:
        one = by_key[missing.key]
        others = [(start, end) for key, start, end in placed if key not in missing.others]
        alone = [s for s in starts_of(room, one) if fits(room, [(s, s + one.minutes)])]
        assert bool(alone) == bool(missing.others)
        assert list(missing.others) == [key for key, _, _ in placed if key in missing.others]
        # What is named is enough to be in the way of every start.
        named = [(start, end) for key, start, end in placed if key in missing.others]
        assert not any(fits(room, [*named, (s, s + one.minutes)]) for s in alone)
        # And nobody else would be: all the others leave each of these starts free.
        assert all(fits(CoachRoom(room.window, room.gap), [*others, (s, s + one.minutes)]) for s in alone)
        sessions = [(start, end) for _, start, end in placed]
        apart = any(fits(CoachRoom(room.window, room.gap), [*sessions, (s, s + one.minutes)]) for s in alone)
        assert missing.limit == apart


@given(plans_to_make(aligned=True))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_on_an_aligned_grid_the_most_are_placed_and_of_these_the_first_in_order(instance: Instance) -> None:
    room, demands = instance
    made = plan(room, demands)
    assert counts(made, demands) == best_counts(room, demands)
    first: list[Demand] = []
    for one in in_order(demands):
        if sum(best_counts(room, [*first, one])) == len(first) + 1:
            first.append(one)
    assert set(made.placed) == {one.key for one in first}


@given(plans_to_make(aligned=False))
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_on_any_grid_small_plans_are_the_best_there_are(instance: Instance) -> None:
    # The search is not exact: these are always the same instances, and at this size it misses none of them.
    room, demands = instance
    assert counts(plan(room, demands), demands) == best_counts(room, demands)


def test_who_came_first_moves_where_that_makes_room_and_nobody_of_higher_priority_pays_for_it() -> None:
    room = CoachRoom((0, 1000))
    chain = [demand("ann", 0, 60), demand("bob", 60, 120), demand("cem", 0)]
    assert plan(room, chain).placed == {"cem": 0, "ann": 60, "bob": 120}
    for low, high in (("ann", "bob"), ("bob", "ann")):
        two = [demand(high, 0, priority=Priority.HIGH), demand(low, 0, priority=Priority.LOW)]
        assert plan(room, two).placed == {high: 0}
        assert plan(room, two).unplaced == (Unplaced(low, (high,)),)


def test_a_session_moves_for_one_that_overlaps_it_in_part() -> None:
    room = CoachRoom((0, 1000), gap=15)
    two = [demand("ann", 0, 30, 45, 90, minutes=45), demand("bob", 15, 60, minutes=60)]
    assert first_come(room, two).placed == {"ann": 0, "bob": 60}
    three = [*two, demand("cem", 0, minutes=30)]
    assert len(first_come(room, three).placed) == 2
    assert plan(room, three).placed in ({"cem": 0, "ann": 45}, {"cem": 0, "bob": 60})


def test_time_for_a_long_session_goes_to_several_short_ones_of_the_same_priority() -> None:
    room = CoachRoom((0, 1000))
    three = [demand("ann", 0, minutes=60), demand("bob", 0, 15, 30), demand("cem", 0, 30, 45)]
    assert plan(room, three).placed == {"bob": 0, "cem": 30}
    three[0] = demand("ann", 0, minutes=60, priority=Priority.HIGH)
    assert plan(room, three).placed == {"ann": 0}


def test_the_limits_of_a_day_and_a_week_count_what_is_placed() -> None:
    days = tuple(LocalDay(((at * 100, at * 100 + 100),), at // 2, room=2) for at in range(4))
    room = CoachRoom((0, 400), 0, days, {0: 3, 1: 0})
    demands = [demand(f"agent{at}", 0, 50, 100, 150, 200, 300, minutes=30) for at in range(5)]
    made = plan(room, demands)
    check(room, demands, made)
    assert len(made.placed) == 3
    assert [(one.limit, len(one.others)) for one in made.unplaced] == [(True, 3)] * 2


@pytest.mark.parametrize("minutes", [30, 45])  # on an aligned grid, and where sessions may overlap in part
def test_among_equals_the_earliest_due_then_the_largest_miss_then_the_name(minutes: int) -> None:
    room, mask = CoachRoom((0, 1000)), masks.of_positions((0, 30), 1000)
    low = Demand("low", Priority.LOW, minutes, mask, due=0)
    late, soon = (Demand(key, Priority.HIGH, minutes, mask, due) for key, due in (("late", 9), ("soon", 3)))
    miss = Demand("miss", Priority.HIGH, minutes, mask, due=3, miss=0.5)
    zoe, ann = (Demand(key, Priority.HIGH, minutes, mask, due=3, miss=0.5, name=key) for key in ("zoe", "ann"))
    most = 60 // minutes
    order = [zoe, low, late, soon, ann, miss]
    for expected in (["miss", "ann", "zoe", "soon", "late", "low"][first:] for first in range(5)):
        made = plan(room, [one for one in order if one.key in expected])
        assert set(made.placed) == set(expected[:most])
        assert [one.key for one in made.unplaced] == expected[most:]


def test_the_example_of_the_documentation() -> None:
    mine = {"Ann": (Priority.HIGH, (0, 15, 30)), "Bob": (Priority.HIGH, (0, 15)), "Cem": (Priority.LOW, (15, 30))}
    demands = [demand(name, *starts, priority=priority) for name, (priority, starts) in mine.items()]
    room = CoachRoom((0, 60))
    assert first_come(room, demands).placed == {"Ann": 0, "Cem": 30}
    assert plan(room, demands).placed == {"Bob": 0, "Ann": 30}
    assert plan(room, demands).unplaced == (Unplaced("Cem", ("Bob", "Ann")),)


def test_a_long_session_due_earlier_keeps_its_time_from_a_short_one() -> None:
    room = CoachRoom((0, 1000))
    two = [demand("long", 0, minutes=60, due=1), demand("short", 0, 15, due=2)]
    assert plan(room, two).placed == {"long": 0}
    assert plan(room, [replace(two[0], due=3), two[1]]).placed == {"short": 0}


def test_somebody_moves_to_another_week_to_make_room_in_a_full_one() -> None:
    days = tuple(LocalDay(((day * 100, day * 100 + 100),), day // 2) for day in range(3))
    room = CoachRoom((0, 300), 0, days, {0: 1})
    two = [demand("ann", 0, due=1), demand("bob", 100, 200)]
    assert plan(room, two).placed == {"ann": 0, "bob": 200}


def test_a_start_that_is_wished_for_comes_before_a_calm_day_and_that_before_an_early_start() -> None:
    days = tuple(LocalDay(((at * 100, at * 100 + 100),), 0, taken=taken) for at, taken in enumerate((60, 30, 30)))
    room = CoachRoom((0, 300), 0, days)
    ann = demand("ann", 0, 100, 150, 200, 250)
    assert plan(room, [ann]).placed == {"ann": 100}
    good, neutral = masks.of_positions((250,), 300), masks.of_positions((0, 250), 300)
    assert plan(room, [replace(ann, wishes=(good, neutral))]).placed == {"ann": 250}
    two = [replace(one, wishes=(good, neutral)) for one in (ann, demand("bob", 0, 250))]
    assert plan(room, two).placed == {"bob": 0, "ann": 250}
    # Each session makes a day less calm.
    assert plan(room, [ann, demand("bob", 0, 150, 200)]).placed == {"ann": 100, "bob": 200}


def test_a_wish_is_left_to_whoever_has_no_other() -> None:
    room = CoachRoom((0, 1000))
    good = masks.of_positions((0, 100), 1000)
    two = [replace(one, wishes=(good,)) for one in (demand("ann", 0, 100), demand("bob", 0, 200))]
    assert plan(room, two).placed == {"bob": 0, "ann": 100}


def test_an_agent_without_any_start_is_told_so() -> None:
    assert plan(CoachRoom((0, 1000)), [demand("ann")]).unplaced == (Unplaced("ann"),)
    assert plan(CoachRoom((0, 1000)), []).placed == {}


def test_the_room_of_a_coach_counts_sessions_per_local_day_and_week() -> None:
    window = search("2027-03-01T00:00Z", "2027-03-15T00:00Z", buffer_before=5, buffer_after=15)
    sessions = tuple((at(f"2027-03-0{day}T10:00Z"), at(f"2027-03-0{day}T10:30Z")) for day in (2, 3, 8))
    meeting = between("2027-03-02T10:15Z", "2027-03-02T11:15Z")
    limited = search(
        "2027-03-01T00:00Z",
        "2027-03-15T00:00Z",
        buffer_before=5,
        buffer_after=15,
        coach_limits=Limits(day=3, week=4),
        ignore=sessions[2],
    )
    coach = google(spans=(meeting,), sessions=sessions)
    found = coach_room(limited, coach)
    assert (found.window, found.gap) == (limited.window, 15)
    assert [(day.room, day.taken) for day in found.days[:4]] == [(3, 0), (2, 75), (2, 30), (3, 0)]
    assert found.days[1] == LocalDay(((at("2027-03-02T00:00Z"), at("2027-03-03T00:00Z")),), found.days[0].week, 2, 75)
    assert found.weeks == {found.days[0].week: 2, found.days[7].week: 4}
    unlimited = coach_room(window, coach)
    assert not unlimited.weeks
    assert {day.room for day in unlimited.days} == {None}

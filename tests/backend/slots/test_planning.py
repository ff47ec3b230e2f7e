"""Plans beside every way to plan, and rule by rule."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtui.backend.slots import masks
from pmtui.backend.slots.demands import CoachRoom, Demand, LocalDay, Unplaced, coach_room
from pmtui.backend.slots.planning import first_come, plan
from pmtui.backend.slots.values import Limits
from pmtui.backend.states import Priority
from tests.backend.slots.instances import check, counts, fits, plans_to_make, starts_of
from tests.backend.slots.test_search import at, between, google, search

ANY = plans_to_make(aligned=False) | plans_to_make(aligned=True)
Instance = tuple[CoachRoom, list[Demand]]
calm = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
    for one in sorted(demands, key=lambda d: (list(Priority).index(d.priority), d.due, -d.miss, d.name, d.key)):
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

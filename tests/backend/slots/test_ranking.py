"""The best slot, rule by rule; and that offering and booking ask the same."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from pmtui.backend.slots import masks
from pmtui.backend.slots.people import home_zone
from pmtui.backend.slots.ranking import best, ranked, wishes
from pmtui.backend.slots.search import blocked, solve
from pmtui.backend.slots.values import Party, Search, Staffing
from pmtui.backend.slots.zones import local_day
from tests.backend.slots.brute import Twin
from tests.backend.slots.strategies import searches
from tests.backend.slots.test_search import at, between, google, nobody, search

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
MONDAY, TUESDAY, SATURDAY = (at(f"2027-03-0{day}T10:00Z") for day in (1, 2, 6))
NIGHT = at("2027-03-01T03:00Z")
WEEK = search("2027-03-01T00:00Z", "2027-03-08T00:00Z")


def test_the_office_hours_of_whoever_has_no_calendar_come_first() -> None:
    assert ranked(WEEK, google(), nobody(), (NIGHT, MONDAY, SATURDAY)) == (MONDAY, NIGHT, SATURDAY)
    assert best(WEEK, google(), google(), (NIGHT, MONDAY)) == NIGHT  # nobody without a calendar: the earliest


def test_then_what_is_good_for_staffing() -> None:
    figures = (Staffing(TUESDAY, TUESDAY + 30, 12, 10), Staffing(MONDAY, MONDAY + 30, 11, 10))
    staffed = replace(WEEK, staffing=figures)
    assert ranked(staffed, google(), google(), (NIGHT, MONDAY, TUESDAY)) == (TUESDAY, MONDAY, NIGHT)


def test_then_the_coachs_calmest_day_then_the_earliest() -> None:
    meeting = between("2027-03-01T12:00Z", "2027-03-01T13:00Z")
    session = (at("2027-03-01T12:30Z"), at("2027-03-01T13:00Z"))
    tuesdays = between("2027-03-02T12:00Z", "2027-03-02T12:59Z")
    coach = google(spans=(meeting, tuesdays), sessions=(session,))  # an hour on Monday: the session lies in the meeting
    assert ranked(WEEK, coach, google(), (MONDAY, TUESDAY)) == (TUESDAY, MONDAY)
    assert best(replace(WEEK, ignore=session), google(sessions=(session,)), google(), (MONDAY, TUESDAY)) == MONDAY
    assert best(WEEK, coach, google(), ()) is None


@given(searches())
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_a_start_is_offered_exactly_if_it_could_be_booked_and_is_neither_too_soon_nor_too_far(
    case: tuple[Search, Party, Party],
) -> None:
    offered, twin = set(solve(*case).slots), Twin(*case)
    for start in twin.grid()[:60]:
        if start + case[0].minutes <= case[0].window[1]:
            assert (start in offered) == (not blocked(*case, start) and not twin.against_offer(start))


@given(searches())
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_wishes_are_the_same_order_but_for_calm_days(case: tuple[Search, Party, Party]) -> None:
    found, coach, agent = case
    slots, low = solve(*case).slots, found.window[0]
    starts = masks.of_positions((slot - low for slot in slots), found.window[1] - low)
    levels = wishes(found, coach, agent, starts) or (starts,)
    order = [slot for level in levels for slot in masks.positions(level, low)]
    assert sorted(order) == list(slots)
    by_day: dict[int, list[int]] = {}
    for slot in ranked(*case, slots):
        by_day.setdefault(local_day(home_zone(coach), slot), []).append(slot)
    for day, sorted_slots in by_day.items():
        assert [slot for slot in order if local_day(home_zone(coach), slot) == day] == sorted_slots

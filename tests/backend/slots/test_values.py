"""Ranges of a day and weeks as values."""

from datetime import UTC, datetime
from itertools import pairwise

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.slots.values import Hours, ReasonCode, Week, from_minute, merged, to_minute, to_minute_up
from tests.backend.slots import strategies
from tests.backend.slots.brute import ORDER
from tests.backend.slots.test_search import at

many_hours = st.lists(strategies.hours(), max_size=6)


def covered(hours: tuple[Hours, ...] | list[Hours]) -> set[int]:
    """The clock minutes ranges cover, counted from the midnight of the day they start on."""
    return {minute for h in hours for minute in range(h.start, h.start + h.length)}


@pytest.mark.parametrize(("start", "end"), [(-1, 10), (1440, 10), (10, 0), (10, 1441), (600, 600)])
def test_what_is_no_range_of_a_day(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a range"):
        Hours(start, end)


def test_lengths() -> None:
    assert Hours(0, 1440).length == 1440
    assert Hours(540, 1020).length == 480
    assert Hours(1320, 120).length == 240
    assert [Hours(1320, 1440).overnight, Hours(1320, 120).overnight] == [False, True]


@given(many_hours)
def test_merging_covers_the_same_time_in_order_without_overlap(hours: list[Hours]) -> None:
    found = merged(hours)
    assert covered(found) == covered(hours)
    assert list(found) == sorted(found)
    assert sum(h.length for h in found) == len(covered(found))


@given(many_hours)
def test_merging_again_changes_nothing_and_neither_does_order(hours: list[Hours]) -> None:
    found = merged(hours)
    assert merged(found) == found
    assert merged(reversed(hours)) == found
    assert merged([*hours, *hours]) == found


@given(many_hours)
def test_ranges_stay_apart_only_where_one_range_cannot_say_it(hours: list[Hours]) -> None:
    found = merged(hours)
    for earlier, later in pairwise(found):
        joined = later.start + later.length - earlier.start
        assert earlier.start + earlier.length < later.start or joined >= 1440


def test_touching_and_overlapping_ranges_join() -> None:
    assert merged([Hours(600, 660), Hours(540, 600), Hours(650, 700)]) == (Hours(540, 700),)
    assert merged([Hours(1320, 1440), Hours(0, 60)]) == (Hours(0, 60), Hours(1320, 1440))
    assert merged([Hours(600, 540), Hours(560, 610)]) == (Hours(560, 540),)
    # From 580 around the clock to 590 can't be one range.
    assert merged([Hours(600, 590), Hours(580, 610)]) == (Hours(580, 600), Hours(600, 590))


@given(st.lists(strategies.days, min_size=7, max_size=7))
def test_the_minutes_of_a_week_count_each_once(days: list[tuple[Hours, ...]]) -> None:
    minutes = {(day * 1440 + at) % (7 * 1440) for day, hours in enumerate(days) for at in covered(hours)}
    assert Week("UTC", tuple(days)).minutes == len(minutes)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven"):
        Week("UTC", ((),) * 6)


def test_minutes_round_down_and_up() -> None:
    exact = datetime(2027, 3, 1, 10, tzinfo=UTC)
    begun = datetime(2027, 3, 1, 10, 0, 0, 1, tzinfo=UTC)
    assert to_minute(exact) == to_minute_up(exact) == to_minute(begun) == to_minute_up(begun) - 1
    assert from_minute(to_minute(exact)) == exact


def test_instants_of_pendulum_count_too() -> None:
    local = pendulum.datetime(2027, 3, 1, 10, 0, 1, tz="Asia/Kolkata")
    assert (to_minute(local), to_minute_up(local)) == (at("2027-03-01T04:30Z"), at("2027-03-01T04:31Z"))


def test_reasons_stand_in_the_order_in_which_the_first_one_counts() -> None:
    assert tuple(ReasonCode) == ORDER

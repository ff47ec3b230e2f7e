"""Edits of a week: exactly the asked minutes change, whoever's night they lie in."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.availability import edits
from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import format_day
from pmtui.backend.slots.values import Hours, Week
from tests.backend.availability.weeks import OFFICE, day_hours, weeks

days = st.integers(0, 6)
blocks = st.tuples(days, days).map(lambda pair: (min(pair), max(pair) - min(pair) + 1))
cells = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def minutes(day: int, start: int, end: int) -> set[int]:
    return {(day * 1440 + minute) % 10080 for minute in range(start, end)}


def block_minutes(block: tuple[int, int], cell: tuple[int, int]) -> set[int]:
    return {minute for day in range(block[0], block[0] + block[1]) for minute in minutes(day, *cell)}


def opened(week: Week) -> set[int]:
    return {m for day, hours in enumerate(week.days) for h in hours for m in minutes(day, h.start, h.start + h.length)}


def rows(week: Week) -> list[str]:
    return [format_day(hours) for hours in week.days]


@given(weeks, blocks, cells)
def test_opening_adds_exactly_these_minutes(week: Week, block: tuple[int, int], cell: tuple[int, int]) -> None:
    after = edits.open_(week, block[0], *cell, block[1])
    assert opened(after) == opened(week) | block_minutes(block, cell)
    assert after.overrides == week.overrides
    assert edits.open_(after, block[0], *cell, block[1]) == after


@given(weeks, blocks, cells)
def test_closing_takes_exactly_these_minutes(week: Week, block: tuple[int, int], cell: tuple[int, int]) -> None:
    after = edits.close(week, block[0], *cell, block[1])
    assert opened(after) == opened(week) - block_minutes(block, cell)
    assert after.overrides == week.overrides
    assert edits.close(after, block[0], *cell, block[1]) == after


@given(weeks, blocks, cells)
def test_toggling_closes_what_is_open_throughout_and_opens_the_rest(
    week: Week, block: tuple[int, int], cell: tuple[int, int]
) -> None:
    after = edits.toggle(week, block[0], *cell, block[1])
    asked = block_minutes(block, cell)
    assert edits.open_count(week, block[0], *cell, block[1]) == len(asked & opened(week))
    assert asked.isdisjoint(opened(after)) if asked <= opened(week) else asked <= opened(after)


@given(weeks, blocks, day_hours)
def test_setting_days_leaves_the_others_alone(week: Week, block: tuple[int, int], hours: tuple[Hours, ...]) -> None:
    first, days = block
    after = edits.set_day(week, first, hours, days)
    assert after.days == (*week.days[:first], *[hours] * days, *week.days[first + days :])


@given(weeks)
def test_edges_are_where_it_opens_or_closes(week: Week) -> None:
    there = opened(week)
    expected = [minute for minute in range(10080) if (minute in there) != ((minute - 1) % 10080 in there)]
    assert list(edits.edges(week)) == expected


@given(weeks, st.integers(-1560, 1560))
def test_shifting_moves_every_minute(week: Week, by: int) -> None:
    after = edits.shift(week, by)
    assert opened(after) == {(minute + by) % 10080 for minute in opened(week)}
    assert after.overrides == week.overrides


def test_a_cut_in_the_night_leaves_its_tail_to_the_next_day() -> None:
    week = parse_entry("sun 22-4", Week("UTC")).week
    after = edits.close(week, 6, 1410, 1470)  # Sunday 23:30 to Monday 00:30
    assert rows(after) == ["0:30-4", *["none"] * 5, "22-23:30"]
    assert rows(edits.close(week, 0, 120, 150)) == ["2:30-4", *["none"] * 5, "22-2+1"]
    assert edits.night_before(week, 0) == 240
    assert edits.night_before(week, 6) == 0


def test_opening_inside_a_night_changes_nothing() -> None:
    week = parse_entry("fri 22-2", Week("UTC")).week
    assert edits.open_(week, 5, 30, 60) == week
    assert rows(edits.open_(week, 5, 60, 180))[4:6] == ["22-2+1", "2-3"]


def test_touching_hours_join() -> None:
    assert rows(edits.open_(OFFICE, 0, 720, 780))[0] == "9-17"


def test_dates() -> None:
    on = date(2027, 3, 2)
    week = edits.set_date(OFFICE, on, [Hours(840, 1080)])
    assert week.overrides == ((on, (Hours(840, 1080),)),)
    assert edits.set_date(week, on, []).overrides == ((on, ()),)
    assert edits.set_date(week, on, None) == OFFICE


def test_days_in_a_row_go_on_with_monday_after_sunday() -> None:
    week = edits.set_day(Week("UTC"), 6, (Hours(540, 600),), 3)
    assert [day for day in range(7) if week.days[day]] == [0, 1, 6]
    assert week == edits.open_(Week("UTC"), 6, 540, 600, 3)
    assert edits.close(week, 6, 540, 600, 3) == Week("UTC")

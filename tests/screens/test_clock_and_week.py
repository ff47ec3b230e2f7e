"""A clock of 12 hours and weeks from Sunday: everywhere times and weeks are shown, the editor first of all."""

from datetime import timedelta

import pytest

from pmtui.backend.availability import edits
from pmtui.backend.people.records import Preferences
from pmtui.backend.slots.values import Hours, Span
from pmtui.backend.states import ConnectionState, Provider
from tests import snapshots
from tests.screens.availability_stand_in import Editing, coach
from tests.screens.conftest import Open
from tests.screens.editing import MEETINGS, at, changed, editor, text, typed
from tests.screens.stand_in import COACH, WEEK, StandIn, connected, session

AMERICAN = Preferences(clock="12", first_day="sunday")


def american(**options: object) -> Editing:
    return coach(preferences=AMERICAN, **options)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_editor(opened: Open, size: tuple[int, int]) -> None:
    async with opened(american(spans=(Span(at(-1, 13), at(-1, 14)), *MEETINGS)), size) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "sun 1-3pm; tue 9-12")
        await pressed.keys("enter", "e")
        snapshots.check(pressed.app, f"availability-american-{size[0]}x{size[1]}")


async def test_rows_begin_with_the_first_day_and_keys_go_by_rows(opened: Open) -> None:
    async with opened(american()) as pressed:
        await pressed.keys("2")
        grid = editor(pressed).grid
        assert [line.split()[0] for line in text(pressed).splitlines()[4:11]] == [
            *("Sun", ">Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
        ]
        await pressed.keys("g")
        assert grid.cursor[0] == 6
        await pressed.keys("up")
        assert grid.cursor[0] == 6
        await pressed.keys("down")
        assert grid.cursor[0] == 0
        await pressed.keys("G", "down")
        assert grid.cursor[0] == 5
        await pressed.keys("g", "home", "w")  # Sunday is closed: the next edge is Monday's
        assert grid.cursor == (0, 540)
        await pressed.keys("b")
        assert grid.cursor == (0, 540)  # nothing begins before it in a week from Sunday


async def test_a_selection_goes_from_sunday_to_tuesday(opened: Open) -> None:
    async with opened(american()) as pressed:
        await pressed.keys("2", "g", "home", "v", "down", "down", "a")
        week = editor(pressed).draft.week
        assert week == edits.open_(edits.open_(WEEK, 6, 0, 30), 0, 0, 30, 2)
        await pressed.keys("g", "e")
        assert editor(pressed).entry.line.value == "12am-12:30am"
        await pressed.keys("escape", "y", "v", "down", "down", "p")
        copied = editor(pressed).draft.week
        assert [copied.days[day] for day in (6, 0, 1)] == [(Hours(0, 30),)] * 3
        assert copied.days[2:6] == week.days[2:6]
        await pressed.keys("g", "v", "down", "e")
        assert editor(pressed).entry.line.value == "sun-mon "


async def test_the_mouse_meets_the_day_under_it(opened: Open) -> None:
    async with opened(american()) as pressed:
        await pressed.keys("2")
        await pressed.pilot.click("AvailabilityGrid", offset=(5, 1))
        await pressed.rest()
        assert editor(pressed).draft.week == edits.open_(WEEK, 6, 0, 30)


async def test_the_preview_browses_the_days_of_that_week(opened: Open) -> None:
    async with opened(american()) as pressed:
        await pressed.keys("2", "tab", "right")
        assert "Mon 1" in text(pressed)
        await pressed.keys("enter")
        assert editor(pressed).grid.cursor[0] == 0


async def test_its_windows_follow_too(opened: Open) -> None:
    async with opened(american(), (80, 30)) as pressed:
        await pressed.keys("2", "t")
        snapshots.check(pressed.app, "text-week-american")
        await pressed.keys("escape", "d")
        assert " Su  Mo  Tu  We  Th  Fr  Sa" in text(pressed)
        assert "as weekly: 9am-12pm, 1pm-5pm" in text(pressed)
        await pressed.keys("escape", "x", "r")
        assert "9am-12pm, 1pm-5pm -> " in text(pressed)
        await pressed.keys("escape", "z")
        assert "2:00am" in text(pressed)


async def test_what_is_typed_in_either_way_is_understood_and_echoed(opened: Open) -> None:
    async with opened(american()) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "fri 13-17")
        assert "= Fri  1:00pm-5:00pm" in text(pressed)
        await pressed.keys("enter")
        assert editor(pressed).draft.week == changed("fri 13-17")


async def test_sessions_and_connections(opened: Open) -> None:
    stand_in = StandIn(COACH, preferences=AMERICAN)
    now = stand_in.clock.now()
    stand_in.sessions = (session(1, now + timedelta(hours=7)),)
    stand_in.connection = connected(Provider.GOOGLE, now, ConnectionState.NEEDS_RECONNECTING)
    async with opened(stand_in) as pressed:
        assert "needs reconnecting since 12:00am" in text(pressed)
        await pressed.keys("3")
        assert "Mon  1 Mar 9:00am" in text(pressed)
        await pressed.keys("enter")
        assert "Mon  1 Mar 9:00am-9:30am" in text(pressed)


async def test_another_choice_shows_at_once_where_one_comes_from(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2")
        assert "9-12, 13-17" in text(pressed)
        await pressed.keys("8", "down", "enter", "end", "enter", "2")
        assert "9am-12pm, 1pm-5pm" in text(pressed)

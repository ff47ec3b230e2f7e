"""The windows of the availability editor: dates with hours of their own, and the week as seven text fields."""

from datetime import date

import pytest
from textual.widgets import Input

from pmtui.screens.dialogs.dates import DatesDialog
from pmtui.screens.dialogs.text_week import TextWeekDialog
from pmtui.widgets.date_calendar import DateCalendar
from tests import snapshots
from tests.screens.availability_stand_in import coach
from tests.screens.conftest import Open
from tests.screens.editing import changed, editor, editor_below, text, typed
from tests.screens.stand_in import WEEK


async def test_dates_with_hours_of_their_own(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "d")
        assert pressed.shows(DatesDialog)
        snapshots.check(pressed.app, "availability-dates-none-80x24")
        await pressed.keys("right", "right", "right", "right", "x", "down", "enter")
        editor_line = pressed.app.screen.query_one("#hours-line", Input)
        assert editor_line.value == "9-12:30"
        editor_line.value = ""
        await typed(pressed, "10-14")
        snapshots.check(pressed.app, "availability-dates-80x24")
        await pressed.keys("enter")
        expected = changed("2027-03-05 none; 2027-03-12 10-14")
        assert editor_below(pressed).draft.week == expected
        await pressed.keys("p")
        dialog = pressed.app.screen
        assert isinstance(dialog, DatesDialog)
        assert dialog.calendar.chosen == date(2027, 3, 5)
        await pressed.keys("w")
        assert editor_below(pressed).draft.week == changed("2027-03-12 10-14")
        await pressed.keys("u", "u", "n")
        assert editor_below(pressed).draft.week == changed("2027-03-05 none")
        assert dialog.calendar.chosen == date(2027, 3, 5)
        await pressed.keys("U", "escape")
        assert editor(pressed).grid.week == expected
        await pressed.keys("s")
        assert stand_in.saved.week == expected


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ("left", date(2027, 2, 28)),
        ("up", date(2027, 2, 22)),
        ("j l", date(2027, 3, 9)),
        ("right_square_bracket", date(2027, 4, 1)),
        ("left left right_square_bracket pagedown", date(2027, 4, 27)),
        ("right_square_bracket left pageup", date(2027, 2, 28)),
    ],
)
async def test_the_small_calendar(opened: Open, keys: str, chosen: date) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "d", *keys.split())
        assert pressed.app.screen.query_one(DateCalendar).chosen == chosen


async def test_a_date_is_chosen_with_the_mouse(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "d")
        await pressed.pilot.click(DateCalendar, offset=(4 * 4 + 1, 3))  # Friday of the second week
        assert pressed.app.screen.query_one(DateCalendar).chosen == date(2027, 3, 12)
        await pressed.pilot.click(DateCalendar, offset=(1, 7))  # there is no such day
        assert pressed.app.screen.query_one(DateCalendar).chosen == date(2027, 3, 12)


async def test_seven_text_fields(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "t")
        assert pressed.shows(TextWeekDialog)
        snapshots.check(pressed.app, "availability-text-80x24")
        fields = list(pressed.app.screen.query(Input))
        assert [field.value for field in fields] == [*["9-12, 13-17"] * 4, "9-12:30", "none", "none"]
        fields[0].value = "22-2"
        await pressed.keys("enter", "down")
        fields[2].value = "9-1x"
        await pressed.keys("ctrl+s")
        assert fields[2].has_focus
        assert "? Wed: “9-1x” is not understood." in text(pressed)
        fields[2].value = ""
        await pressed.keys("ctrl+s")
        assert editor(pressed).draft.week == changed("mon 22-2; wed none")
        await pressed.keys("u")
        assert editor(pressed).draft.week == WEEK
        await pressed.keys("t", "tab", "tab", "escape")
        assert editor(pressed).draft.week == WEEK

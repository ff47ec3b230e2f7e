"""The availability editor: typing hours, time zone, saving against others, leaving."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from textual.widgets import Input

from pmtui.backend.actor import Actor, ActorKind, Surface
from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import format_week
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.integrations.records import Banner, BannerRecord
from pmtui.backend.slots.values import CalendarState, Span, SpanKind, Week
from pmtui.backend.slots.zones import minute_at
from pmtui.backend.states import Provider, Topic
from pmtui.screens.availability import AvailabilityScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.dates import DatesDialog
from pmtui.screens.dialogs.kept_draft import KeptDraftDialog
from pmtui.screens.dialogs.saved_elsewhere import SavedElsewhereDialog
from pmtui.screens.dialogs.text_week import TextWeekDialog
from pmtui.screens.dialogs.time_zone import TimeZoneDialog, machine_zone
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.terminal import Terminal
from pmtui.widgets.availability_grid import AvailabilityGrid
from pmtui.widgets.date_calendar import DateCalendar
from tests import snapshots
from tests.screens.availability_stand_in import Editing, coach
from tests.screens.conftest import Open, Pressed
from tests.screens.stand_in import WEEK, ZONE

MONDAY = date(2027, 3, 1)
COACH_ACTOR = Actor(ActorKind.PERSON, 1, 1, Surface.APP)


def at(day: int, hour: int) -> int:
    """The minute at which the coach's clock shows `hour` on the week's `day`."""
    return minute_at(ZONE, MONDAY.toordinal() + day, hour * 60)


MEETINGS = (
    Span(at(0, 10), at(0, 11)),
    Span(at(1, 14), at(1, 15)),
    Span(at(2, 9), at(2, 12)),
    Span(at(3, 16), at(3, 17)),
)


def editor(pressed: Pressed) -> AvailabilityScreen:
    screen = pressed.app.screen
    assert isinstance(screen, AvailabilityScreen)
    return screen


def editor_below(pressed: Pressed) -> AvailabilityScreen:
    screen = pressed.app.screen_stack[0]
    assert isinstance(screen, AvailabilityScreen)
    return screen


def text(pressed: Pressed) -> str:
    return str(snapshots.text(pressed.app))


async def typed(pressed: Pressed, line: str) -> None:
    """Type a line without waiting between its characters."""
    await pressed.pilot.press(*line)
    await pressed.rest()


def changed(line: str, week: Week = WEEK) -> Week:
    return parse_entry(line, week).week


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_editor(opened: Open, size: tuple[int, int]) -> None:
    async with opened(coach(spans=MEETINGS), size) as pressed:
        await pressed.keys("2", "down", "colon")
        await typed(pressed, "tue-thu 9-12, 13-16")
        snapshots.check(pressed.app, f"availability-{size[0]}x{size[1]}")


async def test_no_colours(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(coach(spans=MEETINGS)) as pressed:
        await pressed.keys("2")
        coloured = text(pressed)
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(coach(spans=MEETINGS)) as pressed:
        await pressed.keys("2")
        assert text(pressed) == coloured
        assert not snapshots.has_colours(pressed.app)
        assert "reverse" in snapshots.picture(pressed.app)


@pytest.mark.parametrize(
    ("keys", "line", "after"),
    [
        (("down", "e"), "", WEEK),
        (("down", "enter"), "9:15-13", "tue 9:15-13"),
        (("down", "e"), "none", "tue none"),
        (("down", "e"), "+18-19", "tue +18-19"),
        (("colon",), "tue-thu 8-12", "tue-thu 8-12"),
        (("colon",), "-10-11", "mon -10-11"),
        (("colon",), "2027-03-05 none", "2027-03-05 none"),
        (("G", "colon"), "weekend 10-12", "weekend 10-12"),
    ],
)
async def test_typed_hours(opened: Open, keys: tuple[str, ...], line: str, after: str | Week) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", *keys)
        if line:
            editor(pressed).entry.line.value = ""
        await typed(pressed, line)
        await pressed.keys("enter")
        expected = changed(after) if isinstance(after, str) else after
        assert format_week(editor(pressed).draft.week) == format_week(expected)
        assert editor(pressed).grid.week == editor(pressed).draft.week
        assert editor(pressed).grid.has_focus


async def test_what_is_not_understood_or_in_doubt_is_not_applied(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "tuee 9-12")
        assert "“tuee” is not a day. Try tue." in text(pressed)
        await pressed.keys("enter")
        editor(pressed).entry.line.value = ""
        await typed(pressed, "9-5")
        assert "9-17? for overnight write 9-5+1" in text(pressed)
        await pressed.keys("enter")
        assert editor(pressed).entry.visible
        await pressed.keys("escape")
        assert (editor(pressed).draft.week, editor(pressed).entry.visible) == (WEEK, False)


async def test_undo_and_redo(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "space", "down", "space")
        both = editor(pressed).draft.week
        assert both == changed("mon 9:30-12, 13-17; tue 9:30-12, 13-17")
        await pressed.keys("u")
        assert editor(pressed).draft.week == changed("mon 9:30-12, 13-17")
        await pressed.keys("ctrl+z")
        assert (editor(pressed).draft.week, editor(pressed).draft.unsaved) == (WEEK, False)
        await pressed.keys("u", "U", "ctrl+y", "U")
        assert editor(pressed).draft.week == editor(pressed).grid.week == both
        await pressed.keys("u", "G", "a", "U")  # a new edit leaves nothing to do again
        assert editor(pressed).draft.week == changed("mon 9:30-12, 13-17; sun 9-9:30")


async def test_the_preview_follows(opened: Open) -> None:
    stand_in = coach(spans=MEETINGS)
    async with opened(stand_in) as pressed:
        await pressed.keys("2")
        assert "92 starts" in text(pressed)
        await pressed.keys("space")
        assert "90 starts" in text(pressed)
        await pressed.keys("greater_than_sign")
        assert "week of 8 Mar" in text(pressed)
        assert "115 starts" in text(pressed)
        await pressed.keys("less_than_sign", "less_than_sign")
        assert "week of 1 Mar" in text(pressed)


async def test_a_calendar_that_was_never_read_offers_nothing(opened: Open) -> None:
    async with opened(coach(unread=True)) as pressed:
        await pressed.keys("2")
        assert "Outlook has not been read yet: you get no sessions until it is." in text(pressed)
        assert "Outlook, not read yet" in text(pressed)


async def test_time_zone(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        assert pressed.shows(TimeZoneDialog)
        lines = text(pressed).splitlines()
        first = next(line for line in lines if "UTC-06:00" in line and "Timezone" not in line)
        assert "America/Chicago" in first
        assert "02:00" in first
        await typed(pressed, "new york")
        await pressed.keys("enter", "enter")  # the first choice keeps clock times
        assert editor(pressed).draft.week == Week("America/New_York", WEEK.days)
        assert "America/New_York (UTC-05:00)" in text(pressed)
        await pressed.keys("u")
        assert editor(pressed).draft.week == WEEK
        await pressed.keys("z", "escape")
        assert editor(pressed).draft.week == WEEK


@pytest.mark.parametrize(("own", "there"), [(True, True), (False, False)])
async def test_on_ones_own_machine_its_zone_comes_first(
    opened: Open, own: bool, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmtui.screens.dialogs.time_zone.get_localzone_name", lambda: "Europe/Berlin")
    async with opened(coach(), terminal=Terminal(own_machine=own)) as pressed:
        await pressed.keys("2", "z")
        lines = [line for line in text(pressed).splitlines() if "Europe/Berlin" in line]
        assert bool(lines) == there
        assert not there or "this machine's" in lines[0]


@pytest.mark.parametrize(("name", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("Nowhere/Here", None), ("", None)])
def test_the_machines_zone_counts_only_if_it_exists(
    monkeypatch: pytest.MonkeyPatch, name: str, zone: str | None
) -> None:
    monkeypatch.setattr("pmtui.screens.dialogs.time_zone.get_localzone_name", lambda: name)
    assert machine_zone() == zone


async def test_another_zone_may_keep_the_moments(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        await typed(pressed, "london")
        await pressed.keys("enter")
        assert "The clock in Europe/London shows 6 h later." in text(pressed)
        await pressed.keys("m")
        expected = changed("mon-thu 15-18, 19-23; fri 15-18:30", Week("Europe/London"))
        assert editor(pressed).draft.week == expected
        await pressed.keys("u", "z")
        await typed(pressed, "menominee")
        await pressed.keys("enter")  # the same clock: nothing to ask
        assert editor(pressed).draft.week == Week("America/Menominee", WEEK.days)
        await pressed.keys("u", "z")
        await typed(pressed, "london")
        await pressed.keys("enter", "escape")
        assert editor(pressed).draft.week == WEEK


@pytest.mark.parametrize("size", [(60, 20), (80, 20), (80, 24), (100, 30), (130, 24)])
async def test_the_typed_line_and_its_echo_are_in_sight(opened: Open, size: tuple[int, int]) -> None:
    stand_in = coach()
    stand_in.banner_record = BannerRecord(Banner.RECONNECT, Provider.OUTLOOK, stand_in.clock.now())
    async with opened(stand_in, size) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "mon 9-11")
        shown = text(pressed)
        assert ": mon 9-11" in shown
        assert "= Mon  09:00-11:00" in shown
        assert " Sun ·" in shown


@pytest.mark.parametrize(
    ("query", "zone"), [("+05:30", "Asia/Calcutta"), ("germany", "Europe/Berlin"), ("chcgo", ZONE), ("pdt", None)]
)
async def test_time_zones_are_found_by_what_one_knows(opened: Open, query: str, zone: str | None) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        await typed(pressed, query)
        dialog = pressed.app.screen
        assert isinstance(dialog, TimeZoneDialog)
        if zone is None:
            names = [dialog.options.get_option_at_index(index).id for index in range(dialog.options.option_count)]
            assert "America/Los_Angeles" in names
        else:
            option = dialog.options.highlighted_option
            assert option is not None
            assert option.id == zone


async def test_save(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "s")
        assert stand_in.asked["save"] == 0
        await pressed.keys("space")
        assert "* unsaved" in text(pressed)
        await pressed.keys("s")
        assert (stand_in.saved.week, stand_in.saved.version) == (changed("mon 9:30-12, 13-17"), 2)
        assert "* unsaved" not in text(pressed)
        await pressed.keys("down", "space", "ctrl+s")
        assert stand_in.saved.version == 3


async def test_an_empty_week_is_saved_with_a_word(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "all none")
        await pressed.keys("enter", "s")
        assert stand_in.saved.week == Week(ZONE)
        assert "Auto Coaching will find no time for you." in text(pressed)


async def meet_another_save(pressed: Pressed, stand_in: Editing) -> tuple[Week, Week]:
    """Edit, let another session save, and save: the dialog stands. Theirs and mine."""
    theirs = changed("sat 9-12")
    await pressed.keys("2", "space")
    stand_in.save_elsewhere(theirs)
    await pressed.look()
    mine = changed("mon 9:30-12, 13-17")
    assert editor(pressed).draft.week == mine
    await pressed.keys("s")
    assert pressed.shows(SavedElsewhereDialog)
    assert stand_in.saved.week == theirs
    return theirs, mine


async def test_saved_elsewhere_shows_both(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await meet_another_save(pressed, stand_in)
        snapshots.check(pressed.app, "availability-saved-elsewhere-80x24")
        await pressed.keys("enter")  # the focus is on Keep editing
        assert editor(pressed).draft.unsaved
        assert stand_in.saved.version == 2


async def test_take_theirs_and_undo_back_to_mine(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        theirs, mine = await meet_another_save(pressed, stand_in)
        await pressed.keys("t")
        assert (editor(pressed).draft.week, editor(pressed).draft.unsaved) == (theirs, False)
        await pressed.keys("u", "s")
        assert (stand_in.saved.week, stand_in.saved.version) == (mine, 3)


async def test_save_mine_over_theirs(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        _, mine = await meet_another_save(pressed, stand_in)
        await pressed.keys("m")
        assert (stand_in.saved.week, stand_in.saved.version) == (mine, 3)
        assert not editor(pressed).draft.unsaved


async def test_keep_editing_meets_it_again(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await meet_another_save(pressed, stand_in)
        await pressed.keys("k", "s")
        assert pressed.shows(SavedElsewhereDialog)


async def test_another_sessions_save_appears_when_nothing_was_edited(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2")
        await pressed.look()
        stand_in.save_elsewhere(changed("sat 9-12"))
        await pressed.look()
        assert editor(pressed).grid.week == changed("sat 9-12")
        assert not editor(pressed).draft.unsaved


async def test_a_failed_save_keeps_the_edits(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space")
        stand_in.failing = Unavailable("busy", "The database is too busy.", "Try again.", whose=Whose.PROVIDER)
        await pressed.keys("s")
        assert editor(pressed).draft.unsaved
        assert stand_in.saved.version == 1
        await pressed.keys("s")
        assert stand_in.saved.version == 2


async def test_leaving_with_unsaved_changes_asks(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "space", "q")
        assert pressed.shows(ConfirmDialog)
        await pressed.keys("n")
        assert pressed.shows(AvailabilityScreen)
        await pressed.keys("escape", "y")
        assert pressed.shows(IntegrationsScreen)
        await pressed.keys("ctrl+q")
        assert "Your availability has changes that are not saved. They are kept" in text(pressed)
        await pressed.keys("n", "2")
        assert editor(pressed).draft.unsaved
        await pressed.keys("u", "q")
        assert pressed.shows(IntegrationsScreen)


async def test_without_a_calendar_the_default_hours_are_shown_and_locked(opened: Open) -> None:
    stand_in = coach()
    stand_in.connect(CalendarState.NONE)
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space", "e", "s")
        assert "No calendar is connected: these default hours count" in text(pressed)
        assert [len(hours) for hours in editor(pressed).grid.week.days] == [1, 1, 1, 1, 1, 0, 0]
        assert (stand_in.asked["save"], editor(pressed).draft.unsaved) == (0, False)
        assert "Save updates" not in text(pressed)


async def test_a_wfm_coach_sees_the_schedule(opened: Open) -> None:
    shift = (Span(at(1, 8), at(1, 12), SpanKind.OPEN, "Phone"), Span(at(1, 12), at(1, 13), SpanKind.CLOSED, "Lunch"))
    stand_in = coach(spans=shift)
    stand_in.connect(CalendarState.WFM)
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space")
        assert format_week(editor(pressed).grid.week) == ("Mon none", "Tue 8-12", "Wed-Sun none")
        assert "Your WFM schedule counts: it is changed in WFM" in text(pressed)


async def test_edits_outlive_a_disconnect(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space")
        await pressed.look()
        for calendar in (CalendarState.NONE, CalendarState.OUTLOOK):
            stand_in.connect(calendar)
            stand_in.bump(Topic.INTEGRATIONS)
            await pressed.look()
        assert editor(pressed).grid.week == editor(pressed).draft.week == changed("mon 9:30-12, 13-17")


async def test_the_calendar_is_asked_to_be_read_once(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2")
        stand_in.clock.advance(minutes=timedelta(hours=1) // timedelta(minutes=1))
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert stand_in.asked["request_read"] == 1


async def test_reverting_asks_and_can_be_undone(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "r")
        assert "There is nothing to revert." in text(pressed)
        await pressed.keys("space", "down", "space")
        both = editor(pressed).draft.week
        await pressed.keys("r")
        assert pressed.shows(ConfirmDialog)
        assert "Tue  9-12, 13-17 -> 9:30-12, 13-17" in text(pressed)
        await pressed.keys("enter")  # Cancel has the focus
        assert editor(pressed).draft.week == both
        await pressed.keys("r", "y")
        assert (editor(pressed).draft.week, editor(pressed).grid.week) == (WEEK, WEEK)
        await pressed.keys("u")
        assert editor(pressed).draft.week == both


async def test_the_calendar_is_read_when_asked(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "f5")
        assert stand_in.asked["request_read"] == 2
        assert "Your calendar is being read." in text(pressed)


async def test_browsing_the_starts_says_why_not_others(opened: Open) -> None:
    async with opened(coach(spans=MEETINGS)) as pressed:
        await pressed.keys("2", "tab")
        assert " Mon 1   09:00-09:30 11:00-11:30 13:00-16:30" in text(pressed)
        snapshots.check(pressed.app, "availability-browsing-80x24")
        await pressed.keys("right", "right")
        assert " Wed 3   13:00-16:30" in text(pressed)
        assert "Not offered: 11 busy" in text(pressed)
        await pressed.keys("enter")
        assert (editor(pressed).grid.has_focus, editor(pressed).grid.cursor) == (True, (2, 540))
        await pressed.keys("tab", "escape")
        assert editor(pressed).grid.has_focus
        assert "Not offered" not in text(pressed)


async def test_an_edit_that_meets_another_sessions_save_changes_nothing(opened: Open) -> None:
    """The key was pressed on a week that is not there any more."""
    async with opened(coach()) as pressed:
        await pressed.keys("2")
        grid, other = editor(pressed).grid, changed("sat 9-12")
        grid.post_message(AvailabilityGrid.Edited(other, changed("sat 9-13")))
        await pressed.rest()
        assert (editor(pressed).draft.week, grid.week) == (WEEK, WEEK)


async def test_edits_are_kept_and_offered_again(opened: Open) -> None:
    stand_in = coach()
    edited = changed("mon 9:30-12, 13-17; 2027-03-05 none")
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space", "colon")
        await typed(pressed, "2027-03-05 none")
        await pressed.keys("enter")
    # the terminal hung up: nobody said anything
    assert stand_in.kept == (edited, 1)
    async with opened(stand_in) as pressed:
        await pressed.keys("2")
        assert pressed.shows(KeptDraftDialog)
        snapshots.check(pressed.app, "availability-kept-80x24")
        await pressed.keys("enter")
        assert (editor(pressed).draft.week, editor(pressed).draft.unsaved) == (edited, True)
        await pressed.keys("s")
        assert stand_in.saved.week == edited
        assert not stand_in.kept


async def test_what_was_left_can_be_given_up(opened: Open) -> None:
    stand_in = coach()
    stand_in.keep(COACH_ACTOR, changed("sat 9-12"), 1)
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "escape")  # not decided: it stays
        assert stand_in.kept
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "d")
        assert editor(pressed).draft.week == WEEK
        assert not stand_in.kept


async def test_what_was_left_meets_a_later_save_of_another_session(opened: Open) -> None:
    stand_in = coach()
    mine, theirs = changed("sat 9-12"), changed("sun 9-12")
    stand_in.save_elsewhere(theirs)
    stand_in.keep(COACH_ACTOR, mine, 1)
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "t", "s")
        assert pressed.shows(SavedElsewhereDialog)
        assert stand_in.saved.week == theirs


async def test_undoing_everything_leaves_nothing_kept(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space")
        assert stand_in.kept == (changed("mon 9:30-12, 13-17"), 1)
        await pressed.keys("u")
        assert not stand_in.kept


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


async def test_hours_of_the_selected_days_are_typed_at_once(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "down", "v", "down", "down", "e")
        await typed(pressed, "8-11")
        await pressed.keys("enter")
        assert editor(pressed).draft.week == changed("tue-thu 8-11")
        assert editor(pressed).grid.selected_from is None


async def test_a_wider_screen_says_more(opened: Open) -> None:
    async with opened(coach(spans=MEETINGS)) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "all none; " + "; ".join(f"2027-03-0{day} 9-10" for day in range(1, 8)))
        await pressed.keys("enter")
        await pressed.pilot.resize_terminal(120, 40)
        await pressed.rest()
        snapshots.check(pressed.app, "availability-changes-120x40")
        assert "* unsaved, 12 changes" in text(pressed)
        assert "week of 1 Mar 2027  < >     F5 read" in text(pressed)


async def test_selected_at_both_sizes(opened: Open) -> None:
    for columns, lines in ((80, 24), (120, 40)):
        async with opened(coach(spans=MEETINGS), (columns, lines)) as pressed:
            await pressed.keys("2", "v", "down", "down", "right", "right", "right", "right")
            snapshots.check(pressed.app, f"availability-selected-{columns}x{lines}")
            await pressed.keys("x", "G", "colon")
            await typed(pressed, "sun 22-2")
            await pressed.keys("enter")
            snapshots.check(pressed.app, f"availability-unsaved-{columns}x{lines}")


async def test_states_that_look_different(opened: Open) -> None:
    stand_in = coach()
    stand_in.saved = replace(stand_in.saved, week=None, version=0)
    async with opened(stand_in) as pressed:
        await pressed.keys("2")
        snapshots.check(pressed.app, "availability-new-80x24")
        await pressed.keys("z")
        snapshots.check(pressed.app, "availability-zone-80x24")
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        await typed(pressed, "london")
        await pressed.keys("enter")
        snapshots.check(pressed.app, "availability-zone-change-80x24")
    stand_in.connect(CalendarState.NONE)
    async with opened(stand_in) as pressed:
        await pressed.keys("2")
        snapshots.check(pressed.app, "availability-locked-80x24")
    async with opened(coach()) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "9-5")
        snapshots.check(pressed.app, "availability-question-80x24")


async def test_a_new_coach_needs_few_keys(opened: Open) -> None:
    """Mon-Thu 9-12, 13-17, Fri 9-12:30 from the empty editor, with what the footer and the typed line say."""
    stand_in = coach()
    stand_in.saved = replace(stand_in.saved, week=None, version=0)
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "colon")
        await typed(pressed, "mon-thu 9-12, 13-17")
        await pressed.keys("enter", "colon")
        await typed(pressed, "fri 9-12:30")
        await pressed.keys("enter", "s")  # five keys, and the text
        assert stand_in.saved.week == WEEK
        assert "31.5 h a week" in text(pressed)

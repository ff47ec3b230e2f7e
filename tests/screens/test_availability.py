"""The availability editor: typing hours, undo, the preview, who may edit, and what it looks like."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pmtui.backend.availability.hours import format_week
from pmtui.backend.integrations.records import BannerRecord
from pmtui.backend.slots.values import CalendarState, Span, SpanKind, Week
from pmtui.backend.states import Banner, Provider, Topic
from pmtui.screens.dialogs.confirm import ConfirmDialog
from tests import snapshots
from tests.screens.availability_stand_in import coach
from tests.screens.conftest import Colourless, Open
from tests.screens.editing import MEETINGS, at, changed, editor, text, typed
from tests.screens.stand_in import WEEK


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_editor(opened: Open, size: tuple[int, int]) -> None:
    async with opened(coach(spans=MEETINGS), size) as pressed:
        await pressed.keys("2", "down", "colon")
        await typed(pressed, "tue-thu 9-12, 13-16")
        snapshots.check(pressed.app, f"availability-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(lambda: coach(spans=MEETINGS), "2")


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


async def test_without_a_calendar_the_default_hours_are_shown_and_locked(opened: Open) -> None:
    stand_in = coach()
    stand_in.connect(CalendarState.NONE)
    async with opened(stand_in) as pressed:
        await pressed.keys("2", "space", "e", "s")
        assert "No calendar is connected: these default hours count" in text(pressed)
        assert [len(hours) for hours in editor(pressed).grid.week.days] == [1, 1, 1, 1, 1, 0, 0]
        assert (stand_in.asked["save"], editor(pressed).draft.unsaved) == (0, False)
        assert "Save updates" not in text(pressed)


async def test_what_is_locked_offers_no_key_that_changes(opened: Open) -> None:
    stand_in = coach()
    stand_in.connect(CalendarState.NONE)
    async with opened(stand_in, (120, 40)) as pressed:
        await pressed.keys("2")
        snapshots.check(pressed.app, "availability-locked-120x40")
        assert not {"u undo", "r revert", "z change", "F5 read"} & set(text(pressed).split("  "))


async def test_sentences_name_the_keys_that_the_person_gave(opened: Open) -> None:
    stand_in = coach()
    stand_in.preferences = replace(stand_in.preferences, keys=(("availability.undo", "f2"), ("grid.close", "f4")))
    async with opened(stand_in, (120, 40)) as pressed:
        await pressed.keys("2", "v")
        assert "f2 undo   U redo" in text(pressed)
        assert "Selecting: move on, then spc, a or f4. o other end, Esc ends." in text(pressed)


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

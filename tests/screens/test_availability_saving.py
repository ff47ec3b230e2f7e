"""Saving in the availability editor: against others, in vain, and what is kept of edits that were not saved."""

from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.slots.values import Week
from pmtui.screens.availability import AvailabilityScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.kept_draft import KeptDraftDialog
from pmtui.screens.dialogs.saved_elsewhere import SavedElsewhereDialog
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.widgets.availability_grid import AvailabilityGrid
from tests import snapshots
from tests.screens.availability_stand_in import Editing, coach
from tests.screens.conftest import Open, Pressed
from tests.screens.editing import COACH_ACTOR, changed, editor, text, typed
from tests.screens.stand_in import WEEK, ZONE


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

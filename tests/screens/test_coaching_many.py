"""The Coaching screen: many sessions marked, and approved together."""

from dataclasses import replace
from datetime import timedelta

from pmtui.backend.errors import Conflict, SlotTaken
from pmtui.backend.states import Attention, Permission, SessionState, Topic
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.dialogs.approving import ApprovingDialog
from pmtui.screens.dialogs.confirm import ConfirmDialog
from tests import snapshots
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.stand_in import COACH, StandIn, me, session

APPROVER = me(Permission.APPROVE)


def with_proposals(count: int = 5) -> StandIn:
    """So many sessions that wait for approval, and one that is scheduled."""
    stand_in = StandIn(APPROVER)
    at = stand_in.clock.now() + timedelta(days=1)
    held = (session(n, at + timedelta(hours=n)) for n in range(count))
    stand_in.sessions = (*held, session(count, at + timedelta(hours=count), SessionState.SCHEDULED))
    return stand_in


def marked(pressed: Pressed) -> list[str]:
    """The codes that are marked, in order."""
    assert isinstance(pressed.app.screen, CoachingScreen)
    return sorted(pressed.app.screen.table.marked)


async def test_space_marks_and_goes_on(opened: Open) -> None:
    async with opened(with_proposals()) as pressed:
        await pressed.keys("3", "space", "space", "down", "space")
        assert marked(pressed) == ["C000", "C001", "C003"]
        assert "6 sessions · 3 marked" in snapshots.text(pressed.app)
        snapshots.check(pressed.app, "coaching-marked-80x24")
        await pressed.keys("home", "space")
        assert marked(pressed) == ["C001", "C003"]
        await pressed.keys("end", "space")  # scheduled already
        assert marked(pressed) == ["C001", "C003"]


async def test_one_key_marks_all_that_is_shown_and_can_be_approved(opened: Open) -> None:
    async with opened(with_proposals()) as pressed:
        await pressed.keys("3", "slash")
        await pressed.typed("c003")
        await pressed.keys("enter", "A")
        assert marked(pressed) == ["C003"]
        await pressed.keys("escape", "A")
        assert marked(pressed) == ["C000", "C001", "C002", "C003", "C004"]
        await pressed.keys("A")
        assert marked(pressed) == []


async def test_a_mark_goes_with_what_it_was_for(opened: Open) -> None:
    stand_in = with_proposals()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "space", "space")
        stand_in.sessions = (replace(stand_in.sessions[0], state=SessionState.REJECTED), *stand_in.sessions[1:])
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert marked(pressed) == ["C001"]


async def test_who_may_not_approve_marks_nothing(opened: Open) -> None:
    stand_in = with_proposals()
    stand_in.person = COACH
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "space", "A", "a")
        assert marked(pressed) == []
        assert stand_in.asked["approve"] == 0


async def test_many_are_approved_after_a_yes_and_each_that_was_not_is_named(opened: Open) -> None:
    stand_in = with_proposals()
    busy = {"attention": Attention.APPROVAL_REFUSED, "attention_details": "Agent 1 is busy in Outlook then."}
    stand_in.outcomes = {
        "C001": busy,
        "C002": SlotTaken("slot_taken", "That time was taken just now.", "Choose another."),
        "C003": {"state": SessionState.APPROVING},
        "C004": Conflict("wrong_state", "Session C004 is rejected.", "Look at the list again."),
    }
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "A", "slash")
        await pressed.typed("agent")
        await pressed.keys("space", "3", "enter", "a")
        assert pressed.shows(ConfirmDialog)
        snapshots.check(pressed.app, "approve-many-80x24")
        await pressed.keys("enter")  # Cancel has the focus
        assert stand_in.asked["approve"] == 0
        await pressed.keys("a", "y")
        assert pressed.shows(ApprovingDialog)
        snapshots.check(pressed.app, "approved-many-80x24")
        stand_in.sessions = tuple(
            replace(one, state=SessionState.SCHEDULED) if one.code == "C003" else one for one in stand_in.sessions
        )
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert "2 sessions scheduled" in snapshots.text(pressed.app)
        assert "being approved" not in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert pressed.shows(CoachingScreen)
        assert marked(pressed) == []


async def test_stopped_in_the_middle_the_rest_stays_marked(opened: Open) -> None:
    stand_in = with_proposals()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "A", "a")

        def stop() -> None:
            assert isinstance(pressed.app.screen, ApprovingDialog)
            pressed.app.screen.action_stop()

        stand_in.meanwhile = lambda: pressed.app.call_from_thread(stop)
        await pressed.keys("y")
        assert "1 of 5 · stopped" in snapshots.text(pressed.app)
        assert "4 sessions not begun, marked still" in snapshots.text(pressed.app)
        await pressed.keys("q")
        assert marked(pressed) == ["C001", "C002", "C003", "C004"]
        assert stand_in.states()[:2] == ["scheduled", "held"]


async def test_without_colours_marks_are_seen(colourless: Colourless) -> None:
    await colourless(with_proposals, "3", "A")

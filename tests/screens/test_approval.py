"""The Outlook approval: its panel, and what coaches read before the link to Microsoft."""

from dataclasses import replace
from datetime import timedelta

from pmtui.backend.integrations.records import Access, ApprovalRecord
from pmtui.backend.integrations.words import PROPOSED_JUSTIFICATION
from pmtui.backend.states import ApprovalState, External, Topic
from pmtui.screens.dialogs.approval import ApprovalDialog
from pmtui.screens.dialogs.provider import ProviderDialog
from pmtui.screens.integrations import IntegrationsScreen
from tests import snapshots
from tests.screens.conftest import Open, Pressed
from tests.screens.stand_in import ADMINISTRATOR, BOTH, COACH, CONSENT, StandIn

OUTLOOK = Access(False, External.OUTLOOK)
NOT_ASKED = ApprovalRecord("Calendar App")


def read(pressed: Pressed) -> str:
    """The screen as one line, frames left out."""
    return " ".join(snapshots.text(pressed.app).replace("│", " ").split())


async def test_the_panel_shows_everything_and_notes_a_request(opened: Open) -> None:
    stand_in = StandIn(BOTH, sent=OUTLOOK, draft=OUTLOOK, approval=NOT_ASKED)
    async with opened(stand_in) as pressed:
        assert "Not asked yet.  (a: more)" in snapshots.text(pressed.app)
        await pressed.keys("a")
        assert pressed.shows(ApprovalDialog)
        snapshots.check(pressed.app, "outlook-approval-80x24")
        await pressed.keys("shift+tab")  # from the buttons to the justification
        await pressed.keys("home", *"Hi. ")
        await pressed.keys("enter", "enter")
        assert stand_in.noted == [(ApprovalState.REQUESTED, f"Hi. {PROPOSED_JUSTIFICATION}")]
        assert "Requested on 1 Mar by Ira Holt." in snapshots.text(pressed.app)
        await pressed.keys("x", "d")
        assert stand_in.noted[1:] == [(ApprovalState.BLOCKED, None), (ApprovalState.DENIED, None)]
        assert pressed.app._clipboard == ""
        await pressed.keys("y")
        assert pressed.app._clipboard == CONSENT  # the whole of it, though the line shows its beginning
        await pressed.keys("escape")
        assert pressed.shows(IntegrationsScreen)
        await pressed.look()
        assert "Denied, as noted on 1 Mar." in snapshots.text(pressed.app)


async def test_an_open_panel_follows_and_keeps_what_is_typed(opened: Open) -> None:
    stand_in = StandIn(BOTH, sent=OUTLOOK, draft=OUTLOOK, approval=NOT_ASKED)
    async with opened(stand_in) as pressed:
        await pressed.keys("a", "shift+tab", "home", "Z")
        stand_in.approval = replace(NOT_ASKED, state=ApprovalState.APPROVED, since_at=stand_in.clock.now())
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        shown = snapshots.text(pressed.app)
        assert "Approved: Outlook sign-ins succeed since 1 Mar." in shown
        assert "ZOur coaches" in shown


async def test_the_panel_is_not_there_for_others(opened: Open) -> None:
    for person in (ADMINISTRATOR, COACH):
        async with opened(StandIn(person, sent=OUTLOOK, draft=OUTLOOK, approval=NOT_ASKED)) as pressed:
            assert "(a: more)" not in snapshots.text(pressed.app)
            await pressed.keys("a")
            assert pressed.shows(IntegrationsScreen)
            assert ("Not asked yet." in snapshots.text(pressed.app)) == (person is ADMINISTRATOR)


async def test_a_coach_reads_what_comes_first_and_an_open_window_notices(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(True, External.OUTLOOK), approval=NOT_ASKED)
    async with opened(stand_in) as pressed:
        await pressed.keys("tab", "enter")
        assert pressed.shows(ProviderDialog)
        assert "may have to approve first; not requested yet." in read(pressed)
        at = stand_in.clock.now() - timedelta(days=1)
        stand_in.approval = ApprovalRecord("Calendar App", ApprovalState.REQUESTED, at, at, "Ira Holt")
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert "has to approve first; requested 28 Feb." in read(pressed)
        snapshots.check(pressed.app, "window-outlook-requested-80x24")
        stand_in.approval = replace(stand_in.approval, state=ApprovalState.APPROVED)
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert "approve first" not in read(pressed)

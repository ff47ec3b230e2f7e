"""The Outlook approval: what people note, what everybody then sees, and who may do it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pmtui.backend.errors import BadInput, NotAllowed
from pmtui.backend.integrations import words
from pmtui.backend.integrations.approval import OutlookApprovals
from pmtui.backend.integrations.records import Access
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.states import ADMINISTER, ApprovalState, External, Permission, Topic, Verb
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.signin import OutlookApproval
from tests.clock import ManualClock
from tests.world import World


@pytest.fixture
def ira(world: World) -> int:
    """The IT administrator: all the permissions that the panel needs."""
    return world.administrator("ira", Permission.COACH)


@pytest.mark.usefixtures("ira")
def test_a_request_is_seen_by_everybody(
    approvals: OutlookApprovals, integrations: Integrations, world: World, clock: ManualClock
) -> None:
    ira, before = world.actor("ira"), world.number(Topic.INTEGRATIONS)
    first = approvals.panel(ira)
    assert (first.approval.state, first.approval.app) == (ApprovalState.NOT_ASKED, "Calendar App")
    assert world.number(Topic.INTEGRATIONS) == before
    panel = approvals.note(ira, ApprovalState.REQUESTED, "  for our\ncoaches ")
    assert (panel.approval.state, panel.justification) == (ApprovalState.REQUESTED, "for our coaches")
    assert (panel.approval.requested_by, panel.approval.requested_at) == ("Ira", clock.now())
    assert world.number(Topic.INTEGRATIONS) == before + 1
    for who in ("amy", "dana", "ira"):
        seen = integrations.page(world.actor(who)).approval
        assert (seen.state, seen.requested_by) == (ApprovalState.REQUESTED, "Ira")
    assert [integrations.page(world.actor(who)).approves for who in ("amy", "dana", "ira")] == [False, False, True]
    clock.advance(days=1)
    again = approvals.note(ira, ApprovalState.REQUESTED)  # as the first request ran out, say
    assert (again.approval.requested_at, again.justification) == (clock.now(), "for our coaches")


@pytest.mark.usefixtures("ira")
def test_the_audit_says_what_was_noted_but_no_free_text(approvals: OutlookApprovals, world: World) -> None:
    for state in (ApprovalState.REQUESTED, ApprovalState.DENIED, ApprovalState.DENIED, ApprovalState.BLOCKED):
        approvals.note(world.actor("ira"), state, "because of Zanzibar")
    entries = [row for row in world.rows(AuditEntry) if row.verb is Verb.APPROVAL_NOTED]
    assert [row.details for row in entries] == [{"state": "requested"}, {"state": "denied"}, {"state": "blocked"}]
    assert {row.person_id for row in entries} == {world.id("ira")}
    assert "Zanzibar" not in str([row.model_dump() for row in world.rows(AuditEntry)])


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        ((Permission.COACH, ADMINISTER[0]), Permission.VIEW),
        ((Permission.VIEW, ADMINISTER[1]), Permission.COACH),
        ((Permission.VIEW, Permission.COACH), ADMINISTER[0]),
        ((), Permission.VIEW),
    ],
)
def test_the_panel_needs_three_permissions(
    approvals: OutlookApprovals, world: World, held: tuple[Permission, ...], missing: Permission
) -> None:
    world.person("pat", held)
    for call in (
        approvals.panel,
        lambda actor: approvals.note(actor, ApprovalState.REQUESTED),
        lambda actor: approvals.note(actor, ApprovalState.REQUESTED, "x" * 2_000),
    ):
        with pytest.raises(NotAllowed, match=missing.value):
            call(world.actor("pat"))
    assert world.rows(OutlookApproval) == []


def test_nobody_notes_an_approval(approvals: OutlookApprovals, world: World) -> None:
    for state in (ApprovalState.APPROVED, ApprovalState.NOT_ASKED):
        with pytest.raises(BadInput, match="not noted by hand"):
            approvals.note(world.operator, state)
    assert world.rows(OutlookApproval) == []


@pytest.mark.parametrize("text", ["x" * 1001, "a \x1b[31m b"])
def test_a_justification_no_terminal_should_show_is_refused(
    approvals: OutlookApprovals, world: World, text: str
) -> None:
    with pytest.raises(BadInput) as caught:
        approvals.note(world.operator, ApprovalState.REQUESTED, text)
    assert text not in caught.value.line
    assert world.rows(OutlookApproval) == []


def test_the_operator_may_too_and_another_tenant_sees_nothing(
    approvals: OutlookApprovals, world: World, database: Database, clock: ManualClock
) -> None:
    noted = approvals.note(world.operator, ApprovalState.REQUESTED)
    assert (noted.approval.requested_by, noted.proposed) == (None, words.PROPOSED_JUSTIFICATION)
    other = World(database, clock, subdomain="other")
    assert approvals.panel(other.operator).approval.state is ApprovalState.NOT_ASKED


def test_the_link_asks_for_the_whole_organisation(approvals: OutlookApprovals, world: World) -> None:
    link = approvals.panel(world.operator).link
    assert link is not None
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://login.microsoftonline.com/organizations/v2.0/adminconsent"
    )
    asked = parse_qs(parts.query, strict_parsing=True)
    assert set(asked) == {"client_id", "scope", "redirect_uri", "state"}
    assert asked["client_id"] == ["app-1"]
    assert {"Calendars.ReadWrite", "MailboxSettings.Read", "User.Read"} <= set(asked["scope"][0].split())
    assert asked["redirect_uri"][0].endswith("/callback/outlook")


def test_sending_outlook_without_approval_warns_and_goes_through(
    approvals: OutlookApprovals, integrations: Integrations, world: World
) -> None:
    amy = world.actor("amy")
    page = integrations.set_draft(amy, Access(external=External.OUTLOOK), integrations.page(amy).version)
    warning = "Your Microsoft administrator may have to approve first; not requested yet."
    assert words.sending_in_words(page)[-1] == warning
    assert integrations.send_access(amy, page.version, page.consequences).sent.external is External.OUTLOOK
    page = integrations.set_draft(amy, Access(external=External.GOOGLE), integrations.page(amy).version)
    assert warning not in words.sending_in_words(page)

"""What sign-ins make known of the Microsoft administrator's approval."""

import pytest

from pmtui.backend.errors import BadInput, Conflict, NotFound
from pmtui.backend.signin import attempts
from pmtui.backend.signin.endpoints import consent_link
from pmtui.backend.signin.machine import Event
from pmtui.backend.signin.records import PageSays
from pmtui.backend.signin.words import PAGE_STAYS, page_may_say
from pmtui.backend.states import AnswerWay, ApprovalState, AttemptState, External, Provider, Topic, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.signin import OutlookApproval
from tests.backend.signin.conftest import DANA, Flow


async def test_a_sign_in_that_meets_the_approval_tells_everybody_and_one_that_succeeds_too(flow: Flow) -> None:
    def known() -> OutlookApproval | None:
        return next(iter(flow.world.rows(OutlookApproval)), None)

    def visit(address: str) -> AttemptState:
        started = flow.sign_in.start(flow.world.actor(DANA), Provider.OUTLOOK, 50_001)
        with flow.world.database.write(flow.world.operator) as tx:
            attempts.move(tx, attempts.load(tx, started.attempt_id), Event.LINK_MADE)
        flow.answer(started.attempt_id, address)
        return flow.seen(started.attempt_id).state

    assert known() is None
    assert visit("http://localhost/?error=access_denied&error_description=AADSTS90094") is AttemptState.NEEDS_APPROVAL
    row, first = known(), flow.clock.now()
    assert row is not None
    assert (row.state, row.needed_at) == (ApprovalState.NOT_ASKED, first)

    flow.clock.advance(days=1)
    number = flow.world.number(Topic.INTEGRATIONS)
    done = await flow.until_answered()
    assert done.state is AttemptState.CONFIRMING  # approved before anybody confirms
    row = known()
    assert row is not None
    assert (row.state, row.needed_at, row.since_at) == (ApprovalState.APPROVED, None, flow.clock.now())
    assert flow.world.number(Topic.INTEGRATIONS) > number
    noted = [entry.details for entry in flow.world.rows(AuditEntry) if entry.verb is Verb.APPROVAL_NOTED]
    assert noted == [{"state": "not_asked"}, {"state": "approved"}]

    approved = row.since_at
    flow.clock.advance(days=1)
    await flow.until_answered()
    row = known()
    assert row is not None
    assert row.since_at == approved  # a second success is no news
    assert visit("http://localhost/?error=access_denied&error_description=AADSTS90094") is AttemptState.NEEDS_APPROVAL
    row = known()
    assert row is not None
    assert (row.state, row.needed_at) == (ApprovalState.APPROVED, flow.clock.now())  # taken back, or another directory
    assert visit("http://localhost/?error=unauthorized_client&error_description=AADSTS7000112") is AttemptState.FAILED
    row = known()
    assert row is not None
    assert row.state is ApprovalState.BLOCKED
    visit("http://localhost/?error=consent_required")
    row = known()
    assert row is not None
    assert row.state is ApprovalState.NOT_ASKED  # who is asked to ask is not blocked any more


async def test_what_says_nothing_of_an_approval_leaves_it_alone(flow: Flow) -> None:
    await flow.until_answered(DANA, "cancel")
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(provider=Provider.GOOGLE)
    flow.answer(begun.attempt_id, "http://127.0.0.1/?error=consent_required")
    flow.world.allow(wfm=True)
    await flow.begin(None, Provider.WFM)
    assert flow.world.rows(OutlookApproval) == []


@pytest.mark.parametrize("provider", [Provider.OUTLOOK, Provider.GOOGLE])
async def test_whatever_a_page_says_ends_the_sign_in_in_its_own_words(flow: Flow, provider: Provider) -> None:
    if provider is Provider.GOOGLE:
        flow.world.allow(external=External.GOOGLE)
    dana, titles = flow.world.actor(DANA), set()
    offered = [said for said, _ in page_may_say(provider, AnswerWay.LOOPBACK)]
    for said in offered:
        begun = await flow.begin(provider=provider)
        if said in PAGE_STAYS:
            with pytest.raises(BadInput):
                flow.sign_in.page_says(dana, begun.attempt_id, said)
            assert flow.seen(begun.attempt_id).state is AttemptState.AWAITING
            continue
        ended = flow.sign_in.page_says(dana, begun.attempt_id, said)
        assert ended.state in (AttemptState.FAILED, AttemptState.NEEDS_APPROVAL)
        assert ended.link is None
        assert ended.title
        assert ended.next_step
        titles.add(ended.title)
        with pytest.raises(Conflict):
            flow.sign_in.page_says(dana, begun.attempt_id, said)
    assert len(titles) == len([said for said in offered if said not in PAGE_STAYS])


async def test_a_request_sent_on_the_page_is_known_to_all(flow: Flow) -> None:
    begun = await flow.begin()
    ended = flow.sign_in.page_says(flow.world.actor(DANA), begun.attempt_id, PageSays.REQUEST_SENT)
    assert (ended.state, ended.title) == (
        AttemptState.NEEDS_APPROVAL,
        "Your Microsoft administrator has been asked to approve.",
    )
    (row,) = flow.world.rows(OutlookApproval)
    assert (row.state, row.requested_by_id) == (ApprovalState.REQUESTED, flow.world.id(DANA))
    done = await flow.until_answered()
    assert done.state is AttemptState.CONFIRMING
    (row,) = flow.world.rows(OutlookApproval)
    assert row.state is ApprovalState.APPROVED


async def test_nobody_speaks_for_somebody_elses_sign_in(flow: Flow) -> None:
    begun = await flow.begin()
    flow.world.coach("carl")
    with pytest.raises(NotFound):
        flow.sign_in.page_says(flow.world.actor("carl"), begun.attempt_id, PageSays.BLOCKED)
    assert flow.world.rows(OutlookApproval) == []


async def test_the_organisation_wide_link_opens_outlook_and_only_a_sign_in_proves_it(flow: Flow) -> None:
    flow.sandbox.sign_ins.approval = "required"
    administrator = next(one.email for one in flow.sandbox.people.values() if one.role == "admin" and one.has_outlook)
    landed = await flow.click(consent_link(flow.config), administrator, "accept")
    assert landed.startswith("http://localhost:")
    assert "/callback/outlook?admin_consent=True" in landed
    assert "error" not in landed
    assert flow.world.rows(OutlookApproval) == []
    done = await flow.until_answered()
    assert done.state is AttemptState.CONFIRMING
    (row,) = flow.world.rows(OutlookApproval)
    assert row.state is ApprovalState.APPROVED

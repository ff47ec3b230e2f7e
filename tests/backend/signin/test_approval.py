"""What sign-ins make known of the Microsoft administrator's approval."""

from pmtui.backend.signin import attempts
from pmtui.backend.signin.machine import Event
from pmtui.backend.states import ApprovalState, AttemptState, External, Provider, Topic, Verb
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

"""Approving on fresh facts and on old ones, and everything that ends a session."""

from datetime import timedelta

import pytest
from sqlmodel import select

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.errors import Conflict, NotAllowed, NotFound
from pmtui.backend.slots.values import PartyName, SpanKind
from pmtui.backend.states import (
    Attention,
    ConnectionState,
    Delivery,
    Permission,
    Provider,
    SessionState,
    Verb,
    Wanted,
    WorkKind,
)
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from tests.backend.coaching.conftest import TEN, Floor, having, shift, span

DANA, KIM, SAM = "dana@acme.example", "kim@acme.example", "sam@acme.example"


@pytest.fixture
def held(floor: Floor) -> SessionRecord:
    """A proposal of Dana and Kim at ten."""
    return floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)


def work(floor: Floor) -> set[WorkKind]:
    return {row.kind for row in floor.world.rows(Work)}


def session_id(floor: Floor) -> int:
    [session] = floor.world.rows(Session)
    assert session.id is not None
    return session.id


def test_on_fresh_facts_it_is_scheduled_and_wanted_in_both_calendars(floor: Floor, held: SessionRecord) -> None:
    booked = floor.coaching.approve(floor.world.actor("ada"), held.code.lower())
    assert (booked.state, booked.held_until, booked.attention) == (SessionState.SCHEDULED, None, None)
    assert [(event.whose, event.provider, event.delivery, event.wanted) for event in booked.events] == [
        (PartyName.COACH, Provider.OUTLOOK, Delivery.PENDING, True),
        (PartyName.AGENT, Provider.WFM, Delivery.PENDING, True),
    ]
    assert work(floor) == {WorkKind.WRITE}
    assert all(row.live for row in floor.world.rows(Participant))
    verbs = [row.verb for row in floor.world.rows(AuditEntry)]
    assert verbs == [Verb.SESSION_PROPOSED, Verb.SESSION_APPROVED, Verb.SESSION_SCHEDULED]


def test_an_own_session_next_to_it_does_not_stand_against_it(floor: Floor, held: SessionRecord) -> None:
    having(floor, agent_sessions_a_day="none")
    for minutes in (-30, 30):
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN + timedelta(minutes=minutes))
    assert floor.coaching.approve(floor.world.actor("ada"), held.code).state is SessionState.SCHEDULED


def test_what_changed_meanwhile_refuses_it_in_words(floor: Floor, held: SessionRecord) -> None:
    floor.read("dana", span(TEN, 15))
    refused = floor.coaching.approve(floor.world.actor("ada"), held.code)
    assert (refused.state, refused.attention) == (SessionState.HELD, Attention.APPROVAL_REFUSED)
    assert refused.attention_details == "Dana is busy in Outlook then."
    assert refused.best_at == TEN - timedelta(hours=1)
    assert refused.held_until == held.held_until
    assert work(floor) == {WorkKind.EXPIRE}
    floor.read("dana")
    booked = floor.coaching.approve(floor.world.actor("ada"), held.code)
    assert (booked.state, booked.attention, booked.attention_details) == (SessionState.SCHEDULED, None, "")


def test_on_old_facts_the_calendars_are_read_first(floor: Floor, held: SessionRecord) -> None:
    floor.clock.advance(minutes=6)
    approving = floor.coaching.approve(floor.world.actor("ada"), held.code)
    assert (approving.state, approving.events) == (SessionState.APPROVING, ())
    assert {(row.kind, row.subject) for row in floor.world.rows(Work)} == {
        (WorkKind.READ, floor.outlook),
        (WorkKind.READ, floor.wfm),
        (WorkKind.APPROVE, session_id(floor)),
        (WorkKind.EXPIRE, session_id(floor)),
    }
    assert all(row.live for row in floor.world.rows(Participant))  # the time stays taken
    floor.coaching.finish_approval(session_id(floor))  # too early: nothing has been read yet
    assert floor.coaching.session(floor.world.actor("ada"), held.code).state is SessionState.APPROVING
    floor.read("dana")
    floor.read("kim", *shift())
    floor.coaching.finish_approval(session_id(floor))
    booked = floor.coaching.session(floor.world.actor("ada"), held.code)
    assert (booked.state, len(booked.events)) == (SessionState.SCHEDULED, 2)
    assert WorkKind.APPROVE not in work(floor)
    floor.coaching.finish_approval(session_id(floor))  # repeating it changes nothing
    assert floor.coaching.session(floor.world.actor("ada"), held.code) == booked


def test_what_the_reading_found_refuses_it(floor: Floor, held: SessionRecord) -> None:
    floor.clock.advance(minutes=6)
    floor.coaching.approve(floor.world.actor("ada"), held.code)
    floor.read("dana")
    floor.read("kim", span(TEN, 60, SpanKind.CLOSED, "absence"))
    floor.coaching.finish_approval(session_id(floor))
    refused = floor.coaching.session(floor.world.actor("ada"), held.code)
    assert (refused.state, refused.attention) == (SessionState.HELD, Attention.APPROVAL_REFUSED)
    assert refused.attention_details == "Kim has an absence in the WFM schedule then."


def test_a_reading_that_failed_refuses_it(floor: Floor, held: SessionRecord) -> None:
    floor.clock.advance(minutes=6)
    floor.coaching.approve(floor.world.actor("ada"), held.code)
    with floor.world.database.write(floor.world.operator) as tx:
        # As the worker leaves it when a reading fails: to be tried again later.
        tx.db.connection().exec_driver_sql("DELETE FROM work WHERE kind = 'read'")
        connection = tx.db.get_one(Connection, floor.outlook)
        connection.state, connection.failing_since_at = ConnectionState.DEGRADED, tx.now - timedelta(minutes=2)
        connection.error_code = "timed_out"
        tx.db.add(connection)
        tx.look_at(WorkKind.READ, floor.outlook, tx.now + timedelta(minutes=1))
    floor.read("kim", *shift())
    floor.coaching.finish_approval(session_id(floor))
    refused = floor.coaching.session(floor.world.actor("ada"), held.code)
    assert refused.state is SessionState.HELD
    since = "since 02:04 (it does not answer in time)"
    assert refused.attention_details == f"Dana's Outlook calendar can't be read {since}."


def test_a_connection_that_needs_reconnecting_refuses_it_at_once(floor: Floor, held: SessionRecord) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        connection = tx.db.get_one(Connection, floor.outlook)
        connection.state, connection.failing_since_at = ConnectionState.NEEDS_RECONNECTING, tx.now
        tx.db.add(connection)
    refused = floor.coaching.approve(floor.world.actor("ada"), held.code)
    assert (refused.state, refused.attention) == (SessionState.HELD, Attention.APPROVAL_REFUSED)


def test_a_coach_who_has_gone_is_not_booked(floor: Floor, held: SessionRecord) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        person = tx.db.get_one(Person, floor.world.id("dana"))
        person.disabled_at = tx.now
        tx.db.add(person)
    refused = floor.coaching.approve(floor.world.actor("ada"), held.code)
    assert refused.attention_details == "Dana coaches no more."


def test_who_may_approve_reject_and_cancel(floor: Floor, held: SessionRecord) -> None:
    for who in ("dana", "lee", "sue", "kim"):
        with pytest.raises(NotAllowed) as refused:
            floor.coaching.approve(floor.world.actor(who), held.code)
        assert Permission.APPROVE.value in refused.value.title
    for who in ("lee", "sue", "kim"):
        with pytest.raises(NotAllowed):
            floor.coaching.reject(floor.world.actor(who), held.code)
        with pytest.raises(NotAllowed):
            floor.coaching.cancel(floor.world.actor(who), held.code)
    floor.coaching.approve(floor.world.actor("pat"), held.code)
    assert floor.coaching.cancel(floor.world.actor("dana"), held.code).state is SessionState.CANCELLED


def test_nobody_changes_sessions_out_of_their_scope(floor: Floor) -> None:
    ada, pat = floor.world.actor("ada"), floor.world.actor("pat")  # pat approves, but only in the team North
    far = floor.coaching.propose(ada, "lee@acme.example", "far@acme.example", TEN)
    for step in (floor.coaching.approve, floor.coaching.reject, floor.coaching.cancel):
        with pytest.raises(NotAllowed) as refused:
            step(pat, far.code)
        assert refused.value.code == "out_of_scope"
    assert floor.coaching.approve(ada, far.code).state is SessionState.SCHEDULED


def test_rejecting_gives_the_time_back(floor: Floor, held: SessionRecord) -> None:
    assert floor.coaching.reject(floor.world.actor("dana"), held.code).state is SessionState.REJECTED
    assert not any(row.live for row in floor.world.rows(Participant))
    assert work(floor) == set()
    floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)


def test_rejecting_while_approving_ends_the_approval(floor: Floor, held: SessionRecord) -> None:
    floor.clock.advance(minutes=6)
    floor.coaching.approve(floor.world.actor("ada"), held.code)
    floor.coaching.reject(floor.world.actor("ada"), held.code)
    floor.read("dana")
    floor.read("kim", *shift())
    floor.coaching.finish_approval(session_id(floor))
    assert floor.coaching.session(floor.world.actor("ada"), held.code).state is SessionState.REJECTED


def test_cancelling_wants_the_events_gone(floor: Floor, held: SessionRecord) -> None:
    floor.coaching.approve(floor.world.actor("ada"), held.code)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM work")
        for event in tx.db.exec(select(WantedEvent)).all():
            event.delivery, event.delivered_at, event.provider_id = Delivery.DELIVERED, tx.now, f"e{event.id}"
    cancelled = floor.coaching.cancel(floor.world.actor("ada"), held.code)
    assert cancelled.state is SessionState.CANCELLED
    assert [(row.wanted, row.delivery) for row in floor.world.rows(WantedEvent)] == [
        (Wanted.ABSENT, Delivery.PENDING)
    ] * 2
    assert work(floor) == {WorkKind.WRITE}
    assert not any(row.live for row in floor.world.rows(Participant))


def test_each_step_is_refused_in_the_wrong_state(floor: Floor, held: SessionRecord) -> None:
    ada = floor.world.actor("ada")
    with pytest.raises(Conflict, match="waits for approval"):
        floor.coaching.cancel(ada, held.code)
    floor.coaching.approve(ada, held.code)
    for step in (floor.coaching.approve, floor.coaching.reject):
        with pytest.raises(Conflict, match="is scheduled"):
            step(ada, held.code)
    floor.clock.at = TEN + timedelta(minutes=30)
    with pytest.raises(Conflict, match="over"):
        floor.coaching.cancel(ada, held.code)


def test_a_time_that_has_come_cannot_be_approved(floor: Floor, held: SessionRecord) -> None:
    floor.clock.at = TEN
    with pytest.raises(Conflict, match="has passed"):
        floor.coaching.approve(floor.world.actor("ada"), held.code)


def test_a_hold_expires_at_its_end_and_not_before(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    held = floor.coaching.propose(ada, "lee@acme.example", SAM, TEN + timedelta(days=7))
    assert held.held_until is not None
    floor.clock.at = held.held_until - timedelta(seconds=1)
    floor.coaching.expire(session_id(floor))
    assert floor.coaching.session(ada, held.code).state is SessionState.HELD
    [row] = floor.world.rows(Work)
    assert row.due_at == held.held_until
    floor.clock.at = held.held_until
    floor.coaching.expire(session_id(floor))
    assert floor.coaching.session(ada, held.code).state is SessionState.EXPIRED
    assert not any(row.live for row in floor.world.rows(Participant))
    assert work(floor) == set()


def test_an_approval_under_way_outlives_the_hold_but_not_the_start(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    start = TEN + timedelta(days=7)
    held = floor.coaching.propose(ada, DANA, SAM, start)
    assert held.held_until is not None
    floor.clock.at = held.held_until - timedelta(minutes=1)
    assert floor.coaching.approve(ada, held.code).state is SessionState.APPROVING
    floor.clock.advance(minutes=2)
    floor.coaching.expire(session_id(floor))
    assert floor.coaching.session(ada, held.code).state is SessionState.APPROVING
    assert {row.due_at for row in floor.world.rows(Work) if row.kind is WorkKind.EXPIRE} == {start}
    floor.clock.at = start
    floor.coaching.finish_approval(session_id(floor))
    floor.coaching.expire(session_id(floor))
    assert floor.coaching.session(ada, held.code).state is SessionState.EXPIRED
    assert work(floor) == {WorkKind.READ}


def test_a_scheduled_session_never_expires(floor: Floor, held: SessionRecord) -> None:
    floor.coaching.approve(floor.world.actor("ada"), held.code)
    floor.clock.at = TEN + timedelta(days=1)
    floor.coaching.expire(session_id(floor))
    assert floor.coaching.session(floor.world.actor("ada"), held.code).state is SessionState.SCHEDULED


def test_who_sees_which_sessions(floor: Floor, held: SessionRecord) -> None:
    other = floor.coaching.propose(floor.world.actor("ada"), DANA, "far@acme.example", TEN + timedelta(hours=4))
    seen = {who: [s.code for s in floor.coaching.list(floor.world.actor(who))] for who in ("ada", "sue", "dana", "lee")}
    assert seen == {
        "ada": [held.code, other.code],
        "sue": [held.code, other.code],
        "dana": [held.code, other.code],  # her own, though far is of another team
        "lee": [held.code],
    }
    with pytest.raises(NotAllowed):
        floor.coaching.session(floor.world.actor("lee"), other.code)
    with pytest.raises(NotAllowed):
        floor.coaching.list(floor.world.actor("kim"))


def test_the_list_leaves_out_what_is_long_over(floor: Floor, held: SessionRecord) -> None:
    ada = floor.world.actor("ada")
    floor.clock.at = TEN + timedelta(days=3)
    assert [s.code for s in floor.coaching.list(ada, days=4)] == [held.code]
    assert floor.coaching.list(ada, days=2) == ()


@pytest.mark.parametrize("code", ["ZZZZZZ", "", "a?b", "🙂"])
def test_an_unknown_code_is_not_found(floor: Floor, code: str) -> None:
    for step in (floor.coaching.session, floor.coaching.approve, floor.coaching.reject, floor.coaching.cancel):
        with pytest.raises(NotFound):
            step(floor.world.actor("ada"), code)

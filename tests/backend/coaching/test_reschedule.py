"""Giving a session another time: what is offered, what is refused, and what follows in the calendars."""

from datetime import timedelta

import pytest
from sqlmodel import select

from pmtui.backend.coaching import offering
from pmtui.backend.coaching.pair import Pair
from pmtui.backend.coaching.records import READING, SessionRecord
from pmtui.backend.errors import BadInput, Conflict, NotAllowed, NotFound, SlotTaken, Unavailable
from pmtui.backend.states import (
    Attention,
    ConnectionState,
    Delivery,
    Permission,
    SessionState,
    TeamRole,
    Topic,
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

DANA, KIM, LEE, SAM = "dana@acme.example", "kim@acme.example", "lee@acme.example", "sam@acme.example"
LATER = TEN + timedelta(hours=4)  # 14:00 in Chicago


@pytest.fixture
def booked(floor: Floor) -> SessionRecord:
    """A scheduled session of Dana and Kim at ten, whose events stand in both calendars."""
    held = floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    booked = floor.coaching.approve(floor.world.actor("ada"), held.code)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM work")
        for event in tx.db.exec(select(WantedEvent)).all():
            event.delivery, event.delivered_at, event.provider_id = Delivery.DELIVERED, tx.now, f"e{event.id}"
    return booked


def test_the_same_events_move_with_it_in_both_calendars(floor: Floor, booked: SessionRecord) -> None:
    before = floor.world.number(Topic.COACHING)
    moved = floor.coaching.reschedule(floor.world.actor("dana"), booked.code.lower(), LATER)
    assert (moved.code, moved.state) == (booked.code, SessionState.SCHEDULED)
    assert (moved.starts_at, moved.ends_at) == (LATER, LATER + timedelta(minutes=30))
    assert {(row.starts, row.ends, row.live) for row in floor.world.rows(Participant)} == {
        (LATER, LATER + timedelta(minutes=30), True)
    }
    assert [
        (row.wanted, row.delivery, row.provider_id, row.generation, row.starts) for row in floor.world.rows(WantedEvent)
    ] == [(Wanted.PRESENT, Delivery.PENDING, f"e{number}", 0, LATER) for number in (1, 2)]
    assert [row.kind for row in floor.world.rows(Work)] == [WorkKind.WRITE] * 2
    assert floor.world.rows(AuditEntry)[-1].verb is Verb.SESSION_RESCHEDULED
    assert floor.world.number(Topic.COACHING) == before + 1


def test_its_own_minutes_do_not_stand_in_its_way(floor: Floor, booked: SessionRecord) -> None:
    offered = floor.coaching.search_again(floor.world.actor("dana"), booked.code, days=0)
    for minutes in (-15, 0, 15):
        assert TEN + timedelta(minutes=minutes) in offered.starts_at
    assert offered.minutes == 30
    assert TEN not in floor.coaching.search(floor.world.actor("dana"), DANA, KIM, days=0).starts_at
    moved = floor.coaching.reschedule(floor.world.actor("dana"), booked.code, TEN + timedelta(minutes=15))
    assert moved.starts_at == TEN + timedelta(minutes=15)


def test_whatever_the_search_offers_is_taken(floor: Floor, booked: SessionRecord) -> None:
    dana = floor.world.actor("dana")
    for start in floor.coaching.search_again(dana, booked.code, days=0).starts_at[::7]:
        if start != floor.coaching.session(dana, booked.code).starts_at:
            assert floor.coaching.reschedule(dana, booked.code, start).starts_at == start


def test_another_session_stands_in_its_way(floor: Floor, booked: SessionRecord) -> None:
    having(floor, agent_sessions_a_day="none")
    floor.coaching.propose(floor.world.actor("ada"), LEE, KIM, LATER)
    with pytest.raises(SlotTaken, match="Kim has another coaching session then"):
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER + timedelta(minutes=15))
    assert LATER not in floor.coaching.search_again(floor.world.actor("dana"), booked.code, days=0).starts_at


def test_the_database_refuses_what_the_check_did_not_see(
    floor: Floor, booked: SessionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sees_nothing(
        tx: object, pair: Pair, start: int, minutes: int, ignore: object = None, anyway: object = ()
    ) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr(offering, "require_offered", sees_nothing)
    floor.coaching.propose(floor.world.actor("ada"), LEE, KIM, LATER)
    with pytest.raises(SlotTaken):
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER + timedelta(minutes=15))
    assert floor.coaching.session(floor.world.actor("dana"), booked.code).starts_at == TEN
    assert {row.delivery for row in floor.world.rows(WantedEvent)} == {Delivery.DELIVERED}


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (60, "Dana is busy in Outlook then."),
        (120, "Kim has Lunch in the WFM schedule then."),
        (7, "Sessions start every 15 minutes"),
        (-600, "That time has passed."),
        (60 * 24 * 60, "more than 42 days ahead"),
        (0, "begins then already"),
    ],
)
def test_what_is_not_offered_is_refused_and_nothing_changes(
    floor: Floor, booked: SessionRecord, minutes: int, sentence: str
) -> None:
    with pytest.raises(Conflict, match=sentence):
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, TEN + timedelta(minutes=minutes))
    assert floor.coaching.session(floor.world.actor("dana"), booked.code).starts_at == TEN
    assert floor.world.rows(Work) == []


def test_calendars_read_too_long_ago_are_read_first(floor: Floor, booked: SessionRecord) -> None:
    floor.clock.advance(minutes=6)
    with pytest.raises(Unavailable) as waits:
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER)
    assert waits.value.code == READING
    assert {(row.kind, row.subject) for row in floor.world.rows(Work)} == {
        (WorkKind.READ, floor.outlook),
        (WorkKind.READ, floor.wfm),
    }
    assert floor.coaching.session(floor.world.actor("dana"), booked.code).starts_at == TEN
    floor.read("dana", span(LATER, 30))
    floor.read("kim", *shift())
    with pytest.raises(Conflict, match="Dana is busy in Outlook then"):
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER)
    floor.read("dana")
    assert floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER).starts_at == LATER


def test_a_calendar_that_cannot_be_read_is_never_taken_for_free(floor: Floor, booked: SessionRecord) -> None:
    floor.clock.advance(minutes=6)
    floor.read("kim", *shift())
    with floor.world.database.write(floor.world.operator) as tx:
        connection = tx.db.get_one(Connection, floor.outlook)
        connection.state, connection.error_code = ConnectionState.DEGRADED, "timed_out"
        connection.failing_since_at = tx.now
    with pytest.raises(Conflict, match=r"Dana's Outlook calendar can't be read since 02:06 \(it does not"):
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER)


def test_a_proposal_moves_and_is_held_anew(floor: Floor) -> None:
    dana = floor.world.actor("dana")
    held = floor.coaching.propose(dana, DANA, KIM, TEN)
    with floor.world.database.write(floor.world.operator) as tx:
        row = tx.db.exec(select(Session)).one()
        row.attention, row.attention_details = Attention.APPROVAL_REFUSED, "Dana is busy in Outlook then."
    floor.clock.advance(minutes=20)  # good enough to propose, as before
    moved = floor.coaching.reschedule(dana, held.code, LATER)
    assert (moved.state, moved.starts_at, moved.held_until) == (SessionState.HELD, LATER, LATER)
    assert (moved.attention, moved.events) == (None, ())
    [session] = floor.world.rows(Session)
    assert session.id is not None
    floor.clock.at = TEN
    floor.coaching.expire(session.id)
    assert floor.coaching.session(dana, held.code).state is SessionState.HELD
    floor.clock.at = LATER
    floor.coaching.expire(session.id)
    assert floor.coaching.session(dana, held.code).state is SessionState.EXPIRED


def test_what_needed_attention_at_the_old_time_does_not_at_the_new(floor: Floor, booked: SessionRecord) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        row = tx.db.exec(select(Session)).one()
        row.attention, row.attention_details = Attention.CALENDAR_CHANGED, "Dana is busy in Outlook then."
    moved = floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER)
    assert (moved.attention, moved.attention_details) == (None, "")


def test_who_has_gone_is_not_booked_anew(floor: Floor, booked: SessionRecord) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        person = tx.db.get_one(Person, floor.world.id("kim"))
        person.disabled_at = tx.now
    with pytest.raises(Conflict, match="Kim is not there any more"):
        floor.coaching.reschedule(floor.world.actor("dana"), booked.code, LATER)


def test_who_may_reschedule(floor: Floor, booked: SessionRecord) -> None:
    for who in ("lee", "sue", "kim"):
        for step in (floor.coaching.search_again, lambda actor, code: floor.coaching.reschedule(actor, code, LATER)):
            with pytest.raises(NotAllowed) as refused:
                step(floor.world.actor(who), booked.code)
            assert Permission.APPROVE.value in refused.value.title
    for minutes, who in enumerate(("dana", "ada", "pat")):
        start = LATER + timedelta(minutes=15 * minutes)
        assert floor.coaching.reschedule(floor.world.actor(who), booked.code, start).starts_at == start


def test_nobody_reschedules_out_of_their_scope(floor: Floor) -> None:
    floor.world.scope("pat", team="North")
    far = floor.coaching.propose(floor.world.actor("ada"), LEE, "far@acme.example", TEN)
    with pytest.raises(NotAllowed) as refused:
        floor.coaching.reschedule(floor.world.actor("pat"), far.code, LATER)
    assert refused.value.code == "out_of_scope"


def test_only_what_is_still_to_come_can_move(floor: Floor, booked: SessionRecord) -> None:
    ada = floor.world.actor("ada")
    floor.clock.at = TEN + timedelta(minutes=30)
    with pytest.raises(Conflict, match="is over"):
        floor.coaching.reschedule(ada, booked.code, LATER)
    floor.clock.at = TEN - timedelta(hours=1)
    floor.coaching.cancel(ada, booked.code)
    with pytest.raises(Conflict, match="is cancelled"):
        floor.coaching.reschedule(ada, booked.code, LATER)
    with pytest.raises(NotFound):
        floor.coaching.reschedule(ada, "ZZZZZZ", LATER)
    with pytest.raises(BadInput):
        floor.coaching.reschedule(ada, booked.code, LATER.replace(second=1))
    with pytest.raises(BadInput):
        floor.coaching.search_again(ada, booked.code, days=43)


def test_a_person_in_both_roles_keeps_one_time(floor: Floor, booked: SessionRecord) -> None:
    floor.world.person("max", (Permission.COACH,), role=TeamRole.AGENT)
    ada = floor.world.actor("ada")
    other = floor.coaching.propose(ada, LEE, "max@acme.example", LATER)
    own = floor.coaching.propose(ada, "max@acme.example", SAM, LATER + timedelta(minutes=30))
    with pytest.raises(SlotTaken):
        floor.coaching.reschedule(ada, own.code, LATER + timedelta(minutes=15))
    assert floor.coaching.reschedule(ada, other.code, LATER - timedelta(minutes=15)).state is SessionState.HELD

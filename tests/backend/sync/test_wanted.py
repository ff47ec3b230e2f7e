"""What a session's state and its people's calendars make of wanted events."""

from datetime import timedelta

from sqlmodel import col, select

from pmtui.backend.states import Delivery, EndedWhy, Provider, SessionState, Wanted, WorkKind
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.backend.sync.wanted import want_upcoming
from tests.backend.sync.conftest import Pair
from tests.clock import START

LATER = START + timedelta(hours=3)


def change(pair: Pair, code: str, **values: object) -> None:
    with pair.world.database.write(pair.world.operator) as tx:
        session = tx.db.exec(select(Session).where(Session.code == code)).one()
        for name, value in values.items():
            setattr(session, name, value)
        session.live = session.state.live
        tx.db.add(session)
        pair.sync.want(tx, session)


def deliver(pair: Pair) -> None:
    """As if the worker had done everything."""
    with pair.world.database.write(pair.world.operator) as tx:
        for row in tx.db.exec(select(WantedEvent)).all():
            row.delivery, row.delivered_at, row.provider_id = Delivery.DELIVERED, tx.now, f"id-{row.id}"
            tx.db.add(row)
        for work in tx.db.exec(select(Work)).all():
            tx.db.delete(work)


def disconnect(pair: Pair, connection_id: int) -> None:
    with pair.world.database.write(pair.world.operator) as tx:
        row = tx.db.exec(select(Connection).where(Connection.id == connection_id)).one()
        row.ended_at, row.ended_why = tx.now, EndedWhy.BY_COACH
        tx.db.add(row)


def rows(pair: Pair) -> list[tuple[int, Wanted, Delivery]]:
    return [(row.person_id, row.wanted, row.delivery) for row in pair.world.rows(WantedEvent)]


def due(pair: Pair) -> list[int]:
    return [row.subject for row in pair.world.rows(Work) if row.kind is WorkKind.WRITE]


def test_a_held_session_is_wanted_nowhere_and_a_scheduled_one_in_every_calendar(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER, state=SessionState.HELD)
    pair.want(code)
    assert rows(pair) == []
    change(pair, code, state=SessionState.SCHEDULED)
    assert rows(pair) == [
        (pair.coach, Wanted.PRESENT, Delivery.PENDING),
        (pair.agent, Wanted.PRESENT, Delivery.PENDING),
    ]
    assert len(due(pair)) == 2


def test_the_title_names_the_other_person_except_in_the_wfm(pair: Pair) -> None:
    pair.want(pair.world.session("dana", "sam", LATER, title="Tone of voice"))
    assert [row.title for row in pair.world.rows(WantedEvent)] == ["Tone of voice: Sam", "Tone of voice"]


def test_wanting_again_what_is_delivered_asks_for_nothing(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    pair.want(code)
    assert due(pair) == []
    assert {delivery for _, _, delivery in rows(pair)} == {Delivery.DELIVERED}


def test_moving_and_cancelling_are_given_to_the_worker(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    change(pair, code, starts=LATER + timedelta(hours=1), ends=LATER + timedelta(hours=1, minutes=30))
    assert [row.starts for row in pair.world.rows(WantedEvent)] == [LATER + timedelta(hours=1)] * 2
    assert len(due(pair)) == 2
    deliver(pair)
    change(pair, code, state=SessionState.CANCELLED)
    assert rows(pair) == [
        (pair.coach, Wanted.ABSENT, Delivery.PENDING),
        (pair.agent, Wanted.ABSENT, Delivery.PENDING),
    ]
    assert len(due(pair)) == 2


def test_a_session_that_was_held_keeps_its_event(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    change(pair, code, state=SessionState.DONE)
    assert {wanted for _, wanted, _ in rows(pair)} == {Wanted.PRESENT}
    assert due(pair) == []


def test_what_a_calendar_refused_is_asked_again_when_wanted_again(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    with pair.world.database.write(pair.world.operator) as tx:
        row = tx.db.exec(select(WantedEvent).where(WantedEvent.person_id == pair.agent)).one()
        row.delivery, row.error_code = Delivery.REFUSED, "coaching_activity_missing"
        tx.db.add(row)
    pair.want(code)
    assert (pair.agent, Wanted.PRESENT, Delivery.PENDING) in rows(pair)
    assert len(due(pair)) == 1


def test_events_of_an_ended_connection_are_left_behind_and_taken_up_again(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    disconnect(pair, pair.outlook)
    change(pair, code, title="Renamed")
    assert rows(pair)[0] == (pair.coach, Wanted.PRESENT, Delivery.LEFT_BEHIND)
    again = pair.world.connect("dana", Provider.OUTLOOK)
    pair.want(code)
    (row, _) = pair.world.rows(WantedEvent)
    assert (row.connection_id, row.delivery, row.provider_id) == (again, Delivery.PENDING, f"id-{row.id}")


def test_another_calendar_gets_its_own_event(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    disconnect(pair, pair.outlook)
    wfm = pair.world.connect("dana", Provider.WFM)
    with pair.world.database.write(pair.world.operator) as tx:
        want_upcoming(tx, tx.db.exec(select(Connection).where(Connection.id == wfm)).one())
    (row, _) = pair.world.rows(WantedEvent)
    assert (row.connection_id, row.provider, row.provider_id) == (wfm, Provider.WFM, None)
    assert row.title == "Coaching session"
    assert row.id in due(pair)


def test_a_cancelled_session_in_an_ended_calendar_stays_left_behind(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    disconnect(pair, pair.outlook)
    pair.world.connect("dana", Provider.WFM)
    change(pair, code, state=SessionState.CANCELLED)
    assert rows(pair)[0] == (pair.coach, Wanted.ABSENT, Delivery.LEFT_BEHIND)


def test_what_never_got_into_an_ended_calendar_is_forgotten(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    disconnect(pair, pair.outlook)
    change(pair, code, state=SessionState.CANCELLED)
    assert [person for person, _, _ in rows(pair)] == [pair.agent]


def test_a_new_connection_takes_up_what_lies_ahead_only(pair: Pair) -> None:
    disconnect(pair, pair.outlook)
    ahead = pair.world.session("dana", "sam", LATER)
    pair.world.session("dana", "sam", START - timedelta(days=1))
    pair.world.session("dana", "sam", LATER + timedelta(days=1), state=SessionState.HELD)
    connection_id = pair.world.connect("dana", Provider.OUTLOOK)
    with pair.world.database.write(pair.world.operator) as tx:
        want_upcoming(tx, tx.db.exec(select(Connection).where(Connection.id == connection_id)).one())
        wanted = tx.db.exec(
            select(Session.code).join(WantedEvent, col(WantedEvent.session_id) == col(Session.id)).distinct()
        ).all()
    assert wanted == [ahead]


def test_an_event_left_behind_of_a_cancelled_session_is_removed_when_the_same_account_is_back(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    disconnect(pair, pair.outlook)
    change(pair, code, state=SessionState.CANCELLED)
    deliver_all_but_left_behind(pair)
    again = pair.world.connect("dana", Provider.OUTLOOK)
    upcoming(pair, again)
    (row, _) = pair.world.rows(WantedEvent)
    assert (row.connection_id, row.wanted, row.delivery) == (again, Wanted.ABSENT, Delivery.PENDING)
    assert row.provider_id == f"id-{row.id}"
    assert due(pair) == [row.id]


def test_an_event_left_behind_stays_so_when_another_account_is_connected(pair: Pair) -> None:
    code = pair.world.session("dana", "sam", LATER)
    pair.want(code)
    deliver(pair)
    disconnect(pair, pair.outlook)
    change(pair, code, state=SessionState.CANCELLED)
    deliver_all_but_left_behind(pair)
    upcoming(pair, pair.world.connect("dana", Provider.OUTLOOK, account="other@acme.example"))
    (row, _) = pair.world.rows(WantedEvent)
    assert (row.connection_id, row.delivery) == (pair.outlook, Delivery.LEFT_BEHIND)
    assert due(pair) == []


def deliver_all_but_left_behind(pair: Pair) -> None:
    with pair.world.database.write(pair.world.operator) as tx:
        for row in tx.db.exec(select(WantedEvent).where(WantedEvent.delivery != Delivery.LEFT_BEHIND)).all():
            row.delivery = Delivery.DELIVERED
            tx.db.add(row)
        for work in tx.db.exec(select(Work)).all():
            tx.db.delete(work)


def upcoming(pair: Pair, connection_id: int) -> None:
    with pair.world.database.write(pair.world.operator) as tx:
        want_upcoming(tx, tx.db.exec(select(Connection).where(Connection.id == connection_id)).one())

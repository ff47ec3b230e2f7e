"""What did not go and may go now: refused events, outdated links, and a WFM that does not answer."""

import pytest
from sqlmodel import select

from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.errors import BadInput
from pmtui.backend.states import ConnectionState, Delivery, EndedWhy, Provider, SessionState, Verb, Wanted
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from tests.backend.sync.conftest import Rig
from tests.clock import START
from tests.stand_in import DANA


async def refused(rig: Rig) -> None:
    """The agent's event was refused for want of a Coaching activity; the service works and was read."""
    rig.scheduled()
    set_activity(rig, "no such activity")
    await rig.read()
    _, agent = rig.wanted()
    assert agent.id is not None
    await rig.writer.write(rig.world.tenant_id, agent.id)
    assert rig.wanted()[1].delivery is Delivery.REFUSED


def set_activity(rig: Rig, activity_id: str | None, *, works: bool = True) -> None:
    with rig.world.database.write(rig.world.operator) as tx:
        service = tx.db.get_one(WfmService, rig.world.tenant_id)
        service.coaching_activity_id, service.works = activity_id, works


async def test_what_the_wfm_refused_for_want_of_an_activity_is_written_once_there_is_one(rig: Rig) -> None:
    await refused(rig)
    await rig.reader.link(rig.world.tenant_id)
    assert rig.wanted()[1].delivery is Delivery.REFUSED
    set_activity(rig, None)
    await rig.reader.link(rig.world.tenant_id)
    await rig.deliver()
    assert rig.wanted()[1].delivery is Delivery.DELIVERED
    assert len(rig.stand_in.meetings()) == 1


async def test_what_the_wfm_refused_is_tried_again_with_another_service(rig: Rig) -> None:
    await refused(rig)
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(WantedEvent, rig.wanted()[1].id).error_code = "meeting_refused"
    set_activity(rig, None)
    await rig.reader.link(rig.world.tenant_id)
    assert rig.wanted()[1].delivery is Delivery.REFUSED  # nothing of the service has changed
    set_activity(rig, None, works=False)  # as it is set anew
    await rig.reader.link(rig.world.tenant_id)
    assert rig.wanted()[1].delivery is Delivery.PENDING


async def test_what_a_calendar_refused_is_tried_again_after_a_new_sign_in(rig: Rig) -> None:
    rig.scheduled()
    await rig.read()
    coach, _ = rig.wanted()
    rig.world.clock.advance(minutes=1)
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(WantedEvent, coach.id).delivery = Delivery.REFUSED
        tx.db.get_one(Connection, rig.outlook).connected_at = tx.now
    await rig.read()
    assert rig.wanted()[0].delivery is Delivery.PENDING


async def test_the_link_of_an_agent_follows_to_another_id_in_the_wfm(rig: Rig) -> None:
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(Connection, rig.wfm).external_id = "as it was last year"
    await rig.reader.link(rig.world.tenant_id)
    await rig.reader.link(rig.world.tenant_id)
    link = rig.connection(rig.wfm)
    assert (link.external_id, link.state) == (rig.stand_in.person(rig.agent).person_id, ConnectionState.READY)
    assert (link.error_code, link.last_read_at) == (None, START)


async def test_a_wfm_that_does_not_even_tell_its_people_leaves_schedules_unknown(rig: Rig) -> None:
    await rig.read()
    rig.stand_in.fault(kind="status", status=503, path="/wfm/api/query/Team")
    with pytest.raises(Temporary):
        await rig.reader.link(rig.world.tenant_id)
    connection = rig.connection(rig.wfm)
    assert (connection.state, connection.error_code) == (ConnectionState.DEGRADED, "http_503")


async def test_a_worker_without_its_keys_says_so_on_what_it_could_not_do(rig: Rig) -> None:
    def lose_keys() -> None:
        raise BadInput("no_keys", "There is no key file.", "Run: pmtui init")

    rig.scheduled()
    coach, _ = rig.wanted()
    assert coach.id is not None
    rig.meanwhile.append(lose_keys)
    with pytest.raises(BadInput):
        await rig.writer.write(rig.world.tenant_id, coach.id)
    assert (rig.wanted()[0].delivery, rig.wanted()[0].error_code) == (Delivery.PENDING, "no_keys")
    rig.meanwhile.append(lose_keys)
    with pytest.raises(BadInput):
        await rig.reader.read(rig.world.tenant_id, rig.outlook)
    connection = rig.connection(rig.outlook)
    assert (connection.state, connection.error_code) == (ConnectionState.DEGRADED, "no_keys")


async def test_each_linked_agent_has_it_in_their_history(rig: Rig) -> None:
    emails = [rig.stand_in.agent(number).email for number in range(1, 3)]
    people = [rig.world.agent(email) for email in emails]
    await rig.reader.link(rig.world.tenant_id)
    linked = [row for row in rig.world.rows(AuditEntry) if row.verb is Verb.CONNECTED]
    assert [(row.subject, row.details) for row in linked] == [
        (f"person:{person_id}", {"provider": "wfm"}) for person_id in people
    ]


@pytest.mark.parametrize("known", [True, False])
async def test_an_event_of_a_cancelled_session_goes_whatever_calendar_came_between(rig: Rig, known: bool) -> None:
    code = rig.scheduled()
    await rig.deliver()
    coach, _ = rig.wanted()
    with rig.world.database.write(rig.world.operator) as tx:
        row = tx.db.get_one(WantedEvent, coach.id)
        if known:  # led to the calendar that came between, and there all is well
            row.connection_id, row.wanted, row.provider_id = between(tx, row.person_id), Wanted.ABSENT, None
        else:
            tx.db.delete(row)
        session = tx.db.exec(select(Session).where(Session.code == code)).one()
        session.state, session.live = SessionState.CANCELLED, False
    await rig.reader.read(rig.world.tenant_id, rig.outlook)
    rows = [row for row in rig.world.rows(WantedEvent) if row.connection_id == rig.outlook]
    assert [(row.wanted, row.delivery) for row in rows] == [(Wanted.ABSENT, Delivery.PENDING)]
    await rig.deliver()
    assert rig.stand_in.events() == []


def between(tx: Transaction, person_id: int) -> int:
    connection = Connection(
        tenant_id=tx.tenant_id,
        person_id=person_id,
        uid="between",
        provider=Provider.WFM,
        account=DANA,
        external_id="dana in the WFM",
        connected_at=tx.now,
        ended_at=tx.now,
        ended_why=EndedWhy.BY_COACH,
    )
    tx.db.add(connection)
    tx.db.flush()
    assert connection.id is not None
    return connection.id

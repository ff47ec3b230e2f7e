"""Writing: exactly one event a session and calendar, whatever happens on the way."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from pmtui.backend.calendars.protocol import Temporary, Vanished
from pmtui.backend.calendars.wfm import NO_ACTIVITY
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.integrations.ending import end
from pmtui.backend.states import (
    ConnectionState,
    Delivery,
    EndedWhy,
    Outcome,
    Provider,
    SessionState,
    Topic,
    Verb,
    Wanted,
)
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.sync import WantedEvent
from tests.backend.sync.conftest import AT, Rig
from tests.clock import START
from tests.stand_in import DANA


async def write(rig: Rig, row: WantedEvent) -> None:
    assert row.id is not None
    await rig.writer.write(rig.world.tenant_id, row.id)


async def test_a_scheduled_session_stands_in_both_calendars(rig: Rig) -> None:
    code = rig.scheduled()
    before = rig.world.number(Topic.COACHING)
    await rig.deliver()
    (event,), (meeting,) = rig.stand_in.events(), rig.stand_in.meetings()
    assert event.subject == f"Coaching session: {rig.agent.split('@')[0].capitalize()}"
    assert (event.starts, event.ends) == (meeting.starts, meeting.ends) == (AT, AT + timedelta(minutes=30))
    assert meeting.title == "Coaching session"
    for row in rig.wanted():
        assert (row.delivery, row.delivered_at, row.error_code) == (Delivery.DELIVERED, START, None)
        assert row.provider_id is not None
    assert rig.world.number(Topic.COACHING) > before
    written = [row for row in rig.world.rows(AuditEntry) if row.verb is Verb.EVENT_WRITTEN]
    assert [(row.subject, row.outcome) for row in written] == [(f"session:{code}", Outcome.OK)] * 2


async def test_what_is_delivered_is_left_alone(rig: Rig) -> None:
    rig.scheduled()
    await rig.deliver()
    rig.stand_in.world.requests.clear()
    await rig.deliver()
    assert rig.stand_in.world.requests == []


async def test_moving_changes_the_events_and_cancelling_removes_them(rig: Rig) -> None:
    code = rig.scheduled()
    await rig.deliver()
    rig.want(code, starts=AT + timedelta(hours=2), ends=AT + timedelta(hours=3))
    await rig.deliver()
    assert [event.starts for event in rig.stand_in.events()] == [AT + timedelta(hours=2)]
    assert [meeting.ends for meeting in rig.stand_in.meetings()] == [AT + timedelta(hours=3)]
    rig.want(code, state=SessionState.CANCELLED)
    await rig.deliver()
    assert (rig.stand_in.events(), rig.stand_in.meetings()) == ([], [])
    for row in rig.wanted():
        assert (row.wanted, row.delivery, row.provider_id) == (Wanted.ABSENT, Delivery.DELIVERED, None)


async def test_a_time_out_is_noted_and_the_repeat_makes_no_second_event(rig: Rig) -> None:
    rig.scheduled()
    coach, _ = rig.wanted()
    rig.stand_in.fault(kind="cut-after", path="/graph/v1.0/me/events", method="POST")
    with pytest.raises(Temporary):
        await write(rig, coach)
    coach, _ = rig.wanted()
    assert (coach.delivery, coach.error_code) == (Delivery.PENDING, "unreachable")
    await write(rig, coach)
    coach, _ = rig.wanted()
    assert (coach.delivery, coach.error_code, len(rig.stand_in.events())) == (Delivery.DELIVERED, None, 1)


async def test_an_event_deleted_by_hand_is_made_anew_when_wanted_again(rig: Rig) -> None:
    code = rig.scheduled()
    await rig.deliver()
    (event,) = rig.stand_in.events()
    rig.stand_in.world.outlook.drop(DANA, event.id)
    rig.want(code, title="Renamed")
    coach, _ = rig.wanted()
    with pytest.raises(Vanished):
        await write(rig, coach)
    coach, _ = rig.wanted()
    assert coach.generation == 1
    await write(rig, coach)
    assert len(rig.stand_in.events()) == 1


async def test_without_the_coaching_activity_the_wfm_refuses_and_says_why(rig: Rig) -> None:
    rig.scheduled()
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(WfmService, rig.world.tenant_id).coaching_activity_id = "no such activity"
    _, agent = rig.wanted()
    await write(rig, agent)
    _, agent = rig.wanted()
    assert (agent.delivery, agent.error_code) == (Delivery.REFUSED, NO_ACTIVITY)
    assert rig.stand_in.meetings() == []


async def test_a_calendar_out_of_reach_leaves_its_event_behind(rig: Rig) -> None:
    code = rig.scheduled()
    await rig.deliver()
    rig.want(code, state=SessionState.CANCELLED)
    with rig.world.database.write(rig.world.operator) as tx:
        row = tx.db.get_one(Connection, rig.outlook)
        row.ended_at, row.ended_why = tx.now, EndedWhy.BY_COACH
    await rig.deliver()
    coach, agent = rig.wanted()
    assert (coach.wanted, coach.delivery) == (Wanted.ABSENT, Delivery.LEFT_BEHIND)
    assert (agent.wanted, agent.delivery) == (Wanted.ABSENT, Delivery.DELIVERED)
    assert len(rig.stand_in.events()) == 1


async def test_a_sign_in_that_ended_is_noted_on_the_connection(rig: Rig) -> None:
    rig.scheduled()
    coach, _ = rig.wanted()
    rig.stand_in.fault(kind="status", status=401, path="/graph/", count=2)
    with pytest.raises(NeedsReconnecting):
        await write(rig, coach)
    assert rig.connection(rig.outlook).state is ConnectionState.NEEDS_RECONNECTING


@pytest.mark.parametrize("which", [0, 1])
async def test_what_changes_while_it_is_written_is_written_afterwards(rig: Rig, which: int) -> None:
    code = rig.scheduled()
    later = AT + timedelta(hours=2)
    rig.meanwhile.append(lambda: rig.want(code, starts=later, ends=later + timedelta(minutes=30)))
    await write(rig, rig.wanted()[which])
    assert rig.wanted()[which].delivery is Delivery.PENDING
    await write(rig, rig.wanted()[which])
    assert rig.wanted()[which].delivery is Delivery.DELIVERED
    found = [event.starts for event in (rig.stand_in.events(), rig.stand_in.meetings())[which]]
    assert found == [later]


async def test_cancelled_while_it_is_written_it_goes_again(rig: Rig) -> None:
    code = rig.scheduled()
    rig.meanwhile.append(lambda: rig.want(code, state=SessionState.CANCELLED))
    await rig.deliver()
    await rig.deliver()
    assert (rig.stand_in.events(), rig.stand_in.meetings()) == ([], [])


async def test_both_people_on_the_wfm_have_their_own_meeting(rig: Rig) -> None:
    with rig.world.database.write(rig.world.operator) as tx:
        row = tx.db.get_one(Connection, rig.outlook)
        row.provider, row.external_id = tx.db.get_one(Connection, rig.wfm).provider, rig.stand_in.person(DANA).person_id
    code = rig.scheduled()
    await rig.deliver()
    assert sorted(meeting.external_id for meeting in rig.stand_in.meetings()) == [
        f"pmtui-{code}-agent",
        f"pmtui-{code}-coach",
    ]


async def test_nothing_is_written_for_an_event_that_is_no_more(rig: Rig) -> None:
    rig.scheduled()
    coach, _ = rig.wanted()
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.delete(tx.db.exec(select(WantedEvent).where(WantedEvent.id == coach.id)).one())
    await write(rig, coach)
    assert rig.stand_in.events() == []


@pytest.mark.parametrize("cancelled", [False, True])
async def test_disconnected_while_it_is_written_it_is_left_behind_unless_it_was_removed(
    rig: Rig, cancelled: bool
) -> None:
    code = rig.scheduled()
    if cancelled:
        await rig.deliver()
        rig.want(code, state=SessionState.CANCELLED)

    def disconnect() -> None:
        with rig.world.database.write(rig.world.operator) as tx:
            end(tx, col(Connection.id) == rig.outlook, EndedWhy.BY_COACH)

    rig.meanwhile.append(disconnect)
    await write(rig, rig.wanted()[0])
    coach, _ = rig.wanted()
    assert len(rig.stand_in.events()) == (0 if cancelled else 1)
    assert coach.delivery is (Delivery.DELIVERED if cancelled else Delivery.LEFT_BEHIND)
    assert (coach.provider_id is None) == cancelled


async def test_an_id_of_the_old_calendar_is_not_taken_for_one_of_the_new(rig: Rig) -> None:
    code = rig.scheduled()

    def change_calendar() -> None:
        with rig.world.database.write(rig.world.operator) as tx:
            end(tx, col(Connection.id) == rig.outlook, EndedWhy.BY_COACH)
        rig.world.connect(DANA, Provider.OUTLOOK, account="other@acme.example")
        rig.want(code)

    rig.meanwhile.append(change_calendar)
    await write(rig, rig.wanted()[0])
    coach, _ = rig.wanted()
    assert (coach.provider_id, coach.delivery) == (None, Delivery.PENDING)

"""Reading: what is stored, what a failure does, how agents are linked, and events of ours that were touched."""

from datetime import timedelta

import pytest

from pmtui.backend.calendars.protocol import Misconfigured, Temporary
from pmtui.backend.settings.service import SettingsService
from pmtui.backend.slots.values import DAY_MINUTES, Span, SpanKind, to_minute
from pmtui.backend.states import (
    Attention,
    ConnectionState,
    EndedWhy,
    Provider,
    SessionState,
    Topic,
    WorkKind,
)
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.sync import CalendarFacts, Work
from pmtui.backend.sync import facts
from pmtui.backend.sync.reader import EVERY
from tests.backend.sync.conftest import AT, Rig
from tests.clock import START
from tests.stand_in import DANA

NOW = to_minute(START)


def meeting(rig: Rig) -> str:
    event = {"person": DANA, "subject": "Dentist", "start": "2027-03-02T10:00:00Z", "end": "2027-03-02T11:00:00Z"}
    made: str = rig.stand_in.pull("add_event", event)
    return made


async def test_a_read_stores_spans_and_nothing_else(rig: Rig) -> None:
    meeting(rig)
    next_at = await rig.reader.read(rig.world.tenant_id, rig.outlook)
    (row,) = rig.world.rows(CalendarFacts)
    assert facts.read_spans(row.spans) == (Span(NOW + 26 * 60, NOW + 27 * 60),)
    assert (row.read_at, row.window_start, row.window_end) == (START, NOW - DAY_MINUTES, NOW + 43 * DAY_MINUTES)
    assert "Dentist" not in row.spans
    assert next_at == START + EVERY
    connection = rig.connection(rig.outlook)
    assert (connection.state, connection.last_read_at) == (ConnectionState.READY, START)


async def test_screens_hear_of_what_changed_and_only_of_that(rig: Rig) -> None:
    await rig.read()
    numbers = {topic: rig.world.number(topic) for topic in Topic}
    rig.world.clock.advance(minutes=15)
    await rig.read()
    assert {topic: rig.world.number(topic) for topic in Topic} == numbers
    meeting(rig)
    await rig.read()
    assert rig.world.number(Topic.COACHING) > numbers[Topic.COACHING]
    assert rig.world.number(Topic.INTEGRATIONS) == numbers[Topic.INTEGRATIONS]


async def test_a_failed_read_degrades_keeps_the_last_good_one_and_recovers(rig: Rig) -> None:
    meeting(rig)
    await rig.read()
    rig.world.clock.advance(minutes=15)
    rig.stand_in.fault(kind="status", status=503, path="/graph/", retry_after=90)
    with pytest.raises(Temporary):
        await rig.reader.read(rig.world.tenant_id, rig.outlook)
    connection = rig.connection(rig.outlook)
    assert (connection.state, connection.error_code) == (ConnectionState.DEGRADED, "http_503")
    assert connection.failing_since_at == START + timedelta(minutes=15)
    assert [row.read_at for row in rig.world.rows(CalendarFacts)] == [START, START]
    rig.world.clock.advance(minutes=2)
    await rig.reader.read(rig.world.tenant_id, rig.outlook)
    connection = rig.connection(rig.outlook)
    assert (connection.state, connection.error_code, connection.failing_since_at) == (ConnectionState.READY, None, None)


async def test_a_sign_in_that_ended_needs_reconnecting_and_is_not_retried(rig: Rig) -> None:
    rig.stand_in.fault(kind="status", status=401, path="/graph/", count=2)
    assert await rig.reader.read(rig.world.tenant_id, rig.outlook) is None
    connection = rig.connection(rig.outlook)
    assert connection.state is ConnectionState.NEEDS_RECONNECTING
    assert (connection.error_code, connection.failing_since_at) == ("InvalidAuthenticationToken", START)


async def test_a_read_of_an_ended_connection_changes_nothing(rig: Rig) -> None:
    with rig.world.database.write(rig.world.operator) as tx:
        row = tx.db.get_one(Connection, rig.outlook)
        row.ended_at, row.ended_why = tx.now, EndedWhy.BY_COACH
    assert await rig.reader.read(rig.world.tenant_id, rig.outlook) is None
    assert rig.world.rows(CalendarFacts) == []
    assert not rig.stand_in.world.requests


async def test_a_failure_that_comes_after_a_new_sign_in_is_not_held_against_it(rig: Rig) -> None:
    def sign_in_anew() -> None:
        with rig.world.database.write(rig.world.operator) as tx:
            tx.db.get_one(Connection, rig.outlook).uid = "new sign-in"

    rig.meanwhile.append(sign_in_anew)
    rig.stand_in.fault(kind="status", status=401, path="/graph/", count=2)
    await rig.reader.read(rig.world.tenant_id, rig.outlook)
    assert rig.connection(rig.outlook).state is ConnectionState.READY


async def test_the_wfm_links_agents_by_email_and_reads_everybody(rig: Rig) -> None:
    others = [rig.stand_in.agent(number).email for number in range(1, 5)]
    for email in others[:3]:
        rig.world.agent(email)
    rig.world.agent("nobody-there")
    rig.world.coach("marcus")  # known to the WFM, but coaches choose for themselves
    rig.world.person(others[3], disabled=True)
    next_at = await rig.reader.link(rig.world.tenant_id)
    automatic = [row for row in rig.world.rows(Connection) if row.automatic]
    assert [row.account for row in automatic] == [rig.agent, *others[:3]]
    assert [row.external_id for row in automatic[1:]] == [rig.stand_in.person(e).person_id for e in others[:3]]
    assert all(row.last_read_at == START and row.state is ConnectionState.READY for row in automatic)
    assert {row.person_id for row in rig.world.rows(CalendarFacts)} == {row.person_id for row in automatic}
    assert next_at == START + EVERY
    assert rig.stand_in.requests()["POST /query/Schedule/ScheduleByPersonIds"] == 1
    assert await rig.reader.link(rig.world.tenant_id)
    assert len([row for row in rig.world.rows(Connection) if row.automatic]) == len(automatic)


async def test_nobody_is_linked_while_wfm_is_off_but_the_token_is_tried(rig: Rig) -> None:
    rig.world.allow(wfm=False)
    rig.world.agent(rig.stand_in.agent(1).email)
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(WfmService, rig.world.tenant_id).works = False
    await rig.reader.link(rig.world.tenant_id)
    (service,) = rig.world.rows(WfmService)
    assert (service.works, service.checked_at) == (True, START)
    assert len([row for row in rig.world.rows(Connection) if row.automatic]) == 1


async def test_a_token_that_is_refused_is_seen_and_one_bad_moment_is_not(rig: Rig) -> None:
    rig.stand_in.fault(kind="status", status=503, path="/wfm/")
    with pytest.raises(Temporary):
        await rig.reader.link(rig.world.tenant_id)
    assert rig.world.rows(WfmService)[0].works
    rig.stand_in.fault(kind="status", status=401, path="/wfm/")
    with pytest.raises(Misconfigured):
        await rig.reader.link(rig.world.tenant_id)
    assert not rig.world.rows(WfmService)[0].works


async def test_an_organisation_without_a_wfm_has_nothing_to_link(rig: Rig) -> None:
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.delete(tx.db.get_one(WfmService, rig.world.tenant_id))
    assert await rig.reader.link(rig.world.tenant_id) is None


async def test_schedules_that_fail_leave_their_people_unknown(rig: Rig) -> None:
    rig.stand_in.fault(kind="garbage", path="/wfm/api/query/Schedule")
    with pytest.raises(Temporary):
        await rig.reader.link(rig.world.tenant_id)
    connection = rig.connection(rig.wfm)
    assert (connection.state, connection.error_code) == (ConnectionState.DEGRADED, "garbage")


async def test_somebody_the_wfm_no_longer_knows_needs_reconnecting(rig: Rig) -> None:
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(Connection, rig.wfm).external_id = "gone"
    await rig.reader.link(rig.world.tenant_id)
    connection = rig.connection(rig.wfm)
    assert (connection.state, connection.error_code) == (ConnectionState.NEEDS_RECONNECTING, "not_in_wfm")


async def test_a_schedule_is_stored_with_what_may_be_overwritten(rig: Rig) -> None:
    await rig.reader.read(rig.world.tenant_id, rig.wfm)
    (row,) = rig.world.rows(CalendarFacts)
    spans = facts.read_spans(row.spans)
    assert Span(to_minute(START) + 6 * 60, to_minute(START) + 14 * 60, SpanKind.OPEN, "Phone") in spans


@pytest.mark.parametrize("whose", ["outlook", "wfm"])
async def test_an_event_that_was_deleted_or_moved_flags_its_session_until_it_is_back(rig: Rig, whose: str) -> None:
    code = rig.scheduled()
    await rig.deliver()
    await rig.read()
    assert rig.session(code).attention is None
    rig.world.clock.advance(minutes=15)
    label = "coach's Outlook" if whose == "outlook" else "agent's WFM"
    _move(rig, whose, hours=1)
    await rig.read()
    session = rig.session(code)
    assert session.attention is Attention.EVENT_CHANGED
    assert session.attention_details == f"The event was moved in the {label} calendar."
    assert session.state is SessionState.SCHEDULED
    _move(rig, whose, hours=0)
    await rig.read()
    assert (rig.session(code).attention, rig.session(code).attention_details) == (None, "")
    _delete(rig, whose)
    await rig.read()
    assert rig.session(code).attention_details == f"The event was deleted in the {label} calendar."


async def test_an_event_delivered_after_the_read_began_is_not_missed(rig: Rig) -> None:
    code = rig.scheduled()
    link_window = rig.world.clock.now()
    rig.world.clock.advance(minutes=1)
    await rig.deliver()
    rig.world.clock.at = link_window  # the read below began before, and saw the calendar before
    _delete(rig, "outlook")
    await rig.read()
    assert rig.session(code).attention is None


async def test_an_event_that_should_be_gone_is_removed_again(rig: Rig) -> None:
    code = rig.scheduled()
    await rig.deliver()
    (event,) = rig.stand_in.events()
    rig.want(code, state=SessionState.CANCELLED)
    await rig.deliver()
    rig.stand_in.world.add_event(DANA, event)  # somebody undid the removal in Outlook
    rig.world.clock.advance(minutes=15)
    await rig.read()
    coach, _ = rig.wanted()
    assert (WorkKind.WRITE, coach.id) in [(row.kind, row.subject) for row in rig.world.rows(Work)]
    await rig.deliver()
    assert rig.stand_in.events() == []


async def test_a_new_connection_gets_the_sessions_ahead_when_it_is_read(rig: Rig) -> None:
    code = rig.world.session(DANA, rig.agent, AT)
    await rig.read()
    assert {row.person_id for row in rig.wanted()} == {rig.session(code).coach_id, rig.session(code).agent_id}


@pytest.mark.parametrize("renewed", [False, True])
async def test_what_waited_for_the_calendar_is_written_when_it_answers_again(rig: Rig, renewed: bool) -> None:
    if renewed:  # the same account signed in to anew keeps its connection
        await rig.read()
        rig.world.clock.advance(minutes=1)
        with rig.world.database.write(rig.world.operator) as tx:
            tx.db.get_one(Connection, rig.outlook).connected_at = tx.now
    rig.scheduled()
    coach, _ = rig.wanted()
    with rig.world.database.write(rig.world.operator) as tx:
        for row in rig.world.rows(Work):
            tx.db.delete(tx.db.get_one(Work, row.id))
    await rig.read()
    assert coach.id in [row.subject for row in rig.world.rows(Work) if row.kind is WorkKind.WRITE]
    assert coach.provider is Provider.OUTLOOK


async def test_what_waits_keeps_its_own_time_while_reads_go_well(rig: Rig) -> None:
    await rig.read()
    rig.scheduled()
    rig.world.clock.advance(minutes=15)
    with rig.world.database.write(rig.world.operator) as tx:
        for row in rig.world.rows(Work):
            tx.db.delete(tx.db.get_one(Work, row.id))
    await rig.read()
    assert rig.world.rows(Work) == []


async def test_the_other_persons_event_in_place_does_not_unmark_it(rig: Rig) -> None:
    with rig.world.database.write(rig.world.operator) as tx:  # both on the WFM, read together
        coach = tx.db.get_one(Connection, rig.outlook)
        coach.provider, coach.external_id = Provider.WFM, rig.stand_in.person(DANA).person_id
    code = rig.scheduled()
    await rig.deliver()
    rig.world.clock.advance(minutes=15)
    rig.stand_in.world.drop_meeting(f"pmtui-{code}-coach")
    await rig.reader.link(rig.world.tenant_id)
    assert rig.session(code).attention_details == "The event was deleted in the coach's WFM calendar."


@pytest.mark.parametrize("setting", ["tentative-is-busy", "coachable-activities"])
async def test_a_read_that_a_change_of_settings_overtook_is_not_stored_but_made_again(rig: Rig, setting: str) -> None:
    """What it asked the calendar, and made of the answer, was still the old meaning."""
    rig.world.administrator("ada")
    settings = SettingsService(rig.world.database, rig.sync.settings_changed)
    value = {"tentative-is-busy": "no", "coachable-activities": "Phone"}[setting]
    outlook = setting == "tentative-is-busy"
    rig.meanwhile.append(lambda: settings.change(rig.world.actor("ada"), {setting: value}))
    reads = rig.reader.read(rig.world.tenant_id, rig.outlook) if outlook else rig.reader.link(rig.world.tenant_id)
    assert await reads == rig.world.clock.now()
    provider = Provider.OUTLOOK if outlook else Provider.WFM
    ids = {row.id for row in rig.world.rows(Connection) if row.provider is provider}
    assert [row for row in rig.world.rows(CalendarFacts) if row.connection_id in ids] == []
    await rig.read()
    if not outlook:
        await rig.reader.link(rig.world.tenant_id)
    assert [row for row in rig.world.rows(CalendarFacts) if row.connection_id in ids]


def _move(rig: Rig, whose: str, *, hours: int) -> None:
    starts = AT + timedelta(hours=hours)
    ends = starts + timedelta(minutes=30)
    if whose == "outlook":
        (event,) = rig.stand_in.events()
        rig.stand_in.world.change_event(DANA, event.id, starts, ends)
    else:
        (old,) = rig.stand_in.meetings()
        rig.stand_in.world.keep_meeting(
            type(old)(old.external_id, starts, ends, old.participants, old.activity_id, old.title)
        )


def _delete(rig: Rig, whose: str) -> None:
    if whose == "outlook":
        (event,) = rig.stand_in.events()
        rig.stand_in.world.outlook.drop(DANA, event.id)
    else:
        (old,) = rig.stand_in.meetings()
        rig.stand_in.world.drop_meeting(old.external_id)

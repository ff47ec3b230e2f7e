"""The list of connections: who stands how and why, for whom, in how many queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from pmtui.backend.errors import Conflict, NotAllowed, NotFound, Whose
from pmtui.backend.states import (
    ApprovalState,
    AttemptState,
    ConnectionState,
    Delivery,
    EndedWhy,
    External,
    Permission,
    Provider,
    Verb,
    Wanted,
    WorkKind,
)
from pmtui.backend.storage import work
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import CalendarAccess, Connection
from pmtui.backend.storage.tables.people import Tenant
from pmtui.backend.storage.tables.signin import OutlookApproval
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.backend.support.person_words import about, calendar_cell, hours_cell
from pmtui.backend.support.records import Filter, ImportedRecord, Sort, Standing
from tests.backend.support.conftest import Desk
from tests.clock import START
from tests.world import NINE_TO_FIVE, World


@pytest.mark.parametrize(
    ("state", "code", "standing", "whose"),
    [
        (AttemptState.NEEDS_APPROVAL, "needs_approval:90094", Standing.WAITING_FOR_APPROVAL, Whose.PERSON),
        (AttemptState.FAILED, "operator:7000215", Standing.SIGN_IN_BLOCKED, Whose.OPERATOR),
        (AttemptState.FAILED, "operator:invalid_client", Standing.SIGN_IN_BLOCKED, Whose.OPERATOR),
        (AttemptState.FAILED, "app_blocked:7000112", Standing.SIGN_IN_BLOCKED, Whose.PROVIDER),
        (AttemptState.FAILED, "policy:53003", Standing.SIGN_IN_BLOCKED, Whose.PROVIDER),
        (AttemptState.CANCELLED, "cancelled", Standing.WAITING_FOR_COACH, Whose.PERSON),
        (AttemptState.EXPIRED, "timeout", Standing.WAITING_FOR_COACH, Whose.PERSON),
        (AttemptState.STARTING, None, Standing.WAITING_FOR_COACH, None),
    ],
)
def test_a_coach_without_a_calendar_stands_as_their_last_sign_in_ended(
    desk: Desk, state: AttemptState, code: str | None, standing: Standing, whose: Whose | None
) -> None:
    desk.tried("carl", state, code)
    carl = desk.person("carl")
    assert carl.state is standing
    assert (carl.trouble.whose if carl.trouble else None) is whose
    if code is not None and ":" in code and carl.trouble is not None and whose is not Whose.OPERATOR:
        assert code.partition(":")[2] in carl.trouble.said


def approve(desk: Desk, state: ApprovalState, needed_at: datetime | None = None) -> None:
    """Let the Microsoft administrator's approval stand so."""
    with desk.world.database.write(desk.world.operator) as tx:
        row = tx.db.get(OutlookApproval, tx.tenant_id) or OutlookApproval(
            tenant_id=tx.tenant_id, state=state, since_at=tx.now
        )
        row.state, row.requested_at, row.needed_at = state, tx.now, needed_at
        tx.db.add(row)


def test_an_approval_that_came_ends_the_waiting(desk: Desk) -> None:
    desk.tried("carl", AttemptState.NEEDS_APPROVAL, "needs_approval:90094")
    assert desk.person("carl").state is Standing.WAITING_FOR_APPROVAL
    approve(desk, ApprovalState.APPROVED)
    assert desk.person("carl").state is Standing.WAITING_FOR_COACH
    approve(desk, ApprovalState.APPROVED, needed_at=START)
    assert desk.person("carl").state is Standing.WAITING_FOR_APPROVAL


@pytest.mark.parametrize("state", list(ApprovalState))
def test_who_can_only_connect_outlook_waits_for_the_approval_that_is_known_to_be_needed(
    desk: Desk, state: ApprovalState
) -> None:
    page = desk.connections.page(desk.world.actor("sue"))
    assert page.approval is not None
    assert page.approval.state is ApprovalState.NOT_ASKED
    approve(desk, state, needed_at=None if state is ApprovalState.APPROVED else START)
    assert desk.person("carl").state is Standing.WAITING_FOR_COACH  # the WFM is there for them, too
    desk.world.allow(external=External.OUTLOOK)
    carl = desk.person("carl")
    waits = state is not ApprovalState.APPROVED
    assert carl.state is (Standing.WAITING_FOR_APPROVAL if waits else Standing.WAITING_FOR_COACH)
    assert (carl.trouble is not None and carl.trouble.said.startswith("Outlook approval: ")) is waits
    desk.world.allow(external=External.GOOGLE)
    assert desk.connections.page(desk.world.actor("sue")).approval is None


@pytest.mark.parametrize(
    ("state", "code", "standing", "whose", "said"),
    [
        (
            ConnectionState.NEEDS_RECONNECTING,
            "signed_out:700082",
            Standing.NEEDS_RECONNECTING,
            Whose.PERSON,
            "The Outlook calendar can't be read: the sign-in has ended, code 700082 (it was not used for 90 days).",
        ),
        (
            ConnectionState.DEGRADED,
            "http_503",
            Standing.UNREADABLE,
            Whose.PROVIDER,
            "The Outlook calendar can't be read: it answers with error 503.",
        ),
        (
            ConnectionState.DEGRADED,
            "operator:7000222",
            Standing.UNREADABLE,
            Whose.OPERATOR,
            "The Outlook calendar can't be read: pmtui is not set up correctly, code 7000222"
            " (the app's secret has expired).",
        ),
    ],
)
def test_a_connection_that_fails_says_why_and_whose_turn_it_is(
    desk: Desk, state: ConnectionState, code: str, standing: Standing, whose: Whose, said: str
) -> None:
    (dana,) = [row for row in desk.world.rows(Connection) if row.provider is Provider.OUTLOOK]
    assert dana.id is not None
    desk.broken(dana.id, code, state)
    shown = desk.person("dana")
    assert shown.state is standing
    assert shown.trouble is not None
    assert (shown.trouble.said, shown.trouble.whose, shown.trouble.since_at) == (said, whose, START)
    alarms = desk.connections.page(desk.world.actor("sue")).alarms
    assert [(alarm.provider, alarm.code, alarm.people) for alarm in alarms] == (
        [(Provider.OUTLOOK, code, 1)] if whose is Whose.OPERATOR else []
    )


def test_a_calendar_nobody_has_read_for_an_hour_is_unreadable_whatever_it_says(desk: Desk) -> None:
    assert desk.person("dana").state is Standing.CONNECTED
    desk.clock.advance(minutes=60)
    assert desk.person("dana").state is Standing.CONNECTED
    desk.clock.advance(seconds=1)
    dana = desk.person("dana")
    assert dana.state is Standing.UNREADABLE
    assert dana.trouble is not None
    assert dana.trouble.whose is Whose.OPERATOR


def test_who_is_listed(desk: Desk) -> None:
    world = desk.world
    world.agent("unlinked")
    world.person("gone", (Permission.COACH,), disabled=True)
    world.person("viewer", (Permission.VIEW,), team=None)
    assert {name: person.state for name, person in desk.people().items()} == {
        "carl": Standing.WAITING_FOR_COACH,
        "unlinked": Standing.NOT_LINKED,
        "dana": Standing.CONNECTED,
        "kim": Standing.CONNECTED,
    }
    world.allow(external=External.OUTLOOK)
    assert "unlinked" not in desk.people()
    world.allow()
    assert desk.person("carl").state is Standing.NOT_ALLOWED


def test_where_nothing_was_ever_sent_nobody_is_asked(desk: Desk) -> None:
    with desk.world.database.write(desk.world.operator) as tx:
        tx.db.get_one(CalendarAccess, desk.world.tenant_id).sent_at = None
    assert desk.person("carl").state is Standing.NOT_ASKED


def test_without_the_new_login_experience_nobody_can_be_asked(desk: Desk) -> None:
    with desk.world.database.write(desk.world.operator) as tx:
        tx.db.get_one(Tenant, desk.world.tenant_id).new_login_experience = False
    carl = desk.person("carl")
    assert carl.state is Standing.NOT_ALLOWED
    assert carl.trouble is not None
    assert carl.trouble.said == "Your organisation does not have the new login experience."


def test_the_list_is_worst_first_and_filtered_sorted_and_searched(desk: Desk) -> None:
    world = desk.world
    world.coach("abel", team="South")
    desk.broken(world.connect("abel", Provider.OUTLOOK), "signed_out:50173", ConnectionState.NEEDS_RECONNECTING)
    world.week("dana", NINE_TO_FIVE)
    world.session("dana", "kim", START + timedelta(days=1))
    assert list(desk.people()) == ["abel", "carl", "dana", "kim"]
    assert list(desk.people(sort=Sort.NAME)) == ["abel", "carl", "dana", "kim"]
    assert list(desk.people(sort=Sort.SESSIONS)) == ["dana", "kim", "abel", "carl"]
    assert list(desk.people(sort=Sort.PROVIDER)) == ["abel", "dana", "kim", "carl"]
    assert list(desk.people(states=frozenset({Standing.CONNECTED}))) == ["dana", "kim"]
    assert list(desk.people(providers=frozenset({Provider.WFM}))) == ["kim"]
    assert list(desk.people(team=" South ")) == ["abel"]
    assert list(desk.people(search="DANA@")) == ["dana"]
    page = desk.connections.page(world.actor("sue"))
    assert dict(page.counts) == {
        Standing.NEEDS_RECONNECTING: 1,
        Standing.WAITING_FOR_COACH: 1,
        Standing.CONNECTED: 2,
    }
    assert desk.person("dana").weekly_minutes == 5 * 8 * 60
    assert desk.person("dana").upcoming == 1
    with pytest.raises(NotFound, match="no team 'West'"):
        desk.people(team="West")


def test_events_that_are_not_as_they_should_be_are_counted_with_their_reason_and_listed(desk: Desk) -> None:
    world, sue = desk.world, desk.world.actor("sue")
    outlook = desk.world.rows(Connection)[0].id
    assert outlook is not None
    codes = [world.session("dana", "kim", START + timedelta(days=7, hours=hour), title="Canary") for hour in range(4)]
    waiting = world.wanted(codes[0], "dana", outlook, delivery=Delivery.PENDING)
    world.wanted(codes[1], "dana", outlook, Wanted.ABSENT, Delivery.LEFT_BEHIND)
    world.wanted(codes[2], "dana", outlook, delivery=Delivery.REFUSED)
    world.wanted(codes[3], "dana", outlook)
    with world.database.write(world.operator) as tx:
        tx.db.get_one(WantedEvent, waiting).error_code = "http_503"
    assert (desk.person("dana").undelivered, desk.person("dana").left_behind) == (1, 1)
    desk.later(days=1)
    dana = desk.person("dana")
    assert (dana.undelivered, dana.left_behind) == (2, 1)
    assert dana.undelivered_reasons == ("it answers with error 503",)
    events = desk.connections.person(sue, "dana@acme.example").events
    assert [(one.session, one.delivery, one.wanted, one.reason) for one in events] == [
        (codes[0], Delivery.PENDING, True, "it answers with error 503"),
        (codes[1], Delivery.LEFT_BEHIND, False, ""),
        (codes[2], Delivery.REFUSED, True, ""),
    ]
    assert "Canary" not in repr(events)
    with world.database.write(world.operator) as tx:
        tx.db.get_one(Connection, outlook).ended_at = tx.now
    assert desk.person("dana").undelivered == 0  # nothing is connected that could refuse it
    with world.database.write(world.operator) as tx:
        tx.db.get_one(Connection, outlook).ended_at = None
    desk.later(days=8)
    assert desk.person("dana").undelivered == 0


def test_when_a_calendar_is_read_next(desk: Desk) -> None:
    rows = {row.provider: row.id for row in desk.world.rows(Connection)}
    outlook = rows[Provider.OUTLOOK]
    assert outlook is not None
    soon, later = START + timedelta(minutes=9), START + timedelta(minutes=14)
    with desk.world.database.write(desk.world.operator) as tx:
        tx.look_at(WorkKind.READ, outlook, soon)
        tx.look_at(WorkKind.LINK, tx.tenant_id, later)
    assert (desk.person("dana").next_read_at, desk.person("dana").being_read) == (soon, False)
    assert desk.person("kim").next_read_at == later
    desk.clock.advance(minutes=9)
    work.claim(desk.world.database, "w", 1, (WorkKind.READ,))
    assert (desk.person("dana").next_read_at, desk.person("dana").being_read) == (None, True)
    desk.world.passes(minutes=3)  # and the worker did not come back
    (ran_out,) = [row.leased_until for row in desk.world.rows(Work) if row.leased_until is not None]
    assert (desk.person("dana").next_read_at, desk.person("dana").being_read) == (ran_out, False)


def test_who_may_look(desk: Desk) -> None:
    for who in ("dana", "kim"):
        with pytest.raises(NotAllowed, match="Support View Access"):
            desk.connections.page(desk.world.actor(who))
        with pytest.raises(NotAllowed):
            desk.connections.person(desk.world.actor(who), "dana@acme.example")
        with pytest.raises(NotAllowed):
            desk.connections.test(desk.world.actor(who), "dana@acme.example")
        with pytest.raises(NotAllowed):
            desk.audit.entries(desk.world.actor(who))
    assert set(desk.people("ada")) == set(desk.people("sue")) == {"dana", "carl", "kim"}


def test_scope_limits_what_is_shown(desk: Desk) -> None:
    world = desk.world
    world.coach("faye", team="South")
    world.scope("sue", team="South")
    assert set(desk.people()) == {"faye"}
    sue = world.actor("sue")
    for call in (desk.connections.person, desk.connections.test):
        with pytest.raises(NotAllowed, match="not among the people you act on"):
            call(sue, "dana@acme.example")
    assert desk.connections.person(sue, "faye@acme.example").person.name == "Faye"


def test_nothing_of_another_tenant_is_shown(desk: Desk) -> None:
    other = World(desk.world.database, desk.clock, subdomain="other")
    other.allow(wfm=True, external=External.OUTLOOK)
    other.administrator("olga")
    other.coach("omar")
    desk.broken(other.connect("omar", Provider.OUTLOOK), "operator:7000215")
    assert "omar" not in desk.people()
    page = desk.connections.page(desk.world.actor("sue"))
    assert page.alarms == ()
    with pytest.raises(NotFound):
        desk.connections.person(desk.world.actor("sue"), "omar@other.example")
    with pytest.raises(NotFound):
        desk.connections.test(desk.world.actor("sue"), "omar@other.example")
    mine = desk.connections.page(other.actor("olga"))
    assert [person.email for person in mine.people] == ["omar@other.example"]


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(desk.world.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(desk.world.database.engine, "before_cursor_execute", note)


def test_more_people_are_no_more_queries(desk: Desk) -> None:
    with counted(desk) as few:
        desk.people()
    for number in range(6):
        who = f"coach{number}"
        desk.world.coach(who, team=f"Team {number}")
        connection = desk.world.connect(who, Provider.OUTLOOK)
        code = desk.world.session(who, "kim", START + timedelta(days=1, hours=number))
        desk.world.wanted(code, who, connection, delivery=Delivery.REFUSED)
        desk.world.week(who)
    with counted(desk) as many:
        assert len(desk.people()) == 9
    assert len(many) == len(few) <= 27
    assert not any("calendar_facts" in statement or "connection_token" in statement for statement in many)


def test_a_person_without_a_connection_says_how_the_last_one_ended(desk: Desk) -> None:
    desk.world.ended("carl", Provider.OUTLOOK, EndedWhy.ACCESS_REMOVED)
    ended = desk.connections.person(desk.world.actor("sue"), "carl@acme.example").ended
    assert ended is not None
    assert (ended.provider, ended.why, ended.ended_at, ended.by) == (
        Provider.OUTLOOK,
        EndedWhy.ACCESS_REMOVED,
        START,
        None,
    )
    with pytest.raises(NotFound, match="neither coaches nor can be linked"):
        desk.connections.person(desk.world.actor("sue"), "sue@acme.example")


def test_a_test_reading_is_asked_for_and_audited_and_tells_how_it_went(desk: Desk) -> None:
    world, sue = desk.world, desk.world.actor("sue")
    outlook = next(row.id for row in world.rows(Connection) if row.provider is Provider.OUTLOOK)
    assert outlook is not None
    desk.clock.advance(minutes=1)
    asked = desk.connections.test(sue, "dana@acme.example")
    assert not asked.finished
    (entry,) = world.rows(AuditEntry)
    assert (entry.verb, entry.subject) == (Verb.CALENDAR_TESTED, f"person:{world.id('dana')}")

    (claim,) = work.claim(world.database, "w", 1)
    assert not desk.connections.test_result(sue, "dana@acme.example", asked.asked_at).finished
    desk.broken(outlook, "http_503")
    work.retry_later(world.database, claim, "http_503")
    failed = desk.connections.test_result(sue, "dana@acme.example", asked.asked_at)
    assert (failed.finished, failed.ok) == (True, False)
    assert failed.trouble is not None
    assert failed.trouble.code == "http_503"

    desk.clock.advance(minutes=1)
    again = desk.connections.test(sue, "dana@acme.example")
    assert not desk.connections.test_result(sue, "dana@acme.example", again.asked_at).finished
    with world.database.write(world.operator) as tx:
        row = tx.db.get_one(Connection, outlook)
        row.state, row.error_code, row.last_read_at = ConnectionState.READY, None, tx.now
    good = desk.connections.test_result(sue, "dana@acme.example", again.asked_at)
    assert (good.finished, good.ok, good.trouble) == (True, True, None)
    with pytest.raises(Conflict, match="Carl has no calendar connected"):
        desk.connections.test(sue, "carl@acme.example")


def test_without_agents_only_coaches_are_looked_at(desk: Desk) -> None:
    assert desk.people().keys() == {"dana", "carl", "kim"}
    page = desk.connections.page(desk.world.actor("sue"), Filter(agents=False))
    assert [one.name for one in page.people] == ["Carl", "Dana"]
    assert sum(count for _, count in page.counts) == 2
    assert page.people[1] == desk.person("dana")


UNTIL = datetime(2027, 3, 7, 6, tzinfo=UTC)  # midnight after 6 March in Chicago


def test_whose_times_come_from_a_file_says_so_as_far_as_it_goes(desk: Desk) -> None:
    desk.world.agent("leo")
    for who in ("carl", "leo", "dana"):
        desk.schedule(who, UNTIL)
    people = desk.people()
    for who in ("carl", "leo"):
        assert people[who].state is Standing.SCHEDULE_IMPORTED
        assert people[who].schedule == ImportedRecord(START, UNTIL, date(2027, 3, 6))
        said = list(about(people[who], START, "America/Chicago"))
        assert said[0] == "Schedule imported 1 Mar 02:00, until 6 Mar; it counts as one of the WFM does."
        assert any("The imported schedule decides." in sentence for sentence in said)
        assert (calendar_cell(people[who]), hours_cell(people[who])) == ("file", "file")
    assert (people["dana"].state, people["dana"].schedule) == (Standing.CONNECTED, None)  # a calendar counts more
    assert desk.people(states=frozenset({Standing.SCHEDULE_IMPORTED})).keys() == {"carl", "leo"}
    assert not desk.connections.page(desk.world.actor("sue")).alarms


def test_a_schedule_that_has_ended_is_an_alarm(desk: Desk) -> None:
    for who in ("carl", "dana"):
        desk.schedule(who, UNTIL)
    desk.later(days=6)
    carl = desk.person("carl")
    assert carl.state is Standing.SCHEDULE_OVER
    assert carl.trouble is not None
    assert carl.trouble.since_at == UNTIL
    [alarm] = desk.connections.page(desk.world.actor("sue")).alarms
    assert (alarm.code, alarm.people, alarm.since_at) == ("schedule_over", 1, UNTIL)
    assert alarm.next_step == "Import a newer one: pmtui import schedules."


def test_who_may_connect_nothing_is_listed_for_their_schedule_alone(desk: Desk) -> None:
    desk.world.allow()
    desk.world.agent("leo")
    assert "leo" not in desk.people()
    desk.schedule("leo", UNTIL)
    assert desk.person("leo").state is Standing.SCHEDULE_IMPORTED


def test_a_sign_in_that_waits_for_somebody_stays_what_is_to_be_done(desk: Desk) -> None:
    desk.tried("carl", AttemptState.FAILED, "policy:53003")
    desk.schedule("carl", UNTIL)
    carl = desk.person("carl")
    assert carl.state is Standing.SIGN_IN_BLOCKED
    assert any("Schedule imported" in sentence for sentence in about(carl, START, "America/Chicago"))

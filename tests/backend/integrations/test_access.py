"""Calendar access: draft, consequences, Send Access and what it ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from pmtui.backend.errors import BadInput, Conflict, NotAllowed, SavedElsewhere
from pmtui.backend.integrations.records import Access, BannerRecord, Consequences, IntegrationsPage, WfmServiceRecord
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.integrations.words import wfm_service_state
from pmtui.backend.states import (
    AttemptState,
    Banner,
    Delivery,
    EndedWhy,
    External,
    Permission,
    Provider,
    SessionState,
    Topic,
    Verb,
    Wanted,
    WorkKind,
)
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Availability, Connection, ConnectionToken, WfmService
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import CalendarFacts, WantedEvent, Work
from tests.backend.integrations.conftest import Seals
from tests.clock import START, ManualClock
from tests.world import World

Send = Callable[..., IntegrationsPage]


def live(world: World) -> set[str]:
    names = {person.id: person.email.split("@")[0] for person in world.rows(Person)}
    return {names[row.person_id] for row in world.rows(Connection) if row.ended_at is None}


def test_a_draft_changes_nothing_but_itself(integrations: Integrations, world: World) -> None:
    world.person("gone", [Permission.COACH], disabled=True)
    amy, dana = world.actor("amy"), world.actor("dana")
    page = integrations.page(amy)
    assert (page.sent, page.draft, page.sent_at) == (Access(), Access(), None)
    changed = integrations.set_draft(amy, Access(False, External.OUTLOOK), page.version)
    assert (changed.sent, changed.draft) == (Access(), Access(False, External.OUTLOOK))
    assert changed.consequences == Consequences(asked=2)
    assert changed.version == page.version + 1
    again = integrations.set_draft(amy, Access(False, External.OUTLOOK), changed.version)
    assert again.version == changed.version
    theirs = integrations.page(dana)
    assert (theirs.draft, theirs.consequences, theirs.banner) == (Access(), Consequences(), None)


def test_send_access_shows_every_coach_without_a_calendar_the_banner(
    integrations: Integrations, world: World, clock: ManualClock, send: Send
) -> None:
    before = world.number(Topic.INTEGRATIONS)
    page = send(external=External.OUTLOOK)
    assert (page.sent, page.sent_at, page.consequences.destructive) == (
        Access(False, External.OUTLOOK),
        clock.now(),
        False,
    )
    assert world.number(Topic.INTEGRATIONS) == before + 2
    for who in ("dana", "carl"):
        assert integrations.banner(world.actor(who)) == BannerRecord(Banner.CONNECT)
    assert integrations.banner(world.actor("amy")) is None
    assert integrations.banner(world.actor("ann")) is None
    assert integrations.banner(world.operator) is None


def test_an_older_version_is_told_that_somebody_was_faster(integrations: Integrations, world: World) -> None:
    amy = world.actor("amy")
    version = integrations.page(amy).version
    integrations.set_draft(amy, Access(False, External.OUTLOOK), version)
    with pytest.raises(SavedElsewhere):
        integrations.set_draft(amy, Access(False, External.GOOGLE), version)
    with pytest.raises(SavedElsewhere):
        integrations.send_access(amy, version, Consequences(asked=2))
    assert integrations.page(amy).sent == Access()


@pytest.mark.parametrize("who", ["dana", "ann"])
def test_only_administrators_draft_send_and_end(integrations: Integrations, world: World, who: str) -> None:
    actor = world.actor(who)
    calls: list[Callable[[], object]] = [
        lambda: integrations.set_draft(actor, Access(), 0),
        lambda: integrations.send_access(actor, 0, Consequences()),
        lambda: integrations.end_person(actor, "carl@acme.example"),
        lambda: integrations.set_wfm_service(actor, "https://wfm.example", "t", Seals()),
        lambda: integrations.wfm_service(actor),
    ]
    for call in calls:
        with pytest.raises(NotAllowed) as caught:
            call()
        assert "Administer Performance Management Essentials" in caught.value.title
        assert caught.value.next_step == "Amy can give it."


def test_enterprise_administrators_may_too(integrations: Integrations, world: World) -> None:
    world.person("eva", (Permission.ADMIN_ENTERPRISE,))
    eva = world.actor("eva")
    assert integrations.page(eva).administers
    assert integrations.set_draft(eva, Access(True), 0).draft == Access(True)


def test_wfm_needs_a_working_token_to_be_switched_on(
    integrations: Integrations, world: World, database: Database, send: Send
) -> None:
    with pytest.raises(Conflict) as caught:
        send(wfm=True)
    assert caught.value.code == "wfm_not_ready"
    world.wfm_service(works=False)
    with pytest.raises(Conflict):
        send(wfm=True)
    assert integrations.page(world.actor("amy")).sent == Access()
    _set_works(database, world, works=True)
    assert send(wfm=True).sent == Access(True)
    assert [(row.kind, row.subject) for row in world.rows(Work)] == [(WorkKind.LINK, world.tenant_id)]
    _set_works(database, world, works=False)
    assert send(wfm=True, external=External.OUTLOOK).sent == Access(True, External.OUTLOOK)


def _set_works(database: Database, world: World, *, works: bool) -> None:
    with database.write(world.operator) as tx:
        service = tx.db.get_one(WfmService, world.tenant_id)
        service.works = works
        tx.db.add(service)


def _busy_world(world: World) -> dict[str, int]:
    """Everybody connected somewhere: dana Outlook, carl WFM, gina Google (left from before), two agents WFM."""
    world.coach("gina")
    world.coach("nora")
    world.agent("abe")
    world.allow(wfm=True, external=External.OUTLOOK)
    world.wfm_service()
    ids = {
        "dana": world.connect("dana", Provider.OUTLOOK),
        "carl": world.connect("carl", Provider.WFM),
        "gina": world.connect("gina", Provider.GOOGLE),
        "ann": world.connect("ann", Provider.WFM, automatic=True),
        "abe": world.connect("abe", Provider.WFM, automatic=True),
    }
    for who, connection_id in ids.items():
        world.facts(who, connection_id)
    world.week("dana")
    return ids


@pytest.mark.parametrize(
    ("access", "expected", "stay"),
    [
        (Access(True, External.OUTLOOK), Consequences(((Provider.GOOGLE, 1),), 0, 2), {"dana", "carl", "ann", "abe"}),
        (
            Access(False, External.OUTLOOK),
            Consequences(((Provider.WFM, 1), (Provider.GOOGLE, 1)), 2, 3),
            {"dana"},
        ),
        (
            Access(True, External.NONE),
            Consequences(((Provider.GOOGLE, 1), (Provider.OUTLOOK, 1)), 0, 3),
            {"carl", "ann", "abe"},
        ),
        (Access(True, External.GOOGLE), Consequences(((Provider.OUTLOOK, 1),), 0, 2), {"carl", "gina", "ann", "abe"}),
        (Access(), Consequences(((Provider.WFM, 1), (Provider.GOOGLE, 1), (Provider.OUTLOOK, 1)), 2, 0), set()),
    ],
)
def test_what_a_change_ends_is_what_was_announced(
    integrations: Integrations, world: World, access: Access, expected: Consequences, stay: set[str]
) -> None:
    _busy_world(world)
    amy = world.actor("amy")
    page = integrations.set_draft(amy, access, integrations.page(amy).version)
    assert page.consequences == expected
    assert page.consequences.destructive
    done = integrations.send_access(amy, page.version, page.consequences)
    assert live(world) == stay
    assert done.consequences == replace(expected, ended=(), agents=0)
    assert {row.ended_why for row in world.rows(Connection) if row.ended_at} == {EndedWhy.ACCESS_REMOVED}


def test_ended_connections_leave_nothing_secret_and_nothing_known(
    integrations: Integrations, world: World, clock: ManualClock, send: Send
) -> None:
    ids = _busy_world(world)
    clock.advance(minutes=5)
    send(wfm=True)
    assert {row.connection_id for row in world.rows(ConnectionToken)} == set()
    assert {row.connection_id for row in world.rows(CalendarFacts)} == {ids["carl"], ids["ann"], ids["abe"]}
    dana = next(row for row in world.rows(Connection) if row.id == ids["dana"])
    assert (dana.ended_at, dana.ended_by_id) == (clock.now(), world.id("amy"))
    assert len(world.rows(Availability)) == 1
    page = integrations.page(world.actor("dana"))
    assert page.connection is None
    assert page.ended is not None
    assert (page.ended.provider, page.ended.why, page.ended.ended_at) == (
        Provider.OUTLOOK,
        EndedWhy.ACCESS_REMOVED,
        clock.now(),
    )
    assert page.week is not None
    audited = [(row.verb, row.subject, row.person_id) for row in world.rows(AuditEntry)]
    assert audited.count((Verb.DISCONNECTED, f"person:{world.id('dana')}", world.id("amy"))) == 1
    sent = next(row for row in world.rows(AuditEntry) if row.verb is Verb.ACCESS_SENT)
    assert sent.details == {
        "wfm": True,
        "external": "none",
        "ended": {"google": 1, "outlook": 1},
        "agents": 0,
        "asked": 3,
    }


def test_sessions_stay_and_their_events_are_left_behind(world: World, clock: ManualClock, send: Send) -> None:
    ids = _busy_world(world)
    past = world.session("dana", "ann", START - timedelta(days=1))
    soon = world.session("dana", "ann", START + timedelta(days=1))
    gone = world.session("dana", "abe", START + timedelta(days=2), state=SessionState.CANCELLED)
    done = world.session("dana", "abe", START + timedelta(days=3), state=SessionState.CANCELLED)
    refused = world.session("dana", "abe", START + timedelta(days=4))
    events = {
        world.wanted(past, "dana", ids["dana"]): Delivery.DELIVERED,
        world.wanted(soon, "dana", ids["dana"]): Delivery.LEFT_BEHIND,
        world.wanted(gone, "dana", ids["dana"], Wanted.ABSENT, Delivery.PENDING): Delivery.LEFT_BEHIND,
        world.wanted(done, "dana", ids["dana"], Wanted.ABSENT, Delivery.DELIVERED): Delivery.DELIVERED,
        world.wanted(refused, "dana", ids["dana"], delivery=Delivery.REFUSED): Delivery.REFUSED,
        world.wanted(soon, "ann", ids["ann"]): Delivery.DELIVERED,
    }
    with world.database.write(world.operator) as tx:
        for event_id in events:
            tx.look_at(WorkKind.WRITE, event_id)
        for connection_id in ids.values():
            tx.look_at(WorkKind.READ, connection_id)
    send(wfm=True)
    assert {row.id: row.delivery for row in world.rows(WantedEvent)} == events
    assert {row.state for row in world.rows(Session) if row.code in (soon, past)} == {SessionState.SCHEDULED}
    reads = {row.subject for row in world.rows(Work) if row.kind is WorkKind.READ}
    assert reads == {ids["carl"], ids["ann"], ids["abe"]}
    assert len([row for row in world.rows(Work) if row.kind is WorkKind.WRITE]) == 1


def test_sign_ins_to_a_removed_calendar_end_and_others_go_on(world: World, send: Send) -> None:
    world.allow(wfm=True, external=External.OUTLOOK)
    world.wfm_service()
    states = {
        world.attempt("dana", Provider.OUTLOOK): AttemptState.CANCELLED,
        world.attempt("carl", Provider.WFM): AttemptState.CONFIRMING,
    }
    send(wfm=True, external=External.GOOGLE)
    assert {row.id: row.state for row in world.rows(Attempt)} == states
    assert all(row.sealed_tokens is None for row in world.rows(Attempt))


def test_numbers_that_changed_stop_it(integrations: Integrations, world: World) -> None:
    _busy_world(world)
    amy = world.actor("amy")
    page = integrations.set_draft(amy, Access(True), integrations.page(amy).version)
    world.connect("nora", Provider.OUTLOOK)
    with pytest.raises(Conflict) as caught:
        integrations.send_access(amy, page.version, page.consequences)
    assert caught.value.code == "numbers_changed"
    assert "2 Outlook calendars are disconnected." in caught.value.title
    assert len(live(world)) == 6
    page = integrations.page(amy)
    integrations.send_access(amy, page.version, page.consequences)
    assert live(world) == {"carl", "ann", "abe"}


def test_who_is_only_asked_may_become_fewer(integrations: Integrations, world: World) -> None:
    """A coach who connects while the administrator reads harms nothing: only what ends must be as announced."""
    world.allow(external=External.OUTLOOK)
    amy = world.actor("amy")
    page = integrations.page(amy)
    assert page.consequences == Consequences(asked=2)
    world.connect("dana", Provider.OUTLOOK)
    assert integrations.send_access(amy, page.version, page.consequences).consequences.asked == 1


def test_all_or_nothing(integrations: Integrations, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _busy_world(world)
    amy = world.actor("amy")
    page = integrations.set_draft(amy, Access(), integrations.page(amy).version)
    before = (live(world), len(world.rows(ConnectionToken)), len(world.rows(AuditEntry)), world.number(Topic.COACHING))

    def fails(*given: Any) -> None:
        raise Conflict("stop", "No.", "Again.")

    monkeypatch.setattr("pmtui.backend.integrations.service.pages.page", fails)
    with pytest.raises(Conflict):
        integrations.send_access(amy, page.version, page.consequences)
    monkeypatch.undo()
    assert before == (
        live(world),
        len(world.rows(ConnectionToken)),
        len(world.rows(AuditEntry)),
        world.number(Topic.COACHING),
    )
    assert integrations.page(amy).sent == Access(True, External.OUTLOOK)


def test_other_tenants_are_not_touched(database: Database, clock: ManualClock, world: World, send: Send) -> None:
    other = World(database, clock, subdomain="globex")
    other.coach("olga")
    other.connect("olga", Provider.OUTLOOK)
    other.attempt("olga", Provider.OUTLOOK)
    world.connect("dana", Provider.OUTLOOK)
    send()
    assert live(world) == {"olga"}
    assert [row.state for row in world.rows(Attempt)] == [AttemptState.CONFIRMING]
    assert other.number(Topic.INTEGRATIONS) == 0


def test_without_the_new_login_experience_nothing_is_offered(
    database: Database, clock: ManualClock, integrations: Integrations
) -> None:
    service, world = integrations, World(database, clock, subdomain="globex", new_login_experience=False)
    world.administrator("amy")
    world.coach("dana")
    world.allow(external=External.OUTLOOK)
    page = service.page(world.actor("dana"))
    assert not page.new_login_experience
    assert page.banner is None
    assert service.banner(world.actor("dana")) is None
    calls: list[Callable[[], object]] = [
        lambda: service.set_draft(world.actor("amy"), Access(), 1),
        lambda: service.send_access(world.actor("amy"), 1, Consequences()),
        lambda: service.confirm(world.actor("dana"), world.attempt("dana", Provider.OUTLOOK)),
    ]
    for call in calls:
        with pytest.raises(NotAllowed) as caught:
            call()
        assert caught.value.code == "no_new_login_experience"


def test_thousands_end_in_a_few_statements(world: World, database: Database, send: Send, clock: ManualClock) -> None:
    world.allow(wfm=True)
    world.wfm_service()
    with database.write(world.operator) as tx:
        many = [
            Person(tenant_id=world.tenant_id, email=f"a{n}@acme.example", name=f"A{n}", created_at=tx.now)
            for n in range(3000)
        ]
        tx.db.add_all(many)
        tx.db.flush()
        tx.db.add_all(
            Connection(
                tenant_id=world.tenant_id,
                person_id=person.id or 0,
                uid=f"many-{person.id}",
                provider=Provider.WFM,
                account=person.email,
                external_id=person.email,
                automatic=True,
                connected_at=tx.now,
            )
            for person in many
        )
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    page = send()
    assert page.sent == Access()
    assert live(world) == set()
    assert len(statements) < 80


@pytest.mark.parametrize(
    ("url", "token", "where"),
    [
        ("ftp://wfm.example", "token", "url"),
        ("https://", "token", "url"),
        ("https://me:secret@wfm.example", "token", "url"),
        ("https://wfm.example/?x=1", "token", "url"),
        ("https://wfm.example", " ", "token"),
        ("https://wfm.example", "two words", "token"),
    ],
)
def test_a_wfm_service_that_cannot_be(
    integrations: Integrations, world: World, url: str, token: str, where: str
) -> None:
    with pytest.raises(BadInput) as caught:
        integrations.set_wfm_service(world.operator, url, token, Seals())
    assert caught.value.where == where
    assert "secret" not in caught.value.line
    assert world.rows(WfmService) == []


def test_the_wfm_service_waits_for_the_worker(integrations: Integrations, world: World) -> None:
    world.wfm_service(works=True)
    integrations.set_wfm_service(world.operator, "https://wfm.example/api/", "canary", Seals(), business_unit_id="bu")
    row = world.rows(WfmService)[0]
    assert (row.url, row.business_unit_id, row.works, row.checked_at) == ("https://wfm.example/api", "bu", False, None)
    assert row.sealed_token == f"sealed for {world.tenant_id}:service:wfm: yranac".encode()
    assert [(work.kind, work.subject) for work in world.rows(Work)] == [(WorkKind.LINK, world.tenant_id)]
    assert not integrations.page(world.actor("amy")).wfm_ready
    told = integrations.wfm_service(world.actor("amy"))
    assert told == WfmServiceRecord("https://wfm.example/api", "bu", "", "", False, None)
    assert wfm_service_state(told) == "not tried yet"
    assert "canary" not in str(world.rows(AuditEntry))

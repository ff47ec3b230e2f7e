"""Connecting, disconnecting, and whoever leaves."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col

from pmtui.backend.actor import operator
from pmtui.backend.errors import AlreadyConnected, Conflict, NotAllowed, NotFound, PmtuiError
from pmtui.backend.integrations.ending import end
from pmtui.backend.integrations.records import BannerRecord, IntegrationsPage
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.people.service import People
from pmtui.backend.states import (
    AttemptState,
    Banner,
    ConnectionState,
    EndedWhy,
    External,
    Permission,
    Provider,
    Topic,
    Verb,
    WorkKind,
)
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import Work
from tests.backend.integrations.conftest import Told
from tests.clock import ManualClock
from tests.world import World

Send = Callable[..., IntegrationsPage]


@pytest.fixture(autouse=True)
def _allowed(world: World) -> None:
    world.allow(wfm=True, external=External.OUTLOOK)
    world.wfm_service()


def test_confirming_makes_the_connection_and_moves_the_tokens(
    integrations: Integrations, world: World, told: Told, clock: ManualClock
) -> None:
    dana = world.actor("dana")
    attempt_id = world.attempt("dana", Provider.OUTLOOK, account="dana.r@acme.example")
    before = world.number(Topic.INTEGRATIONS)
    page = integrations.confirm(dana, attempt_id)
    assert page.connection is not None
    assert (page.connection.provider, page.connection.account) == (Provider.OUTLOOK, "dana.r@acme.example")
    assert page.banner == BannerRecord(Banner.SET_AVAILABILITY)
    (connection,) = world.rows(Connection)
    (attempt,) = world.rows(Attempt)
    (token,) = world.rows(ConnectionToken)
    assert connection.uid == attempt.uid
    assert connection.external_id == "outlook-dana.r@acme.example"
    assert (token.connection_id, token.sealed, token.key_id) == (connection.id, b"sealed tokens", "test")
    assert token.expires_at == clock.now() + timedelta(hours=1)
    assert (attempt.state, attempt.sealed_tokens) == (AttemptState.CONNECTED, None)
    assert [(work.kind, work.subject) for work in world.rows(Work)] == [(WorkKind.READ, connection.id)]
    assert told.connections == [connection.id]
    assert Verb.CONNECTED in [row.verb for row in world.rows(AuditEntry)]
    assert world.number(Topic.INTEGRATIONS) == before + 1


def test_wfm_connects_without_tokens_and_needs_no_availability(integrations: Integrations, world: World) -> None:
    page = integrations.confirm(world.actor("carl"), world.attempt("carl", Provider.WFM))
    assert page.connection is not None
    assert page.banner is None
    assert world.rows(ConnectionToken) == []


def test_saved_availability_is_in_force_again(integrations: Integrations, world: World) -> None:
    world.week("dana")
    world.ended("dana", Provider.OUTLOOK, EndedWhy.ACCESS_REMOVED)
    page = integrations.confirm(world.actor("dana"), world.attempt("dana", Provider.OUTLOOK))
    assert (page.banner, page.ended) == (None, None)
    assert page.week is not None


def test_a_sign_in_is_confirmed_once_and_by_its_own_person(integrations: Integrations, world: World) -> None:
    attempt_id = world.attempt("dana", Provider.OUTLOOK)
    with pytest.raises(NotFound):
        integrations.confirm(world.actor("carl"), attempt_id)
    integrations.confirm(world.actor("dana"), attempt_id)
    with pytest.raises(Conflict):
        integrations.confirm(world.actor("dana"), attempt_id)
    assert len(world.rows(Connection)) == 1


def test_access_removed_meanwhile_stops_it(integrations: Integrations, world: World) -> None:
    attempt_id = world.attempt("dana", Provider.OUTLOOK)
    world.allow(wfm=True)  # without ending the sign-in, as if sent in the same moment
    with pytest.raises(NotAllowed) as caught:
        integrations.confirm(world.actor("dana"), attempt_id)
    assert caught.value.code == "access_not_sent"
    assert world.rows(Connection) == []


def test_coach_view_access_taken_meanwhile_stops_it(integrations: Integrations, world: World) -> None:
    attempt_id = world.attempt("dana", Provider.OUTLOOK)
    People(world.database, lambda tx, person_id: None).permit(
        world.operator, "dana@acme.example", take=[Permission.COACH]
    )
    with pytest.raises(NotAllowed) as caught:
        integrations.confirm(world.actor("dana"), attempt_id)
    assert caught.value.title == "You need the permission Coach View Access."
    with world.database.write(world.operator) as tx, pytest.raises(NotAllowed):
        integrations.connect(tx, attempt_id)  # the worker, connecting for somebody, looks at that person too
    assert world.rows(Connection) == []


@pytest.mark.parametrize("state", [ConnectionState.READY, ConnectionState.DEGRADED, ConnectionState.NEEDS_RECONNECTING])
def test_another_calendar_must_be_disconnected_first(
    integrations: Integrations, world: World, state: ConnectionState
) -> None:
    world.connect("dana", Provider.WFM, state=state)
    with pytest.raises(AlreadyConnected) as caught:
        integrations.confirm(world.actor("dana"), world.attempt("dana", Provider.OUTLOOK))
    assert caught.value.title == "Your WFM Calendar is connected already."
    assert len(world.rows(Connection)) == 1


def test_signing_in_again_renews_the_connection(integrations: Integrations, world: World, told: Told) -> None:
    old = world.connect("dana", Provider.OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    assert integrations.banner(world.actor("dana")) == BannerRecord(
        Banner.RECONNECT, Provider.OUTLOOK, world.clock.now()
    )
    integrations.confirm(world.actor("dana"), world.attempt("dana", Provider.OUTLOOK))
    (connection,) = world.rows(Connection)
    (token,) = world.rows(ConnectionToken)
    assert (connection.id, connection.state, connection.failing_since_at) == (old, ConnectionState.READY, None)
    assert connection.uid == world.rows(Attempt)[0].uid
    assert token.sealed == b"sealed tokens"
    assert told.connections == [old]


def test_reconnecting_with_another_account_ends_the_old_connection(integrations: Integrations, world: World) -> None:
    old = world.connect("dana", Provider.OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    attempt_id = world.attempt("dana", Provider.OUTLOOK, account="other@acme.example")
    page = integrations.confirm(world.actor("dana"), attempt_id)
    assert page.connection is not None
    assert page.connection.account == "other@acme.example"
    first, second = world.rows(Connection)
    assert (first.id, first.ended_why, second.ended_at) == (old, EndedWhy.BY_COACH, None)
    assert [token.connection_id for token in world.rows(ConnectionToken)] == [second.id]


def test_two_confirmations_at_once_make_one_connection(integrations: Integrations, world: World) -> None:
    attempts = [world.attempt("dana", provider) for provider in (Provider.OUTLOOK, Provider.WFM)]
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def confirm(attempt_id: int) -> None:
        actor = world.actor("dana")
        together.wait()
        try:
            integrations.confirm(actor, attempt_id)
            outcomes.append("connected")
        except PmtuiError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=confirm, args=(attempt_id,)) for attempt_id in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_connected", "connected"]
    assert len(world.rows(Connection)) == 1


def test_the_database_itself_keeps_it_to_one(integrations: Integrations, world: World) -> None:
    world.connect("dana", Provider.OUTLOOK)
    with pytest.raises(AlreadyConnected):
        world.connect("dana", Provider.WFM)


def test_disconnecting_needs_no_valid_token(integrations: Integrations, world: World, clock: ManualClock) -> None:
    world.connect("dana", Provider.OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    dana = world.actor("dana")
    clock.advance(hours=1)
    page = integrations.disconnect(dana)
    assert page.connection is None
    assert page.ended is not None
    assert (page.ended.why, page.ended.ended_at) == (EndedWhy.BY_COACH, clock.now())
    assert page.banner == BannerRecord(Banner.CONNECT)
    assert world.rows(ConnectionToken) == []
    with pytest.raises(Conflict) as caught:
        integrations.disconnect(dana)
    assert caught.value.code == "not_connected"
    with pytest.raises(NotAllowed):
        integrations.disconnect(world.actor("ann"))
    with pytest.raises(NotAllowed):
        integrations.disconnect(world.operator)


def test_an_administrator_ends_one_persons_connection(integrations: Integrations, world: World) -> None:
    world.connect("dana", Provider.OUTLOOK)
    world.connect("carl", Provider.WFM)
    integrations.end_person(world.actor("amy"), "dana@acme.example")
    assert [row.ended_at is None for row in world.rows(Connection)] == [False, True]
    with pytest.raises(Conflict):
        integrations.end_person(world.actor("amy"), "dana@acme.example")
    with pytest.raises(NotFound):
        integrations.end_person(world.actor("amy"), "nobody@acme.example")


def test_an_administrator_ends_a_sign_in_where_nothing_is_connected_yet(
    integrations: Integrations, world: World
) -> None:
    world.attempt("dana", Provider.OUTLOOK, AttemptState.AWAITING)
    integrations.end_person(world.actor("amy"), "dana@acme.example")
    assert [row.state for row in world.rows(Attempt)] == [AttemptState.CANCELLED]


def test_an_administrator_ends_nothing_of_people_out_of_scope(integrations: Integrations, world: World) -> None:
    world.coach("faye", team="South")
    world.connect("faye", Provider.OUTLOOK)
    world.scope("amy", team="North")
    with pytest.raises(NotAllowed, match="Faye is not among the people you act on"):
        integrations.end_person(world.actor("amy"), "faye@acme.example")
    assert [row.ended_at for row in world.rows(Connection)] == [None]


@pytest.mark.parametrize("how", ["disable", "permit"])
def test_whoever_leaves_loses_connection_and_sign_ins(integrations: Integrations, world: World, how: str) -> None:
    people = People(world.database, integrations.leaving)
    world.connect("dana", Provider.OUTLOOK)
    world.attempt("dana", Provider.OUTLOOK, AttemptState.AWAITING)
    if how == "disable":
        people.disable(world.actor("amy"), "dana@acme.example")
    else:
        people.permit(world.actor("amy"), "dana@acme.example", take=[Permission.COACH])
    (connection,) = world.rows(Connection)
    assert connection.ended_why is EndedWhy.PERSON_GONE
    assert world.rows(ConnectionToken) == []
    assert [row.state for row in world.rows(Attempt)] == [AttemptState.CANCELLED]
    assert (WorkKind.LINK, world.tenant_id) in [(row.kind, row.subject) for row in world.rows(Work)]


def test_an_agents_link_stays_when_they_become_a_coach_and_counts_as_a_coachs(
    integrations: Integrations, world: World
) -> None:
    world.connect("ann", Provider.WFM, automatic=True)
    people = People(world.database, integrations.leaving)
    people.permit(world.actor("amy"), "ann@acme.example", give=[Permission.VIEW, Permission.COACH])
    page = integrations.page(world.actor("ann"))
    assert page.connection is not None
    assert page.banner is None
    amy = integrations.page(world.actor("amy"))
    drafted = integrations.set_draft(world.actor("amy"), amy.sent.__class__(), amy.version)
    assert (drafted.consequences.ended, drafted.consequences.agents) == (((Provider.WFM, 1),), 0)


def test_connections_end_once_and_only_those_of_the_tenant(world: World) -> None:
    one, other = world.connect("dana", Provider.OUTLOOK), world.connect("carl", Provider.WFM)
    both, first = col(Connection.id).in_((one, other)), col(Connection.id) == one
    with world.database.write(operator(world.tenant_id + 1)) as tx:
        assert end(tx, both, EndedWhy.PERSON_GONE) == 0
    with world.database.write(world.operator) as tx:
        assert end(tx, first, EndedWhy.PERSON_GONE) == 1
        assert end(tx, first, EndedWhy.PERSON_GONE) == 0
    assert {row.id: row.ended_at is None for row in world.rows(Connection)} == {one: False, other: True}


def test_the_page_of_whoever_may_do_nothing(integrations: Integrations, world: World) -> None:
    world.person("vic", (Permission.VIEW,))
    page = integrations.page(world.actor("vic"))
    assert (page.administers, page.coaches, page.banner) == (False, False, None)
    assert page.missing == (Permission.COACH, Permission.ADMIN_ESSENTIALS, Permission.ADMIN_ENTERPRISE)
    assert page.who_can_give == ("Amy",)
    assert page.sent.wfm
    assert not page.google_ready
    with pytest.raises(NotAllowed):
        integrations.page(world.actor("ann"))


def test_the_operators_page(integrations: Integrations, world: World) -> None:
    page = integrations.page(world.operator)
    assert (page.administers, page.coaches, page.connection, page.ended) == (True, False, None, None)
    assert page.timezone == page.tenant_timezone == "America/Chicago"

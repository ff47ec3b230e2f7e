"""Whatever people do in whatever order, what must hold holds, and what was announced is what happens."""

from contextlib import suppress
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtui.backend.errors import PmtuiError
from pmtui.backend.integrations.records import Access
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.people.service import People
from pmtui.backend.states import AttemptState, External, Permission, Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import CalendarAccess, Connection, ConnectionToken
from pmtui.backend.storage.tables.people import Person, PersonPermission
from pmtui.backend.storage.tables.signin import Attempt
from tests.clock import ManualClock
from tests.world import World

PEOPLE = ("ana", "ben", "cleo", "dev")
_numbers = count()

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("draft"), st.booleans(), st.sampled_from(External)),
        st.tuples(st.just("send")),
        st.tuples(st.just("attempt"), st.sampled_from(PEOPLE), st.sampled_from((Provider.WFM, Provider.OUTLOOK))),
        st.tuples(st.just("confirm"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("disconnect"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("take"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("give"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("disable"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("end"), st.sampled_from(PEOPLE)),
    ),
    min_size=4,
    max_size=20,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_people_do(
    database: Database, clock: ManualClock, integrations: Integrations, steps: list[tuple[object, ...]]
) -> None:
    world = World(database, clock, subdomain=f"t{next(_numbers)}")
    world.administrator("amy")
    world.wfm_service()
    for who in PEOPLE:
        world.coach(who)
    attempts: dict[str, int] = {}
    for step in steps:
        clock.advance(seconds=1)
        with suppress(PmtuiError):  # refused: nothing may have changed, which the invariants would show
            _do(world, integrations, attempts, str(step[0]), *step[1:])
        _holds(world)


def _do(world: World, integrations: Integrations, attempts: dict[str, int], what: str, *about: object) -> None:
    amy = world.actor("amy")
    people = People(world.database, integrations.leaving)
    who = str(about[0]) if about else ""
    if what == "draft":
        access = Access(bool(about[0]), External(str(about[1])))
        integrations.set_draft(amy, access, integrations.page(amy).version)
    elif what == "send":
        page = integrations.page(amy)
        before = len(_live(world))
        integrations.send_access(amy, page.version, page.consequences)
        assert before - len(_live(world)) == page.consequences.total
        after = integrations.page(amy)
        assert after.consequences.asked == page.consequences.asked
        assert not after.consequences.destructive
    elif what == "attempt":
        attempts[who] = world.attempt(who, Provider(str(about[1])))
    elif what == "confirm" and who in attempts:
        integrations.confirm(world.actor(who), attempts[who])
    elif what == "disconnect":
        integrations.disconnect(world.actor(who))
    elif what in ("take", "give"):
        people.permit(amy, world.email(who), **{what: [Permission.COACH]})
    elif what == "disable":
        people.disable(amy, world.email(who))
    elif what == "end":
        integrations.end_person(amy, world.email(who))


def _live(world: World) -> list[Connection]:
    return [row for row in world.rows(Connection) if row.tenant_id == world.tenant_id and row.ended_at is None]


def _holds(world: World) -> None:
    live = _live(world)
    sent = next(row for row in world.rows(CalendarAccess) if row.tenant_id == world.tenant_id)
    coaches = {row.person_id for row in world.rows(PersonPermission) if row.permission is Permission.COACH}
    coaches -= {row.id for row in world.rows(Person) if row.disabled_at is not None}
    assert len({row.person_id for row in live}) == len(live)
    assert all(Access(sent.wfm, sent.external).allows(row.provider) for row in live)
    assert all(row.person_id in coaches for row in live)
    tokens = {row.connection_id for row in world.rows(ConnectionToken) if row.tenant_id == world.tenant_id}
    assert tokens == {row.id for row in live if row.provider is not Provider.WFM}
    assert all(row.sealed_tokens is None for row in world.rows(Attempt) if row.state is not AttemptState.CONFIRMING)

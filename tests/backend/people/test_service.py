"""Tenants, people, teams, groups and permissions, on both databases."""

import threading
from collections.abc import Callable

import pytest

from pmtui.backend.actor import Surface, operator
from pmtui.backend.errors import BadInput, Conflict, NotAllowed, NotFound
from pmtui.backend.people.service import ADMINISTRATOR, People
from pmtui.backend.states import Permission, TeamRole, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import CalendarAccess
from pmtui.backend.storage.tables.people import Team, Tenant
from pmtui.backend.storage.tables.sync import Change
from pmtui.backend.storage.transaction import Transaction
from tests.clock import ManualClock
from tests.world import World


class Left:
    """Stands in for what ends when somebody leaves: remembers who did."""

    def __init__(self) -> None:
        self.people: list[int] = []

    def __call__(self, tx: Transaction, person_id: int) -> None:
        self.people.append(person_id)


@pytest.fixture
def left() -> Left:
    return Left()


@pytest.fixture
def people(database: Database, left: Left) -> People:
    return People(database, left)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    world = World(database, clock)
    world.administrator("amy")
    world.coach("dana")
    return world


def test_a_new_tenant_has_everything_that_others_rely_on(database: Database, people: People) -> None:
    tenant_id = people.create_tenant(
        operator(), " ACME ", "Acme  Inc", "america/chicago", administrator=("Amy@Acme.example", "Amy")
    )
    assert people.tenants(operator()) == ((tenant_id, "acme", "Acme Inc"),)
    with database.read(operator(tenant_id)) as tx:
        tenant = tx.db.get(Tenant, tenant_id)
        assert tenant is not None
        assert (tenant.timezone, tenant.new_login_experience) == ("America/Chicago", True)
        assert tx.db.get(CalendarAccess, tenant_id) is not None
        assert all(tx.db.get(Change, (tenant_id, topic)) is not None for topic in Topic)
    me = people.me(people.actor_for("amy@acme.example", Surface.CLI))
    assert me.permissions == set(ADMINISTRATOR)
    assert me.administers
    assert not me.coaches
    assert me.timezone == "America/Chicago"


def test_only_the_operator_makes_tenants_and_subdomains_are_unique(people: People, world: World) -> None:
    with pytest.raises(NotAllowed):
        people.create_tenant(world.actor("amy"), "globex", "Globex", "UTC")
    with pytest.raises(Conflict) as caught:
        people.create_tenant(operator(), "acme", "Another", "UTC")
    assert caught.value.code == "subdomain_taken"
    assert len(people.tenants(operator())) == 1


@pytest.mark.parametrize(
    ("subdomain", "name", "timezone", "address", "where"),
    [
        ("a b", "Acme", "UTC", "a@b.example", "subdomain"),
        ("acme", " ", "UTC", "a@b.example", "name"),
        ("acme", "Acme", "America/Chicagoo", "a@b.example", "timezone"),
        ("acme", "Acme", "UTC", "nobody", "email"),
        ("acme", "Ac\nme\x07", "UTC", "a@b.example", "name"),
    ],
)
def test_nonsense_is_refused_by_its_place(
    people: People, subdomain: str, name: str, timezone: str, address: str, where: str
) -> None:
    with pytest.raises(BadInput) as caught:
        people.create_tenant(operator(), subdomain, name, timezone, administrator=(address, "Amy"))
    assert caught.value.where == where
    assert people.tenants(operator()) == ()


def test_the_nearest_zone_is_named(people: People) -> None:
    with pytest.raises(BadInput) as caught:
        people.create_tenant(operator(), "acme", "Acme", "America/Chicagoo")
    assert caught.value.next_step == "Did you mean America/Chicago?"


def test_add_makes_person_team_and_permissions(people: People, world: World) -> None:
    before = world.number(Topic.PEOPLE)
    amy = world.actor("amy")
    added = people.add(
        amy,
        "Ann@acme.example",
        "Ann Lee",
        timezone="europe/berlin",
        team="South",
        permissions=(Permission.VIEW, Permission.COACH),
        coach_email="dana@acme.example",
    )
    assert (added.email, added.name, added.timezone) == ("ann@acme.example", "Ann Lee", "Europe/Berlin")
    assert (added.teams, added.permissions) == (("South",), (Permission.VIEW, Permission.COACH))
    assert people.list(amy)[1] == added
    assert world.number(Topic.PEOPLE) == before + 1
    assert [row.verb for row in world.rows(AuditEntry)] == [
        Verb.PERSON_ADDED,
        Verb.PERMISSION_GIVEN,
        Verb.PERMISSION_GIVEN,
    ]


def test_an_address_is_used_once_a_tenant(people: People, world: World) -> None:
    with pytest.raises(Conflict) as caught:
        people.add(world.actor("amy"), "DANA@acme.example", "Another Dana")
    assert caught.value.code == "email_taken"
    with pytest.raises(NotFound):
        people.add(world.actor("amy"), "ann@acme.example", "Ann", coach_email="none@acme.example")
    assert len(people.list(world.operator)) == 2


def test_a_refused_call_names_the_permission_and_who_can_give_it(people: People, world: World) -> None:
    dana = world.actor("dana")
    calls: list[Callable[[], object]] = [
        lambda: people.add(dana, "x@acme.example", "X"),
        lambda: people.permit(dana, "dana@acme.example", give=[Permission.ADMIN_ESSENTIALS]),
        lambda: people.disable(dana, "amy@acme.example"),
        lambda: people.set_scope(dana, "dana@acme.example"),
        lambda: people.set_team(dana, "dana@acme.example", "South"),
        lambda: people.set_group(dana, "All", []),
        lambda: people.list(dana),
    ]
    for call in calls:
        with pytest.raises(NotAllowed) as caught:
            call()
        assert caught.value.code == "missing_permission"
        assert "Administer Performance Management Essentials" in caught.value.title
        assert caught.value.next_step == "Amy can give it."
    assert len(people.list(world.operator)) == 2


def test_taking_coach_view_access_makes_them_leave_once(people: People, world: World, left: Left) -> None:
    amy = world.actor("amy")
    people.permit(amy, "dana@acme.example", give=[Permission.APPROVE], take=[Permission.VIEW])
    assert left.people == []
    changed = people.permit(amy, "dana@acme.example", take=[Permission.COACH])
    assert changed.permissions == (Permission.APPROVE,)
    assert left.people == [world.id("dana")]
    people.permit(amy, "dana@acme.example", take=[Permission.COACH])
    assert left.people == [world.id("dana")]
    with pytest.raises(BadInput):
        people.permit(amy, "dana@acme.example", give=[Permission.VIEW], take=[Permission.VIEW])


def test_a_permission_taken_away_counts_in_the_next_call(people: People, world: World) -> None:
    amy = world.actor("amy")
    people.permit(world.operator, "amy@acme.example", take=[Permission.ADMIN_ESSENTIALS])
    with pytest.raises(NotAllowed) as caught:
        people.add(amy, "x@acme.example", "X")
    assert "ask whoever runs pmtui" in caught.value.next_step


def test_a_disabled_person_is_shut_out_at_once(people: People, world: World, left: Left) -> None:
    dana = world.actor("dana")
    assert people.disable(world.actor("amy"), "dana@acme.example").disabled
    people.disable(world.actor("amy"), "dana@acme.example")
    assert left.people == [world.id("dana")]
    with pytest.raises(NotAllowed) as caught:
        people.me(dana)
    assert (caught.value.code, caught.value.next_step) == ("person_disabled", "Amy can tell you why.")
    with pytest.raises(NotAllowed):
        people.actor_for("dana@acme.example", Surface.CLI)
    assert [row.verb for row in world.rows(AuditEntry)] == [Verb.PERSON_DISABLED]


def test_what_ends_when_somebody_leaves_is_part_of_the_same_transaction(database: Database, world: World) -> None:
    def fails(tx: Transaction, person_id: int) -> None:
        raise Conflict("stop", "No.", "Again.")

    people = People(database, fails)
    with pytest.raises(Conflict):
        people.disable(world.actor("amy"), "dana@acme.example")
    assert not any(person.disabled for person in people.list(world.operator))


def test_nobody_reaches_another_tenant(database: Database, clock: ManualClock, people: People, world: World) -> None:
    other = World(database, clock, subdomain="globex")
    other.administrator("bob")
    bob = other.actor("bob")
    assert [person.email for person in people.list(bob)] == ["bob@globex.example"]
    with pytest.raises(NotFound):
        people.disable(bob, "dana@acme.example")
    assert people.tenants(bob) == ((other.tenant_id, "globex", "Globex"),)


def test_an_address_known_to_two_tenants_needs_the_tenant(
    database: Database, clock: ManualClock, people: People, world: World
) -> None:
    other = World(database, clock, subdomain="globex")
    other.coach("dana@acme.example")
    with pytest.raises(BadInput) as caught:
        people.actor_for("dana@acme.example", Surface.CLI)
    assert caught.value.title == "Several organisations know this address: acme, globex."
    assert people.actor_for("DANA@acme.example", Surface.CLI, "globex").tenant_id == other.tenant_id
    with pytest.raises(NotFound):
        people.actor_for("nobody@acme.example", Surface.CLI)
    with pytest.raises(NotFound, match="no such organisation"):
        people.actor_for("dana@acme.example", Surface.CLI, "initech")


def test_the_operator_is_nobody(people: People, world: World) -> None:
    with pytest.raises(NotFound):
        people.me(world.operator)


def test_teams_are_joined_and_roles_change(people: People, world: World) -> None:
    amy = world.actor("amy")
    assert people.set_team(amy, "dana@acme.example", "South").teams == ("North", "South")
    assert people.set_team(amy, "dana@acme.example", "South", TeamRole.COACH).teams == ("North", "South")


def test_a_team_that_several_make_at_once_is_made_once(people: People, world: World) -> None:
    with world.database.write(world.operator) as tx:
        tx.look_at(WorkKind.LINK, world.tenant_id)
    together, failed = threading.Barrier(4), []

    def add(number: int) -> None:
        together.wait()
        try:
            people.add(world.operator, f"x{number}@acme.example", "X", team="New")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [row.name for row in world.rows(Team)] == ["North", "New"]

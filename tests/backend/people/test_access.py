"""On whom a person acts."""

import pytest

from pmtui.backend.actor import Actor, worker
from pmtui.backend.errors import NotAllowed, NotFound
from pmtui.backend.people import access, words
from pmtui.backend.people.service import People
from pmtui.backend.states import Permission
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.people import Person
from tests.clock import ManualClock
from tests.world import COACH, World


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """North: coach dana, agent ann. South: coach carl, agent sam. East: agent eve. Group Coasts: South, East."""
    world = World(database, clock)
    world.administrator("amy")
    world.coach("dana")
    world.agent("ann")
    world.coach("carl", team="South")
    world.agent("sam", team="South", timezone="Asia/Tokyo")
    world.agent("eve", team="East")
    world.person("sue", (Permission.SUPPORT,), team=None)
    world.person("lone", COACH, team=None)
    world.group("Coasts", "South", "East")
    return world


def scope(world: World, actor: Actor) -> set[str] | None:
    with world.database.read(actor) as tx:
        found = access.scope(tx)
        if found is None:
            return None
        return {tx.db.get_one(Person, each).email.split("@")[0] for each in found}


def test_a_permission_is_named_once(world: World) -> None:
    said = words.missing((Permission.COACH, Permission.ADMIN_ESSENTIALS, Permission.ADMIN_ESSENTIALS))
    assert said == f"You need the permission {Permission.COACH.value} or {Permission.ADMIN_ESSENTIALS.value}."


def test_without_scope_rows(world: World) -> None:
    assert scope(world, world.operator) is None
    assert scope(world, worker(world.tenant_id)) is None
    assert scope(world, world.actor("amy")) is None
    assert scope(world, world.actor("sue")) is None
    assert scope(world, world.actor("dana")) == {"dana", "ann"}
    assert scope(world, world.actor("lone")) == {"lone"}


def test_scope_rows_narrow_and_widen(world: World) -> None:
    people = People(world.database, lambda tx, person_id: None)
    amy = world.actor("amy")
    people.set_scope(amy, "dana@acme.example", teams=["North"], groups=["Coasts"])
    assert scope(world, world.actor("dana")) == {"dana", "ann", "carl", "sam", "eve"}
    people.set_scope(amy, "dana@acme.example", groups=["Coasts"])
    assert scope(world, world.actor("dana")) == {"dana", "carl", "sam", "eve"}
    people.set_scope(amy, "amy@acme.example", teams=["South"])
    assert scope(world, amy) == {"amy", "carl", "sam"}
    assert [person.name for person in people.list(amy)] == ["Amy", "Carl", "Sam"]
    people.set_group(amy, "Coasts", ["East"])
    assert scope(world, world.actor("dana")) == {"dana", "eve"}
    people.set_scope(amy, "dana@acme.example")
    assert scope(world, world.actor("dana")) == {"dana", "ann"}
    with pytest.raises(NotFound):
        people.set_scope(amy, "dana@acme.example", teams=["Nowhere"])
    with pytest.raises(NotFound):
        people.set_scope(amy, "dana@acme.example", groups=["Nowhere"])


def test_out_of_scope_names_whom(world: World) -> None:
    with world.database.read(world.actor("dana")) as tx:
        access.require_in_scope(tx, world.id("dana"), world.id("ann"))
        with pytest.raises(NotAllowed) as caught:
            access.require_in_scope(tx, world.id("ann"), world.id("sam"), world.id("eve"))
    assert caught.value.code == "out_of_scope"
    assert caught.value.title == "Eve and Sam are not among the people you act on."
    assert caught.value.next_step == "Amy can change your teams and groups."


def test_more_people_than_a_statement_has_parameters_can_be_out_of_scope(world: World) -> None:
    with world.database.read(world.actor("dana")) as tx, pytest.raises(NotAllowed) as caught:
        access.require_in_scope(tx, *range(1, 70_000))
    assert caught.value.title == "Amy, Carl and Eve are not among the people you act on."


def test_permissions_of_others(world: World) -> None:
    world.person("gone", COACH, disabled=True)
    with world.database.read(world.operator) as tx:
        assert access.permissions(tx) == frozenset(Permission)
        assert access.permissions_of(tx, world.id("dana")) == set(COACH)
        assert access.permissions_of(tx, world.id("gone")) == frozenset()
        assert access.permissions_of(tx, world.id("ann")) == frozenset()
        assert access.permissions_of(tx, 10_000) == frozenset()
        assert access.stored_permissions(tx, world.id("gone")) == set(COACH)


def test_the_zone_falls_back_to_the_tenants(world: World) -> None:
    with world.database.read(world.operator) as tx:
        assert access.person_timezone(tx, access.find(tx, "Sam@Acme.example")) == "Asia/Tokyo"
        assert access.person_timezone(tx, access.find(tx, "ann@acme.example")) == "America/Chicago"
        assert access.person_timezone(tx, None) == "America/Chicago"


def test_at_most_three_administrators_are_named_and_no_disabled_one(world: World) -> None:
    for who in ("zoe", "bea", "cyd"):
        world.administrator(who)
    world.person("abe", (Permission.ADMIN_ENTERPRISE,), disabled=True)
    with world.database.read(world.actor("ann")) as tx:
        assert access.administrators(tx) == ("Amy", "Bea", "Cyd")
        with pytest.raises(NotAllowed) as caught:
            access.require(tx, Permission.COACH)
    assert caught.value.line == "You need the permission Coach View Access. Amy, Bea or Cyd can give it."


def test_words_of_lists() -> None:
    assert [words.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a or b",
        "a, b or c",
    ]

"""The database itself refuses what must never happen, on both kinds."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from pmtui.backend.actor import operator
from pmtui.backend.errors import SlotTaken
from pmtui.backend.storage import guards, schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.people import Person, Tenant
from tests.clock import START
from tests.planned import plan

COACH, AGENT, OTHER = 1, 2, 3


@pytest.fixture
def tenant(database: Database) -> Database:
    """One organisation with three people."""
    with database.write(operator(1)) as tx:
        tx.db.add(Tenant(id=1, subdomain="acme", name="Acme", timezone="UTC", created_at=tx.now))
        tx.db.flush()
        for key in (COACH, AGENT, OTHER):
            tx.db.add(Person(id=key, tenant_id=1, email=f"p{key}@acme.example", name=f"P{key}", created_at=tx.now))
    return database


def book(database: Database, code: str, starts: datetime, minutes: int, *people: int, live: bool = True) -> None:
    coach, agent = people
    with database.write(operator(1)) as tx:
        plan(tx, code, (coach, agent), (starts, starts + timedelta(minutes=minutes)), live=live)


def test_overlap_of_one_person_in_any_role_is_refused(tenant: Database) -> None:
    book(tenant, "a", START, 30, COACH, AGENT)
    for minutes in (-29, 0, 29):
        with pytest.raises(SlotTaken):
            book(tenant, f"b{minutes}", START + timedelta(minutes=minutes), 30, OTHER, COACH)


def test_touching_sessions_and_sessions_that_are_not_live_stand(tenant: Database) -> None:
    book(tenant, "a", START, 30, COACH, AGENT)
    book(tenant, "b", START + timedelta(minutes=30), 30, COACH, AGENT)
    book(tenant, "c", START, 30, COACH, AGENT, live=False)


def test_a_session_of_almost_a_day_is_still_seen(tenant: Database) -> None:
    book(tenant, "a", START, 24 * 60, COACH, AGENT)
    with pytest.raises(SlotTaken):
        book(tenant, "b", START + timedelta(hours=23, minutes=59), 30, COACH, OTHER)


def test_moving_a_session_moves_its_guarded_copies(tenant: Database) -> None:
    book(tenant, "a", START, 30, COACH, AGENT)
    book(tenant, "b", START + timedelta(hours=2), 30, COACH, AGENT)
    with pytest.raises(SlotTaken), tenant.write(operator(1)) as tx:
        tx.db.execute(
            text("UPDATE session SET starts = :s, ends = :e WHERE code = 'b'"),
            {
                "s": _raw(tenant, START + timedelta(minutes=15)),
                "e": _raw(tenant, START + timedelta(minutes=45)),
            },
        )


def test_bringing_a_session_back_to_life_is_guarded(tenant: Database) -> None:
    book(tenant, "a", START, 30, COACH, AGENT)
    book(tenant, "b", START, 30, COACH, OTHER, live=False)
    with pytest.raises(SlotTaken), tenant.write(operator(1)) as tx:
        tx.db.execute(text("UPDATE session SET live = true WHERE code = 'b'"))


@pytest.mark.parametrize("minutes", [0, -30, 24 * 60 + 1])
def test_empty_negative_and_day_long_sessions_are_refused(tenant: Database, minutes: int) -> None:
    with pytest.raises(IntegrityError):
        book(tenant, "a", START, minutes, COACH, AGENT)


def test_another_tenants_person_cannot_be_named(tenant: Database) -> None:
    with tenant.write(operator()) as tx:
        tx.db.add(Tenant(id=2, subdomain="globex", name="Globex", timezone="UTC", created_at=tx.now))
    with pytest.raises(IntegrityError), tenant.write(operator()) as tx:
        tx.db.add(Person(id=9, tenant_id=2, email="x@globex.example", name="X", coach_id=COACH, created_at=tx.now))


def test_lost_guards_are_noticed(database: Database) -> None:
    schema.require_current(database.engine)
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER no_overlap_insert"))
        else:
            connection.execute(text("ALTER TABLE participant DROP CONSTRAINT no_overlap"))
        assert guards.missing(connection)
    with pytest.raises(Exception, match="lost its guards"):
        schema.require_current(database.engine)


def test_a_weaker_guard_of_the_same_name_is_noticed(database: Database) -> None:
    with database.engine.begin() as connection:
        assert guards.missing(connection) == []
        if connection.dialect.name == "sqlite":
            weaker = "CREATE TRIGGER no_overlap_insert BEFORE INSERT ON participant WHEN 0 BEGIN SELECT 1; END"
            connection.execute(text("DROP TRIGGER no_overlap_insert"))
            connection.exec_driver_sql(weaker)
            assert guards.missing(connection) == ["no_overlap_insert"]
        else:
            for table, name, weaker in (
                ("participant", "no_overlap", "EXCLUDE USING gist (tstzrange(starts, ends) WITH &&) WHERE (NOT live)"),
                ("session", "one_day_at_most", "CHECK (ends - starts <= interval '48 hours')"),
            ):
                connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
                connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {weaker}"))
            assert guards.missing(connection) == ["no_overlap", "one_day_at_most"]
        guards.create(connection)
        assert guards.missing(connection) == []


def _raw(database: Database, at: datetime) -> object:
    if database.engine.dialect.name == "sqlite":
        return at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return at

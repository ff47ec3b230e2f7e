"""The two doors: whole or nothing, repeated when asked to, and honest about time."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event
from sqlmodel import col, select

from pmtui.backend.actor import Actor, operator
from pmtui.backend.errors import Conflict, Unavailable
from pmtui.backend.states import Outcome, Topic, Verb, WorkKind
from pmtui.backend.storage.changes import numbers
from pmtui.backend.storage.database import Again, Database, repeated
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import Person, Tenant
from pmtui.backend.storage.tables.sync import Change, Work
from tests.clock import START, ManualClock
from tests.waiting import waiting
from tests.world import World


@pytest.fixture
def actor(database: Database, clock: ManualClock) -> Actor:
    return World(database, clock).operator


def test_a_write_that_fails_leaves_nothing(database: Database, actor: Actor) -> None:
    def fail() -> None:
        with database.write(actor) as tx:
            tx.audit(Verb.PERSON_ADDED, "person:1")
            tx.changed(Topic.PEOPLE)
            tx.db.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read(actor) as tx:
        assert tx.db.exec(select(AuditEntry)).all() == []
    assert numbers(database, actor)[Topic.PEOPLE] == 0


def test_a_write_raises_the_number_of_what_changed_once(database: Database, actor: Actor) -> None:
    with database.write(actor) as tx:
        tx.changed(Topic.PEOPLE)
        tx.changed(Topic.PEOPLE, Topic.COACHING)
    seen = numbers(database, actor)
    assert (seen[Topic.PEOPLE], seen[Topic.COACHING], seen[Topic.INTEGRATIONS]) == (1, 1, 0)


def test_an_audit_entry_says_who_what_and_when(database: Database, actor: Actor) -> None:
    with database.write(actor) as tx:
        tx.audit(Verb.ACCESS_SENT, "tenant:1", Outcome.OK, ended=14)
    with database.read(actor) as tx:
        entry = tx.db.exec(select(AuditEntry)).one()
    assert (entry.at, entry.actor, entry.verb, entry.details) == (START, actor.kind, Verb.ACCESS_SENT, {"ended": 14})


def test_instants_come_back_aware_and_naive_ones_are_refused(database: Database) -> None:
    at = datetime(2027, 3, 28, 2, 30, tzinfo=UTC)
    with database.write(operator()) as tx:
        tx.db.add(Tenant(subdomain="globex", name="Globex", timezone="UTC", created_at=at))
    with database.read(operator()) as tx:
        assert tx.db.exec(select(Tenant.created_at).where(Tenant.subdomain == "globex")).one() == at
    naive = at.replace(tzinfo=None)
    with pytest.raises(Exception, match=r"(?i)naive|aware|timezone"), database.write(operator()) as tx:
        tx.db.add(Tenant(subdomain="initech", name="Initech", timezone="UTC", created_at=naive))


def test_a_reader_does_not_wait_for_a_writer(database: Database, actor: Actor) -> None:
    with database.write(actor) as writing:
        writing.audit(Verb.PERSON_ADDED, "person:1")
        writing.db.flush()
        with database.read(actor) as reading:
            assert reading.db.exec(select(AuditEntry)).all() == []


def test_writers_wait_for_each_other(database: Database, actor: Actor) -> None:
    """Read, then write, from many threads: nothing is lost and nobody is told that the database is locked."""

    @repeated
    def increase() -> None:
        with database.write(actor) as tx:
            row = tx.db.exec(select(Person).where(Person.email == "n@acme.example").with_for_update()).one()
            row.name = str(int(row.name) + 1)
            tx.db.add(row)

    with database.write(actor) as tx:
        tx.db.add(Person(tenant_id=tx.tenant_id, email="n@acme.example", name="0", created_at=tx.now))
    threads = [threading.Thread(target=lambda: [increase() for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read(actor) as tx:
        assert tx.db.exec(select(Person.name).where(Person.email == "n@acme.example")).one() == "40"


def test_repeated_repeats_then_gives_up_in_words() -> None:
    calls = []

    @repeated
    def sometimes(until: int) -> int:
        calls.append(1)
        if len(calls) < until:
            raise Again
        return len(calls)

    assert sometimes(3) == 3
    calls.clear()
    with pytest.raises(Unavailable, match="too busy"):
        sometimes(1000)


def test_a_taken_address_is_told_in_words(database: Database, actor: Actor) -> None:
    def add() -> None:
        with database.write(actor) as tx:
            tx.db.add(Person(tenant_id=tx.tenant_id, email="x@acme.example", name="X", created_at=tx.now))

    add()
    with pytest.raises(Conflict) as caught:
        add()
    assert caught.value.code == "email_taken"


def test_a_thing_to_look_at_is_noted_once_at_the_earliest_time(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    for hours in (3, 1, 2):
        with database.write(actor) as tx:
            tx.look_at(WorkKind.READ, 7, clock.now() + timedelta(hours=hours))
    with database.read(actor) as tx:
        row = tx.db.exec(select(Work).where(col(Work.kind) == WorkKind.READ)).one()
        assert (row.subject, row.due_at) == (7, START + timedelta(hours=1))


def test_a_database_that_is_not_there_is_told_in_words(clock: ManualClock) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none", clock)
    with pytest.raises(Unavailable, match="can't be used"), nowhere.read(operator(1)) as tx:
        tx.db.exec(select(Person)).all()


def test_two_may_note_the_same_new_thing_at_once(database: Database, actor: Actor) -> None:
    barrier = threading.Barrier(4)

    @repeated
    def note(subject: int) -> None:
        with database.write(actor) as tx:
            tx.look_at(WorkKind.LINK, subject)

    def notes() -> None:
        for subject in range(5):
            barrier.wait()
            note(subject)

    threads = [threading.Thread(target=notes) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read(actor) as tx:
        assert sorted(tx.db.exec(select(Work.subject)).all()) == list(range(5))


def test_a_worker_that_is_done_with_a_thing_while_it_is_noted_again_is_no_trouble(
    database: Database, actor: Actor
) -> None:
    with database.write(actor) as tx:
        tx.look_at(WorkKind.LINK, 1)

    def deletes() -> None:
        with database.write(actor) as tx:
            tx.db.execute(delete(Work))

    deleting: list[threading.Thread] = []

    def between(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT INTO work") and not deleting:
            deleting.append(waiting(database, deletes))

    with database.write(actor) as tx:
        event.listen(database.engine, "after_cursor_execute", between)
        try:
            tx.look_at(WorkKind.LINK, 1)
        finally:
            event.remove(database.engine, "after_cursor_execute", between)
    deleting[0].join()


def test_what_is_audited_raises_the_number_of_activity_once(database: Database, actor: Actor) -> None:
    with database.write(actor) as tx:
        tx.audit(Verb.CALENDAR_TESTED, "person:1")
        tx.audit(Verb.CALENDAR_TESTED, "person:2")
    assert numbers(database, actor)[Topic.ACTIVITY] == 1
    assert numbers(database, actor)[Topic.PEOPLE] == 0


def test_an_organisation_older_than_a_topic_gets_its_number_when_it_changes(database: Database, actor: Actor) -> None:
    with database.write(actor) as tx:
        tx.db.execute(delete(Change).where(col(Change.topic) == Topic.ACTIVITY))
    assert Topic.ACTIVITY not in numbers(database, actor)
    for number in (1, 2):
        with database.write(actor) as tx:
            tx.changed(Topic.ACTIVITY)
        assert numbers(database, actor)[Topic.ACTIVITY] == number

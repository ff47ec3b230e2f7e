"""Leases: what is due is taken once, comes back if its holder vanishes, and is never forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from pmtui.backend.actor import operator, worker
from pmtui.backend.states import WorkKind
from pmtui.backend.storage import work
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.sync import Work
from tests.clock import ManualClock
from tests.waiting import waiting
from tests.world import World


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


def look_at(world: World, kind: WorkKind, subject: int, *, minutes: int = 0) -> None:
    with world.database.write(operator(world.tenant_id)) as tx:
        tx.look_at(kind, subject, tx.now + timedelta(minutes=minutes))


def subjects(claimed: tuple[work.Claim, ...]) -> list[int]:
    return [claim.subject for claim in claimed]


def test_what_is_due_is_claimed_once_the_oldest_first(world: World) -> None:
    look_at(world, WorkKind.READ, 1, minutes=1)
    look_at(world, WorkKind.READ, 2)
    look_at(world, WorkKind.WRITE, 3, minutes=5)
    world.clock.advance(minutes=2)
    assert subjects(work.claim(world.database, "a", 10)) == [2, 1]
    assert work.claim(world.database, "b", 10) == ()


def test_kinds_and_limit_narrow_a_claim(world: World) -> None:
    for subject in (1, 2, 3):
        look_at(world, WorkKind.READ, subject)
    look_at(world, WorkKind.WRITE, 9)
    assert subjects(work.claim(world.database, "a", 2, (WorkKind.READ,))) == [1, 2]
    assert subjects(work.claim(world.database, "a", 5, (WorkKind.WRITE,))) == [9]


def test_two_who_ask_at_the_same_moment_each_get_something(world: World) -> None:
    """Else the one who comes second would find nothing, and rest although there is work."""
    for subject in (1, 2):
        look_at(world, WorkKind.READ, subject)
    others: list[int] = []
    with world.database.write(worker()) as tx:
        leased = {"leased_by": "a", "leased_until": tx.database_now() + work.LEASE}
        tx.db.execute(update(Work).where(col(Work.subject) == 1).values(**leased))
        second = waiting(world.database, lambda: others.extend(subjects(work.claim(world.database, "b", 1))))
    second.join()
    assert others == [2]


def test_the_kinds_that_are_due_are_known_without_claiming(world: World) -> None:
    assert work.due(world.database) == frozenset()
    look_at(world, WorkKind.READ, 1)
    look_at(world, WorkKind.READ, 2)
    look_at(world, WorkKind.LINK, 1, minutes=1)
    assert work.due(world.database) == {WorkKind.READ}
    work.claim(world.database, "a", 2)
    assert work.due(world.database) == frozenset()
    world.passes(minutes=2)
    assert work.due(world.database) == {WorkKind.READ, WorkKind.LINK}


def test_done_forgets_it(world: World) -> None:
    look_at(world, WorkKind.READ, 1)
    (claimed,) = work.claim(world.database, "a", 1)
    work.done(world.database, claimed)
    assert world.rows(Work) == []


def test_done_may_name_when_to_look_again_and_an_earlier_request_wins(world: World) -> None:
    for subject in (1, 2):
        look_at(world, WorkKind.READ, subject)
    first, second = work.claim(world.database, "a", 2)
    look_at(world, WorkKind.READ, 2, minutes=3)
    for claimed in (first, second):
        work.done(world.database, claimed, world.clock.now() + timedelta(minutes=15))
    world.clock.advance(minutes=3)
    assert subjects(work.claim(world.database, "a", 2)) == [2]
    world.clock.advance(minutes=12)
    assert 1 in subjects(work.claim(world.database, "a", 2))


@pytest.mark.parametrize("minutes", [0, 30, 300])
def test_asking_again_meanwhile_is_not_lost(world: World, minutes: int) -> None:
    look_at(world, WorkKind.READ, 1)
    (claimed,) = work.claim(world.database, "a", 1)
    look_at(world, WorkKind.READ, 1, minutes=minutes)
    assert work.claim(world.database, "b", 1) == ()  # still leased
    work.done(world.database, claimed)
    world.clock.advance(minutes=minutes)
    (again,) = work.claim(world.database, "b", 1)
    assert again.attempts == 1


def test_asking_again_in_the_moment_it_is_done_is_not_lost(world: World) -> None:
    look_at(world, WorkKind.READ, 1)
    (claimed,) = work.claim(world.database, "a", 1)
    with world.database.write(operator(world.tenant_id)) as tx:
        tx.look_at(WorkKind.READ, 1)
        finishing = waiting(world.database, lambda: work.done(world.database, claimed))
        assert finishing.is_alive()
    finishing.join()
    assert subjects(work.claim(world.database, "b", 1)) == [1]


def test_a_lease_that_ran_out_is_claimed_by_another_and_lost_to_its_holder(world: World) -> None:
    look_at(world, WorkKind.READ, 1)
    (first,) = work.claim(world.database, "a", 1)
    world.passes(seconds=work.LEASE.total_seconds() - 1)
    assert work.claim(world.database, "b", 1) == ()
    assert work.renew(world.database, first)
    world.passes(seconds=2)
    assert work.claim(world.database, "b", 1) == ()
    world.passes(seconds=work.LEASE.total_seconds())
    (second,) = work.claim(world.database, "b", 1)
    assert second.attempts == 2
    assert not work.renew(world.database, first)
    work.done(world.database, first)  # says nothing about what the other is doing
    work.retry_later(world.database, first, "late")
    (row,) = world.rows(Work)
    assert (row.leased_by, row.last_error) == ("b", None)


def test_a_clock_that_is_wrong_takes_nobodys_work(world: World) -> None:
    """Leases go by the database's clock, which all workers share."""
    look_at(world, WorkKind.READ, 1)
    (held,) = work.claim(world.database, "a", 1)
    world.clock.advance(days=2)
    assert work.due(world.database) == frozenset()
    assert work.claim(world.database, "b", 1) == ()
    world.clock.advance(days=-4)
    assert work.renew(world.database, held)
    world.clock.advance(days=2)
    assert work.claim(world.database, "b", 1) == ()


def test_failures_wait_longer_each_time_up_to_an_hour(world: World) -> None:
    look_at(world, WorkKind.WRITE, 1)
    waits = []
    for _ in range(14):
        (claimed,) = work.claim(world.database, "a", 1)
        due_at = work.retry_later(world.database, claimed, "provider_down", chance=lambda: 1.0)
        waits.append((due_at - world.clock.now()).total_seconds())
        assert work.claim(world.database, "a", 1) == ()
        world.clock.at = due_at
    assert waits[:4] == [4, 8, 16, 32]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert work.backoff(1, lambda: 0.0) == timedelta(seconds=2)
    (row,) = world.rows(Work)
    assert row.last_error == "provider_down"


def test_a_retry_keeps_the_providers_time_and_an_earlier_request(world: World) -> None:
    look_at(world, WorkKind.WRITE, 1)
    (claimed,) = work.claim(world.database, "a", 1)
    later = world.clock.now() + timedelta(minutes=9)
    assert work.retry_later(world.database, claimed, "throttled", retry_at=later) == later
    look_at(world, WorkKind.WRITE, 1)
    assert subjects(work.claim(world.database, "a", 1)) == [1]


def test_asking_again_during_a_try_that_fails_is_kept(world: World) -> None:
    look_at(world, WorkKind.WRITE, 1)
    (claimed,) = work.claim(world.database, "a", 1)
    look_at(world, WorkKind.WRITE, 1)
    work.retry_later(world.database, claimed, "provider_down")
    assert subjects(work.claim(world.database, "a", 1)) == [1]


def test_a_worker_that_stops_hands_its_work_back(world: World) -> None:
    look_at(world, WorkKind.WRITE, 1)
    (claimed,) = work.claim(world.database, "a", 1)
    work.release(world.database, claimed)
    (again,) = work.claim(world.database, "b", 1)
    assert again.attempts == 1

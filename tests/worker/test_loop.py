"""The loop: what is due is done once, failures are put off, stopping is graceful, and nothing ends it."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from pmtui.backend.errors import NotFound, Unavailable, Whose
from pmtui.backend.states import WorkKind
from pmtui.backend.storage import work
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.work import Claim
from pmtui.worker.loop import AT_ONCE, POLL_SECONDS, Loop
from tests.clock import ManualClock
from tests.world import World

RETRY_AT = timedelta(hours=2)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


def look_at(world: World, kind: WorkKind, *subjects: int) -> None:
    with world.database.write(world.operator) as tx:
        for subject in subjects:
            tx.look_at(kind, subject)


class Recorder:
    """A handler that notes what it was given, and then does what the test says."""

    def __init__(self, then: Callable[[Claim], datetime | None] = lambda claim: None) -> None:
        self.seen: list[int] = []
        self._then = then

    async def __call__(self, claim: Claim) -> datetime | None:
        self.seen.append(claim.subject)
        return self._then(claim)


def raising(error: Exception) -> Recorder:
    def fail(claim: Claim) -> datetime | None:
        raise error

    return Recorder(fail)


async def test_each_kind_goes_to_its_handler_once(world: World) -> None:
    reads, writes = Recorder(), Recorder()
    look_at(world, WorkKind.READ, 1, 2)
    look_at(world, WorkKind.WRITE, 1)
    look_at(world, WorkKind.LINK, 7)  # nobody here does these
    loop = Loop(world.database, {WorkKind.READ: reads, WorkKind.WRITE: writes})
    assert await loop.once() == 3
    assert (sorted(reads.seen), writes.seen) == ([1, 2], [1])
    assert [row.kind for row in world.rows(Work)] == [WorkKind.LINK]


async def test_what_names_its_next_time_comes_back_then(world: World) -> None:
    reads = Recorder(lambda claim: world.clock.now() + timedelta(minutes=15))
    look_at(world, WorkKind.READ, 1)
    loop = Loop(world.database, {WorkKind.READ: reads})
    assert await loop.once() == 1
    world.clock.advance(minutes=14)
    assert await loop.once() == 0
    world.clock.advance(minutes=1)
    assert await loop.once() == 1


@pytest.mark.parametrize(
    ("error", "code", "least"),
    [
        (Unavailable("throttled", "", "", whose=Whose.PROVIDER), "throttled", timedelta(seconds=2)),
        (NotFound("gone", "", ""), "gone", timedelta(seconds=2)),
        (ZeroDivisionError(), "internal:ZeroDivisionError", timedelta(seconds=2)),
    ],
)
async def test_a_failure_is_noted_and_put_off_and_the_rest_goes_on(
    world: World, error: Exception, code: str, least: timedelta
) -> None:
    bad, good = raising(error), Recorder()
    look_at(world, WorkKind.READ, 1)
    look_at(world, WorkKind.WRITE, 2)
    loop = Loop(world.database, {WorkKind.READ: bad, WorkKind.WRITE: good})
    await loop.once()
    (row,) = world.rows(Work)
    assert (row.last_error, row.leased_until) == (code, None)
    assert row.due_at - world.clock.now() >= least
    assert good.seen == [2]


async def test_the_providers_own_time_is_waited_for(world: World) -> None:
    retry_at = world.clock.now() + RETRY_AT
    error = Unavailable("throttled", "", "", whose=Whose.PROVIDER, retry_at=retry_at)
    look_at(world, WorkKind.READ, 1)
    await Loop(world.database, {WorkKind.READ: raising(error)}).once()
    assert world.rows(Work)[0].due_at == retry_at


async def test_slow_work_of_one_kind_leaves_room_for_another(world: World) -> None:
    gate, started = asyncio.Event(), asyncio.Event()
    running = 0

    async def slow(claim: Claim) -> datetime | None:
        nonlocal running
        running += 1
        assert running <= AT_ONCE[WorkKind.LINK]
        started.set()
        await gate.wait()
        running -= 1
        return None

    quick = Recorder(lambda claim: gate.set())
    look_at(world, WorkKind.LINK, *range(1, 6))
    loop = Loop(world.database, {WorkKind.LINK: slow, WorkKind.ATTEMPT: quick})
    stop = asyncio.Event()
    run = asyncio.create_task(loop.run(stop))
    await started.wait()
    look_at(world, WorkKind.ATTEMPT, 9)
    loop.nudge()
    await gate.wait()  # only the quick one opens it
    while world.rows(Work):
        await asyncio.to_thread(lambda: None)
    stop.set()
    await run
    assert quick.seen == [9]


async def test_a_nudge_from_another_thread_is_answered(world: World) -> None:
    done = asyncio.Event()
    loop = Loop(world.database, {WorkKind.WRITE: Recorder(lambda claim: done.set())})
    stop = asyncio.Event()
    run = asyncio.create_task(loop.run(stop))

    def ask() -> None:
        look_at(world, WorkKind.WRITE, 1)
        loop.nudge()

    thread = threading.Thread(target=ask)
    thread.start()
    async with asyncio.timeout(10):
        await done.wait()
    thread.join()
    stop.set()
    await run


async def test_requests_are_answered_by_polling_alone(world: World) -> None:
    answered: asyncio.Queue[int] = asyncio.Queue()
    loop = Loop(world.database, {WorkKind.WRITE: Recorder(lambda claim: answered.put_nowait(claim.subject))})
    stop = asyncio.Event()
    run = asyncio.create_task(loop.run(stop))
    async with asyncio.timeout(10):
        for subject in range(3):
            look_at(world, WorkKind.WRITE, subject)
            assert await answered.get() == subject
    stop.set()
    await run
    assert POLL_SECONDS < 0.2


async def test_stopping_lets_work_finish(world: World) -> None:
    stop, started = asyncio.Event(), asyncio.Event()

    async def slow(claim: Claim) -> datetime | None:
        started.set()
        await stop.wait()
        await asyncio.to_thread(lambda: None)
        return None

    look_at(world, WorkKind.READ, 1)
    run = asyncio.create_task(Loop(world.database, {WorkKind.READ: slow}).run(stop))
    await started.wait()
    stop.set()
    await run
    assert world.rows(Work) == []


async def test_work_that_does_not_finish_in_time_is_handed_back(world: World) -> None:
    stop, started = asyncio.Event(), asyncio.Event()

    async def endless(claim: Claim) -> datetime | None:
        started.set()
        await asyncio.Event().wait()
        return None

    look_at(world, WorkKind.READ, 1)
    run = asyncio.create_task(Loop(world.database, {WorkKind.READ: endless}, grace_seconds=0.01).run(stop))
    await started.wait()
    stop.set()
    await run
    (row,) = world.rows(Work)
    assert (row.leased_until, row.due_at, row.attempts) == (None, world.clock.now(), 0)


async def test_the_work_of_a_worker_that_died_is_taken_up(world: World) -> None:
    look_at(world, WorkKind.WRITE, 1)
    work.claim(world.database, "dead", 1)
    writes = Recorder()
    loop = Loop(world.database, {WorkKind.WRITE: writes})
    assert await loop.once() == 0
    world.passes(seconds=work.LEASE.total_seconds())
    assert await loop.once() == 1
    assert writes.seen == [1]


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, asked = asyncio.Event(), []

    def away_once(database: Database) -> frozenset[WorkKind]:
        asked.append(1)
        if len(asked) == 1:
            raise Unavailable("database_unreachable", "", "", whose=Whose.OPERATOR)
        return due(database)

    due = work.due
    monkeypatch.setattr(work, "due", away_once)
    look_at(world, WorkKind.WRITE, 1)
    loop = Loop(world.database, {WorkKind.WRITE: Recorder(lambda claim: done.set())})
    stop = asyncio.Event()
    run = asyncio.create_task(loop.run(stop))
    while not done.is_set():
        loop.nudge()
        await asyncio.to_thread(lambda: None)
    stop.set()
    await run
    assert len(asked) > 1

"""A run killed at every statement and COMMIT: the next worker finishes it, and nobody is proposed twice."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlmodel import col, select

from pmtui.backend.actor import worker
from pmtui.backend.availability.service import weeks_of
from pmtui.backend.coaching import roster
from pmtui.backend.coaching.records import RuleDraft
from pmtui.backend.coaching.rules import Rules
from pmtui.backend.coaching.runs import Runs
from pmtui.backend.states import Comparison, RunOutcome, SessionState
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.rules import MetricValue
from pmtui.backend.storage.tables.runs import Run, RunAgent, RunBlock
from pmtui.backend.sync.service import Sync
from tests.clock import ManualClock
from tests.end_to_end import kills
from tests.world import World

_ON_POSTGRESQL = 12  # a moment in so many: putting that database back takes its time
AGENTS = {"kim": "dana", "sam": "dana", "max": "lee"}


@pytest.fixture
def driver() -> Iterator[kills.Driver]:
    with kills.Driver() as driver:
        yield driver


def services(url: str) -> tuple[Database, Runs]:
    database = Database(url, ManualClock())
    return database, Runs(database, Sync(database, weeks_of))


def work_on(url: str, tenant_id: int) -> None:
    """What workers do of a run that is asked for, a coach a block; whoever comes after a kill does the same again."""
    roster.COACHES_A_BLOCK = 1
    database, runs = services(url)
    with database.read(worker()) as tx:
        run_id = tx.db.exec(select(Run.id)).one() or 0
    runs.begin(tenant_id, run_id)
    with database.read(worker()) as tx:
        blocks = tx.db.exec(select(RunBlock.id).order_by(col(RunBlock.id))).all()
    for block_id in blocks:
        runs.plan_block(tenant_id, block_id or 0)
    database.close()


def asked_for(database: Database, clock: ManualClock) -> World:
    """Three agents of two coaches fall under a rule, and a run is asked for."""
    world = World(database, clock)
    for coach in ("dana", "lee"):
        world.coach(coach)
    world.administrator("ada")
    for agent, coach in AGENTS.items():
        world.agent(agent, coach=coach)
    database_, runs = services(database.url)
    Rules(database_).save(world.actor("ada"), RuleDraft("Low", "quality", Comparison.BELOW, 80))
    with database.write(world.operator) as tx:
        tx.db.add_all(
            MetricValue(
                tenant_id=world.tenant_id,
                person_id=world.id(agent),
                metric="quality",
                measured_on=date(2027, 2, 20),
                value=50,
            )
            for agent in AGENTS
        )
    runs.ask(world.actor("ada"))
    database_.close()
    return world


def test_a_run_killed_anywhere_is_finished_and_proposes_nobody_twice(
    database: Database, clock: ManualClock, driver: kills.Driver, record_property: Callable[[str, object], None]
) -> None:
    world = asked_for(database, clock)
    database.close()
    place = kills.place(database.url)
    place.keep()
    driver.warm(work_on, place.url, world.tenant_id)
    place.restore()
    moments = driver.perform(work_on, place.url, world.tenant_id)
    assert moments
    partial = 0
    every = 1 if database.url.startswith("sqlite") else _ON_POSTGRESQL
    for moment in range(0, moments, every):
        place.restore()
        assert driver.perform(work_on, place.url, world.tenant_id, kill_at=moment) is None
        left = len(world.rows(Session))
        partial += 0 < left < len(AGENTS)
        driver.perform(work_on, place.url, world.tenant_id)
        sessions = world.rows(Session)
        assert sorted(one.agent_id for one in sessions) == sorted(map(world.id, AGENTS)), f"moment {moment}"
        assert {one.state for one in sessions} == {SessionState.HELD}
        assert len(world.rows(Participant)) == 2 * len(sessions)
        assert [one.outcome for one in world.rows(RunAgent)] == [RunOutcome.PROPOSED] * len(AGENTS)
        (run,) = world.rows(Run)
        assert (run.agents, run.agents_done, run.proposed, run.blocks_left) == (3, 3, 3, 0), f"moment {moment}"
        assert run.ended_at is not None
    assert partial  # some were killed between two blocks
    record_property("kill points", moments)

"""The worker killed at every statement, commit and provider request of writing an event: the next one finishes it.

However often and wherever it dies, the calendar holds the event exactly once. On both databases, against the
sandbox over HTTP, with a key file and sealed tokens.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from pmtui.backend.build import build
from pmtui.backend.config import Config
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.vault import Vault, associated
from pmtui.backend.slots.values import Span, SpanKind, to_minute
from pmtui.backend.states import Delivery, External, Provider, SessionState, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken, WfmService
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.backend.storage.work import LEASE
from pmtui.sandbox.shifts import BUSINESS_UNIT_ID, COACHING, SCENARIO_ID
from pmtui.worker.run import Worker
from tests.clock import START, ManualClock
from tests.end_to_end import kills
from tests.stand_in import DANA, SCOPES, StandIn, standing_in
from tests.world import World

TEN = START + timedelta(hours=8)  # 10:00 in Chicago


@dataclass(frozen=True, slots=True)
class Scene:
    """A session just approved, to be written into one calendar that is there; the other person has none."""

    world: World
    config: Config
    stand_in: StandIn
    written: Callable[[], int]

    def empty_calendars(self) -> None:
        """Nothing was ever written to the sandbox."""
        self.stand_in.world.outlook.events[DANA].clear()
        self.stand_in.world.outlook.transactions.clear()
        self.stand_in.world.wfm.meetings.clear()


@pytest.fixture(scope="module")
def driver() -> Iterator[kills.Driver]:
    """One driver for the module."""
    with kills.Driver() as driver:
        yield driver


@pytest.fixture(scope="module")
def sandbox() -> Iterator[StandIn]:
    """One sandbox for the module."""
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture(params=[Provider.OUTLOOK, Provider.WFM])
def scene(
    request: pytest.FixtureRequest, database: Database, clock: ManualClock, sandbox: StandIn, tmp_path: Path
) -> Scene:
    """Approved through the services, on fresh facts."""
    stand_in = sandbox.fresh(clock)
    stand_in.pull("clear_events", DANA)
    agent = stand_in.agent()
    config = Config(
        database_url=database.url,
        key_file=tmp_path / "keys",
        graph_url=stand_in.graph_url,
        insecure_endpoints=True,
    )
    vault = Vault.create(tmp_path / "keys")
    world = World(database, clock)
    world.allow(wfm=True, external=External.OUTLOOK)
    world.coach("dana")
    world.agent(agent.email)
    world.administrator("ada")
    if request.param is Provider.OUTLOOK:
        world.week("dana")
        _connect_outlook(world, stand_in, vault)
    else:
        _connect_wfm(world, stand_in, vault)
    coaching = build(config, clock).coaching
    ada = world.actor("ada")
    held = coaching.propose(ada, DANA, agent.email, TEN)
    assert coaching.approve(ada, held.code).state is SessionState.SCHEDULED
    written = stand_in.events if request.param is Provider.OUTLOOK else stand_in.meetings
    return Scene(world, config, stand_in, lambda: len(written()))


def work(config: Config, at: datetime) -> None:
    """One life of a worker: everything that is due."""

    async def life() -> None:
        worker = Worker(build(config, ManualClock(at)))
        await worker.once()
        await worker.calls.close()

    asyncio.run(life())


def test_the_event_is_there_exactly_once(
    scene: Scene, driver: kills.Driver, record_property: Callable[[str, object], None]
) -> None:
    place = kills.place(scene.config.url)
    place.keep()
    driver.warm(work, scene.config, START)
    place.restore()
    scene.empty_calendars()
    moments = driver.perform(work, scene.config, START)
    assert moments
    assert scene.written() == 1
    absent = 0
    for moment in range(moments):
        place.restore()
        scene.world.clock.at = START
        scene.empty_calendars()
        assert driver.perform(work, scene.config, START, kill_at=moment) is None, f"{moment} was not reached"
        assert scene.written() in (0, 1)
        absent += not scene.written()
        scene.world.passes(seconds=LEASE.total_seconds())
        driver.perform(work, scene.config, START + LEASE)
        assert scene.written() == 1, f"after moment {moment} of {moments}"
        [row] = scene.world.rows(WantedEvent)
        assert row.delivery is Delivery.DELIVERED
        assert [one for one in scene.world.rows(Work) if one.kind is WorkKind.WRITE] == []
    record_property("kill points", f"{moments} (afterwards the event there {moments - absent}, absent {absent})")
    assert 0 < absent < moments


def _connect_outlook(world: World, stand_in: StandIn, vault: Vault) -> None:
    connection_id = world.connect("dana", Provider.OUTLOOK)
    with world.database.write(world.operator) as tx:
        connection = tx.db.get_one(Connection, connection_id)
        token = tx.db.exec(select(ConnectionToken).where(ConnectionToken.connection_id == connection_id)).one()
        tokens = TokenSet(stand_in.token(), None, SCOPES, token.expires_at)
        bound_to = associated(connection.tenant_id, connection.person_id, connection.provider, connection.uid)
        sealed = vault.seal(tokens.to_bytes(), bound_to)
        token.sealed, token.key_id = sealed.data, sealed.key_id
        tx.db.add(token)
    world.facts("dana", connection_id)


def _connect_wfm(world: World, stand_in: StandIn, vault: Vault) -> None:
    agent = stand_in.agent()
    world.wfm_service(url=stand_in.wfm_url)
    connection_id = world.connect(agent.email, Provider.WFM, automatic=True)
    with world.database.write(world.operator) as tx:
        tx.db.get_one(Connection, connection_id).external_id = agent.person_id
        service = tx.db.get_one(WfmService, world.tenant_id)
        sealed = vault.seal(stand_in.world.wfm.token.encode(), service_seal(world.tenant_id))
        service.sealed_token, service.key_id = sealed.data, sealed.key_id
        service.business_unit_id, service.scenario_id = BUSINESS_UNIT_ID, SCENARIO_ID
        service.coaching_activity_id = COACHING.id
    first = TEN - timedelta(hours=2)
    stand_in.shift(agent.email, first.date(), ("Phone", first, first + timedelta(hours=8)))
    world.facts(agent.email, connection_id, [Span(to_minute(first), to_minute(first) + 480, SpanKind.OPEN, "Phone")])

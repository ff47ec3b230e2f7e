"""A coach on Outlook and an agent on the WFM: without providers (`pair`), and with the sandbox behind them (`rig`)."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.config import Config
from pmtui.backend.slots.values import Week
from pmtui.backend.states import Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.opening import Opening
from pmtui.backend.sync.reader import Reader
from pmtui.backend.sync.service import Sync
from pmtui.backend.sync.writer import Writer
from pmtui.sandbox.shifts import BUSINESS_UNIT_ID, SCENARIO_ID
from tests.clock import START, ManualClock
from tests.stand_in import DANA, StandIn, calls_of, standing_in
from tests.world import World

WEEK = Week("Europe/London")


@dataclass(frozen=True, slots=True)
class Pair:
    """Dana (coach, Outlook) and Sam (agent, WFM), their connections, and the service."""

    world: World
    sync: Sync
    coach: int
    agent: int
    outlook: int
    wfm: int

    def want(self, code: str) -> None:
        """As a change of the session does."""
        with self.world.database.write(self.world.operator) as tx:
            self.sync.want(tx, self.session(tx, code))

    @staticmethod
    def session(tx: Transaction, code: str) -> Session:
        """The session of that code."""
        return tx.db.exec(select(Session).where(Session.code == code)).one()


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """An empty organisation."""
    return World(database, clock)


@pytest.fixture
def pair(world: World) -> Pair:
    """The two, connected just now."""
    coach, agent = world.coach("dana"), world.agent("sam", timezone="America/Denver")
    outlook = world.connect("dana", Provider.OUTLOOK)
    wfm = world.connect("sam", Provider.WFM, automatic=True)
    sync = Sync(world.database, lambda tx, people: {coach: WEEK})
    return Pair(world, sync, coach, agent, outlook, wfm)


AT = START + timedelta(hours=7)  # 9:00 in Chicago, 15:00 UTC


@dataclass(frozen=True, slots=True)
class Rig:
    """Dana's Outlook and one agent's WFM schedule in the sandbox, and what reads and writes them.

    What is put into `meanwhile` happens when the next token is asked for: after work began, before any request.
    """

    world: World
    sync: Sync
    stand_in: StandIn
    opening: Opening
    reader: Reader
    writer: Writer
    calls: Calls
    agent: str
    outlook: int
    wfm: int
    meanwhile: list[Callable[[], object]]

    def scheduled(self, starts: datetime = AT, agent: str | None = None) -> str:
        """A scheduled session of Dana and the agent whose events are wanted; its code."""
        code = self.world.session(DANA, agent or self.agent, starts)
        self.want(code)
        return code

    def want(self, code: str, **values: object) -> None:
        """Change a session, and let the calendars follow."""
        with self.world.database.write(self.world.operator) as tx:
            session = tx.db.exec(select(Session).where(Session.code == code)).one()
            for name, value in values.items():
                setattr(session, name, value)
            session.live = session.state.live
            tx.db.add(session)
            self.sync.want(tx, session)

    def session(self, code: str) -> Session:
        """The session's row."""
        return next(row for row in self.world.rows(Session) if row.code == code)

    def connection(self, connection_id: int) -> Connection:
        """The connection's row."""
        return next(row for row in self.world.rows(Connection) if row.id == connection_id)

    def wanted(self) -> tuple[WantedEvent, WantedEvent]:
        """The coach's and the agent's wanted event, where one session was scheduled."""
        coach, agent = self.world.rows(WantedEvent)
        return coach, agent

    async def deliver(self) -> None:
        """Write every wanted event once, as the worker does."""
        for row in self.world.rows(WantedEvent):
            assert row.id is not None
            await self.writer.write(self.world.tenant_id, row.id)

    async def read(self) -> None:
        """Read both calendars."""
        await self.reader.read(self.world.tenant_id, self.outlook)
        await self.reader.read(self.world.tenant_id, self.wfm)


@pytest.fixture(scope="session")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(_stand_in: StandIn, clock: ManualClock) -> StandIn:
    """The sandbox, as at its start."""
    return _stand_in.fresh(clock)


@pytest.fixture
async def rig(world: World, stand_in: StandIn) -> AsyncIterator[Rig]:
    """The two, connected; Dana's Outlook emptied, the agent on the phone from 14:00 to 22:00 UTC each day this week."""
    agent = stand_in.agent().email
    world.coach("dana")
    world.agent(agent)
    world.allow(wfm=True)
    world.wfm_service(url=stand_in.wfm_url)
    outlook = world.connect("dana", Provider.OUTLOOK, read=False)
    wfm = world.connect(agent, Provider.WFM, read=False, automatic=True)
    with world.database.write(world.operator) as tx:
        tx.db.get_one(Connection, wfm).external_id = stand_in.person(agent).person_id
        service = tx.db.get_one(WfmService, world.tenant_id)
        service.business_unit_id, service.scenario_id = BUSINESS_UNIT_ID, SCENARIO_ID
    stand_in.pull("clear_events", DANA)
    for day in range(-2, 7):
        first = START + timedelta(days=day, hours=6)
        stand_in.shift(agent, first.date(), ("Phone", first, first + timedelta(hours=8)))

    meanwhile: list[Callable[[], object]] = []

    def happen() -> None:
        while meanwhile:
            meanwhile.pop()()

    async def token(connection_id: int, newer: bool) -> str:
        happen()
        return stand_in.token(DANA)

    def wfm_token(row: WfmService) -> str:
        happen()
        return stand_in.world.wfm.token

    calls = calls_of(stand_in.clock)
    config = Config(graph_url=stand_in.graph_url, insecure_endpoints=True)
    opening = Opening(world.database, config, calls, token, wfm_token)
    reader, writer = (
        Reader(world.database, opening, lambda tx, people: None, lambda: 0.5),
        Writer(world.database, opening),
    )
    sync = Sync(world.database, lambda tx, people: dict.fromkeys(people, WEEK))
    yield Rig(world, sync, stand_in, opening, reader, writer, calls, agent, outlook, wfm, meanwhile)
    await calls.close()

"""A coach on Outlook and an agent on the WFM, without any provider."""

from dataclasses import dataclass

import pytest
from sqlmodel import select

from pmtui.backend.slots.values import Week
from pmtui.backend.states import Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.service import Sync
from tests.clock import ManualClock
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
    sync = Sync(world.database, lambda tx, person_id: WEEK if person_id == coach else None)
    return Pair(world, sync, coach, agent, outlook, wfm)

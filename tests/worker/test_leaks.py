"""Canaries through a whole life with the worker, a provider and the WFM: no secret and nothing of a calendar shows.

Logs at their most talkative, the database's files and every value in it, what is told, screens, arguments and
environment. The flows of a sign-in alone: tests/backend/signin/test_leaks.py.
"""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text

from pmtui.app import PmtuiApp
from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services
from pmtui.backend.config import Config
from pmtui.backend.integrations.records import Access
from pmtui.backend.plain import plain
from pmtui.backend.signin.redaction import protect
from pmtui.backend.signin.vault import Keys, Vault
from pmtui.backend.slots.values import Hours, Week
from pmtui.backend.states import AttemptState, External, Permission, Provider, TeamRole
from pmtui.background import Opened
from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, DESKTOP_CLIENT_SECRET
from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET
from pmtui.terminal import Terminal
from pmtui.worker.run import Worker
from tests import snapshots
from tests.at_rest import press, settled
from tests.clock import START, ManualClock
from tests.sandbox import browser, google_browser
from tests.screens.stand_in import SIZE
from tests.stand_in import DANA, StandIn

TITLE = "CANARY quarterly budget"
ABSENCE = "Sick leave"
WEEK = Week("America/Chicago", days=((Hours(8 * 60, 18 * 60),),) * 5 + ((), ()))


@pytest.fixture
def config(database_url: str, stand_in: StandIn, tmp_path: Path) -> Config:
    """Both providers, with their secrets in files."""
    for name, secret in (("google", DESKTOP_CLIENT_SECRET), ("microsoft", CLIENT_SECRET)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(secret)
    base = stand_in.base_url
    config = Config(
        database_url=database_url,
        key_file=tmp_path / "keys",
        graph_url=stand_in.graph_url,
        microsoft_authority=f"{base}/microsoft",
        microsoft_client_id=CLIENT_ID,
        microsoft_client_secret_file=tmp_path / "microsoft",
        google_authorize_url=f"{base}/google/o/oauth2/v2/auth",
        google_token_url=f"{base}/google/token",
        google_revoke_url=f"{base}/google/revoke",
        google_keys_url=f"{base}/google/oauth2/v3/certs",
        google_issuer=f"{base}/google",
        google_calendar_url=f"{base}/google/calendar/v3/",
        google_client_id=DESKTOP_CLIENT_ID,
        google_client_secret_file=tmp_path / "google",
        insecure_endpoints=True,
    )
    Vault.create(config.keys)
    return config


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything any library logs, through the filter and nothing else."""
    stream = io.StringIO()
    handler = protect(logging.StreamHandler(stream))
    names = (None, "httpx2", "httpcore2", "authlib", "sqlalchemy.engine", "sqlalchemy.pool", "asyncio", "pmtui")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    yield stream
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def organisation(services: Services, stand_in: StandIn, external: External) -> tuple[Actor, Actor]:
    """Ada administers, Dana coaches one agent; both calendars sent. The actors."""
    agent = stand_in.agent()
    tenant_id = services.people.create_tenant(
        operator(), "acme", "Acme", "America/Chicago", administrator=("ada@acme.example", "Ada Okafor")
    )
    acting = operator(tenant_id)
    services.people.add(
        acting, DANA, "Dana Reyes", team="Billing", role=TeamRole.COACH, permissions=(Permission.VIEW, Permission.COACH)
    )
    services.people.add(acting, agent.email, agent.name, team="Billing", coach_email=DANA)
    services.integrations.set_wfm_service(
        acting, stand_in.wfm_url, stand_in.world.wfm.token, Keys(services.config.keys)
    )
    ada = services.people.actor_for("ada@acme.example", Surface.CLI)
    asyncio.run(work(services))
    page = services.integrations.page(ada)
    page = services.integrations.set_draft(ada, Access(wfm=True, external=external), page.version)
    services.integrations.send_access(ada, page.version, page.consequences)
    return ada, services.people.actor_for(DANA, Surface.APP)


async def work(services: Services) -> None:
    worker = Worker(services)
    await worker.once()
    await worker.calls.close()


async def shown(services: Services, dana: Actor) -> str:
    """The text of Dana's screens now."""
    me = services.people.me(dana)
    opened = Opened(services, dana, me, dict, lambda: None)
    app = PmtuiApp(lambda: opened, clock=services.clock, look_seconds=None, terminal=Terminal())
    said = []
    async with app.run_test(size=SIZE):
        await settled(app)
        for key in ("1", "2", "3"):
            await press(app, key)
            await settled(app)
            said.append(snapshots.text(app))
    return "\n".join(said)


def browse(stand_in: StandIn, provider: Provider, link: str) -> str:
    """What Dana does in the browser; the address it ends at."""
    with httpx2.Client(base_url=stand_in.base_url, timeout=10) as http:
        page = http.get(link)
        if provider is Provider.GOOGLE:
            return str(google_browser.agreed(http, page, DANA).headers["location"])
        consent = browser.press(http, page, "account", DANA)
        return str(browser.press(http, consent, "action", "accept").headers["location"])


def stored(services: Services) -> str:
    """Every value of every table; bytes as they are."""
    with services.database.read(operator()) as tx:
        connection = tx.db.connection()
        names = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if connection.dialect.name == "sqlite"
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        tables = connection.execute(text(names)).scalars().all()
        rows = [tuple(row) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    return "\n".join(
        bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
        for row in rows
        for value in row
    )


def secrets_of(stand_in: StandIn, address: str) -> set[str]:
    """What must be seen nowhere."""
    google, microsoft = stand_in.world.google.sign_ins, stand_in.world.sign_ins
    given = {*google.access, *google.refresh, *microsoft.access, *microsoft.refresh}
    answered = parse_qs(urlsplit(address).query)
    return {
        *given,
        *answered["code"],
        *answered["state"],
        CLIENT_SECRET,
        DESKTOP_CLIENT_SECRET,
        stand_in.world.wfm.token,
    }


@pytest.mark.parametrize("provider", [Provider.OUTLOOK, Provider.GOOGLE])
def test_nothing_shows_through_a_whole_life(
    services: Services,
    stand_in: StandIn,
    clock: ManualClock,
    provider: Provider,
    log: io.StringIO,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    day, agent = START + timedelta(days=1), stand_in.agent()
    stand_in.shift(agent.email, day.date(), ("Phone", day.replace(hour=13), day.replace(hour=22)))
    absent = (START + timedelta(days=2)).date()
    layer = {"absence": ABSENCE, "start": f"{absent}T13:00:00Z", "end": f"{absent}T22:00:00Z"}
    stand_in.pull("set_shift", {"person": agent.email, "on": absent.isoformat(), "layers": [layer]})
    starts, ends = f"{day.date()}T20:00:00Z", f"{day.date()}T21:00:00Z"
    if provider is Provider.OUTLOOK:
        stand_in.pull("add_event", {"person": DANA, "subject": TITLE, "start": starts, "end": ends})
    else:
        guests = [{"email": "canary.guest@example.com"}]
        event = {"summary": TITLE, "start": {"dateTime": starts}, "end": {"dateTime": ends}, "attendees": guests}
        stand_in.pull("google_add_event", {"person": DANA, "event": event})

    ada, dana = organisation(services, stand_in, External(provider.value))
    attempt_id = services.signin.start(dana, provider, None).attempt_id
    asyncio.run(work(services))
    link = services.signin.attempt(dana, attempt_id).link
    assert link is not None
    address = browse(stand_in, provider, link)
    screens = [asyncio.run(shown(services, dana))]
    services.signin.answer(dana, attempt_id, address)
    asyncio.run(work(services))
    assert services.signin.attempt(dana, attempt_id).state is AttemptState.CONFIRMING
    services.integrations.confirm(dana, attempt_id)
    services.availability.save(dana, WEEK, 0)
    asyncio.run(work(services))
    found = services.coaching.search(ada, DANA, agent.email).starts_at
    code = services.coaching.propose(ada, DANA, agent.email, found[0]).code
    services.coaching.approve(ada, code)
    for fault in ({"kind": "status", "status": 500}, {"kind": "garbage"}, {"kind": "cut-after"}):
        stand_in.fault(**fault)
        clock.advance(hours=1, minutes=5)  # tokens have to be refreshed, calendars read anew
        asyncio.run(work(services))
    screens.append(asyncio.run(shown(services, dana)))
    told = [json.dumps(plain(services.coaching.list(ada))), json.dumps(plain(services.integrations.page(dana)))]
    secrets = secrets_of(stand_in, address)
    services.coaching.cancel(ada, code)
    services.integrations.disconnect(dana)
    clock.advance(minutes=5)
    asyncio.run(work(services))
    screens.append(asyncio.run(shown(services, dana)))

    secrets |= secrets_of(stand_in, address)
    assert len(secrets) >= 8
    everything: dict[str, Any] = {
        "log": log.getvalue(),
        "screens": "\n".join(screens),
        "told": "\n".join((*told, *capsys.readouterr())),
        "database": stored(services),
        "disk": b"".join(file.read_bytes() for file in tmp_path.glob("pmtui.db*")).decode("latin-1"),
        "process": Path("/proc/self/cmdline").read_text() + Path("/proc/self/environ").read_text(),
    }
    for where, said in everything.items():
        held = [line for line in said.splitlines() if any(secret in line for secret in secrets)]
        assert not held, where
        assert "canary" not in said.casefold(), where
        assert ABSENCE not in said, where
    assert len(everything["log"]) > 10_000

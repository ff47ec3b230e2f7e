"""What support sees of real failures, from the worker to the printed line; and what nobody ever sees there."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.vault import Vault
from pmtui.backend.slots.values import Hours, Week
from pmtui.backend.states import External, Permission, Provider, TeamRole
from pmtui.cli import output
from pmtui.cli.main import run
from pmtui.worker.run import Worker
from tests.clock import START, ManualClock
from tests.sandbox import browser
from tests.stand_in import DANA, StandIn

SUE = "sue@acme.example"
CANARY = "Canary-9f3c"
SHIFT = (START + timedelta(hours=6), START + timedelta(hours=14))

Pmtui = Callable[..., tuple[int, str]]


@pytest.fixture
async def worker(services: Services) -> Worker:
    return Worker(services)


@pytest.fixture
async def sue(services: Services, stand_in: StandIn, worker: Worker, clock: ManualClock) -> Actor:
    """Sue is support. Dana is connected to Outlook and has a session with an agent of the WFM; titles are canaries."""
    agent = stand_in.agent()
    tenant_id = services.people.create_tenant(
        operator(), "acme", "Acme", "UTC", administrator=("ada@acme.example", "A")
    )
    acting = operator(tenant_id)
    services.people.add(
        acting, DANA, "Dana Reyes", team="Billing", role=TeamRole.COACH, permissions=(Permission.VIEW, Permission.COACH)
    )
    services.people.add(acting, agent.email, agent.name, team="Billing", coach_email=DANA)
    services.people.add(acting, SUE, "Sue Park", permissions=(Permission.VIEW, Permission.SUPPORT))
    services.integrations.set_wfm_service(
        acting, stand_in.wfm_url, stand_in.world.wfm.token, Vault.load(services.config.keys)
    )
    at = (START + timedelta(hours=3)).isoformat()
    until = (START + timedelta(hours=4)).isoformat()
    stand_in.pull("add_event", {"person": DANA, "subject": CANARY, "start": at, "end": until})
    stand_in.shift(agent.email, SHIFT[0].date(), ("Phone", *SHIFT))
    await worker.once()
    ada = services.people.actor_for("ada@acme.example", Surface.CLI)
    page = services.integrations.page(ada)
    page = services.integrations.set_draft(ada, Access(True, External.OUTLOOK), page.version)
    services.integrations.send_access(ada, page.version, page.consequences)
    dana = services.people.actor_for(DANA, Surface.APP)
    attempt = services.signin.start(dana, Provider.OUTLOOK, 50123).attempt_id
    await worker.once()
    link = services.signin.attempt(dana, attempt).link
    assert link is not None
    with httpx2.Client(base_url=stand_in.base_url, timeout=10) as browser_:
        consent = browser.press(browser_, browser_.get(link), "account", DANA)
        address = browser.press(browser_, consent, "action", "accept").headers["location"]
    services.signin.answer(dana, attempt, address)
    await worker.once()
    services.integrations.confirm(dana, attempt)
    hours = (Hours(0, 24 * 60),)
    services.availability.save(dana, Week("UTC", days=(hours,) * 7), 0)
    await worker.once()
    starts_at = services.coaching.search(ada, DANA, agent.email).starts_at[-1]
    code = services.coaching.propose(ada, DANA, agent.email, starts_at, title=CANARY).code
    services.coaching.approve(ada, code)
    await worker.once()
    return services.people.actor_for(SUE, Surface.CLI)


@pytest.fixture
def pmtui(services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run one command as Sue on these services, the worker inside; the exit code and all it said."""
    monkeypatch.setattr(output, "services", lambda: services)

    def pmtui(*arguments: str) -> tuple[int, str]:
        code = run(["--as", SUE, *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return pmtui


async def test_what_breaks_is_said_and_nothing_secret_ever(
    sue: Actor, worker: Worker, stand_in: StandIn, clock: ManualClock, pmtui: Pmtui
) -> None:
    everything: list[str] = []

    async def look() -> str:
        """All that support can print now."""
        said = [
            pmtui(*arguments)[1]
            for arguments in (
                ("connections",),
                ("connections", "--plain"),
                ("connections", "--json"),
                ("connections", "show", DANA, "--history"),
                ("connections", "show", DANA, "--history", "--json"),
                ("audit",),
                ("audit", "--json"),
                ("coaching", "list", "--json"),
            )
        ]
        assert CANARY in said[-1]  # who coaches may read the titles of sessions
        everything.extend(said[:-1])
        return "\n".join(said)

    async def later(**wait: float) -> None:
        """Time passes; what goes wrong then goes wrong however often it is tried, and is over afterwards."""
        clock.advance(**wait)
        await worker.once()
        stand_in.world.faults.clear()

    assert "2 people: 2 connected." in await look()

    graph = "/graph/v1.0"
    secret_text = {"error": {"code": "ErrorInternal", "message": f"{CANARY} of Dana", "innerError": {"x": CANARY}}}
    stand_in.fault(kind="status", status=503, body=secret_text, path=graph, count=50)
    await later(minutes=17)  # more than a quarter of an hour and its jitter
    assert "it answers with error 503" in await look()

    stand_in.fault(kind="status", status=403, body={"error": {"code": f"{CANARY} text"}}, path=graph, count=50)
    await later(minutes=5)
    assert "it answers with error 403" in await look()

    await later(minutes=30)
    assert "2 connected" in await look()

    expired = {"error": "invalid_client", "error_codes": [7000222], "error_description": f"{CANARY} secret"}
    stand_in.fault(kind="status", status=401, body=expired, path="/microsoft/", count=50)
    await later(minutes=61)
    said = await look()
    assert "ALARM: The Outlook calendar can't be read: pmtui is not set up correctly, code\n  7000222" in said

    stand_in.pull("revoke_tokens", {"person": DANA, "number": 50173})
    await later(minutes=61)
    said = await look()
    assert "needs reconnecting" in said
    assert "the sign-in has ended, code 50173 (the password was changed" in said

    stand_in.pull("wfm_token", "other-token")
    await later(minutes=30)
    said = await look()
    assert "ALARM: The WFM schedule can't be read: the WFM refuses the organisation's token." in said

    sign_ins = stand_in.world.sign_ins
    secrets = {*sign_ins.access, *sign_ins.refresh, stand_in.world.wfm.token, CANARY}
    assert len(secrets) > 3
    whole = "\n".join(everything)
    assert [secret for secret in secrets if secret in whole] == []


async def test_a_test_reading_is_done_by_the_worker_and_told(
    sue: Actor, stand_in: StandIn, clock: ManualClock, pmtui: Pmtui
) -> None:
    agent = stand_in.agent().email
    for email in (DANA, agent):
        clock.advance(seconds=1)
        code, said = pmtui("connections", "test", email)
        assert (code, "was read just now: it can be read." in said) == (0, True)
    clock.advance(seconds=1)
    stand_in.fault(kind="garbage", path="/graph/v1.0", count=1)
    code, said = pmtui("connections", "test", DANA, "--json")
    assert code == 1
    assert json.loads(said)["trouble"]["code"] == "garbage"
    clock.advance(seconds=1)
    assert pmtui("connections", "test", DANA)[0] == 0

"""Surfaces ask, the worker does: agents linked, schedules read, sessions written and removed, in one piece."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx2
import pytest
from sqlmodel import select

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.vault import Vault
from pmtui.backend.slots.values import Hours, Week
from pmtui.backend.states import (
    Attention,
    ConnectionState,
    Delivery,
    External,
    Permission,
    Provider,
    SessionState,
    TeamRole,
)
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import ProviderCalls
from pmtui.background import Opened, with_worker
from pmtui.worker.embedded import Embedded
from pmtui.worker.run import Worker
from tests.clock import START, ManualClock
from tests.sandbox import browser
from tests.stand_in import DANA, StandIn

ADA = "ada@acme.example"
SHIFT = (START + timedelta(days=1, hours=6), START + timedelta(days=1, hours=14))


@pytest.fixture
def organisation(services: Services, stand_in: StandIn) -> Actor:
    """Ada (administrator), Dana (coach) and one agent, on the phone tomorrow; WFM set up, nothing sent. Ada acts."""
    agent = stand_in.agent()
    tenant_id = services.people.create_tenant(
        operator(), "acme", "Acme", "America/Chicago", administrator=(ADA, "Ada Okafor")
    )
    acting = operator(tenant_id)
    services.people.add(
        acting, DANA, "Dana Reyes", team="Billing", role=TeamRole.COACH, permissions=(Permission.VIEW, Permission.COACH)
    )
    services.people.add(acting, agent.email, agent.name, team="Billing", coach_email=DANA)
    services.integrations.set_wfm_service(
        acting, stand_in.wfm_url, stand_in.world.wfm.token, Vault.load(services.config.keys)
    )
    for email in (DANA, agent.email):
        stand_in.shift(email, SHIFT[0].date(), ("Phone", *SHIFT))
    return services.people.actor_for(ADA, Surface.CLI)


def sign_in(stand_in: StandIn, link: str) -> str:
    """What Dana does in the browser; the address it is sent to in the end."""
    with httpx2.Client(base_url=stand_in.base_url, timeout=10) as browser_:
        consent = browser.press(browser_, browser_.get(link), "account", DANA)
        return browser.press(browser_, consent, "action", "accept").headers["location"]


@asynccontextmanager
async def working(services: Services) -> AsyncIterator[Worker]:
    worker = Worker(services)
    yield worker
    await worker.calls.close()


async def test_from_a_token_to_a_session_in_both_schedules_and_out_again(
    services: Services, organisation: Actor, stand_in: StandIn, clock: ManualClock
) -> None:
    ada, dana, agent = organisation, services.people.actor_for(DANA, Surface.APP), stand_in.agent()
    async with working(services) as worker:
        assert not services.integrations.page(ada).wfm_ready
        await worker.once()
        page = services.integrations.page(ada)
        assert page.wfm_ready
        page = services.integrations.set_draft(ada, Access(wfm=True), page.version)
        services.integrations.send_access(ada, page.version, page.consequences)
        services.signin.start(dana, Provider.WFM, None)
        await worker.once()
        assert services.integrations.page(dana).connection is not None

        starts_at = services.coaching.search(ada, DANA, agent.email).starts_at
        assert SHIFT[0] in starts_at
        code = services.coaching.propose(ada, DANA, agent.email, SHIFT[0]).code
        clock.advance(minutes=10)  # facts this old do not do for booking
        assert services.coaching.approve(ada, code).state is SessionState.APPROVING
        await worker.once()
        clock.advance(seconds=2)  # the approval is looked at again
        await worker.once()
        session = services.coaching.session(ada, code)
        assert session.state is SessionState.SCHEDULED
        assert [event.delivery for event in session.events] == [Delivery.DELIVERED, Delivery.DELIVERED]
        assert {meeting.starts for meeting in stand_in.meetings()} == {SHIFT[0]}
        assert len(stand_in.meetings()) == 2

        services.coaching.cancel(ada, code)
        await worker.once()
        assert stand_in.meetings() == []


async def test_a_coach_on_outlook_and_an_agent_on_the_wfm(
    services: Services, organisation: Actor, stand_in: StandIn, clock: ManualClock
) -> None:
    ada, dana, agent = organisation, services.people.actor_for(DANA, Surface.APP), stand_in.agent()
    async with working(services) as worker:
        await worker.once()
        page = services.integrations.page(ada)
        page = services.integrations.set_draft(ada, Access(wfm=True, external=External.OUTLOOK), page.version)
        services.integrations.send_access(ada, page.version, page.consequences)
        attempt_id = services.signin.start(dana, Provider.OUTLOOK, None).attempt_id
        await worker.once()
        link = services.signin.attempt(dana, attempt_id).link
        assert link is not None
        services.signin.answer(dana, attempt_id, await asyncio.to_thread(sign_in, stand_in, link))
        await worker.once()
        assert services.signin.attempt(dana, attempt_id).account == DANA
        services.integrations.confirm(dana, attempt_id)
        week = Week("America/Chicago", days=((Hours(8 * 60, 18 * 60),),) * 5 + ((), ()))
        services.availability.save(dana, week, 0)
        stand_in.pull("clear_events", DANA)
        await worker.once()

        code = services.coaching.propose(ada, DANA, agent.email, SHIFT[0]).code
        clock.advance(hours=2)  # the access token has expired meanwhile, and the facts are old
        services.coaching.approve(ada, code)
        await worker.once()
        clock.advance(seconds=2)
        await worker.once()
        assert services.coaching.session(ada, code).state is SessionState.SCHEDULED
        (event,), (meeting,) = stand_in.events(), stand_in.meetings()
        assert event.subject == f"Coaching session: {agent.name}"
        assert (event.starts, meeting.starts) == (SHIFT[0], SHIFT[0])

        on_top = {"person": DANA, "subject": "All hands", "start": _z(SHIFT[0]), "end": _z(SHIFT[0])[:14] + "15:00Z"}
        stand_in.pull("add_event", on_top)
        clock.advance(minutes=17)
        await worker.once()
        session = services.coaching.session(ada, code)
        assert session.attention is Attention.CALENDAR_CHANGED
        assert session.attention_details == "Dana Reyes is busy in Outlook then."
        assert session.best_at is not None
        (foreign,) = [one for one in stand_in.world.outlook.of(DANA).values() if not one.by_app]
        stand_in.world.outlook.drop(DANA, foreign.id)
        clock.advance(minutes=17)
        await worker.once()
        assert services.coaching.session(ada, code).attention is None

        stand_in.world.outlook.drop(DANA, event.id)
        clock.advance(minutes=17)
        await worker.once()
        session = services.coaching.session(ada, code)
        assert session.attention_details == "The event was deleted in the coach's Outlook calendar."
        assert session.best_at not in (None, SHIFT[0])
        assert services.coaching.search_again(ada, code).best_at == session.best_at


async def test_an_approval_that_nobody_gives_expires(
    services: Services, organisation: Actor, stand_in: StandIn, clock: ManualClock
) -> None:
    async with working(services) as worker:
        page = services.integrations.page(organisation)
        await worker.once()
        page = services.integrations.set_draft(organisation, Access(wfm=True), page.version)
        services.integrations.send_access(organisation, page.version, page.consequences)
        await worker.once()
        starts_at = services.coaching.search(organisation, DANA, stand_in.agent().email).starts_at
        code = services.coaching.propose(organisation, DANA, stand_in.agent().email, starts_at[0]).code
        clock.advance(days=6)
        await worker.once()
        assert services.coaching.session(organisation, code).state is SessionState.EXPIRED


async def test_the_embedded_worker_answers_and_stops(services: Services, organisation: Actor) -> None:
    embedded = Embedded(services)
    embedded.start()
    try:
        async with asyncio.timeout(20):
            while not services.integrations.page(organisation).wfm_ready:
                await asyncio.to_thread(lambda: None)
    finally:
        embedded.stop()
    embedded.stop()
    services.integrations.set_wfm_service(
        organisation, "https://nowhere.example/api", "other", Vault.load(services.config.keys)
    )
    assert not services.integrations.page(organisation).wfm_ready


async def test_an_embedded_worker_that_dies_is_noticed_and_the_log_says_why(
    services: Services, organisation: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    may_die = threading.Event()

    async def dies(self: Worker, stop: asyncio.Event) -> None:
        await asyncio.to_thread(may_die.wait)
        raise RuntimeError("boom")

    monkeypatch.setattr(Worker, "run", dies)
    me = services.people.me(organisation)
    opened = with_worker(Opened(services, organisation, me, dict, lambda: None))
    assert not opened.worker_died()
    may_die.set()
    async with asyncio.timeout(20):
        while not opened.worker_died():
            await asyncio.to_thread(lambda: None)
    assert any(record.exc_info and "boom" in str(record.exc_info[1]) for record in caplog.records)
    opened.close()


def test_an_embedded_worker_that_was_asked_to_end_has_not_died(services: Services, organisation: Actor) -> None:
    opened = with_worker(Opened(services, organisation, services.people.me(organisation), dict, lambda: None))
    opened.close()
    assert not opened.worker_died()


def _z(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


async def test_what_providers_were_asked_is_stored_at_the_end_as_the_organisations(
    services: Services, organisation: Actor, stand_in: StandIn
) -> None:
    def asked() -> dict[tuple[int, Provider], int]:
        with services.database.read(organisation) as tx:
            rows = tx.db.exec(select(ProviderCalls)).all()
            return {(row.tenant_id, row.provider): row.calls for row in rows}

    worker, stop = Worker(services), asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    while not services.integrations.page(organisation).wfm_ready:
        await asyncio.to_thread(threading.Event().wait, 0.05)
    stop.set()
    await running
    assert organisation.tenant_id is not None
    assert asked() == {(organisation.tenant_id, Provider.WFM): len(stand_in.world.requests)}


async def test_a_lost_key_stops_the_wfm_and_connections_and_no_worker_until_it_is_back(
    services: Services, organisation: Actor, stand_in: StandIn, clock: ManualClock
) -> None:
    ada, dana, keys = organisation, services.people.actor_for(DANA, Surface.APP), services.config.keys
    async with working(services) as worker:
        await worker.once()
        page = services.integrations.page(ada)
        page = services.integrations.set_draft(ada, Access(wfm=True, external=External.OUTLOOK), page.version)
        services.integrations.send_access(ada, page.version, page.consequences)
        attempt_id = services.signin.start(dana, Provider.OUTLOOK, None).attempt_id
        await worker.once()
        link = services.signin.attempt(dana, attempt_id).link
        assert link is not None
        services.signin.answer(dana, attempt_id, await asyncio.to_thread(sign_in, stand_in, link))
        await worker.once()
        services.integrations.confirm(dana, attempt_id)
        await worker.once()
    kept = keys.read_text()
    keys.unlink()
    Vault.create(keys)
    clock.advance(hours=1)
    async with working(services) as worker:
        await worker.once()
        page = services.integrations.page(ada)
        assert not page.wfm_ready
        connection = services.integrations.page(dana).connection
        assert connection is not None
        assert (connection.state, connection.error_code) == (ConnectionState.NEEDS_RECONNECTING, "key_lost")
        [agents] = {row.error_code for row in wfm_connections(services)}
        assert agents == "wfm_key_lost"
        assert {row.state for row in wfm_connections(services)} == {ConnectionState.DEGRADED}
    keys.write_text(kept)
    clock.advance(hours=2)  # whatever waits is due
    stop = asyncio.Event()
    worker = Worker(services)
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(30):
        while not (services.integrations.page(ada).wfm_ready and _ready(services, dana)):
            await asyncio.to_thread(threading.Event().wait, 0.05)
    stop.set()
    await running


def _ready(services: Services, dana: Actor) -> bool:
    connection = services.integrations.page(dana).connection
    return connection is not None and connection.state is ConnectionState.READY


def wfm_connections(services: Services) -> list[Connection]:
    with services.database.read(operator()) as tx:
        return list(tx.db.exec(select(Connection).where(Connection.provider == Provider.WFM)).all())

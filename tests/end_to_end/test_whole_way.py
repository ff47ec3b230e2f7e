"""The whole way, on both databases, over real HTTP: send access, connect, set availability, find, book, see, cancel."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services, build
from pmtui.backend.config import Config
from pmtui.backend.errors import Conflict
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.vault import Vault
from pmtui.backend.slots.values import Hours, Week
from pmtui.backend.states import AttemptState, Banner, Delivery, External, Permission, Provider, SessionState, TeamRole
from pmtui.demo.clicker import sign_in
from pmtui.sandbox.server import serve
from pmtui.sandbox.world import World as Sandbox
from pmtui.worker.run import Worker
from tests.clock import ManualClock

COACH, WFM_COACH, ADMIN = "dana@acme.example", "marcus@acme.example", "ada@acme.example"


class Whole:
    """The product with everything real but the providers, and the worker run by hand."""

    def __init__(self, services: Services, sandbox_url: str, agent: str) -> None:
        self.services = services
        self.sandbox_url = sandbox_url
        self.agent = agent

    def work(self) -> None:
        """Let the worker do all that is due."""

        async def once() -> None:
            await Worker(self.services).once()

        asyncio.run(once())

    def actor(self, email: str) -> Actor:
        return self.services.people.actor_for(email, Surface.APP)

    def state(self, email: str) -> dict[str, Any]:
        answer: dict[str, Any] = httpx2.get(f"{self.sandbox_url}/__state", params={"person": email}).json()
        return answer

    def outlook(self, email: str) -> list[dict[str, Any]]:
        """What the app wrote into an Outlook calendar."""
        return [event for event in self.state(email)["accounts"][email]["events"] if event["written_by_app"]]

    def google(self, email: str) -> list[dict[str, Any]]:
        """What the app wrote into a Google calendar and is there."""
        answer = httpx2.get(f"{self.sandbox_url}/__state", params={"person": email, "written": "1"}).json()
        events: list[dict[str, Any]] = answer["google"][email]["events"]
        return [event for event in events if event["status"] != "cancelled"]

    def wfm(self, email: str) -> list[dict[str, Any]]:
        """The meetings in a WFM schedule."""
        meetings: list[dict[str, Any]] = self.state(email)["wfm"][email]["meetings"]
        return meetings

    def send(self, wfm: bool, external: External) -> None:
        ada = self.actor(ADMIN)
        page = self.services.integrations.page(ada)
        page = self.services.integrations.set_draft(ada, Access(wfm, external), page.version)
        self.services.integrations.send_access(ada, page.version, page.consequences)

    def connect_external(self, email: str, provider: Provider = Provider.OUTLOOK) -> None:
        coach = self.actor(email)
        attempt = self.services.signin.start(coach, provider, None)
        self.work()
        attempt = self.services.signin.attempt(coach, attempt.attempt_id)
        assert attempt.link is not None
        self.services.signin.answer(coach, attempt.attempt_id, sign_in(attempt.link, email))
        self.work()
        attempt = self.services.signin.attempt(coach, attempt.attempt_id)
        assert (attempt.state, attempt.account) == (AttemptState.CONFIRMING, email)
        self.services.integrations.confirm(coach, attempt.attempt_id)
        self.work()


@pytest.fixture
def whole(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[Whole]:
    keys = tmp_path / "keys"
    Vault.create(keys)
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    google_secret = tmp_path / "google-secret"
    google_secret.touch(mode=0o600)
    with serve(Sandbox(clock.now)) as running:
        told = httpx2.get(f"{running.base_url}/__settings").json()
        secret.write_text(told["microsoft"]["client_secret"])
        google = told["google"]
        google_secret.write_text(google["desktop_client_secret"])
        config = Config(
            database_url=database_url,
            key_file=keys,
            microsoft_authority=told["microsoft"]["authority"],
            graph_url=told["graph"]["url"].rstrip("/"),
            microsoft_client_id=told["microsoft"]["client_id"],
            microsoft_client_secret_file=secret,
            google_authorize_url=google["authorize_url"],
            google_token_url=google["token_url"],
            google_revoke_url=google["revoke_url"],
            google_keys_url=google["keys_url"],
            google_issuer=google["issuer"],
            google_calendar_url=google["calendar_url"],
            google_client_id=google["desktop_client_id"],
            google_client_secret_file=google_secret,
            insecure_endpoints=True,
        )
        services = build(config, clock)
        tenant = services.people.create_tenant(
            operator(), "acme", "Acme", "America/Chicago", administrator=(ADMIN, "Ada Okafor")
        )
        local = operator(tenant)
        people = {person["email"]: person for person in httpx2.get(f"{running.base_url}/__people").json()}
        agent = next(email for email, person in people.items() if person["role"] == "agent")
        for email in (COACH, WFM_COACH, agent):
            person = people[email]
            coach = person["role"] == "coach"
            services.people.add(
                local,
                email,
                person["name"],
                timezone=person["timezone"],
                team=person["team"],
                role=TeamRole.COACH if coach else TeamRole.AGENT,
                permissions=(Permission.VIEW, Permission.COACH) if coach else (),
            )
        wfm = told["wfm"]
        services.integrations.set_wfm_service(
            local,
            wfm["url"],
            wfm["token"],
            Vault.load(keys),
            business_unit_id=wfm["business_unit_id"],
            scenario_id=wfm["scenario_id"],
            coaching_activity_id=wfm["coaching_activity_id"],
        )
        whole = Whole(services, running.base_url, agent)
        whole.work()
        yield whole
        services.database.close()


def week() -> Week:
    """Mon-Thu 9-12, 13-17, Fri 9-12:30, in Chicago."""
    long, short = (Hours(540, 720), Hours(780, 1020)), (Hours(540, 750),)
    return Week("America/Chicago", (long,) * 4 + (short, (), ()))


def test_outlook_coach_and_wfm_agent(whole: Whole) -> None:
    services = whole.services
    dana, ada = whole.actor(COACH), whole.actor(ADMIN)
    assert services.integrations.banner(dana) is None

    whole.send(wfm=True, external=External.OUTLOOK)
    whole.work()
    banner = services.integrations.banner(dana)
    assert banner is not None
    assert banner.banner is Banner.CONNECT

    whole.connect_external(COACH)
    banner = services.integrations.banner(dana)
    assert banner is not None
    assert banner.banner is Banner.SET_AVAILABILITY
    services.availability.save(dana, week(), 0)
    assert services.integrations.banner(dana) is None

    found = services.coaching.search(ada, COACH, whole.agent)
    assert found.starts_at
    session = services.coaching.propose(ada, COACH, whole.agent, found.starts_at[0])
    assert session.state is SessionState.HELD
    session = services.coaching.approve(ada, session.code)
    whole.work()
    session = services.coaching.session(ada, session.code)
    assert session.state is SessionState.SCHEDULED
    assert {event.delivery for event in session.events} == {Delivery.DELIVERED}
    assert len(session.events) == 2
    (written,) = whole.outlook(COACH)
    assert written["subject"].startswith("Coaching session")
    (meeting,) = whole.wfm(whole.agent)
    assert meeting["Title"] == "Coaching session"

    start = services.coaching.search_again(dana, session.code).starts_at[-1]
    assert services.coaching.reschedule(dana, session.code, start).starts_at == start
    whole.work()
    (moved,), (meeting,) = whole.outlook(COACH), whole.wfm(whole.agent)
    assert moved["id"] == written["id"]
    assert moved["start"] == meeting["start"] == f"{start:%Y-%m-%dT%H:%M:%SZ}"

    services.coaching.cancel(ada, session.code)
    whole.work()
    assert whole.outlook(COACH) == []
    assert whole.wfm(whole.agent) == []

    services.integrations.disconnect(dana)
    page = services.integrations.page(dana)
    assert page.connection is None
    assert page.week == week()


def test_google_coach_and_wfm_agent(whole: Whole) -> None:
    services = whole.services
    dana, ada = whole.actor(COACH), whole.actor(ADMIN)
    whole.send(wfm=True, external=External.GOOGLE)
    whole.work()
    page = services.integrations.page(dana)
    assert (page.google_ready, page.banner and page.banner.banner) == (True, Banner.CONNECT)
    whole.connect_external(COACH, Provider.GOOGLE)
    services.availability.save(dana, week(), 0)
    found = services.coaching.search(ada, COACH, whole.agent)
    session = services.coaching.propose(ada, COACH, whole.agent, found.starts_at[0])
    services.coaching.approve(ada, session.code)
    whole.work()
    session = services.coaching.session(ada, session.code)
    assert session.state is SessionState.SCHEDULED
    assert {event.delivery for event in session.events} == {Delivery.DELIVERED}
    (written,) = whole.google(COACH)
    assert written["id"].startswith("pm")
    assert len(whole.wfm(whole.agent)) == 1

    start = services.coaching.search_again(dana, session.code).starts_at[-1]
    services.coaching.reschedule(dana, session.code, start)
    whole.work()
    (moved,), (meeting,) = whole.google(COACH), whole.wfm(whole.agent)
    assert moved["id"] == written["id"]
    assert meeting["start"] == f"{start:%Y-%m-%dT%H:%M:%SZ}"

    services.coaching.cancel(ada, session.code)
    whole.work()
    assert (whole.google(COACH), whole.wfm(whole.agent)) == ([], [])

    whole.send(wfm=True, external=External.NONE)  # ends it, and at Google too
    whole.work()
    assert services.integrations.page(dana).connection is None
    assert whole.state(COACH)["requests"]["counts"]["POST /google/revoke"] == 1
    whole.send(wfm=True, external=External.GOOGLE)
    whole.connect_external(COACH, Provider.GOOGLE)


def test_wfm_coach(whole: Whole) -> None:
    services = whole.services
    whole.send(wfm=True, external=External.NONE)
    marcus, ada = whole.actor(WFM_COACH), whole.actor(ADMIN)
    services.signin.start(marcus, Provider.WFM, None)
    whole.work()
    connection = services.integrations.page(marcus).connection
    assert connection is not None
    assert connection.provider is Provider.WFM
    found = services.coaching.search(ada, WFM_COACH, whole.agent)
    session = services.coaching.propose(ada, WFM_COACH, whole.agent, found.starts_at[-1])
    services.coaching.approve(ada, session.code)
    whole.work()
    assert services.coaching.session(ada, session.code).state is SessionState.SCHEDULED
    assert len(whole.wfm(WFM_COACH)) == 1
    assert len(whole.wfm(whole.agent)) == 1


def test_access_removed_ends_everything_at_once(whole: Whole) -> None:
    services = whole.services
    whole.send(wfm=True, external=External.OUTLOOK)
    whole.work()
    whole.connect_external(COACH)
    whole.send(wfm=False, external=External.NONE)
    page = services.integrations.page(whole.actor(COACH))
    assert page.connection is None
    assert page.ended is not None
    with pytest.raises(Conflict):
        services.integrations.send_access(whole.actor(ADMIN), 0, page.consequences)

"""The hosted redirect page: what a browser gets to see, and what is written of what it brought."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from sqlmodel import select

from pmtui.backend.build import Services, build
from pmtui.backend.config import Config
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin import attempts
from pmtui.backend.signin.machine import Event
from pmtui.backend.states import AttemptState, External, Provider, Topic, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import Work
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


async def test_an_answer_is_written_like_a_pasted_one_and_noted_for_the_worker(browser: Browser) -> None:
    attempt_id = browser.begin()
    before = browser.world.number(Topic.INTEGRATIONS)
    answer = await browser.open(code=CODE, state=STATE)
    assert browser.world.number(Topic.INTEGRATIONS) == before + 1  # open screens look again
    assert (answer.status_code, "Go back to your terminal" in words(answer)) == (200, True)
    row = browser.row(attempt_id)
    assert (row.state, row.code, row.link) == (AttemptState.EXCHANGING, CODE, None)
    with browser.world.database.read(browser.world.operator) as tx:
        work = tx.db.exec(select(Work).where(Work.kind == WorkKind.ATTEMPT, Work.subject == attempt_id)).one()
        assert work.due_at <= tx.now


@pytest.mark.parametrize(
    ("query", "state", "said"),
    [
        ({"error": "access_denied", "error_subcode": "cancel"}, AttemptState.CANCELLED, "left on Microsoft's page"),
        (
            {"error": "consent_required", "error_description": "AADSTS90094: x"},
            AttemptState.NEEDS_APPROVAL,
            "administrator has to approve first (Microsoft says 90094)",
        ),
        (
            {"error": "access_denied", "error_description": "AADSTS53003: x"},
            AttemptState.FAILED,
            "sign-in rules did not let you in from here (Microsoft says 53003)",
        ),
        (
            {"error": "access_denied", "error_description": "AADSTS7000112: x"},
            AttemptState.FAILED,
            "has blocked",
        ),
        ({"code": CODE, "iss": "https://elsewhere.example"}, AttemptState.REJECTED, "does not come from Microsoft"),
    ],
)
async def test_each_refusal_has_its_own_page(
    browser: Browser, query: dict[str, str], state: AttemptState, said: str
) -> None:
    attempt_id = browser.begin()
    answer = await browser.open(**query, state=STATE)
    assert answer.status_code == 200
    assert said in words(answer)
    assert browser.row(attempt_id).state is state
    again = await browser.open(code=CODE, state=STATE)
    assert again.status_code == 410
    assert "This sign-in is over." in words(again)


async def test_a_page_loaded_twice_says_that_the_answer_is_in(browser: Browser) -> None:
    attempt_id = browser.begin()
    await browser.open(code=CODE, state=STATE)
    again = await browser.open(code="another", state=STATE)
    assert (again.status_code, "answered already" in words(again)) == (409, True)
    assert browser.row(attempt_id).code == CODE


async def test_an_answer_after_the_time_says_so(browser: Browser, clock: ManualClock) -> None:
    attempt_id = browser.begin()
    clock.advance(minutes=10)
    answer = await browser.open(code=CODE, state=STATE)
    assert (answer.status_code, "came too late" in words(answer)) == (410, True)
    assert browser.row(attempt_id).code is None


async def test_a_replaced_sign_in_points_to_the_newer_one(browser: Browser) -> None:
    browser.begin()
    newer = browser.begin(state="newer")
    answer = await browser.open(code=CODE, state=STATE)
    assert (answer.status_code, "A newer sign-in was started." in words(answer)) == (410, True)
    assert (await browser.open(code=CODE, state="newer")).status_code == 200
    assert browser.row(newer).state is AttemptState.EXCHANGING


async def test_somebody_shut_out_meanwhile_is_shown_an_end(browser: Browser) -> None:
    attempt_id = browser.begin()
    browser.services.people.disable(browser.world.operator, browser.world.email("dana"))
    answer = await browser.open(code=CODE, state=STATE)
    assert (answer.status_code, "over" in words(answer)) == (410, True)
    assert browser.row(attempt_id).code is None


async def test_what_is_no_sign_in_of_this_page_looks_the_same_whatever_there_is(
    browser: Browser, database: Database, clock: ManualClock
) -> None:
    """Another provider's path, a sign-in answered elsewhere, nothing at all: one page, and nothing written."""
    attempt_id = browser.begin()
    other = World(database, clock, subdomain="other")
    other.coach("dana")
    elsewhere = other.attempt("dana", Provider.OUTLOOK, AttemptState.AWAITING)
    with database.write(other.operator) as tx:
        attempts.load(tx, elsewhere).state_digest = attempts.digest("pasted")
    unknown = [
        await browser.open("/callback/google", code=CODE, state=STATE),
        await browser.open("/callback/google", code=CODE, state="never"),
        await browser.open(code=CODE, state="pasted"),
        await browser.open(code=CODE, state="never"),
    ]
    assert {answer.status_code for answer in unknown} == {404}
    assert len({answer.text for answer in unknown}) == 1
    assert browser.row(attempt_id).state is AttemptState.AWAITING
    with database.read(other.operator) as tx:
        assert attempts.load(tx, elsewhere, lock=False).state is AttemptState.AWAITING


async def test_the_sign_in_of_another_organisation_is_found_and_only_that_one(
    browser: Browser, database: Database, clock: ManualClock
) -> None:
    other = World(database, clock, subdomain="other")
    other.coach("dana")
    other.allow(external=External.GOOGLE)
    ours = browser.begin()
    started = browser.services.signin.start(other.actor("dana"), Provider.GOOGLE)
    with database.write(other.operator) as tx:
        row = attempts.load(tx, started.attempt_id)
        row.state_digest = attempts.digest("theirs")
        attempts.move(tx, row, Event.LINK_MADE)
    answer = await browser.open("/callback/google", code=CODE, state="theirs")
    assert answer.status_code == 200
    with database.read(other.operator) as tx:
        assert attempts.load(tx, started.attempt_id, lock=False).state is AttemptState.EXCHANGING
    assert browser.row(ours).state is AttemptState.AWAITING


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "state=x",
        "code=a&code=b&state=c",
        "error=a&code=b&state=c",
        "code=%ff&state=x",
        "code_challenge=x",
    ],
)
async def test_what_is_no_answer_is_told_so(browser: Browser, query: str) -> None:
    answer = await browser.http.get(f"/callback/outlook?{query}")
    assert (answer.status_code, "nothing to see here" in words(answer)) == (400, True)


async def test_the_answer_to_the_consent_link_proves_nothing(browser: Browser) -> None:
    attempt_id = browser.begin()
    given = await browser.open(admin_consent="True", tenant="11111111-2222", scope="x y", state=STATE)
    assert given.status_code == 200
    assert "approved for your organisation. That proves nothing yet" in words(given)
    assert "11111111" not in given.text
    for refused in (
        {"error": "consent_required", "error_description": "AADSTS65004", "admin_consent": "True", "state": "y"},
        {"error": "permission_denied", "error_description": "The admin canceled the request", "state": "y"},
    ):
        answer = await browser.open(**refused)
        assert (answer.status_code, "did not approve the app" in words(answer)) == (200, True)
    assert (await browser.open("/callback/google", admin_consent="True")).status_code == 400
    assert browser.row(attempt_id).state is AttemptState.AWAITING


@pytest.mark.parametrize("path", ["/callback/outlook?code=a&state=b", "/callback/outlook", "/health", "/else", "/"])
async def test_every_page_is_kept_by_nobody_and_runs_nothing(browser: Browser, path: str) -> None:
    answer = await browser.http.get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "<script" not in answer.text


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_get_is_answered(browser: Browser, method: str) -> None:
    attempt_id = browser.begin()
    answer = await browser.http.request(method, f"/callback/outlook?code={CODE}&state={STATE}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert browser.row(attempt_id).state is AttemptState.AWAITING


async def test_an_endless_address_is_refused(browser: Browser) -> None:
    assert (await browser.open(code="c" * 16_385, state=STATE)).status_code == 414


async def test_nothing_of_an_answer_shows_on_a_page(browser: Browser) -> None:
    browser.begin()
    for query in (
        {"code": CODE, "state": "<script>canary</script>"},
        {"error": "<b>canary</b>", "error_description": "canary", "state": STATE},
    ):
        assert "canary" not in (await browser.open(**query)).text


async def test_while_the_database_is_away_the_same_address_may_be_loaded_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt_id = browser.begin()

    def away(*_: Any) -> None:
        raise Unavailable("database_unreachable", "The database can't be used.", "Ask.", whose=Whose.OPERATOR)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "_session", away)
        answer = await browser.open(code=CODE, state=STATE)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "load this page again" in words(answer)
        assert (await browser.http.get("/health")).status_code == 503
    assert (await browser.http.get("/health")).json() == {"status": "ok"}
    assert (await browser.open(code=CODE, state=STATE)).status_code == 200
    assert browser.row(attempt_id).state is AttemptState.EXCHANGING


async def test_what_nobody_expected_shows_a_page_and_no_detail(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(Database, "_session", broken)
    answer = await browser.open(code=CODE, state=STATE)
    assert answer.status_code == 500
    assert "canary" not in answer.text


async def test_many_browsers_at_once_bring_one_answer_each(browser: Browser) -> None:
    """Twenty loads of two people's addresses: each sign-in takes one, the others are told it has."""
    mine, theirs = browser.begin(), browser.begin(state="theirs", who="marcus")
    loads = [browser.open(code=f"c{n}", state=(STATE, "theirs")[n % 2]) for n in range(20)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*loads))
    assert statuses == [200] * 2 + [409] * 18
    assert {browser.row(mine).state, browser.row(theirs).state} == {AttemptState.EXCHANGING}


async def test_the_audit_says_through_what_a_sign_in_ended(browser: Browser) -> None:
    browser.begin()
    await browser.open(error="access_denied", error_subcode="cancel", state=STATE)
    ended = browser.world.rows(AuditEntry)[-1]
    assert (ended.surface.value, ended.details["code"]) == ("callback", "declined")


async def test_a_path_before_the_pages_is_kept(database: Database, clock: ManualClock) -> None:
    config = Config(database_url=database.url, callback_url=f"{BASE}/calendars/")
    services = build(config, clock)
    transport = httpx2.ASGITransport(create_app(services))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        assert (await http.get("/calendars/callback/google?code=a&state=b")).status_code == 404
        assert "no such sign-in" in words(await http.get("/calendars/callback/google?code=a&state=b"))
        assert "nothing here" in words(await http.get("/callback/google?code=a&state=b"))
    services.database.close()

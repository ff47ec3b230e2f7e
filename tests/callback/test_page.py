"""The hosted redirect page as a page: what it answers to, what it never shows, and how it fails."""

from typing import Any

import httpx2
import pytest

from pmtui.backend.build import build
from pmtui.backend.config import Config
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.states import AttemptState
from pmtui.backend.storage.database import Database
from pmtui.callback import create_app
from tests.callback.conftest import BASE, CODE, STATE, Browser, words
from tests.clock import ManualClock


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


async def test_a_path_before_the_pages_is_kept(database: Database, clock: ManualClock) -> None:
    config = Config(database_url=database.url, callback_url=f"{BASE}/calendars/")
    services = build(config, clock)
    transport = httpx2.ASGITransport(create_app(services))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        assert (await http.get("/calendars/callback/google?code=a&state=b")).status_code == 404
        assert "no such sign-in" in words(await http.get("/calendars/callback/google?code=a&state=b"))
        assert "nothing here" in words(await http.get("/callback/google?code=a&state=b"))
    services.database.close()

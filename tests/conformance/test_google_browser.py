"""The sandbox's Google pages in a real browser: Debian's chromium, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from pmtui.sandbox.google_grants import APP_NAME
from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.world import World
from tests.sandbox import google_browser

pytestmark = pytest.mark.shows(
    "A real browser",
    "The sandbox's Google pages: agree, untick, decline, errors that stay on the page",
    by="chromium, playwright",
)
START = datetime(2027, 3, 10, 15, 30, tzinfo=UTC)
DANA = "dana@acme.example"


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A fresh sandbox."""
    with serve(World(lambda: START)) as running:
        yield running


@pytest.fixture
def page(sandbox: Running) -> Iterator[Page]:
    """An empty page; nobody listens at the app's address, so the browser is answered for it."""

    def arrived(route: Route) -> None:
        route.fulfill(body="<h1>You can close this page</h1>", content_type="text/html")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(base_url=sandbox.base_url)
        page.route(f"{google_browser.REDIRECT}**", arrived)
        yield page
        browser.close()


def open_link(page: Page, sandbox: Running, **changes: str) -> None:
    """Open the link an app makes and pick Dana's account."""
    with httpx2.Client(base_url=sandbox.base_url) as http:
        link = str(google_browser.authorize(http, **changes).request.url)
    page.goto(link)
    expect(page).to_have_title("Choose an account")
    page.get_by_role("button", name=DANA).click()


def told(page: Page) -> dict[str, str]:
    """What the address says at which the browser arrived."""
    expect(page.get_by_role("heading")).to_have_text("You can close this page")
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_a_person_agrees_in_the_browser_and_the_code_is_good(page: Page, sandbox: Running) -> None:
    open_link(page, sandbox)
    expect(page.get_by_role("heading")).to_have_text(f"Sign in to {APP_NAME}")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading")).to_have_text(f"{APP_NAME} wants access to your Google Account")
    expect(page.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    answer = told(page)
    assert answer["state"] == "the-state"
    with httpx2.Client(base_url=sandbox.base_url) as http:
        assert google_browser.redeem(http, answer["code"]).json()["refresh_token"]


def test_a_person_takes_the_tick_away(page: Page, sandbox: Running) -> None:
    open_link(page, sandbox)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("checkbox", name="events on Google calendars you own").uncheck()
    page.get_by_role("button", name="Continue").click()
    assert set(told(page)["scope"].split()) == {"openid", google_browser.EMAIL}


def test_a_person_refuses(page: Page, sandbox: Running) -> None:
    open_link(page, sandbox)
    page.get_by_role("button", name="Cancel").click()
    assert told(page)["error"] == "access_denied"


def test_where_the_administrator_refuses_the_browser_goes_nowhere(page: Page, sandbox: Running) -> None:
    sandbox.world.google.sign_ins.refusal = "admin_policy_enforced"
    open_link(page, sandbox)
    expect(page.get_by_role("heading")).to_have_text("Access blocked: Authorization Error")
    expect(page.get_by_text("admin_policy_enforced")).to_be_visible()
    assert page.url.startswith(sandbox.base_url)

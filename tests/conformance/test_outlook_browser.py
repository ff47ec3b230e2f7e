"""Connecting Outlook in a real browser: chromium clicks, the loopback listener catches, the worker verifies."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pmtui.demo.organisation import NEW_COACH
from tests.conformance.multiplexer import Multiplexer, link_alone, multiplexer

pytestmark = pytest.mark.shows(
    "A real browser",
    "Connecting Outlook on a local terminal: link, pages, loopback listener, account confirmed; and declined",
    by="chromium, playwright, tmux",
)
ROOT = Path(__file__).parent.parent.parent
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty page of a browser without a window."""
    assert shutil.which("chromium"), "the Debian package chromium is missing (see .ci/apt.txt)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking", "--no-first-run"]
        )
        yield browser.new_page()
        browser.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Multiplexer]:
    """Dana's Integrations page in the demo, Outlook sent, wide enough for a link in one line."""
    with multiplexer(f"cd {ROOT} && .venv/bin/pmtui demo", tmp_path, columns=120, rows=40) as mux:
        mux.until("leave the demo")
        mux.keys("3", "Enter")
        mux.until("Send Access")
        mux.keys("o", "S")
        mux.until("Access was sent")
        mux.keys("C-q")
        mux.until("leave the demo", gone="Send Access")
        mux.keys("1", "Enter")
        mux.until("Connect Now")
        mux.keys("c", "Down", "Enter")
        mux.until("[ Connect Outlook Calendar ]   [ Cancel ]")
        mux.keys("Enter")
        mux.until("Open this link")
        yield mux


def test_a_person_picks_the_account_and_the_terminal_notices(page: Page, app: Multiplexer) -> None:
    link = link_alone(app)
    page.goto(link)
    expect(page.get_by_role("heading")).to_have_text("Pick an account")
    page.get_by_role("button", name=NEW_COACH).click()
    expect(page.get_by_role("heading")).to_have_text("Permissions requested")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("body")).to_contain_text("You can close this window")
    app.until("Is this your calendar?", NEW_COACH)
    app.keys("Enter")
    app.until("[ Connected to Outlook Calendar ]")


def test_a_person_says_no_in_the_browser(page: Page, app: Multiplexer) -> None:
    link = link_alone(app)
    page.goto(link)
    page.get_by_role("button", name="Back").click()
    screen = app.until("Try again")
    assert "Connected to" not in screen

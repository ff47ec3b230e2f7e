"""The demo's sign-in clicker against the sandbox's pages."""

import base64
import hashlib
import socket
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from pmtui.backend.errors import Unavailable
from pmtui.demo.clicker import click_through, sign_in
from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.world import World
from tests.clock import START

DANA = "dana@acme.example"


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with serve(World(lambda: START)) as running:
        yield running


def link(sandbox: Running, port: int = 8753) -> str:
    """A sign-in link as the worker makes it."""
    microsoft = httpx2.get(f"{sandbox.base_url}/__settings").json()["microsoft"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 50).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": microsoft["client_id"],
        "response_type": "code",
        "redirect_uri": f"http://localhost:{port}/callback/outlook",
        "scope": "openid profile offline_access User.Read Calendars.ReadWrite MailboxSettings.Read",
        "state": "the-state",
        "nonce": "n",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    return f"{microsoft['authority']}/organizations/oauth2/v2.0/authorize?{urlencode(asked)}"


def test_it_picks_the_account_agrees_and_ends_where_the_browser_would(sandbox: Running) -> None:
    address = urlsplit(sign_in(link(sandbox), DANA))
    assert (address.hostname, address.port, address.path) == ("localhost", 8753, "/callback/outlook")
    answer = parse_qs(address.query)
    assert answer["state"] == ["the-state"]
    assert answer["code"]


def test_where_nothing_listens_it_gives_the_address_to_paste(sandbox: Running) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        address = click_through(link(sandbox, taken.getsockname()[1]), DANA)
    assert address is not None
    assert "code=" in address


def test_a_page_that_wants_a_person_is_left_to_one(sandbox: Running) -> None:
    httpx2.post(f"{sandbox.base_url}/__world", json={"approval": "required"}).raise_for_status()
    with pytest.raises(Unavailable, match="only a person"):
        sign_in(link(sandbox), DANA)


def test_on_googles_pages_it_leaves_every_box_ticked(sandbox: Running) -> None:
    google = httpx2.get(f"{sandbox.base_url}/__settings").json()["google"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 50).digest()).rstrip(b"=").decode()
    calendar = "https://www.googleapis.com/auth/calendar.events.owned"
    asked = {
        "client_id": google["desktop_client_id"],
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8753/callback/google",
        "scope": f"openid email {calendar}",
        "state": "the-state",
        "nonce": "n",
        "access_type": "offline",
        "prompt": "select_account consent",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = urlsplit(sign_in(f"{google['authorize_url']}?{urlencode(asked)}", DANA))
    assert (address.hostname, address.path) == ("127.0.0.1", "/callback/google")
    answer = parse_qs(address.query)
    assert answer["code"]
    assert calendar in answer["scope"][0]

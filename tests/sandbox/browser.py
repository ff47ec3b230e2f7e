"""What a person with a browser does, by filling forms; and the app's side of a sign-in, by hand."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from pmtui.sandbox.grants import CLIENT_ID

REDIRECT = "http://localhost:53127/callback/outlook"
SCOPES = "openid profile offline_access User.Read Calendars.ReadWrite MailboxSettings.Read"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-really"
TOKEN = "/microsoft/organizations/oauth2/v2.0/token"


@dataclass
class Page:
    """A page as a form filler sees it."""

    title: str
    action: str
    hidden: dict[str, str]
    buttons: list[tuple[str, str]]
    ticked: list[str]  # what its boxes named `scope` stand for, as long as nobody takes a tick away


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page("", "", {}, [], [])
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title"
        if tag == "form":
            self.page.action = given["action"]
        elif tag == "input" and given.get("type") == "checkbox":
            self.page.ticked += [given["value"]] if "checked" in given else []
        elif tag == "input" and given.get("type") == "hidden":
            self.page.hidden[given["name"]] = given["value"]
        elif tag == "button":
            self.page.buttons.append((given["name"], given["value"]))

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.page.title, self._in_title = data, False


def read(answer: httpx2.Response) -> Page:
    """The form on a page."""
    reader = _Reader()
    reader.feed(answer.text)
    return reader.page


def press(http: httpx2.Client, answer: httpx2.Response, name: str, value: str, **fields: str) -> httpx2.Response:
    """Press that button of the page, if it is there."""
    page = read(answer)
    assert (name, value) in page.buttons
    return http.post(page.action, data={**page.hidden, **fields, name: value})


def redirected(answer: httpx2.Response) -> dict[str, str]:
    """The query the browser is sent away with."""
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def authorize(http: httpx2.Client, **changes: str) -> httpx2.Response:
    """Open the link an app makes; a change to the empty string leaves the parameter out."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "the-state",
        "nonce": "the-nonce",
        "prompt": "select_account",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    } | changes
    asked = {name: value for name, value in asked.items() if value}
    return http.get("/microsoft/organizations/oauth2/v2.0/authorize", params=asked)


def code_for(http: httpx2.Client, email: str, **changes: str) -> str:
    """Click through to a code."""
    answer = press(http, authorize(http, **changes), "account", email)
    if answer.status_code == 200:
        answer = press(http, answer, "action", "accept")
    return redirected(answer)["code"]


def redeem(http: httpx2.Client, code: str, **changes: str) -> httpx2.Response:
    """The app's call with the code; a change to the empty string leaves the parameter out."""
    form = {
        "client_id": CLIENT_ID,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    } | changes
    return http.post(TOKEN, data={name: value for name, value in form.items() if value})


def refresh(http: httpx2.Client, token: str, **changes: str) -> httpx2.Response:
    """The app's call with a refresh token."""
    form = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": token} | changes
    return http.post(TOKEN, data=form)


def sign_in(http: httpx2.Client, email: str, **changes: str) -> dict[str, Any]:
    """The whole way to the tokens."""
    answer = redeem(http, code_for(http, email, **changes))
    assert answer.status_code == 200
    tokens: dict[str, Any] = answer.json()
    return tokens

"""What a person does on Google's pages, by filling forms; and the app's side of a sign-in, by hand."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx2

from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, DESKTOP_CLIENT_SECRET
from tests.sandbox import browser

REDIRECT = "http://127.0.0.1:53127/callback/google"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
OWNED = "https://www.googleapis.com/auth/calendar.events.owned"
READ_ONLY = "https://www.googleapis.com/auth/calendar.events.owned.readonly"
SCOPES = f"openid email {OWNED}"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-really"


def authorize(http: httpx2.Client, **changes: str) -> httpx2.Response:
    """Open the link an app makes; a change to the empty string leaves the parameter out."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "client_id": DESKTOP_CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "the-state",
        "nonce": "the-nonce",
        "access_type": "offline",
        "prompt": "select_account",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    } | changes
    return http.get("/google/o/oauth2/v2/auth", params={name: value for name, value in asked.items() if value})


def go_on(
    http: httpx2.Client, answer: httpx2.Response, action: str, *, without: tuple[str, ...] = ()
) -> httpx2.Response:
    """Press that button of a page, with the boxes as they are but for the ticks taken away."""
    page = browser.read(answer)
    assert ("action", action) in page.buttons
    assert set(without) <= set(page.ticked)
    scopes = [scope for scope in page.ticked if scope not in without]
    return http.post(page.action, data={**page.hidden, "scope": scopes, "action": action})


def agreed(
    http: httpx2.Client, accounts: httpx2.Response, email: str, *, without: tuple[str, ...] = ()
) -> httpx2.Response:
    """Pick the account and agree to all but some scopes; the redirect."""
    answer = browser.press(http, accounts, "account", email)
    if browser.read(answer).title.startswith("Sign in to"):
        answer = go_on(http, answer, "continue")
    return go_on(http, answer, "accept", without=without) if answer.status_code == 200 else answer


def answer_for(http: httpx2.Client, email: str, *, without: tuple[str, ...] = (), **changes: str) -> dict[str, str]:
    """Click through to what the redirect says."""
    return browser.redirected(agreed(http, authorize(http, **changes), email, without=without))


def redeem(http: httpx2.Client, code: str, **changes: str) -> httpx2.Response:
    """The app's call with the code; a change to the empty string leaves the parameter out."""
    form = {
        "client_id": DESKTOP_CLIENT_ID,
        "client_secret": DESKTOP_CLIENT_SECRET,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    } | changes
    return http.post("/google/token", data={name: value for name, value in form.items() if value})


def refresh(http: httpx2.Client, token: str, **changes: str) -> httpx2.Response:
    """The app's call with a refresh token."""
    form = {
        "client_id": DESKTOP_CLIENT_ID,
        "client_secret": DESKTOP_CLIENT_SECRET,
        "grant_type": "refresh_token",
        "refresh_token": token,
    } | changes
    return http.post("/google/token", data=form)


def sign_in(http: httpx2.Client, email: str, *, without: tuple[str, ...] = (), **changes: str) -> dict[str, Any]:
    """The whole way to the tokens."""
    answer = redeem(http, answer_for(http, email, without=without, **changes)["code"])
    assert answer.status_code == 200
    tokens: dict[str, Any] = answer.json()
    return tokens

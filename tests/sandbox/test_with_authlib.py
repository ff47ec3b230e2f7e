"""The sign-in stand-in, tried by a client this project did not write."""

from __future__ import annotations

import httpx2
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET
from pmtui.sandbox.world import World
from tests.sandbox import browser
from tests.sandbox.conftest import Hands

DANA = "dana@acme.example"
AUTHORITY = "/microsoft/organizations/oauth2/v2.0"


def client(base_url: str) -> AsyncOAuth2Client:
    """Authlib's client as the sign-in specification wants it set up."""
    return AsyncOAuth2Client(
        CLIENT_ID,
        CLIENT_SECRET,
        scope=browser.SCOPES,
        redirect_uri=browser.REDIRECT,
        code_challenge_method="S256",
        token_endpoint=f"{base_url}{AUTHORITY}/token",
        token_endpoint_auth_method="client_secret_post",
    )


async def test_authlib_signs_in_and_refreshes(base_url: str, http: httpx2.Client) -> None:
    async with client(base_url) as app:
        link, state = app.create_authorization_url(f"{base_url}{AUTHORITY}/authorize", code_verifier=browser.VERIFIER)
        page = browser.press(http, http.get(link), "account", DANA)
        answer = browser.redirected(browser.press(http, page, "action", "accept"))
        assert answer["state"] == state
        token = await app.fetch_token(code=answer["code"], code_verifier=browser.VERIFIER)
        assert (await app.get(f"{base_url}/graph/v1.0/me")).json()["mail"] == DANA
        newer = await app.refresh_token(app.metadata["token_endpoint"], refresh_token=token["refresh_token"])
        assert newer["refresh_token"] != token["refresh_token"]


async def test_authlib_refreshes_by_itself_when_the_token_is_old(
    base_url: str, http: httpx2.Client, world: World, hands: Hands
) -> None:
    world.sign_ins.access_seconds = 1  # Authlib looks at its own clock and counts a minute off
    async with client(base_url) as app:
        app.token = token = browser.sign_in(http, DANA) | {"expires_at": 1}
        hands.forward(seconds=2)
        assert (await app.get(f"{base_url}/graph/v1.0/me")).status_code == 200
        assert app.token["access_token"] != token["access_token"]


async def test_authlib_reads_a_refusal_as_one(base_url: str, http: httpx2.Client, world: World) -> None:
    async with client(base_url) as app:
        refresh_token = browser.sign_in(http, DANA)["refresh_token"]
        world.sign_ins.revoke(DANA, 50173, world.now())
        with pytest.raises(OAuthError) as refused:
            await app.refresh_token(app.metadata["token_endpoint"], refresh_token=refresh_token)
        assert refused.value.error == "invalid_grant"
        assert refused.value.description.startswith("AADSTS50173: ")

"""The token endpoint may answer anything at all: it becomes tokens, a refusal, or trouble that passes."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.config import Config
from pmtui.backend.errors import Unavailable
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.oauth import Denied
from tests.clock import START, ManualClock

REDIRECT = "http://localhost:1/callback/outlook"
CONFIG = Config(microsoft_client_id="client")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
TOKENS = st.fixed_dictionaries(
    {"access_token": st.sampled_from(["token", "\u00e4", "\ud800", " ", "a\nb"])},
    optional=dict.fromkeys(("refresh_token", "scope", "expires_in", "expires_at", "token_type", "id_token"), JSON),
)
REFUSALS = st.fixed_dictionaries(
    {"error": JSON | st.sampled_from(["invalid_grant", "temporarily_unavailable"])},
    optional=dict.fromkeys(("error_codes", "suberror", "claims", "error_description"), JSON),
)


def microsoft(answer: httpx2.Response, asked: list[httpx2.Request] | None = None) -> Microsoft:
    def respond(request: httpx2.Request) -> httpx2.Response:
        if asked is not None:
            asked.append(request)
        return answer

    return Microsoft(CONFIG, ManualClock(), httpx2.MockTransport(respond))


@settings(deadline=None, max_examples=200)
@given(TOKENS)
async def test_whatever_comes_with_a_token_is_tokens_or_trouble(document: Any) -> None:
    with suppress(Temporary):
        tokens = await microsoft(httpx2.Response(200, content=json.dumps(document).encode())).exchange(
            "code", "verifier", REDIRECT
        )
        assert tokens.access_token == document["access_token"]
        assert tokens.expires_at > START
        assert TokenSet.from_bytes(tokens.to_bytes(), tokens.expires_at) == tokens


@settings(deadline=None, max_examples=200)
@given(status=st.sampled_from([200, 302, 400, 401, 403, 404, 429, 500, 503]), document=JSON | REFUSALS)
async def test_whatever_else_comes_is_a_refusal_or_trouble(status: int, document: Any) -> None:
    answer = httpx2.Response(status, content=json.dumps(document).encode())
    with pytest.raises((Temporary, Denied)) as caught:
        await microsoft(answer).exchange("code", "verifier", REDIRECT)
    if status in (429, 500, 503):
        assert isinstance(caught.value, Temporary)


@given(st.binary(max_size=60))
async def test_bytes_that_are_no_document_are_trouble(body: bytes) -> None:
    with pytest.raises((Temporary, Denied)):
        await microsoft(httpx2.Response(200, content=body)).exchange("code", "verifier", REDIRECT)


async def test_a_refusal_keeps_everything_the_verdict_needs() -> None:
    document = {"error": "invalid_grant", "error_codes": [65001, 1], "suberror": "consent_required", "claims": "{}"}
    with pytest.raises(Denied) as caught:
        await microsoft(httpx2.Response(400, json=document)).exchange("code", "verifier", REDIRECT)
    error = caught.value
    assert (error.error, error.suberror, error.number, error.claims) == (
        "invalid_grant",
        "consent_required",
        "65001",
        "{}",
    )


async def test_without_a_secret_the_client_is_a_public_one() -> None:
    asked: list[httpx2.Request] = []
    answer = httpx2.Response(200, json={"access_token": "a", "refresh_token": "r", "expires_in": "3599"})
    tokens = await microsoft(answer, asked).exchange("code", "verifier", REDIRECT)
    form = parse_qs(asked[0].content.decode())
    assert form["client_id"] == ["client"]
    assert "client_secret" not in form
    assert "authorization" not in asked[0].headers
    assert "Calendars.ReadWrite" in tokens.scopes  # nothing said: what was asked for


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        ("openid profile User.Read Calendars.ReadWrite", ("Mail.Read",)),
        ("https://graph.microsoft.com/Mail.Read user.read https://graph.microsoft.com/Calendars.ReadWrite", ()),
        ("Mail.ReadWrite", ("User.Read", "Calendars.ReadWrite", "Mail.Read")),
    ],
)
def test_granted_scopes_are_compared_by_name(said: str, lacking: tuple[str, ...]) -> None:
    tokens = TokenSet("a", "r", tuple(said.split()), START)
    assert tokens.lacks(("User.Read", "Calendars.ReadWrite", "Mail.Read")) == lacking


@pytest.mark.parametrize(
    "change",
    [
        {"microsoft_authority": "http://login.example"},
        {"microsoft_authority": "http://127.0.0.1:1"},
        {"microsoft_authority": "http://login.example", "insecure_endpoints": True},
        {"microsoft_authority": "ftp://login.example"},
        {"graph_url": "http://127.0.0.1.evil.example", "insecure_endpoints": True},
    ],
)
async def test_secrets_never_travel_in_the_clear(change: dict[str, object]) -> None:
    config = Config.model_validate({**CONFIG.model_dump(), **change})
    with pytest.raises(Unavailable, match="not an https address"):
        await Microsoft(config, ManualClock()).exchange("code", "verifier", REDIRECT)

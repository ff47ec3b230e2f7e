"""A whole sign-in with Google against the sandbox, and what becomes of its tokens."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from pmtui.backend.config import Config
from pmtui.backend.errors import NeedsReconnecting, Unavailable
from pmtui.backend.signin.google import Google, GoogleAccount
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import NotProven
from pmtui.backend.signin.refusals import verdict_of
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.signin.words import CODES, About, why
from pmtui.backend.states import AttemptState, ConnectionState, External, Provider
from pmtui.backend.storage.tables.signin import Revocation
from pmtui.sandbox.faults import Fault
from tests.backend.signin.conftest import BASE, DANA, Flow, live_connections
from tests.backend.signin.google_pages import click, until_answered
from tests.clock import START, ManualClock

S = AttemptState
OWNED = "https://www.googleapis.com/auth/calendar.events.owned"
NOW = int(START.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": "https://accounts.google.com",
    "aud": "client",
    "azp": "client",
    "exp": NOW + 3600,
    "nonce": "the-nonce",
    "sub": "1234",
    "email": DANA,
    "email_verified": True,
}


async def test_the_link_asks_for_everything_and_nothing_more(flow: Flow) -> None:
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(provider=Provider.GOOGLE)
    assert begun.link is not None
    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.link).query).items()}
    assert begun.link.startswith(f"{BASE}/google/o/oauth2/v2/auth?")
    assert all(query.pop(name) for name in ("state", "nonce", "code_challenge"))
    assert query == {
        "response_type": "code",
        "client_id": flow.config.google_client_id,
        "redirect_uri": "http://127.0.0.1:50001/callback/google",
        "scope": f"openid email {OWNED}",
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "select_account consent",
    }


async def test_the_whole_way(flow: Flow) -> None:
    seen = await until_answered(flow)
    assert (seen.state, seen.account, seen.other_address) == (S.CONFIRMING, DANA, False)
    row = flow.row(seen.attempt_id)
    assert row.timezone == "America/Chicago"
    assert row.external_id == flow.sandbox.people[DANA].google_id
    connection_id = flow.confirm(seen.attempt_id)
    (asked,) = flow.wire.asked("/google/token")
    assert asked.form["client_secret"]
    assert asked.form["code_verifier"]
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, google=flow.google)
    before = await tokens.access_token(connection_id)
    flow.clock.advance(minutes=59)
    assert await tokens.access_token(connection_id) != before
    flow.clock.advance(minutes=59)
    await tokens.access_token(connection_id)
    first, second = flow.wire.asked("/google/token")[1:]
    assert first.form["refresh_token"] == second.form["refresh_token"]  # Google's are not rotated
    assert OWNED in first.form["scope"]


async def test_a_grant_that_ended_needs_reconnecting(flow: Flow) -> None:
    connection_id = flow.confirm((await until_answered(flow)).attempt_id)
    flow.sandbox.google.sign_ins.revoke(DANA)
    tokens = Tokens(flow.world.database, flow.config, lambda: flow.vault, google=flow.google)
    with pytest.raises(NeedsReconnecting) as caught:
        await tokens.access_token(connection_id, newer=True)
    assert caught.value.code == "signed_out:invalid_grant"
    (connection,) = live_connections(flow.world)
    assert connection.state is ConnectionState.NEEDS_RECONNECTING
    again = await until_answered(flow)  # signing in again gets a new refresh token
    assert again.state is S.CONFIRMING


async def test_a_scope_left_out_is_named_and_the_tokens_go(flow: Flow) -> None:
    seen = await until_answered(flow, without="calendar.events.owned")
    assert seen.state in (S.FAILED, S.CANCELLED)
    assert (seen.title, seen.next_step) == (
        "Google did not give everything that is needed: calendar.events.owned.",
        "Press Connect Google Calendar again and leave every permission switched on.",
    )
    row = flow.row(seen.attempt_id)
    assert (row.sealed_tokens, row.sealed_verifier, row.code) == (None, None, None)
    assert [one.uid for one in flow.world.rows(Revocation)] == [row.uid]


@pytest.mark.parametrize("stop", ["pick", "identity", "consent"])
async def test_going_back_on_googles_page(flow: Flow, stop: str) -> None:
    seen = await until_answered(flow, stop=stop)
    assert (seen.state, seen.title) == (S.CANCELLED, "The sign-in was left on Google's page.")
    assert "Microsoft" not in f"{seen.title} {seen.next_step}"


async def test_another_account_is_pointed_out(flow: Flow) -> None:
    seen = await until_answered(flow, "priya@acme.example")
    assert (seen.state, seen.account, seen.other_address) == (S.CONFIRMING, "priya@acme.example", True)


async def test_some_refusals_never_come_back(flow: Flow) -> None:
    flow.world.allow(external=External.GOOGLE)
    flow.sandbox.google.sign_ins.refusal = "org_internal"
    begun = await flow.begin(provider=Provider.GOOGLE)
    assert "Access blocked" in await click(flow, begun.link)
    assert flow.seen(begun.attempt_id).state is S.AWAITING


async def test_an_answer_from_another_issuer_is_rejected(flow: Flow) -> None:
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(provider=Provider.GOOGLE)
    address = await click(flow, begun.link)
    assert "iss=" in address
    flow.answer(begun.attempt_id, address.replace("iss=", "iss=https%3A%2F%2Fevil.example%2F"))
    seen = flow.seen(begun.attempt_id)
    assert (seen.state, seen.title) == (S.REJECTED, "That answer does not come from Google.")


async def test_a_pasted_address_without_a_listener(flow: Flow) -> None:
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(None, Provider.GOOGLE)
    address = await click(flow, begun.link)
    assert address.startswith(f"http://127.0.0.1:{flow.config.paste_port}/callback/google?")
    flow.answer(begun.attempt_id, f"  {address}\n")
    assert (await flow.advance(begun.attempt_id)).state is S.CONFIRMING


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (Fault("status", "/google/calendar", status=403, reason="insufficientPermissions"), "Google did not give"),
        (
            Fault("status", "/google/calendar", status=403, reason="notACalendarUser"),
            "This Google account has no calend",
        ),
        (
            Fault("status", "/google/calendar", status=403, reason="accessNotConfigured"),
            "This pmtui is not set up corr",
        ),
        (Fault("401-once", "/google/calendar", count=2), "Google refused the sign-in"),
        (
            Fault("status", "/google/token", status=401, body={"error": "invalid_client"}),
            "This pmtui is not set up corr",
        ),
        (
            Fault("status", "/google/token", status=400, body={"error": "invalid_grant"}),
            "The answer from Google came too",
        ),
    ],
    ids=str,
)
async def test_every_end_has_its_sentence(flow: Flow, fault: Fault, title: str) -> None:
    flow.sandbox.faults.append(replace(fault))
    seen = await until_answered(flow)
    assert seen.state.over
    assert str(seen.title).startswith(title)


@pytest.mark.parametrize("path", ["/google/token", "/google/oauth2/v3/certs", "/google/calendar"])
@pytest.mark.parametrize("kind", ["status", "garbage", "cut-before"])
async def test_trouble_passes(flow: Flow, path: str, kind: str) -> None:
    flow.sandbox.faults.append(Fault(kind, path, status=503))  # type: ignore[arg-type]  # one of the kinds
    seen = await until_answered(flow)
    assert seen.state is S.EXCHANGING
    flow.clock.advance(seconds=5)
    assert (await flow.advance(seen.attempt_id)).state is S.CONFIRMING


async def test_without_an_app_there_is_no_sign_in(flow: Flow) -> None:
    flow.world.allow(external=External.GOOGLE)
    sign_in = type(flow.sign_in)(flow.world.database, Config())
    with pytest.raises(Unavailable) as caught:
        sign_in.start(flow.world.actor(DANA), Provider.GOOGLE)
    assert caught.value.code == "google_not_ready"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


def proven(key: RSAKey, claims: dict[str, Any]) -> GoogleAccount:
    token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)
    google = Google(Config(google_client_id="client"), ManualClock())
    return google.prove(token, {"keys": [key.as_dict(private=False)]}, "the-nonce")


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_a_good_token_names_the_account(key: RSAKey, issuer: str) -> None:
    assert proven(key, {**CLAIMS, "iss": issuer}) == GoogleAccount("1234", DANA)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": "https://accounts.google.com.evil.example"}, "bad_identity"),
        ({"aud": "other"}, "bad_identity"),
        ({"azp": "other"}, "bad_identity:azp"),
        ({"nonce": "other"}, "bad_identity"),
        ({"exp": NOW - 600}, "bad_identity"),
        ({"sub": ""}, "bad_identity:sub"),
        ({"sub": 7}, "bad_identity"),
        ({"email": None}, "scope_missing:email"),
        ({"email_verified": False}, "bad_identity:email"),
    ],
    ids=str,
)
def test_whatever_does_not_hold_proves_nothing(key: RSAKey, change: dict[str, Any], code: str) -> None:
    with pytest.raises(NotProven) as caught:
        proven(key, {**CLAIMS, **change})
    assert caught.value.verdict.code.startswith(code)


@pytest.mark.parametrize(
    ("scopes", "refresh", "lacking"),
    [
        (f"openid https://www.googleapis.com/auth/userinfo.email {OWNED}", "r", ()),
        (f"openid email {OWNED}", "r", ()),
        (f"openid email {OWNED}", None, ("offline access",)),
        (f"openid email {OWNED}.readonly", "r", ("calendar.events.owned",)),
        ("openid", "r", ("email", "calendar.events.owned")),
    ],
)
def test_granted_scopes_are_compared_by_both_names(scopes: str, refresh: str | None, lacking: tuple[str, ...]) -> None:
    tokens = TokenSet("a", refresh, tuple(scopes.split()), START + timedelta(hours=1))
    assert Google(Config(), ManualClock()).lacks(tokens) == lacking


@pytest.mark.parametrize("code", sorted(CODES))
def test_no_sentence_of_googles_speaks_of_microsoft(code: str) -> None:
    if code in ("needs_approval", "approval_requested", "admin_only", "app_blocked", "unclear"):
        assert all(verdict_of(Provider.GOOGLE, error).code != code for error in ("access_denied", "consent_required"))
        return
    title, next_step = why(f"{code}:x", About(Provider.GOOGLE, DANA, "App"))
    assert "Microsoft" not in title + next_step

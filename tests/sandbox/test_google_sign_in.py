"""Google's sign-in as a browser and an app meet it."""

from __future__ import annotations

import base64
import hashlib

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from pmtui.sandbox.google_grants import (
    DESKTOP_CLIENT_ID,
    DESKTOP_CLIENT_SECRET,
    WEB_CLIENT_ID,
    WEB_CLIENT_SECRET,
    GoogleSignIns,
    Grant,
)
from pmtui.sandbox.world import World
from tests.sandbox import browser, google_browser
from tests.sandbox.conftest import START, Hands
from tests.sandbox.google_browser import EMAIL, OWNED, READ_ONLY, SCOPES

DANA, MARCUS = "dana@acme.example", "marcus@acme.example"
WEB = "https://pmtui.acme.example/callback/google"
EVENTS = "/google/calendar/v3/calendars/primary/events"


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and error of a refused token request."""
    return answer.status_code, answer.json()["error"]


def blocked(answer: httpx2.Response) -> tuple[int, str]:
    """Status and error code of Google's own error page."""
    assert "location" not in answer.headers
    assert browser.read(answer).title == "Access blocked: Authorization Error"
    return answer.status_code, answer.text.partition("<code>")[2].partition("</code>")[0]


def test_the_pages_lead_from_the_accounts_over_two_consents_back_to_the_app(http: httpx2.Client, base_url: str) -> None:
    accounts = google_browser.authorize(http)
    assert browser.read(accounts).title == "Choose an account"
    identity = browser.press(http, accounts, "account", DANA)
    assert browser.read(identity).title == "Sign in to Performance Management Calendar Integration"
    consent = google_browser.go_on(http, identity, "continue")
    assert browser.read(consent).title.endswith("wants access to your Google Account")
    assert "events on Google calendars you own" in consent.text
    answer = google_browser.go_on(http, consent, "accept")
    assert answer.headers["location"].startswith(google_browser.REDIRECT + "?")
    told = browser.redirected(answer)
    assert set(told) == {"state", "iss", "code", "scope", "authuser", "hd", "prompt"}
    assert (told["state"], told["iss"], told["prompt"]) == ("the-state", f"{base_url}/google", "consent")
    assert set(told["scope"].split()) == {"openid", EMAIL, OWNED}
    assert "/" in told["code"]


def test_the_accounts_are_those_of_the_organisation_and_the_hinted_one_comes_first(http: httpx2.Client) -> None:
    accounts = [value for name, value in browser.read(google_browser.authorize(http)).buttons if name == "account"]
    assert len(accounts) == 10
    hinted = browser.read(google_browser.authorize(http, login_hint="priya@acme.example")).buttons
    assert hinted[0] == ("account", "priya@acme.example")


def test_an_agent_has_no_account(http: httpx2.Client) -> None:
    page = browser.read(google_browser.authorize(http))
    agent = http.post(page.action, data={**page.hidden, "account": "aaron.abbott@acme.example"})
    assert blocked(agent) == (400, "invalid_request")


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_refusing_on_any_page_tells_the_app(http: httpx2.Client, base_url: str, steps: int) -> None:
    page = google_browser.authorize(http)
    if steps > 0:
        page = browser.press(http, page, "account", DANA)
    if steps > 1:
        page = google_browser.go_on(http, page, "continue")
    answer = browser.redirected(google_browser.go_on(http, page, "cancel"))
    assert answer == {"error": "access_denied", "state": "the-state", "iss": f"{base_url}/google"}


def test_a_page_works_once(http: httpx2.Client) -> None:
    consent = google_browser.go_on(
        http, browser.press(http, google_browser.authorize(http), "account", DANA), "continue"
    )
    google_browser.go_on(http, consent, "accept")
    assert blocked(google_browser.go_on(http, consent, "accept")) == (400, "invalid_request")


def test_who_takes_the_tick_away_grants_less_and_is_asked_again(http: httpx2.Client) -> None:
    tokens = google_browser.sign_in(http, DANA, without=(OWNED,))
    assert set(tokens["scope"].split()) == {"openid", EMAIL}
    refused = http.get(EVENTS, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert (refused.status_code, refused.json()["error"]["errors"][0]["reason"]) == (403, "insufficientPermissions")
    again = browser.press(http, google_browser.authorize(http), "account", DANA)
    assert browser.read(again).title.endswith("wants access to your Google Account")  # the first page is known
    assert browser.read(again).ticked == [OWNED]


def test_a_scope_asked_for_alone_can_only_be_taken_or_left(http: httpx2.Client) -> None:
    alone = browser.press(http, google_browser.authorize(http, scope=OWNED), "account", DANA)
    assert browser.read(alone).ticked == []
    assert browser.redirected(google_browser.go_on(http, alone, "accept"))["scope"] == OWNED
    two = browser.press(http, google_browser.authorize(http, scope=f"{OWNED} {READ_ONLY}"), "account", MARCUS)
    assert browser.read(two).ticked == [OWNED, READ_ONLY]
    nothing = google_browser.go_on(http, two, "accept", without=(OWNED, READ_ONLY))
    assert browser.redirected(nothing)["error"] == "access_denied"


def test_sign_in_scopes_alone_need_one_page(http: httpx2.Client) -> None:
    page = browser.press(http, google_browser.authorize(http, scope="openid email"), "account", DANA)
    assert browser.redirected(google_browser.go_on(http, page, "continue"))["scope"] == f"openid {EMAIL}"


def test_who_agreed_once_goes_straight_back_and_gets_no_new_refresh_token(http: httpx2.Client) -> None:
    assert "refresh_token" in google_browser.sign_in(http, DANA)
    told = browser.redirected(browser.press(http, google_browser.authorize(http), "account", DANA))
    assert told["prompt"] == "none"
    assert "refresh_token" not in google_browser.redeem(http, told["code"]).json()


def test_asking_for_consent_again_brings_another_refresh_token_beside_the_old_one(http: httpx2.Client) -> None:
    first = google_browser.sign_in(http, DANA)["refresh_token"]
    second = google_browser.sign_in(http, DANA, prompt="select_account consent")["refresh_token"]
    assert first != second
    for token in (first, second):
        assert google_browser.refresh(http, token).status_code == 200


def test_without_offline_access_there_is_no_refresh_token(http: httpx2.Client) -> None:
    assert "refresh_token" not in google_browser.sign_in(http, DANA, access_type="")
    assert "refresh_token" not in google_browser.sign_in(http, MARCUS, access_type="online")


def test_what_was_granted_before_can_be_included(http: httpx2.Client) -> None:
    google_browser.sign_in(http, DANA)
    plain = google_browser.sign_in(http, DANA, scope="openid")
    assert plain["scope"] == "openid"
    more = google_browser.sign_in(http, DANA, scope="openid", include_granted_scopes="true")
    assert set(more["scope"].split()) == {"openid", EMAIL, OWNED}


@pytest.mark.parametrize(
    "redirect",
    ["http://127.0.0.1:1/callback/google", "http://localhost:53127/", "http://[::1]:9/x", "http://127.0.0.1"],
)
def test_a_desktop_app_gets_its_answer_on_any_port_of_the_loopback(http: httpx2.Client, redirect: str) -> None:
    assert browser.read(google_browser.authorize(http, redirect_uri=redirect)).title == "Choose an account"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://127.0.0.1:1/callback/google"},
        {"redirect_uri": "http://192.168.0.1:1/callback/google"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback/google"},
        {"redirect_uri": "http://[::1/callback/google"},
        {"redirect_uri": WEB},
        {"redirect_uri": ""},
        {"client_id": WEB_CLIENT_ID},
        {"client_id": WEB_CLIENT_ID, "redirect_uri": WEB + "/"},
    ],
)
def test_an_unregistered_address_gets_nothing_but_an_error_page(http: httpx2.Client, changes: dict[str, str]) -> None:
    assert blocked(google_browser.authorize(http, **changes)) == (400, "redirect_uri_mismatch")


def test_a_client_nobody_registered_is_told_so_on_the_page(http: httpx2.Client) -> None:
    assert blocked(google_browser.authorize(http, client_id="other")) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes", [{"prompt": "login"}, {"prompt": "none consent"}, {"access_type": "sometimes"}], ids=str
)
def test_a_parameter_google_does_not_know_stays_on_the_page(http: httpx2.Client, changes: dict[str, str]) -> None:
    assert blocked(google_browser.authorize(http, **changes)) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("reason", "status"), [("org_internal", 403), ("admin_policy_enforced", 400), ("access_not_configured", 400)]
)
def test_some_refusals_never_come_back_to_the_app(http: httpx2.Client, reason: str, status: int) -> None:
    http.post("/__world", json={"google_refuse": reason})
    assert blocked(browser.press(http, google_browser.authorize(http), "account", DANA)) == (status, reason)
    http.post("/__world", json={"google_refuse": None})
    assert "code" in google_browser.answer_for(http, DANA)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid https://www.googleapis.com/auth/drive"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_wrong_request_is_told_to_the_app(
    http: httpx2.Client, base_url: str, changes: dict[str, str], error: str
) -> None:
    answer = browser.redirected(google_browser.authorize(http, **changes))
    assert answer == {"error": error, "state": "the-state", "iss": f"{base_url}/google"}


def test_a_code_brings_tokens_for_what_was_granted(http: httpx2.Client) -> None:
    answer = google_browser.redeem(http, google_browser.answer_for(http, DANA)["code"])
    assert "no-store" in answer.headers["cache-control"]
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "scope", "token_type", "id_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3599)


def test_the_verifier_must_be_the_one_the_challenge_was_made_of(http: httpx2.Client) -> None:
    code = google_browser.answer_for(http, DANA)["code"]
    wrong = google_browser.redeem(http, code, code_verifier="another-verifier-that-is-just-as-long-as-the-one")
    assert problem(wrong) == (400, "invalid_grant")
    assert problem(google_browser.redeem(http, code, code_verifier="")) == (400, "invalid_grant")
    assert google_browser.redeem(http, code).status_code == 200


def test_a_code_is_good_once_for_ten_minutes_and_the_address_it_was_asked_for(
    http: httpx2.Client, hands: Hands
) -> None:
    code, late = (google_browser.answer_for(http, DANA)["code"] for _ in range(2))
    wrong = google_browser.redeem(http, code, redirect_uri="http://127.0.0.1:1/callback/google")
    assert problem(wrong) == (400, "redirect_uri_mismatch")
    assert google_browser.redeem(http, code).status_code == 200
    assert problem(google_browser.redeem(http, code)) == (400, "invalid_grant")
    hands.forward(minutes=10)
    assert problem(google_browser.redeem(http, late)) == (400, "invalid_grant")
    assert problem(google_browser.redeem(http, "made-up")) == (400, "invalid_grant")


def test_both_kinds_of_client_send_their_secret_in_the_form_or_as_basic(http: httpx2.Client) -> None:
    code = google_browser.answer_for(http, DANA)["code"]
    assert problem(google_browser.redeem(http, code, client_secret="")) == (400, "invalid_request")
    assert problem(google_browser.redeem(http, code, client_secret="wrong")) == (401, "invalid_client")
    assert problem(google_browser.redeem(http, code, client_id="other")) == (401, "invalid_client")
    other = google_browser.redeem(http, code, client_id=WEB_CLIENT_ID, client_secret=WEB_CLIENT_SECRET)
    assert problem(other) == (400, "invalid_grant")
    basic = base64.b64encode(f"{DESKTOP_CLIENT_ID}:{DESKTOP_CLIENT_SECRET}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": google_browser.VERIFIER}
    answer = http.post(
        "/google/token",
        data=form | {"redirect_uri": google_browser.REDIRECT},
        headers={"Authorization": f"Basic {basic}"},
    )
    assert answer.status_code == 200
    garbled = http.post("/google/token", data=form, headers={"Authorization": "Basic !"})
    assert problem(garbled) == (401, "invalid_client")


def test_a_web_app_signs_in_over_its_registered_address(http: httpx2.Client) -> None:
    code = google_browser.answer_for(http, DANA, client_id=WEB_CLIENT_ID, redirect_uri=WEB)["code"]
    form = {"client_id": WEB_CLIENT_ID, "client_secret": WEB_CLIENT_SECRET, "redirect_uri": WEB}
    tokens = google_browser.redeem(http, code, **form)
    assert tokens.status_code == 200
    elsewhere = "http://127.0.0.1:8766/callback/google"
    http.post("/__world", json={"google_redirects": [elsewhere]})
    assert "code" in google_browser.answer_for(http, DANA, client_id=WEB_CLIENT_ID, redirect_uri=elsewhere)
    old = google_browser.authorize(http, client_id=WEB_CLIENT_ID, redirect_uri=WEB)
    assert blocked(old) == (400, "redirect_uri_mismatch")


def test_grants_this_product_never_asks_for_are_refused(http: httpx2.Client) -> None:
    form = {"client_id": DESKTOP_CLIENT_ID, "client_secret": DESKTOP_CLIENT_SECRET, "grant_type": "client_credentials"}
    assert problem(http.post("/google/token", data=form)) == (400, "unsupported_grant_type")


def test_the_id_token_is_signed_with_the_published_key_and_names_the_account(
    http: httpx2.Client, base_url: str, world: World
) -> None:
    tokens = google_browser.sign_in(http, DANA)
    found = http.get("/google/.well-known/openid-configuration").json()
    keys = http.get(found["jwks_uri"]).json()
    claims = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert claims["iss"] == found["issuer"] == f"{base_url}/google"
    assert (claims["aud"], claims["nonce"], claims["sub"]) == (
        DESKTOP_CLIENT_ID,
        "the-nonce",
        world.people[DANA].google_id,
    )
    assert (claims["email"], claims["email_verified"], claims["hd"]) == (DANA, True, "acme.example")
    assert (claims["iat"], claims["exp"]) == (int(START.timestamp()), int(START.timestamp()) + 3600)
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert "d" not in keys["keys"][0]
    assert "name" not in claims
    named = google_browser.sign_in(http, MARCUS, scope="openid profile")["id_token"]
    assert jwt.decode(named, KeySet.import_key_set(keys), algorithms=["RS256"]).claims["given_name"] == "Marcus"


def test_discovery_names_every_endpoint(http: httpx2.Client, base_url: str) -> None:
    found = http.get("/google/.well-known/openid-configuration").json()
    assert found["authorization_endpoint"] == f"{base_url}/google/o/oauth2/v2/auth"
    assert found["token_endpoint"] == f"{base_url}/google/token"
    assert found["revocation_endpoint"] == f"{base_url}/google/revoke"
    assert found["authorization_response_iss_parameter_supported"] is True


def test_refreshing_brings_an_access_token_and_no_new_refresh_token(http: httpx2.Client) -> None:
    first = google_browser.sign_in(http, DANA)
    answer = google_browser.refresh(http, first["refresh_token"]).json()
    assert set(answer) == {"access_token", "expires_in", "scope", "token_type", "id_token"}
    assert answer["access_token"] != first["access_token"]
    assert answer["scope"] == first["scope"]
    keys = KeySet.import_key_set(http.get("/google/oauth2/v3/certs").json())
    assert "nonce" not in jwt.decode(answer["id_token"], keys, algorithms=["RS256"]).claims


def test_refreshing_may_narrow_and_never_widens(http: httpx2.Client) -> None:
    token = google_browser.sign_in(http, DANA)["refresh_token"]
    assert google_browser.refresh(http, token, scope="email").json()["scope"] == EMAIL
    assert google_browser.refresh(http, token, scope=SCOPES).status_code == 200
    assert problem(google_browser.refresh(http, token, scope=f"{SCOPES} {READ_ONLY}")) == (400, "invalid_scope")


def test_a_refresh_token_unused_for_half_a_year_is_dead_and_the_answer_tells_nothing(
    http: httpx2.Client, hands: Hands
) -> None:
    token = google_browser.sign_in(http, DANA)["refresh_token"]
    for _ in range(2):
        hands.forward(days=182)
        assert google_browser.refresh(http, token).status_code == 200
    hands.forward(days=184)
    dead = google_browser.refresh(http, token)
    assert dead.status_code == 400
    assert dead.json() == google_browser.refresh(http, "made-up").json()
    assert dead.json() == {"error": "invalid_grant", "error_description": "Bad Request"}


def test_a_refresh_token_of_an_app_in_testing_lives_for_a_week_however_used(http: httpx2.Client, hands: Hands) -> None:
    http.post("/__world", json={"google_testing": True})
    tokens = google_browser.sign_in(http, DANA)
    assert tokens["refresh_token_expires_in"] == 604799
    hands.forward(days=6)
    assert google_browser.refresh(http, tokens["refresh_token"]).status_code == 200
    hands.forward(days=1)
    assert problem(google_browser.refresh(http, tokens["refresh_token"])) == (400, "invalid_grant")


def test_of_more_than_a_hundred_refresh_tokens_the_oldest_dies_silently() -> None:
    sign_ins = GoogleSignIns()
    grant = Grant(DANA, DESKTOP_CLIENT_ID, (OWNED,), None, START)
    first, second, *_ = [sign_ins.new_refresh(grant, START) for _ in range(101)]
    assert first not in sign_ins.refresh
    assert second in sign_ins.refresh
    assert len(sign_ins.refresh) == 100


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_whole_grant_of_that_person(http: httpx2.Client, kind: str) -> None:
    mine, again = google_browser.sign_in(http, DANA), google_browser.sign_in(http, DANA, prompt="consent")
    other = google_browser.sign_in(http, MARCUS)
    assert http.post("/google/revoke", data={"token": mine[kind]}).status_code == 200
    for tokens in (mine, again):
        assert problem(google_browser.refresh(http, tokens["refresh_token"])) == (400, "invalid_grant")
        assert http.get(EVENTS, headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 401
    assert google_browser.refresh(http, other["refresh_token"]).status_code == 200
    assert problem(http.post("/google/revoke", data={"token": mine[kind]})) == (400, "invalid_token")
    asked_again = browser.press(http, google_browser.authorize(http), "account", DANA)
    assert browser.read(asked_again).title.startswith("Sign in to")


def test_an_access_token_lives_for_its_hour(http: httpx2.Client, hands: Hands) -> None:
    headers = {"Authorization": f"Bearer {google_browser.sign_in(http, DANA)['access_token']}"}
    assert http.get(EVENTS, headers=headers).status_code == 200
    hands.forward(seconds=3599)
    assert http.get(EVENTS, headers=headers).status_code == 401
    assert problem(http.post("/google/revoke", data={"token": headers["Authorization"][7:]})) == (400, "invalid_token")

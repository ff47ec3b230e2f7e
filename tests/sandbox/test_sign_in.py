"""Microsoft's sign-in as a browser and an app meet it."""

from __future__ import annotations

import base64
import json

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from pmtui.sandbox.world import World
from tests.sandbox import browser
from tests.sandbox.conftest import START, Hands

DANA = "dana@acme.example"
WEB = "https://pmtui.acme.example/callback/outlook"


def problem(answer: httpx2.Response) -> tuple[int, str, int]:
    """Status, error and AADSTS number of a refused token request."""
    document = answer.json()
    number = document["error_codes"][0]
    assert document["error_description"].startswith(f"AADSTS{number}: ")
    return answer.status_code, document["error"], number


def test_the_pages_lead_from_the_picker_over_consent_back_to_the_app(http: httpx2.Client) -> None:
    picker = browser.authorize(http)
    assert browser.read(picker).title == "Pick an account"
    consent = browser.press(http, picker, "account", DANA)
    assert browser.read(consent).title == "Permissions requested"
    assert "Have full access to your calendars" in consent.text
    answer = browser.press(http, consent, "action", "accept")
    assert answer.headers["location"].startswith(browser.REDIRECT + "?")
    assert set(browser.redirected(answer)) == {"code", "state"}
    assert browser.redirected(answer)["state"] == "the-state"


def test_the_picker_offers_who_has_an_account_and_the_hinted_one_first(http: httpx2.Client) -> None:
    accounts = [value for name, value in browser.read(browser.authorize(http)).buttons if name == "account"]
    assert len(accounts) == 10
    assert DANA in accounts
    hinted = browser.read(browser.authorize(http, login_hint="priya@acme.example")).buttons
    assert hinted[0] == ("account", "priya@acme.example")


def test_who_agreed_once_is_not_asked_again_unless_the_app_wants_more(http: httpx2.Client) -> None:
    browser.sign_in(http, DANA, scope="openid User.Read")
    again = browser.press(http, browser.authorize(http, scope="openid User.Read"), "account", DANA)
    assert "code" in browser.redirected(again)
    more = browser.press(http, browser.authorize(http), "account", DANA)
    assert browser.read(more).title == "Permissions requested"
    other = browser.press(http, browser.authorize(http, scope="openid User.Read"), "account", "marcus@acme.example")
    assert browser.read(other).title == "Permissions requested"


@pytest.mark.parametrize("after_picking", [False, True])
def test_going_back_tells_the_app_that_the_person_cancelled(http: httpx2.Client, after_picking: bool) -> None:
    page = browser.authorize(http)
    if after_picking:
        page = browser.press(http, page, "account", DANA)
    answer = browser.redirected(browser.press(http, page, "action", "cancel"))
    assert (answer["error"], answer["error_subcode"], answer["state"]) == ("access_denied", "cancel", "the-state")
    assert "code" not in answer


def test_a_page_works_once(http: httpx2.Client) -> None:
    consent = browser.press(http, browser.authorize(http), "account", DANA)
    browser.press(http, consent, "action", "accept")
    again = browser.press(http, consent, "action", "accept")
    assert again.status_code == 400
    assert "AADSTS165000" in again.text


@pytest.mark.parametrize("redirect", ["http://localhost:1/callback/outlook", "http://localhost/callback/outlook", WEB])
def test_registered_addresses_get_answers_on_localhost_at_any_port(http: httpx2.Client, redirect: str) -> None:
    assert browser.read(browser.authorize(http, redirect_uri=redirect)).title == "Pick an account"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://localhost:1/callback/other"},
        {"redirect_uri": "http://127.0.0.1:1/callback/outlook"},
        {"redirect_uri": "https://pmtui.acme.example:444/callback/outlook"},
        {"redirect_uri": "https://evil.example/callback/outlook"},
        {"redirect_uri": ""},
        {"client_id": "11111111-1111-1111-1111-111111111111"},
    ],
)
def test_an_unproven_address_gets_nothing_but_an_error_page(http: httpx2.Client, changes: dict[str, str]) -> None:
    answer = browser.authorize(http, **changes)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "AADSTS" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "openid Mail.Read"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_wrong_request_is_told_to_the_app(http: httpx2.Client, changes: dict[str, str], error: str) -> None:
    answer = browser.redirected(browser.authorize(http, **changes))
    assert (answer["error"], answer["state"]) == (error, "the-state")


def test_a_code_brings_tokens_for_what_was_agreed(http: httpx2.Client) -> None:
    answer = browser.redeem(http, browser.code_for(http, DANA))
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3599
    assert set(tokens["scope"].split()) == set(browser.SCOPES.split()) - {"offline_access"}
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)
    assert "refresh_token" not in browser.sign_in(http, DANA, scope="openid User.Read")


def test_microsofts_own_clients_are_told_account_and_directory(http: httpx2.Client, world: World) -> None:
    told = browser.redeem(http, browser.code_for(http, DANA), client_info="1").json()["client_info"]
    known = json.loads(base64.urlsafe_b64decode(told + "=="))
    assert known == {"uid": world.people[DANA].object_id, "utid": TENANT_ID}
    assert "client_info" not in browser.sign_in(http, DANA)


def test_the_verifier_must_be_the_one_the_challenge_was_made_of(http: httpx2.Client) -> None:
    code = browser.code_for(http, DANA)
    wrong = browser.redeem(http, code, code_verifier="another-verifier-that-is-just-as-long-as-the-one")
    assert problem(wrong) == (400, "invalid_grant", 501481)
    assert problem(browser.redeem(http, code, code_verifier="")) == (400, "invalid_grant", 501481)
    assert browser.redeem(http, code).status_code == 200


def test_a_code_is_good_once_and_for_ten_minutes(http: httpx2.Client, hands: Hands) -> None:
    code, late = browser.code_for(http, DANA), browser.code_for(http, DANA)
    assert browser.redeem(http, code).status_code == 200
    assert problem(browser.redeem(http, code)) == (400, "invalid_grant", 54005)
    hands.forward(minutes=10)
    assert problem(browser.redeem(http, late)) == (400, "invalid_grant", 70008)
    assert problem(browser.redeem(http, "made-up")) == (400, "invalid_grant", 9002313)


def test_the_address_at_redemption_is_the_one_of_the_request_port_included(http: httpx2.Client) -> None:
    code = browser.code_for(http, DANA)
    wrong = browser.redeem(http, code, redirect_uri="http://localhost:1/callback/outlook")
    assert problem(wrong) == (400, "invalid_grant", 500112)


def test_a_secret_is_checked_where_sent_and_wanted_from_web_apps(http: httpx2.Client) -> None:
    code = browser.code_for(http, DANA)
    assert problem(browser.redeem(http, code, client_secret="wrong")) == (401, "invalid_client", 7000215)
    assert browser.redeem(http, code, client_secret=CLIENT_SECRET).status_code == 200
    web = browser.code_for(http, DANA, redirect_uri=WEB)
    assert problem(browser.redeem(http, web, redirect_uri=WEB)) == (401, "invalid_client", 7000218)
    assert browser.redeem(http, web, redirect_uri=WEB, client_secret=CLIENT_SECRET).status_code == 200


def test_grants_this_product_never_asks_for_are_refused(http: httpx2.Client) -> None:
    form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"}
    assert problem(http.post(browser.TOKEN, data=form)) == (400, "unsupported_grant_type", 70003)
    assert problem(http.post(browser.TOKEN, data=form | {"client_id": "other"})) == (400, "unauthorized_client", 700016)


def test_the_id_token_is_signed_with_the_published_key_and_names_the_account(
    http: httpx2.Client, base_url: str, world: World
) -> None:
    tokens = browser.sign_in(http, DANA)
    found = http.get(f"/microsoft/{TENANT_ID}/v2.0/.well-known/openid-configuration").json()
    keys = KeySet.import_key_set(http.get(found["jwks_uri"]).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["iss"] == found["issuer"] == f"{base_url}/microsoft/{TENANT_ID}/v2.0"
    assert (claims["aud"], claims["nonce"], claims["tid"]) == (CLIENT_ID, "the-nonce", TENANT_ID)
    assert (claims["oid"], claims["preferred_username"]) == (world.people[DANA].object_id, DANA)
    assert claims["iat"] == int(START.timestamp()) < claims["exp"]
    assert claims["sub"] != claims["oid"]
    assert "email" not in claims
    assert "d" not in http.get(found["jwks_uri"]).json()["keys"][0]


def test_the_address_claim_comes_with_its_scope(http: httpx2.Client) -> None:
    tokens = browser.sign_in(http, DANA, scope="openid email")
    keys = KeySet.import_key_set(http.get("/microsoft/common/discovery/v2.0/keys").json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["email"] == DANA
    assert "preferred_username" not in claims


def test_discovery_for_any_organisation_leaves_the_issuer_open(http: httpx2.Client, base_url: str) -> None:
    found = http.get("/microsoft/organizations/v2.0/.well-known/openid-configuration").json()
    assert found["issuer"] == f"{base_url}/microsoft/{{tenantid}}/v2.0"
    assert found["authorization_endpoint"] == f"{base_url}/microsoft/organizations/oauth2/v2.0/authorize"


def test_refreshing_brings_a_new_refresh_token_and_leaves_the_old_one_alive(http: httpx2.Client) -> None:
    first = browser.sign_in(http, DANA)
    second = browser.refresh(http, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    for token in (first["refresh_token"], second["refresh_token"]):
        assert browser.refresh(http, token).status_code == 200
    keys = KeySet.import_key_set(http.get("/microsoft/common/discovery/v2.0/keys").json())
    assert "nonce" not in jwt.decode(second["id_token"], keys, algorithms=["RS256"]).claims


def test_refreshing_never_widens_what_was_agreed(http: httpx2.Client) -> None:
    token = browser.sign_in(http, DANA, scope="openid offline_access User.Read")["refresh_token"]
    narrow = browser.refresh(http, token, scope="openid User.Read").json()
    assert narrow["scope"] == "openid User.Read"
    wide = browser.refresh(http, token, scope="openid User.Read Calendars.ReadWrite")
    assert problem(wide) == (400, "invalid_grant", 65001)
    assert wide.json()["suberror"] == "consent_required"


def test_a_revoked_or_forgotten_sign_in_is_over(http: httpx2.Client, world: World, hands: Hands) -> None:
    dana, marcus = browser.sign_in(http, DANA), browser.sign_in(http, "marcus@acme.example")
    http.post("/__world", json={"revoke_tokens": {"person": DANA}})
    assert problem(browser.refresh(http, dana["refresh_token"])) == (400, "invalid_grant", 50173)
    assert http.get("/graph/v1.0/me", headers={"Authorization": f"Bearer {dana['access_token']}"}).status_code == 401
    assert browser.refresh(http, marcus["refresh_token"]).status_code == 200
    hands.forward(days=90)
    assert problem(browser.refresh(http, marcus["refresh_token"])) == (400, "invalid_grant", 700082)


def test_where_approval_is_required_the_way_ends_at_request_sent(http: httpx2.Client, world: World) -> None:
    world.sign_ins.approval = "required"
    page = browser.press(http, browser.authorize(http), "account", DANA)
    assert browser.read(page).title == "Approval required"
    assert "Performance Management Calendar Integration" in page.text
    sent = browser.press(http, page, "action", "request", justification="To book coaching <sessions>")
    assert (sent.status_code, browser.read(sent).title) == (200, "Request sent")
    assert browser.read(sent).buttons == []
    (request,) = http.get("/__state?written=1").json()["approval_requests"]
    assert (request["email"], request["justification"]) == (DANA, "To book coaching <sessions>")
    listed = http.get("/microsoft/organizations/admin-consent-requests").text
    assert "coaching &lt;sessions&gt;" in listed


def test_cancelling_instead_of_asking_for_approval_tells_the_app(http: httpx2.Client, world: World) -> None:
    world.sign_ins.approval = "required"
    page = browser.press(http, browser.authorize(http), "account", DANA)
    answer = browser.redirected(browser.press(http, page, "action", "cancel"))
    assert (answer["error"], answer["error_subcode"]) == ("access_denied", "cancel")


def test_approval_is_not_needed_without_the_calendar(http: httpx2.Client, world: World) -> None:
    world.sign_ins.approval = "required"
    page = browser.press(http, browser.authorize(http, scope="openid User.Read"), "account", DANA)
    assert browser.read(page).title == "Permissions requested"


@pytest.mark.parametrize(
    ("answer", "then"), [("approved", "code"), ("denied", "Approval required"), ("blocked", "AADSTS7000112")]
)
def test_the_administrators_answer_decides_what_the_next_attempt_meets(
    http: httpx2.Client, world: World, answer: str, then: str
) -> None:
    world.sign_ins.approval = "required"
    asked = browser.press(http, browser.authorize(http), "account", DANA)
    browser.press(http, asked, "action", "request", justification="Please")
    listed = http.get("/microsoft/organizations/admin-consent-requests")
    assert "Please" in listed.text
    browser.press(http, listed, "answer", answer)
    page = browser.authorize(http)
    if answer == "blocked":
        assert page.status_code == 400
        assert then in page.text
    elif answer == "denied":
        assert browser.read(browser.press(http, page, "account", DANA)).title == then
    else:  # nobody is asked any more, and the policy stays for other apps
        for email in (DANA, "marcus@acme.example"):
            assert then in browser.redirected(browser.press(http, browser.authorize(http), "account", email))
        assert world.sign_ins.approval == "required"
    (request,) = world.sign_ins.approval_requests
    assert request.answer == answer

"""Microsoft's ways to say no, and the consent an administrator gives for everyone."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from pmtui.sandbox.world import World
from tests.sandbox import browser, google_browser
from tests.sandbox.test_control import pull
from tests.sandbox.test_sign_in import problem

DANA, MARCUS, ADA = "dana@acme.example", "marcus@acme.example", "ada@acme.example"
WEB = "https://pmtui.acme.example/callback/outlook"
GRAPH = "https://graph.microsoft.com/"


def picked(http: httpx2.Client, email: str = DANA, **changes: str) -> httpx2.Response:
    """The page after the account was picked."""
    return browser.press(http, browser.authorize(http, **changes), "account", email)


def admin_link(http: httpx2.Client, **changes: str) -> httpx2.Response:
    """Open the link for administrators."""
    asked = {
        "client_id": CLIENT_ID,
        "scope": f"{GRAPH}Calendars.ReadWrite offline_access",
        "redirect_uri": WEB,
        "state": "the-state",
    } | changes
    asked = {name: value for name, value in asked.items() if value}
    return http.get(f"/microsoft/{asked.pop('tenant', 'organizations')}/v2.0/adminconsent", params=asked)


# --- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [53000, 53003, 530035, 50105, 700016, 7000112])
def test_some_refusals_stay_on_microsofts_page(http: httpx2.Client, number: int) -> None:
    pull(http, "refuse", {"number": number})
    page = picked(http)
    assert (page.status_code, f"AADSTS{number}: " in page.text) == (400, True)
    assert "location" not in page.headers
    pull(http, "refuse", None)
    assert browser.read(picked(http)).title == "Permissions requested"


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ({"number": 65001}, ("consent_required", None)),
        ({"number": 90094}, ("access_denied", None)),
        ({"number": 90095}, ("access_denied", "cancel")),
        ({"number": 65004}, ("access_denied", "cancel")),
        ({"number": 53003, "where": "redirect"}, ("interaction_required", None)),
        ({"number": 7000112, "where": "redirect"}, ("unauthorized_client", None)),
        ({"number": 90094, "error": "consent_required", "suberror": "cancel"}, ("consent_required", "cancel")),
        ({"number": 123, "text": "New"}, ("access_denied", None)),
    ],
)
def test_others_are_told_to_the_app(http: httpx2.Client, refused: dict[str, Any], told: tuple[str, str | None]) -> None:
    pull(http, "refuse", refused)
    answer = browser.redirected(picked(http))
    assert (answer["error"], answer.get("error_subcode")) == told
    assert answer["error_description"].startswith(f"AADSTS{refused['number']}: {refused.get('text', '')}")
    assert answer["state"] == "the-state"


@pytest.mark.parametrize(
    ("number", "error", "suberror"),
    [
        (700082, "invalid_grant", "bad_token"),
        (50173, "invalid_grant", "bad_token"),
        (70043, "invalid_grant", "bad_token"),
        (65001, "invalid_grant", "consent_required"),
        (53003, "interaction_required", "message_only"),
    ],
)
def test_a_refresh_can_be_refused(http: httpx2.Client, number: int, error: str, suberror: str) -> None:
    token = browser.sign_in(http, DANA)["refresh_token"]
    pull(http, "refuse", {"number": number, "where": "refresh"})
    answer = browser.refresh(http, token)
    assert problem(answer) == (400, error, number)
    assert answer.json()["suberror"] == suberror


def test_a_refusal_strikes_one_person_and_as_often_as_it_was_told(http: httpx2.Client) -> None:
    dana, marcus = (browser.sign_in(http, email)["refresh_token"] for email in (DANA, MARCUS))
    pull(http, "refuse", {"number": 50173, "person": DANA, "count": 2})
    assert browser.refresh(http, marcus).status_code == 200
    assert [browser.refresh(http, dana).status_code for _ in range(3)] == [400, 400, 200]


def test_wanted_claims_are_handed_over_and_lift_the_refusal_when_brought_along(http: httpx2.Client) -> None:
    token = browser.sign_in(http, DANA)["refresh_token"]
    pull(http, "refuse", {"number": 50076})
    answer = browser.refresh(http, token)
    assert problem(answer) == (400, "interaction_required", 50076)
    claims = answer.json()["claims"]
    browser.redirected(picked(http))
    assert browser.refresh(http, token).status_code == 400
    browser.redirected(picked(http, claims=claims))
    assert browser.refresh(http, token).status_code == 200


@pytest.mark.parametrize(("value", "number"), [({"secret": "newer"}, 7000215), ({"expired": True}, 7000222)])
def test_the_apps_secret_can_be_replaced_or_run_out(http: httpx2.Client, value: dict[str, Any], number: int) -> None:
    code = browser.code_for(http, DANA)
    pull(http, "client_secret", value)
    assert problem(browser.redeem(http, code, client_secret=CLIENT_SECRET)) == (401, "invalid_client", number)
    pull(http, "client_secret", {"secret": "newer"})
    assert browser.redeem(http, code, client_secret="newer").status_code == 200


def test_a_blocked_app_refreshes_nothing(http: httpx2.Client) -> None:
    token = browser.sign_in(http, DANA)["refresh_token"]
    pull(http, "approval", "blocked")
    assert problem(browser.refresh(http, token)) == (400, "unauthorized_client", 7000112)


@pytest.mark.parametrize("value", [{"number": 1, "where": "nowhere"}, {"number": 1, "why": "x"}, {}, {"number": "x"}])
def test_a_refusal_that_makes_no_sense_is_refused_in_words(http: httpx2.Client, value: dict[str, Any]) -> None:
    answer = http.post("/__world", json={"refuse": value})
    assert answer.status_code == 400
    assert answer.json()["error"]


# --- approval --------------------------------------------------------------------------------------------------


def test_without_requests_the_page_only_leads_back(http: httpx2.Client) -> None:
    pull(http, "approval", "required-without-requests")
    pull(http, "approval_return", {"number": 90094, "subcode": None})
    page = picked(http)
    assert browser.read(page).title == "Need admin approval"
    assert browser.read(page).buttons == [("action", "cancel")]
    answer = browser.redirected(browser.press(http, page, "action", "cancel"))
    assert (answer["error"], answer["error_description"][:11]) == ("access_denied", "AADSTS90094")
    assert "error_subcode" not in answer


def test_after_a_request_there_may_be_a_way_back(http: httpx2.Client, world: World) -> None:
    pull(http, "approval", "required")
    pull(http, "approval_return", {"after_request": True})
    sent = browser.press(http, picked(http), "action", "request", justification="Please")
    answer = browser.redirected(browser.press(http, sent, "action", "return"))
    assert (answer["error"], answer["error_description"][:11]) == ("access_denied", "AADSTS90095")
    assert len(world.sign_ins.approval_requests) == 1


@pytest.mark.parametrize("email", [None, DANA])
def test_consent_can_be_withdrawn(http: httpx2.Client, email: str | None) -> None:
    pull(http, "consent_for_all", ["User.Read", "Calendars.ReadWrite", "MailboxSettings.Read"])
    tokens = browser.sign_in(http, DANA)
    assert pull(http, "withdraw_consent", email) == 1
    answer = browser.refresh(http, tokens["refresh_token"])
    assert (problem(answer), answer.json()["suberror"]) == ((400, "invalid_grant", 65001), "consent_required")
    asked = picked(http).status_code == 200
    assert asked == (email is None)  # what the organisation agreed to stands if one person goes


# --- an administrator's link -------------------------------------------------------------------------------------


def test_an_administrator_agrees_for_everyone(http: httpx2.Client) -> None:
    pull(http, "approval", "required")
    review = browser.press(http, admin_link(http, scope=browser.SCOPES), "account", ADA)
    assert browser.read(review).title == "Review permissions for your organization"
    assert "Have full access to your calendars" in review.text
    sent = browser.press(http, review, "action", "accept")
    assert sent.headers["location"].startswith(WEB + "?")
    answer = browser.redirected(sent)
    assert set(answer) == {"admin_consent", "tenant", "scope", "state"}
    assert (answer["admin_consent"], answer["tenant"], answer["state"]) == ("True", TENANT_ID, "the-state")
    assert f"{GRAPH}Calendars.ReadWrite" in answer["scope"].split()
    for email in (DANA, MARCUS):
        assert "code" in browser.redirected(picked(http, email))


def test_default_stands_for_all_that_is_registered(http: httpx2.Client) -> None:
    review = browser.press(http, admin_link(http, scope=f"{GRAPH}.default"), "account", ADA)
    answer = browser.redirected(browser.press(http, review, "action", "accept"))
    assert {f"{GRAPH}Calendars.ReadWrite", f"{GRAPH}MailboxSettings.Read"} <= set(answer["scope"].split())


@pytest.mark.parametrize("after_picking", [False, True])
def test_an_administrator_says_no(http: httpx2.Client, world: World, after_picking: bool) -> None:
    page = admin_link(http)
    page = browser.press(http, page, "account", ADA) if after_picking else page
    answer = browser.redirected(browser.press(http, page, "action", "cancel"))
    assert (answer["admin_consent"], answer["error"], answer["state"]) == ("True", "consent_required", "the-state")
    assert answer["error_description"].startswith("AADSTS65004: ")
    assert world.sign_ins.organisation_consents == {}


def test_somebody_else_gets_no_further_than_back(http: httpx2.Client, world: World) -> None:
    page = browser.press(http, admin_link(http), "account", DANA)
    assert browser.read(page).title == "Need admin approval"
    form = browser.read(page)
    answer = browser.redirected(http.post(form.action, data={**form.hidden, "action": "accept"}))  # as a cheat would
    assert (answer["error"], answer["error_description"][:11]) == ("access_denied", "AADSTS90094")
    assert world.sign_ins.organisation_consents == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": ""},
        {"client_id": "other"},
        {"tenant": "common"},
        {"tenant": "elsewhere.example"},
    ],
)
def test_a_wrong_link_leads_nowhere(http: httpx2.Client, changes: dict[str, str]) -> None:
    page = admin_link(http, **changes)
    assert (page.status_code, "AADSTS" in page.text) == (400, True)
    assert "location" not in page.headers


def test_a_wrong_scope_is_told_and_a_used_page_is_none(http: httpx2.Client) -> None:
    assert browser.redirected(admin_link(http, scope="Mail.Read"))["error"] == "invalid_scope"
    review = browser.press(http, admin_link(http), "account", ADA)
    browser.press(http, review, "action", "accept")
    assert "AADSTS165000" in browser.press(http, review, "action", "accept").text


# --- hosted callbacks ------------------------------------------------------------------------------------------


def test_a_hosted_callback_is_registered_with_both_providers(http: httpx2.Client) -> None:
    at = "https://coaching.acme.example/sign-in"
    assert "AADSTS50011" in browser.authorize(http, redirect_uri=f"{at}/callback/outlook").text
    assert pull(http, "callback_url", f"{at}/") == [f"{at}/callback/outlook", f"{at}/callback/google"]
    assert browser.read(browser.authorize(http, redirect_uri=f"{at}/callback/outlook")).title == "Pick an account"
    client = http.get("/__settings").json()["google"]["web_client_id"]
    accounts = google_browser.authorize(http, redirect_uri=f"{at}/callback/google", client_id=client)
    assert accounts.status_code == 200
    assert browser.read(browser.authorize(http)).title == "Pick an account"  # those from before stay


@pytest.mark.parametrize("url", ["http://coaching.acme.example", "coaching.acme.example", ""])
def test_a_hosted_callback_has_an_https_address(http: httpx2.Client, url: str) -> None:
    assert "https" in http.post("/__world", json={"callback_url": url}).json()["error"]


def test_redirect_addresses_can_be_set_one_by_one(http: httpx2.Client) -> None:
    pull(http, "redirects", ["https://other.acme.example/back"])
    assert "AADSTS50011" in browser.authorize(http).text
    page = browser.authorize(http, redirect_uri="https://other.acme.example/back")
    assert browser.read(page).title == "Pick an account"

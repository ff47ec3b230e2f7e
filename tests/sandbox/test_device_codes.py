"""Microsoft's device code flow, as the app and the person with a browser meet it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET
from pmtui.sandbox.tokens import DEVICE_GRANT
from pmtui.sandbox.world import World
from tests.sandbox import browser
from tests.sandbox.conftest import Hands
from tests.sandbox.test_control import pull
from tests.sandbox.test_sign_in import problem

DANA = "dana@acme.example"
AT = "/microsoft/organizations/oauth2/v2.0/devicecode"


def start(http: httpx2.Client, **changes: str) -> dict[str, Any]:
    """What the app gets to show."""
    answer = http.post(AT, data={"client_id": CLIENT_ID, "scope": browser.SCOPES} | changes)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


def poll(http: httpx2.Client, code: str, **changes: str) -> httpx2.Response:
    """The app asks whether the person is done."""
    form = {"grant_type": DEVICE_GRANT, "client_id": CLIENT_ID, "device_code": code} | changes
    return http.post(browser.TOKEN, data=form)


def type_in(http: httpx2.Client, shown: dict[str, Any], user_code: str | None = None) -> httpx2.Response:
    """A person opens the page and types in the code."""
    page = browser.read(http.get(shown["verification_uri"]))
    assert page.title == "Enter code"
    return http.post(page.action, data={"user_code": user_code or shown["user_code"]})


def agree(http: httpx2.Client, shown: dict[str, Any]) -> httpx2.Response:
    """A person types in the code, picks Dana's account and agrees to all."""
    sure = browser.press(http, type_in(http, shown), "account", DANA)
    assert browser.read(sure).title.startswith("Are you trying to sign in to")
    consent = browser.press(http, sure, "action", "continue")
    return browser.press(http, consent, "action", "accept") if browser.read(consent).buttons else consent


def test_the_app_gets_a_code_to_show_and_no_complete_address(http: httpx2.Client, base_url: str) -> None:
    shown = start(http)
    assert set(shown) == {"user_code", "device_code", "verification_uri", "expires_in", "interval", "message"}
    assert (shown["expires_in"], shown["interval"]) == (900, 5)
    assert shown["verification_uri"] == f"{base_url}/microsoft/devicelogin"
    assert shown["user_code"] in shown["message"]
    assert start(http)["user_code"] != shown["user_code"]


def test_the_app_polls_until_the_person_is_done_and_gets_tokens_once(http: httpx2.Client, hands: Hands) -> None:
    shown = start(http)
    assert problem(poll(http, shown["device_code"])) == (400, "authorization_pending", 70016)
    assert "You may now close this window" in agree(http, shown).text
    hands.forward(seconds=5)
    tokens = poll(http, shown["device_code"]).json()
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)
    me = http.get("/graph/v1.0/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["mail"] == DANA
    assert browser.refresh(http, tokens["refresh_token"]).status_code == 200
    hands.forward(seconds=5)
    assert problem(poll(http, shown["device_code"])) == (400, "bad_verification_code", 70018)


def test_who_polls_too_fast_is_slowed_down_for_good(http: httpx2.Client, hands: Hands) -> None:
    code = start(http)["device_code"]
    answers = []
    for seconds in (0, 5, 2, 5, 15, 10):  # the third is too soon, so from then on ten seconds are wanted, then fifteen
        hands.forward(seconds=seconds)
        answers.append(poll(http, code).json()["error"])
    pending, slow = "authorization_pending", "slow_down"
    assert answers == [pending, pending, slow, slow, pending, slow]


@pytest.mark.parametrize("step", ["picker", "sure", "consent"])
def test_a_person_who_declines_ends_it(http: httpx2.Client, step: str) -> None:
    shown = start(http)
    page = type_in(http, shown)
    if step != "picker":
        page = browser.press(http, page, "account", DANA)
    if step == "consent":
        page = browser.press(http, page, "action", "continue")
    declined = browser.press(http, page, "action", "cancel")
    assert browser.read(declined).title == "You have not been signed in"
    assert problem(poll(http, shown["device_code"])) == (400, "authorization_declined", 70017)


def test_a_code_runs_out_after_fifteen_minutes(http: httpx2.Client, hands: Hands) -> None:
    shown = start(http)
    hands.forward(minutes=15)
    assert "didn't work" in type_in(http, shown).text
    assert problem(poll(http, shown["device_code"])) == (400, "expired_token", 70020)


def test_a_code_typed_wrong_can_be_typed_again_in_either_case_and_works_once(http: httpx2.Client) -> None:
    shown = start(http)
    assert "didn't work" in type_in(http, shown, "WRONGCODE").text
    assert browser.read(type_in(http, shown, f" {shown['user_code'].lower()} ")).title == "Pick an account"
    agree(http, shown)
    assert "didn't work" in type_in(http, shown).text


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"client_id": "other"}, "unauthorized_client"), ({"scope": ""}, "invalid_scope"), ({"scope": "Mail.Read"},) * 2],
)
def test_a_wrong_request_gets_no_code(http: httpx2.Client, changes: dict[str, str], error: object) -> None:
    answer = http.post(AT, data={"client_id": CLIENT_ID, "scope": browser.SCOPES} | changes)
    assert answer.status_code == 400
    assert answer.json()["error"] == (error if isinstance(error, str) else "invalid_scope")


def test_a_device_code_of_nobody_is_not_recognised(http: httpx2.Client) -> None:
    assert problem(poll(http, "made-up")) == (400, "bad_verification_code", 70018)


def test_where_a_policy_blocks_it_the_person_reads_so_and_the_app_polls_in_vain(
    http: httpx2.Client, hands: Hands
) -> None:
    pull(http, "device_flow", "blocked")
    shown = start(http)
    sure = browser.press(http, type_in(http, shown), "account", DANA)
    blocked = browser.press(http, sure, "action", "continue")
    assert "AADSTS53003" in blocked.text
    assert poll(http, shown["device_code"]).json()["error"] == "authorization_pending"
    hands.forward(minutes=15)
    assert poll(http, shown["device_code"]).json()["error"] == "expired_token"


def test_an_app_that_is_no_public_client_needs_its_secret(http: httpx2.Client) -> None:
    pull(http, "device_flow", "not-enabled")
    code = start(http)["device_code"]
    assert problem(poll(http, code)) == (401, "invalid_client", 7000218)
    assert poll(http, code, client_secret=CLIENT_SECRET).json()["error"] == "authorization_pending"


def test_where_approval_is_required_asking_for_it_leaves_the_app_polling(http: httpx2.Client, world: World) -> None:
    pull(http, "approval", "required")
    shown = start(http)
    asked = browser.press(http, browser.press(http, type_in(http, shown), "account", DANA), "action", "continue")
    sent = browser.press(http, asked, "action", "request", justification="Please")
    assert browser.read(sent).title == "Request sent"
    assert poll(http, shown["device_code"]).json()["error"] == "authorization_pending"


def test_no_device_code_shows_in_the_state(http: httpx2.Client) -> None:
    shown = start(http)
    agree(http, shown)
    poll(http, shown["device_code"])
    seen = http.get("/__state").text
    assert shown["device_code"] not in seen
    assert shown["user_code"] not in seen

"""The sandbox's Microsoft side over https, tried by Microsoft's own client: msal."""

from __future__ import annotations

import ssl
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import msal
import pytest
import requests

from pmtui.sandbox.certificate import Certificate, certificate
from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.times import system_now
from pmtui.sandbox.world import World
from tests.sandbox import browser
from tests.sandbox.test_control import pull

# no app of ours is a web page
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")

CODE = "msal signs in to the sandbox over TLS with PKCE, to every kind of tenant; a code goes once, its verifier counts"
REFRESH = (
    "msal refreshes silently from its cache: rotation, no question while the token is good, why a refresh is refused"
)
DEVICE = "msal's device flow to the end: pending, slow_down, declined, run out, never given"
SAFE = "msal refuses a wrong state, and a server whose certificate it does not know"
MET = "msal shows what the person met: approval, policies, blocked apps, wrong secrets, claims; consent for all"

DANA, MARCUS = "dana@acme.example", "marcus@acme.example"
SCOPES = ["User.Read", "Calendars.ReadWrite", "MailboxSettings.Read"]
LOOPBACK = "http://localhost:53127/callback/outlook"
HOSTED = "https://coaching.acme.example/callback/outlook"


def shows(what: str) -> pytest.MarkDecorator:
    return pytest.mark.shows("Sign-in", what, by="msal")


@dataclass
class Cloud:
    """The sandbox over https, the person's browser at it, and msal's apps."""

    running: Running
    made: Certificate
    http: httpx2.Client

    def public(self, tenant: str = "organizations") -> Any:
        """An app on somebody's machine."""
        return msal.PublicClientApplication(CLIENT_ID, **self._options(tenant))

    def confidential(self, secret: str = CLIENT_SECRET) -> Any:
        """An app on an organisation's host."""
        return msal.ConfidentialClientApplication(CLIENT_ID, client_credential=secret, **self._options("organizations"))

    def _options(self, tenant: str) -> dict[str, Any]:
        authority = f"{self.running.base_url}/microsoft/{tenant}"
        # A session of requests of its own: msal's would be kept for all tests.
        return {"authority": authority, "instance_discovery": False, "verify": str(self.made.file)}

    def agree(self, link: str, email: str = DANA) -> dict[str, str]:
        """What the browser brings back of somebody who picks that account and agrees."""
        answer = browser.press(self.http, self.http.get(link), "account", email)
        if answer.status_code == 200:
            answer = browser.press(self.http, answer, "action", "accept")
        return browser.redirected(answer)

    def signed_in(self, app: Any, redirect: str = LOOPBACK) -> dict[str, Any]:
        """The whole way by msal's own flow object."""
        flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=redirect, prompt="select_account")
        tokens: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, self.agree(flow["auth_uri"]))
        assert "error" not in tokens, tokens
        return tokens

    def mail(self, access_token: str) -> Any:
        """Whose token it is."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.http.get("/graph/v1.0/me", headers=headers).json().get("mail")


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Certificate]]:
    made = certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1", system_now())
    with serve(World(callback_urls=("https://coaching.acme.example",)), tls=made) as running:
        yield running, made


@pytest.fixture
def cloud(_served: tuple[Running, Certificate], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A fresh sandbox; what a machine trusts otherwise does not count, for requests would prefer it."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    running, made = _served
    running.world.now = system_now
    running.world.reset()
    trusted = ssl.create_default_context(cafile=made.file)
    with httpx2.Client(base_url=running.base_url, verify=trusted, timeout=20) as http:
        yield Cloud(running, made, http)


@pytest.fixture
def passing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], None]:
    """Let msal's waiting pass without waiting, on the sandbox's clock too; something happens after so many seconds."""
    started, passed = system_now(), 0
    events: dict[int, Callable[[], object]] = {}

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += int(seconds)
        events.pop(passed, lambda: None)()

    def now() -> float:
        return started.timestamp() + passed

    cloud.running.world.now = lambda: type(started).fromtimestamp(now(), started.tzinfo)
    monkeypatch.setattr(msal.oauth2cli.oauth2, "time", types.SimpleNamespace(time=now, sleep=sleep))
    return events.__setitem__


# --- authorization code ------------------------------------------------------------------------------------------


@shows(CODE)
@pytest.mark.parametrize("tenant", ["organizations", "common", "acme.example", TENANT_ID])
def test_msal_signs_in_with_pkce_and_knows_the_account(cloud: Cloud, tenant: str) -> None:
    app = cloud.public(tenant)
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=LOOPBACK)
    asked = parse_qs(urlsplit(flow["auth_uri"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    tokens = app.acquire_token_by_auth_code_flow(flow, cloud.agree(flow["auth_uri"]))
    assert tokens["id_token_claims"]["preferred_username"] == DANA
    assert set(SCOPES) <= set(tokens["scope"].split())
    assert cloud.mail(tokens["access_token"]) == DANA
    (account,) = app.get_accounts()
    person = cloud.running.world.people[DANA]
    assert (account["username"], account["home_account_id"]) == (DANA, f"{person.object_id}.{TENANT_ID}")


@shows(CODE)
def test_msal_sends_a_verifier_that_is_checked_and_a_code_goes_once(cloud: Cloud) -> None:
    app = cloud.public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=LOOPBACK)
    answer = cloud.agree(flow["auth_uri"])
    wrong = app.acquire_token_by_auth_code_flow(flow | {"code_verifier": "x" * 50}, answer)
    assert (wrong["error"], wrong["error_codes"]) == ("invalid_grant", [501481])
    assert "access_token" in app.acquire_token_by_auth_code_flow(flow, answer)
    again = app.acquire_token_by_auth_code_flow(flow, answer)
    assert (again["error"], again["error_codes"]) == ("invalid_grant", [54005])


@shows(SAFE)
def test_msal_refuses_a_wrong_state(cloud: Cloud) -> None:
    app = cloud.public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=LOOPBACK)
    answer = cloud.agree(flow["auth_uri"])
    for state in ({"state": "another"}, {}):
        with pytest.raises(ValueError, match="state"):
            app.acquire_token_by_auth_code_flow(flow, {"code": answer["code"], **state})
    assert not app.get_accounts()


@shows(CODE)
def test_msal_tells_two_accounts_apart(cloud: Cloud) -> None:
    app = cloud.public()
    for email in (DANA, MARCUS):
        flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=LOOPBACK)
        app.acquire_token_by_auth_code_flow(flow, cloud.agree(flow["auth_uri"], email))
    for email in (DANA, MARCUS):
        (account,) = app.get_accounts(email)
        assert cloud.mail(app.acquire_token_silent(SCOPES, account)["access_token"]) == email


@shows(CODE)
def test_an_app_with_a_secret_signs_in_at_its_hosted_address(cloud: Cloud) -> None:
    assert cloud.mail(cloud.signed_in(cloud.confidential(), HOSTED)["access_token"]) == DANA
    app = cloud.public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=HOSTED)
    without = app.acquire_token_by_auth_code_flow(flow, cloud.agree(flow["auth_uri"]))
    assert (without["error"], without["error_codes"]) == ("invalid_client", [7000218])


@shows(MET)
@pytest.mark.parametrize(
    ("secret", "lever", "number"), [("wrong", {}, 7000215), (CLIENT_SECRET, {"expired": True}, 7000222)]
)
def test_msal_shows_that_the_secret_is_wrong_or_expired(
    cloud: Cloud, secret: str, lever: dict[str, Any], number: int
) -> None:
    pull(cloud.http, "client_secret", lever)
    app = cloud.confidential(secret)
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=HOSTED)
    answer = app.acquire_token_by_auth_code_flow(flow, cloud.agree(flow["auth_uri"]))
    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [number])


# --- refreshing ---------------------------------------------------------------------------------------------------


@shows(REFRESH)
def test_msal_refreshes_from_its_cache_and_the_refresh_token_rotates(cloud: Cloud) -> None:
    pull(cloud.http, "access_seconds", 60)  # less than msal keeps in hand
    app = cloud.public()
    first = cloud.signed_in(app)
    (account,) = app.get_accounts()

    def cached() -> set[str]:
        kept = app.token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)
        return {entry["secret"] for entry in kept}

    before = cached()
    second = app.acquire_token_silent(SCOPES, account)
    assert second["access_token"] != first["access_token"]
    assert len(before) == len(cached()) == 1
    assert before != cached()
    assert app.acquire_token_silent(SCOPES, account)["access_token"] != second["access_token"]
    assert all(token in cloud.running.world.sign_ins.refresh for token in before | cached())  # the old ones stay alive


@shows(REFRESH)
def test_msal_asks_nobody_while_its_token_is_good(cloud: Cloud) -> None:
    app = cloud.public()
    first = cloud.signed_in(app)
    asked = len(cloud.running.world.requests)
    (account,) = app.get_accounts()
    assert app.acquire_token_silent(SCOPES, account)["access_token"] == first["access_token"]
    assert len(cloud.running.world.requests) == asked


@shows(REFRESH)
@pytest.mark.parametrize(
    ("number", "error", "classification"),  # msal's name for those suberrors that tell an app what to do
    [
        (700082, "invalid_grant", ""),
        (50173, "invalid_grant", ""),
        (70043, "invalid_grant", ""),
        (65001, "invalid_grant", "consent_required"),
        (50076, "interaction_required", "basic_action"),
        (53003, "interaction_required", "message_only"),
    ],
)
def test_msal_shows_why_a_refresh_is_refused(cloud: Cloud, number: int, error: str, classification: str) -> None:
    app = cloud.public()
    cloud.signed_in(app)
    (account,) = app.get_accounts()
    pull(cloud.http, "refuse", {"number": number, "where": "refresh"})
    answer = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert (answer["error"], answer["error_codes"]) == (error, [number])
    assert answer["error_description"].startswith(f"AADSTS{number}: ")
    assert answer["classification"] == classification


@shows(MET)
def test_msal_brings_wanted_claims_along(cloud: Cloud) -> None:
    app = cloud.public()
    cloud.signed_in(app)
    (account,) = app.get_accounts()
    pull(cloud.http, "refuse", {"number": 50076})
    claims = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)["claims"]
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=LOOPBACK, claims_challenge=claims)
    assert "access_token" in app.acquire_token_by_auth_code_flow(flow, cloud.agree(flow["auth_uri"]))
    assert "access_token" in app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)


# --- refusals that come back ----------------------------------------------------------------------------------------


@shows(MET)
@pytest.mark.parametrize(
    ("refused", "error"),
    [
        ({"number": 65004}, "access_denied"),
        ({"number": 65001}, "consent_required"),
        ({"number": 90094}, "access_denied"),
        ({"number": 53003, "where": "redirect"}, "interaction_required"),
    ],
)
def test_msal_shows_what_the_person_met(cloud: Cloud, refused: dict[str, Any], error: str) -> None:
    pull(cloud.http, "refuse", refused)
    app = cloud.public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=LOOPBACK)
    answer = app.acquire_token_by_auth_code_flow(flow, cloud.agree(flow["auth_uri"]))
    assert answer["error"] == error
    assert answer["error_description"].startswith(f"AADSTS{refused['number']}: ")


@shows(MET)
def test_an_administrators_consent_spares_everybody_the_question(cloud: Cloud) -> None:
    pull(cloud.http, "approval", "required")
    link = f"/microsoft/organizations/v2.0/adminconsent?client_id={CLIENT_ID}&scope=.default&redirect_uri={HOSTED}"
    assert cloud.agree(link, "ada@acme.example")["admin_consent"] == "True"
    assert cloud.mail(cloud.signed_in(cloud.public())["access_token"]) == DANA


# --- device code ---------------------------------------------------------------------------------------------------


def device_clicks(cloud: Cloud, flow: dict[str, Any], last: str = "accept") -> None:
    """A person types in the code, picks Dana's account, and agrees or declines."""
    page = browser.read(cloud.http.get(flow["verification_uri"]))
    accounts = cloud.http.post(page.action, data={"user_code": flow["user_code"]})
    sure = browser.press(cloud.http, accounts, "account", DANA)
    browser.press(cloud.http, browser.press(cloud.http, sure, "action", "continue"), "action", last)


@shows(DEVICE)
def test_msal_polls_a_device_code_to_the_end(
    cloud: Cloud, passing: Callable[[int, Callable[[], object]], None]
) -> None:
    app = cloud.public()
    flow = app.initiate_device_flow(SCOPES)
    assert flow["user_code"] in flow["message"]
    assert "verification_uri_complete" not in flow
    passing(12, lambda: device_clicks(cloud, flow))
    tokens = app.acquire_token_by_device_flow(flow)
    assert cloud.mail(tokens["access_token"]) == DANA
    polls = [one for one in cloud.running.world.requests if one.path.endswith("/token")]
    assert [one.status for one in polls] == [400, 400, 400, 200]
    (account,) = app.get_accounts()
    assert "access_token" in app.acquire_token_silent(SCOPES, account, force_refresh=True)


@shows(DEVICE)
def test_msal_slows_down_when_told_to(cloud: Cloud, passing: Callable[[int, Callable[[], object]], None]) -> None:
    app = cloud.public()
    flow = app.initiate_device_flow(SCOPES)
    flow["interval"] = 2
    passing(30, lambda: device_clicks(cloud, flow))
    assert "access_token" in app.acquire_token_by_device_flow(flow)
    assert flow["interval"] > 2


@shows(DEVICE)
@pytest.mark.parametrize(("happens", "error"), [("cancel", "authorization_declined"), ("nothing", "expired_token")])
def test_msal_is_told_that_somebody_declined_or_nobody_came(
    cloud: Cloud, passing: Callable[[int, Callable[[], object]], None], happens: str, error: str
) -> None:
    app = cloud.public()
    flow = app.initiate_device_flow(SCOPES)
    if happens == "cancel":
        passing(7, lambda: device_clicks(cloud, flow, "cancel"))
    assert app.acquire_token_by_device_flow(flow)["error"] == error


@shows(DEVICE)
def test_msal_is_told_that_its_device_code_was_never_given(cloud: Cloud) -> None:
    app = cloud.public()
    flow = app.initiate_device_flow(SCOPES)
    assert app.acquire_token_by_device_flow(flow | {"device_code": "made-up"})["error"] == "bad_verification_code"


# --- the wire ---------------------------------------------------------------------------------------------------------


@shows(SAFE)
def test_without_the_certificate_msal_says_no(cloud: Cloud) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        msal.PublicClientApplication(
            CLIENT_ID, authority=f"{cloud.running.base_url}/microsoft/organizations", instance_discovery=False
        )

"""The sandbox's Google side, tried by Google's own clients: google-auth-oauthlib and google-api-python-client."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import google.auth.exceptions
import google.auth.transport.requests
import httpx2
import oauthlib.oauth2
import pytest
from google_auth_oauthlib.flow import Flow, InstalledAppFlow
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.world import World
from tests.sandbox import google_browser
from tests.sandbox.google_client import add, pull, timed

DANA, PRIYA = "dana@acme.example", "priya@acme.example"
START = datetime(2027, 3, 10, 15, 30, tzinfo=UTC)
SCOPES = ["openid", google_browser.EMAIL, google_browser.OWNED]
OWN = "pm0123456789abcdef"


@pytest.fixture(scope="module")
def _served() -> Iterator[Running]:
    with serve(World(lambda: START)) as running:
        yield running


@pytest.fixture
def sandbox(_served: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """A fresh sandbox; the clients are told that plain http is meant."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    _served.world.reset()
    return _served


@pytest.fixture
def person(sandbox: Running) -> Iterator[httpx2.Client]:
    """A person's browser."""
    with httpx2.Client(base_url=sandbox.base_url, timeout=20) as http:
        yield http


def signs_in(what: str) -> pytest.MarkDecorator:
    return pytest.mark.shows("Sign-in", what, by="google-auth-oauthlib")


def works(what: str) -> pytest.MarkDecorator:
    return pytest.mark.shows("Calendars", what, by="google-api-python-client")


def configuration(http: httpx2.Client, kind: str) -> dict[str, Any]:
    """What Google's console hands out as client_secret.json."""
    told = http.get("/__settings").json()["google"]
    client = "desktop" if kind == "installed" else "web"
    return {
        kind: {
            "client_id": told[f"{client}_client_id"],
            "client_secret": told[f"{client}_client_secret"],
            "auth_uri": told["authorize_url"],
            "token_uri": told["token_url"],
            "redirect_uris": ["http://localhost"],
        }
    }


def flow_of(http: httpx2.Client, kind: str = "installed") -> Flow:
    """A flow as Google's documents set it up."""
    redirect = google_browser.REDIRECT if kind == "installed" else "https://pmtui.acme.example/callback/google"
    return Flow.from_client_config(
        configuration(http, kind), SCOPES, redirect_uri=redirect, autogenerate_code_verifier=True
    )


def clicked(http: httpx2.Client, link: str, *, without: tuple[str, ...] = ()) -> str:
    """The address a person arrives at who picks Dana's account and agrees."""
    return google_browser.agreed(http, http.get(link), DANA, without=without).headers["location"]


def signed_in(http: httpx2.Client, kind: str = "installed", **asked: str) -> Any:
    """Google's client through the whole flow."""
    flow = flow_of(http, kind)
    link, _ = flow.authorization_url(prompt="select_account", **asked)
    flow.fetch_token(authorization_response=clicked(http, link))
    return flow.credentials


@pytest.fixture
def calendar(sandbox: Running, person: httpx2.Client) -> Any:
    """Google's client of the Calendar API, from the description it brings along; Dana's calendar is empty."""
    credentials = signed_in(person)
    pull(person, "google_clear_events", DANA)
    endpoint = {"api_endpoint": f"{sandbox.base_url}/google/calendar/v3/"}
    return build("calendar", "v3", credentials=credentials, client_options=endpoint, static_discovery=True).events()


def event(**changes: Any) -> dict[str, Any]:
    """An event as an app writes it."""
    private = {"visibility": "private", "extendedProperties": {"private": {"pm": "1"}}}
    return timed("15:00", "15:30", id=OWN, summary="Coaching", **private) | changes


def refused(call: Callable[[], Any]) -> tuple[int, str]:
    """Status and reason as Google's client reads them."""
    with pytest.raises(HttpError) as error:
        call()
    (detail,) = error.value.error_details
    return error.value.status_code, detail["reason"]


@signs_in("The sandbox's Google signs in Google's own client, as a desktop and as a web app")
@pytest.mark.parametrize("kind", ["installed", "web"])
def test_googles_client_signs_in_with_both_kinds_of_client(person: httpx2.Client, kind: str) -> None:
    credentials = signed_in(person, kind)
    assert credentials.refresh_token
    assert credentials.id_token
    assert set(credentials.granted_scopes) == set(SCOPES)
    assert not credentials.expired


@signs_in("Its loopback server gets the answer")
def test_the_local_server_of_googles_client_gets_its_answer(person: httpx2.Client) -> None:
    class Clicking(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            threading.Thread(target=lambda: httpx2.get(clicked(person, url), timeout=20)).start()
            return True

    webbrowser.register("clicking", None, Clicking())
    flow = InstalledAppFlow.from_client_config(configuration(person, "installed"), SCOPES)
    credentials = flow.run_local_server(
        host="127.0.0.1", port=0, browser="clicking", authorization_prompt_message="", timeout_seconds=20
    )
    assert credentials.refresh_token


@signs_in("It notices a wrong state, a refusal, and a permission left out")
def test_googles_client_notices_a_wrong_state_and_a_refusal(person: httpx2.Client) -> None:
    flow = flow_of(person)
    link, _ = flow.authorization_url()
    with pytest.raises(oauthlib.oauth2.MismatchingStateError):
        flow.fetch_token(authorization_response=clicked(person, link).replace("state=", "state=x"))
    link, _ = flow.authorization_url()
    away = google_browser.go_on(person, person.get(link), "cancel").headers["location"]
    with pytest.raises(oauthlib.oauth2.AccessDeniedError):
        flow.fetch_token(authorization_response=away)


@signs_in("It notices a wrong state, a refusal, and a permission left out")
def test_googles_client_notices_that_a_scope_was_left_out(person: httpx2.Client) -> None:
    flow = flow_of(person)
    link, _ = flow.authorization_url()
    arrived = clicked(person, link, without=(google_browser.OWNED,))
    with pytest.raises(Warning, match="Scope has changed"):
        flow.fetch_token(authorization_response=arrived)


@signs_in("Its PKCE verifier is checked")
def test_googles_client_sends_a_verifier_that_is_checked(person: httpx2.Client) -> None:
    flow = flow_of(person)
    link, _ = flow.authorization_url()
    arrived = clicked(person, link)
    right, flow.code_verifier = flow.code_verifier, "x" * 50
    with pytest.raises(oauthlib.oauth2.InvalidGrantError):
        flow.fetch_token(authorization_response=arrived)
    flow.code_verifier = right
    assert flow.fetch_token(authorization_response=arrived)["access_token"]


@signs_in("It refreshes, and is told when that is over; a second refresh token only with consent")
def test_googles_client_refreshes_and_is_told_when_that_is_over(person: httpx2.Client) -> None:
    credentials = signed_in(person)
    old, kept = credentials.token, credentials.refresh_token
    credentials.refresh(google.auth.transport.requests.Request())
    assert credentials.token != old
    assert credentials.refresh_token == kept
    assert person.post("/google/revoke", data={"token": credentials.token}).status_code == 200
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_grant"):
        credentials.refresh(google.auth.transport.requests.Request())


@signs_in("It refreshes, and is told when that is over; a second refresh token only with consent")
def test_the_second_sign_in_brings_a_refresh_token_only_with_consent(person: httpx2.Client) -> None:
    assert signed_in(person).refresh_token
    assert signed_in(person).refresh_token is None
    flow = flow_of(person)
    link, _ = flow.authorization_url(prompt="select_account consent")
    flow.fetch_token(authorization_response=clicked(person, link))
    assert flow.credentials.refresh_token


@works("An event's whole life: made, changed, 412, 409 duplicate, deleted, 410, revived, 404")
def test_an_event_lives_its_whole_life_in_googles_client(calendar: Any) -> None:
    made = calendar.insert(calendarId="primary", sendUpdates="none", body=event()).execute()
    assert calendar.get(calendarId="primary", eventId=OWN).execute() == made
    changed = calendar.patch(calendarId="primary", eventId=OWN, body={"summary": "Moved"})
    changed.headers["If-Match"] = made["etag"]
    assert changed.execute()["summary"] == "Moved"
    stale = calendar.patch(calendarId="primary", eventId=OWN, body={"summary": "Stale"})
    stale.headers["If-Match"] = made["etag"]
    assert refused(stale.execute) == (412, "conditionNotMet")
    assert refused(calendar.insert(calendarId="primary", body=event()).execute) == (409, "duplicate")
    assert calendar.delete(calendarId="primary", eventId=OWN).execute() == ""
    assert refused(calendar.delete(calendarId="primary", eventId=OWN).execute) == (410, "deleted")
    assert calendar.list(calendarId="primary").execute()["items"] == []
    assert refused(calendar.insert(calendarId="primary", body=event()).execute) == (409, "duplicate")
    assert calendar.update(calendarId="primary", eventId=OWN, body=event()).execute()["status"] == "confirmed"
    assert [one["id"] for one in calendar.list(calendarId=DANA).execute()["items"]] == [OWN]
    assert refused(calendar.get(calendarId="primary", eventId="nothere").execute) == (404, "notFound")
    assert refused(calendar.list(calendarId=PRIYA).execute) == (404, "notFound")


@works("Paging, an empty page among them")
def test_googles_client_reads_every_page_even_an_empty_one(calendar: Any, person: httpx2.Client) -> None:
    made = {add(person, **timed("10:00", "11:00")) for _ in range(7)}
    pull(person, "google_pages", {"size": 2, "first_empty": True})
    request = calendar.list(calendarId="primary", singleEvents=True, maxResults=2500, timeMin="2027-03-01T00:00:00Z")
    found, pages = [], 0
    while request is not None:
        answer = request.execute()
        found += [one["id"] for one in answer["items"]]
        pages += 1
        request = calendar.list_next(request, answer)
    assert (len(found), set(found), pages) == (7, made, 5)


@works("The busy read, with the fields pmtui asks for: no titles in the answer")
def test_googles_client_asks_for_busy_times_as_the_specification_does(calendar: Any, person: httpx2.Client) -> None:
    add(person, summary="Secret", eventType="focusTime", **timed("10:00", "11:00"))
    calendar.insert(calendarId="primary", body=event()).execute()
    fields = (
        "items(id,status,transparency,eventType,start,end,attendees(self,responseStatus),"
        "extendedProperties/private),nextPageToken,timeZone"
    )
    asked = {"singleEvents": True, "showDeleted": False, "maxAttendees": 1, "maxResults": 2500, "fields": fields}
    window = {"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-04-30T00:00:00Z"}
    answer = calendar.list(calendarId="primary", **asked, **window).execute()
    assert answer["timeZone"] == "America/Chicago"
    by_type = {one["eventType"]: one for one in answer["items"]}
    assert by_type["default"]["extendedProperties"] == {"private": {"pm": "1"}}
    assert set(by_type["focusTime"]) == {"id", "status", "eventType", "start", "end"}


@works("An ended token is refreshed, a revoked one is told")
def test_googles_client_refreshes_by_itself_when_the_token_ended(calendar: Any, person: httpx2.Client) -> None:
    assert pull(person, "google_expire_tokens", DANA) == 1
    assert calendar.list(calendarId="primary").execute()["items"] == []
    pull(person, "google_revoke", DANA)
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_grant"):
        calendar.list(calendarId="primary").execute()


@works("Faults that pass (429, 403 rate limits, 500, 503) are known as such and those that stay are not repeated")
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 403},
        {"status": 403, "reason": "userRateLimitExceeded"},
        {"status": 500},
        {"status": 503, "retry_after": 1},
    ],
    ids=str,
)
def test_googles_client_knows_a_passing_fault_and_tries_again(
    calendar: Any, person: httpx2.Client, fault: dict[str, Any]
) -> None:
    person.post("/__faults", json={"kind": "status", "path": "/google/calendar/", "count": 2} | fault)
    request = calendar.list(calendarId="primary")
    waits: list[float] = []
    request._sleep = waits.append
    assert request.execute(num_retries=2)["items"] == []
    assert len(waits) == 2


@works("Faults that pass (429, 403 rate limits, 500, 503) are known as such and those that stay are not repeated")
@pytest.mark.parametrize("fault", [{"status": 403, "reason": "quotaExceeded"}, {"status": 400}], ids=str)
def test_googles_client_knows_a_fault_that_stays(calendar: Any, person: httpx2.Client, fault: dict[str, Any]) -> None:
    person.post("/__faults", json={"kind": "status", "path": "/google/calendar/", "count": 1} | fault)
    request = calendar.list(calendarId="primary")
    assert refused(lambda: request.execute(num_retries=2))[0] == fault["status"]
    assert request.execute()["items"] == []

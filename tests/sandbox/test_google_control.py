"""Google's side of the sandbox's own endpoints: sample calendars, levers, state, faults, secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from pmtui.sandbox.calendars import calendar_of
from pmtui.sandbox.google_checks import checked
from pmtui.sandbox.google_event import instances
from pmtui.sandbox.google_sample import google_calendar_of
from pmtui.sandbox.people import Person, everyone
from pmtui.sandbox.world import World
from tests.sandbox import google_browser
from tests.sandbox.conftest import START, Hands
from tests.sandbox.google_client import DANA, EVENTS, PRIYA, add, listed, pull, reason, timed

COACHES = [person for person in everyone() if person.role == "coach"]


@pytest.mark.parametrize("coach", COACHES, ids=lambda coach: coach.email)
def test_a_coach_meets_the_same_month_at_google_as_in_outlook(coach: Person) -> None:
    google = google_calendar_of(coach, START)
    until = START + timedelta(days=60)
    spread = [one for event in google for one in (instances(event, until) if event.recurrence else [event])]
    assert sorted((one.starts, one.ends, one.fields["summary"]) for one in spread) == sorted(
        (event.starts, event.ends, event.subject) for event in calendar_of(coach, START)
    )
    assert google == google_calendar_of(coach, START)


@pytest.mark.parametrize("coach", COACHES, ids=lambda coach: coach.email)
def test_a_coachs_calendar_has_every_kind_of_event_and_google_would_take_each(coach: Person) -> None:
    events = google_calendar_of(coach, START)
    assert {event.fields.get("eventType", "default") for event in events} == {
        "default",
        "focusTime",
        "outOfOffice",
        "workingLocation",
        "birthday",
    }
    assert len({event.id for event in events}) == len(events)
    for event in events:
        checked(event)


def test_invitations_carry_the_owners_answer(http: httpx2.Client) -> None:
    http.headers["authorization"] = "Bearer " + google_browser.sign_in(http, DANA)["access_token"]
    answers = {
        one["attendees"][0]["responseStatus"]
        for one in listed(http, singleEvents="true", maxAttendees="1")
        if "attendees" in one
    }
    assert answers == {"needsAction", "declined"}


def test_a_series_whose_rhythm_is_no_week_is_told_date_by_date() -> None:
    (one_to_one, *_) = [
        event
        for event in google_calendar_of(COACHES[0], START)
        if event.recurrence and "1:1" in event.fields["summary"]
    ]
    assert one_to_one.recurrence[0].startswith("RDATE;TZID=America/Chicago:")


def test_the_settings_lead_to_every_endpoint(http: httpx2.Client, base_url: str) -> None:
    found = http.get("/__settings").json()["google"]
    discovered = http.get("/google/.well-known/openid-configuration").json()
    assert found["issuer"] == discovered["issuer"]
    assert (found["authorize_url"], found["token_url"], found["revoke_url"], found["keys_url"]) == tuple(
        discovered[name] for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri")
    )
    assert found["calendar_url"] == f"{base_url}/google/calendar/v3/"


def test_the_owner_changes_moves_and_deletes_an_event(dana: httpx2.Client) -> None:
    event = add(dana, summary="Lunch", **timed("17:00", "18:00"))
    changes = {"transparency": "transparent"}
    pull(dana, "google_change_event", {"person": DANA, "id": event, "changes": changes})
    moved = {"start": "2027-03-15T18:00:00Z", "end": "2027-03-15T19:00:00Z"}
    pull(dana, "google_move_event", {"person": DANA, "id": event} | moved)
    shown = dana.get(f"{EVENTS}/{event}", params={"timeZone": "UTC"}).json()
    assert (shown["transparency"], shown["start"]["dateTime"]) == ("transparent", "2027-03-15T18:00:00Z")
    pull(dana, "google_delete_event", {"person": DANA, "id": event})
    assert dana.get(f"{EVENTS}/{event}").json()["status"] == "cancelled"
    assert pull(dana, "google_clear_events", DANA) == 1


def test_somebody_elses_event_is_moved_by_its_organizer(dana: httpx2.Client) -> None:
    theirs = add(dana, organizer={"email": PRIYA}, attendees=[{"email": DANA}], **timed("10:00", "11:00"))
    moved = {"start": "2027-03-15T12:00:00Z", "end": "2027-03-15T13:00:00Z"}
    pull(dana, "google_move_event", {"person": DANA, "id": theirs} | moved)
    assert listed(dana, timeZone="UTC")[0]["start"]["dateTime"] == "2027-03-15T12:00:00Z"


def test_the_state_shows_calendars_grants_and_sign_ins(dana: httpx2.Client) -> None:
    dana.post(EVENTS, json=timed("15:00", "15:30", summary="Ours", extendedProperties={"private": {"pm": "1"}}))
    add(dana, summary="Daily", recurrence=["RRULE:FREQ=DAILY;COUNT=3"], **_zoned())
    account = dana.get(f"/__state?person={DANA}").json()["google"][DANA]
    assert (account["timezone"], account["live_sign_ins"]) == ("America/Chicago", 1)
    assert google_browser.OWNED in account["granted"]
    rows = [(one["summary"], one["recurring"], one["written_by_app"]) for one in account["events"]]
    assert rows == [("Daily", True, False), ("Ours", False, True), ("Daily", True, False), ("Daily", True, False)]
    (ours,) = dana.get("/__state?written=1").json()["google"][DANA]["events"]
    assert (ours["start"], ours["private"], ours["status"]) == ("2027-03-15T15:00:00Z", {"pm": "1"}, "confirmed")


def _zoned() -> dict[str, Any]:
    return {
        name: {"dateTime": f"2027-03-15T{at}", "timeZone": "America/Chicago"}
        for name, at in (("start", "09:00:00"), ("end", "09:15:00"))
    }


def test_tokens_expire_shorten_and_end_by_hand(http: httpx2.Client, hands: Hands) -> None:
    pull(http, "google_access_seconds", 60)
    tokens = google_browser.sign_in(http, DANA)
    assert tokens["expires_in"] == 60
    http.headers["authorization"] = f"Bearer {tokens['access_token']}"
    assert http.get(EVENTS).status_code == 200
    assert pull(http, "google_expire_tokens", DANA) == 1
    assert reason(http.get(EVENTS)) == (401, "authError")
    newer = google_browser.refresh(http, tokens["refresh_token"]).json()["access_token"]
    assert http.get(EVENTS, headers={"Authorization": f"Bearer {newer}"}).status_code == 200
    assert pull(http, "google_revoke", DANA) == 1
    assert google_browser.refresh(http, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert http.get(EVENTS, headers={"Authorization": f"Bearer {newer}"}).status_code == 401


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({"google_refuse": "tuesday"}, "org_internal"),
        ({"google_add_event": {"person": "nobody@acme.example", "event": {}}}, "nobody"),
        ({"google_add_event": {"person": "aaron.abbott@acme.example", "event": {}}}, "Google account"),
        ({"google_add_event": {"person": DANA, "event": {"summary": "x"}}}, "start time"),
        ({"google_delete_event": {"person": DANA, "id": "none"}}, "not found"),
        ({"google_change_event": {"person": DANA}}, "id"),
    ],
)
def test_a_lever_that_makes_no_sense_is_refused_in_words(http: httpx2.Client, document: object, word: str) -> None:
    answer = http.post("/__world", json=document)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_a_new_person_gets_a_google_calendar_too(http: httpx2.Client, world: World) -> None:
    person = {"name": "New Coach", "email": "new@acme.example", "role": "coach", "team": "Billing"}
    pull(http, "add_person", person | {"timezone": "Europe/London"})
    http.headers["authorization"] = "Bearer " + google_browser.sign_in(http, "new@acme.example")["access_token"]
    assert len(listed(http)) > 20


def test_who_asks_too_often_has_to_wait_and_others_do_not(dana: httpx2.Client, hands: Hands) -> None:
    pull(dana, "google_quota", 2)
    assert [dana.get(EVENTS).status_code for _ in range(3)] == [200, 200, 403]
    assert reason(dana.get(EVENTS)) == (403, "userRateLimitExceeded")
    priya = google_browser.sign_in(dana, PRIYA)["access_token"]
    assert dana.get(EVENTS, headers={"Authorization": f"Bearer {priya}"}).status_code == 200
    hands.forward(minutes=1)
    assert dana.get(EVENTS).status_code == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 429}, (429, "rateLimitExceeded")),
        ({"status": 403}, (403, "rateLimitExceeded")),
        ({"status": 403, "reason": "userRateLimitExceeded"}, (403, "userRateLimitExceeded")),
        ({"status": 403, "reason": "quotaExceeded"}, (403, "quotaExceeded")),
        ({"status": 500}, (500, "backendError")),
        ({"status": 503, "retry_after": 3}, (503, "backendError")),
        ({"status": 404}, (404, "notFound")),
        ({"kind": "401-once"}, (401, "authError")),
    ],
    ids=str,
)
def test_faults_have_googles_form(dana: httpx2.Client, fault: dict[str, object], expected: tuple[int, str]) -> None:
    dana.post("/__faults", json={"kind": "status", "path": "/google/calendar/"} | fault)
    assert reason(dana.get(EVENTS)) == expected
    assert dana.get(EVENTS).status_code == 200


def test_a_fault_of_the_token_endpoint_is_no_verdict_on_the_token(http: httpx2.Client) -> None:
    token = google_browser.sign_in(http, DANA)["refresh_token"]
    http.post("/__faults", json={"kind": "status", "status": 503, "path": "/google/token"})
    answer = google_browser.refresh(http, token)
    assert (answer.status_code, answer.json()["error"]) == (503, "internal_failure")
    assert google_browser.refresh(http, token).status_code == 200


def test_a_cut_after_the_work_leaves_the_event_behind(dana: httpx2.Client, world: World) -> None:
    dana.post("/__faults", json={"kind": "cut-after", "method": "POST", "path": "/google/calendar/"})
    with pytest.raises(httpx2.RemoteProtocolError):
        dana.post(EVENTS, json=timed("15:00", "15:30", id="pm12345"))
    assert "pm12345" in world.google.of(DANA)
    assert reason(dana.post(EVENTS, json=timed("15:00", "15:30", id="pm12345"))) == (409, "duplicate")


@pytest.mark.parametrize("status", [403, 429])
def test_the_whole_application_has_a_quota_too(http: httpx2.Client, hands: Hands, status: int) -> None:
    tokens = [google_browser.sign_in(http, who)["access_token"] for who in (DANA, "marcus@acme.example")]
    pull(http, "google_project_quota", {"most": 2, "status": status})

    def ask(token: str) -> httpx2.Response:
        return http.get(EVENTS, headers={"Authorization": f"Bearer {token}"})

    assert [ask(token).status_code for token in tokens] == [200, 200]
    assert [reason(ask(token)) for token in tokens] == [(status, "rateLimitExceeded")] * 2
    hands.forward(minutes=1)
    assert ask(tokens[0]).status_code == 200
    pull(http, "google_project_quota", None)
    assert {ask(token).status_code for token in tokens * 3} == {200}


def test_the_log_counts_by_route_and_keeps_calendar_queries_whole(dana: httpx2.Client) -> None:
    for one in ("aaaaa", "bbbbb"):
        dana.get(f"{EVENTS}/{one}?fields=id")
    requests = dana.get("/__state").json()["requests"]
    assert requests["counts"]["GET /google/calendar/v3/calendars/{calendar}/events/{id}"] == 2
    assert (requests["log"][-1]["query"], requests["log"][-1]["status"]) == ("fields=id", 404)


def test_no_secret_of_a_google_sign_in_ever_shows_in_the_state(http: httpx2.Client) -> None:
    code = google_browser.answer_for(http, DANA, state="canary-state", nonce="canary-nonce")["code"]
    tokens = google_browser.redeem(http, code).json()
    newer = google_browser.refresh(http, tokens["refresh_token"]).json()
    http.get(EVENTS, headers={"Authorization": f"Bearer {newer['access_token']}"})
    http.post(f"/google/revoke?token={tokens['refresh_token']}")
    seen = http.get("/__state").text
    secrets = [code, google_browser.VERIFIER, "canary-state", "canary-nonce", tokens["refresh_token"]]
    secrets += [answer[name] for answer in (tokens, newer) for name in ("access_token", "id_token")]
    assert not [secret for secret in secrets if secret in seen]

"""Faults on demand, the request log, and that no secret shows in it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from pmtui.sandbox.shifts import COACHING
from pmtui.sandbox.world import WFM_TOKEN, World
from tests.sandbox import browser, google_browser

TEAMS = "/wfm/api/query/Team/AllTeams"
DANA, MARCUS = "dana@acme.example", "marcus@acme.example"


@pytest.fixture
def wfm(http: httpx2.Client) -> httpx2.Client:
    """A client that may ask the WFM."""
    http.headers["authorization"] = f"Bearer {WFM_TOKEN}"
    return http


def queue(http: httpx2.Client, *faults: dict[str, Any]) -> None:
    """Queue these faults."""
    assert http.post("/__faults", json=list(faults)).status_code == 200


def test_a_status_strikes_as_often_as_asked_and_carries_its_headers(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "status", "status": 429, "retry_after": 7, "path": "/wfm/", "count": 2})
    for _ in range(2):
        answer = wfm.post(TEAMS, json={})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert wfm.post(TEAMS, json={}).status_code == 200


def test_a_fault_strikes_only_its_method_and_path_and_waits_its_turn(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "status", "status": 500, "path": "/wfm/api/query/Team", "method": "POST", "skip": 1})
    assert wfm.post("/wfm/api/query/Activity/AllActivities", json={}).status_code == 200
    assert wfm.get(TEAMS).status_code == 405
    assert wfm.post(TEAMS, json={}).status_code == 200
    assert wfm.post(TEAMS, json={}).status_code == 500
    assert wfm.post(TEAMS, json={}).status_code == 200


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/graph/v1.0/me", {"error"}),
        ("/microsoft/organizations/v2.0/.well-known/openid-configuration", {"error", "error_description"}),
        ("/wfm/api/query/Team/AllTeams", {"Message"}),
    ],
)
def test_each_provider_fails_in_its_own_form(http: httpx2.Client, path: str, names: set[str]) -> None:
    queue(http, {"kind": "status", "status": 503}, {"kind": "status", "status": 400, "body": {"error": "mine"}})
    answer = http.get(path)
    assert (answer.status_code, set(answer.json())) == (503, names)
    assert http.get(path).json() == {"error": "mine"}


def test_retry_after_comes_as_seconds_as_a_date_or_not_at_all(wfm: httpx2.Client) -> None:
    for more, header in (
        ({"retry_after": 90}, "90"),
        ({"retry_after": 90, "as_date": True}, "Wed, 10 Mar 2027 15:31:30 GMT"),
        ({}, None),
    ):
        queue(wfm, {"kind": "status", "status": 429} | more)
        assert wfm.post(TEAMS, json={}).headers.get("retry-after") == header


@pytest.mark.parametrize(
    ("form", "status", "kind", "start"),
    [
        ("html", 200, "application/json", "<html>"),
        ("page", 200, "text/html", "<!doctype html>"),
        ("list", 200, "application/json", "[]"),
        ("empty", 200, "application/json", ""),
        ("truncated", 200, "application/json", '{"Result":[{"Id":"'),
        ("html", 502, "application/json", "<html>"),
    ],
)
def test_garbage_comes_in_several_forms(wfm: httpx2.Client, form: str, status: int, kind: str, start: str) -> None:
    queue(wfm, {"kind": "garbage", "form": form} | ({} if status == 200 else {"status": status}))
    answer = wfm.post(TEAMS, json={})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, kind)
    assert answer.text.startswith(start)
    if form != "list":
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()


def test_a_token_can_be_refused_once_or_for_good(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "401-once"})
    assert [wfm.post(TEAMS, json={}).status_code for _ in range(2)] == [401, 200]
    queue(wfm, {"kind": "401-for-good"})
    assert [wfm.post(TEAMS, json={}).status_code for _ in range(5)] == [401] * 5
    wfm.delete("/__faults")
    assert wfm.post(TEAMS, json={}).status_code == 200


def test_the_wfms_errors_can_come_inside_a_200(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "wfm-errors", "reason": "The schedule is locked."})
    answer = wfm.post(TEAMS, json={})
    assert (answer.status_code, answer.json()) == (
        200,
        {"Result": [], "Errors": [{"Message": "The schedule is locked."}]},
    )


def test_a_route_is_named_by_its_template(http: httpx2.Client) -> None:
    http.headers["authorization"] = "Bearer " + browser.sign_in(http, DANA)["access_token"]
    queue(http, {"kind": "status", "status": 503, "route": "GET /graph/v1.0/me/events/{id}", "count": None})
    assert http.get("/graph/v1.0/me/events?$top=1").status_code == 200
    assert [http.get(f"/graph/v1.0/me/events/{one}").status_code for one in "abc"] == [503] * 3
    queue(http, {"kind": "status", "status": 503, "route": "POST /microsoft/{tenant}/oauth2/v2.0/token"})
    assert http.post("/microsoft/acme.example/oauth2/v2.0/token").status_code == 503


def test_a_fault_can_strike_one_person_at_every_provider(http: httpx2.Client, world: World) -> None:
    """By the token at the calendars, by who is meant in the WFM, by what is redeemed at the token endpoints."""
    tokens = {who: browser.sign_in(http, who) for who in (DANA, MARCUS)}
    google = {who: google_browser.sign_in(http, who) for who in (DANA, MARCUS)}

    def ask(call: str, who: str) -> int:
        period = {"StartDate": "2027-03-10", "EndDate": "2027-03-10"}
        meeting = {
            "ExternalMeetingId": f"session {who}",
            "Period": {"StartTime": "2027-03-15T15:00:00Z", "EndTime": "2027-03-15T15:30:00Z"},
            "Participants": [world.people[who].person_id],
            "ActivityId": COACHING.id,
        }
        secret = {"Authorization": f"Bearer {WFM_TOKEN}"}
        if call == "graph":
            headers = {"Authorization": f"Bearer {tokens[who]['access_token']}"}
            return http.get("/graph/v1.0/me", headers=headers).status_code
        if call == "google":
            headers = {"Authorization": f"Bearer {google[who]['access_token']}"}
            return http.get("/google/calendar/v3/calendars/primary/events", headers=headers).status_code
        if call == "refresh":
            return browser.refresh(http, tokens[who]["refresh_token"]).status_code
        if call == "google refresh":
            return google_browser.refresh(http, google[who]["refresh_token"]).status_code
        path, body = {
            "schedule": (
                "/query/Schedule/ScheduleByPersonIds",
                {"PersonIds": [world.people[who].person_id.upper()], "Period": period},
            ),
            "add": ("/command/AddMeetings", {"TimeZoneId": "UTC", "ExternalMeetings": [meeting]}),
            "remove": ("/command/RemoveMeetings", {"ExternalMeetingIds": [f"session {who}"]}),
        }[call]
        return http.post("/wfm/api" + path, json=body, headers=secret).status_code

    for call in ("graph", "google", "refresh", "google refresh", "schedule", "add", "remove"):
        queue(http, {"kind": "status", "status": 503, "person": DANA, "skip": 1})
        assert [ask(call, who) for who in (DANA, MARCUS, DANA, DANA)] == [200, 200, 503, 200], call


def test_a_delay_outlasts_an_impatient_client_and_answers_a_patient_one(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "delay", "seconds": 0.2, "count": 2})
    with pytest.raises(httpx2.ReadTimeout):
        wfm.post(TEAMS, json={}, timeout=0.02)
    assert wfm.post(TEAMS, json={}).status_code == 200


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ({"kind": "cut-before"}, 0),
        ({"kind": "cut-after"}, 1),
        ({"kind": "timeout-before"}, 0),
        ({"kind": "timeout-after"}, 1),
        ({"kind": "status", "status": 503}, 0),
        ({"kind": "status", "status": 503, "after": True}, 1),
        ({"kind": "garbage"}, 0),
        ({"kind": "garbage", "after": True}, 1),
        ({"kind": "garbage", "form": "truncated"}, 1),
        ({"kind": "401-once"}, 0),
    ],
    ids=str,
)
def test_the_work_is_done_or_not_as_told(http: httpx2.Client, world: World, fault: dict[str, Any], kept: int) -> None:
    http.headers["authorization"] = "Bearer " + browser.sign_in(http, DANA)["access_token"]
    event = {
        "subject": "Coaching",
        "start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-03-15T15:30:00", "timeZone": "UTC"},
    }
    queue(http, fault | {"method": "POST", "path": "/graph/v1.0/me/events"})
    answered, lost = True, {"cut": httpx2.RemoteProtocolError, "tim": httpx2.ReadTimeout}.get(fault["kind"][:3])
    if lost is None:
        http.post("/graph/v1.0/me/events", json=event)
    else:
        answered = False
        with pytest.raises(lost):
            http.post("/graph/v1.0/me/events", json=event, timeout=httpx2.Timeout(10, read=0.05))
    assert sum(one.by_app for one in world.outlook.of(DANA).values()) == kept
    (entry,) = [one for one in http.get("/__state").json()["requests"]["log"] if one["fault"]]
    assert (entry["fault"], entry["status"] is not None) == (fault["kind"], answered)


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kind": "explode"}, "kind"),
        ({"kind": "delay", "minutes": 1}, "minutes"),
        ("delay", "object"),
        ({}, "kind"),
        ({"kind": "garbage", "form": "prose"}, "form"),
        ({"kind": "status", "route": "GET /nowhere"}, "route"),
        ({"kind": "status", "count": "two"}, "count"),
        ({"kind": "status", "person": "nobody@acme.example"}, "nobody"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_words(http: httpx2.Client, fault: object, word: str) -> None:
    answer = http.post("/__faults", json=fault)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_queued_faults_can_be_forgotten(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "status", "count": 100})
    wfm.delete("/__faults")
    assert wfm.post(TEAMS, json={}).status_code == 200


def test_the_log_counts_by_route_and_leaves_the_sandboxs_own_endpoints_out(http: httpx2.Client) -> None:
    http.headers["authorization"] = "Bearer " + browser.sign_in(http, DANA)["access_token"]
    for one in ("a", "b"):
        http.get(f"/graph/v1.0/me/events/{one}?$select=id", headers={"Prefer": 'IdType="ImmutableId"'})
    requests = http.get("/__state").json()["requests"]
    assert requests["counts"]["GET /graph/v1.0/me/events/{id}"] == 2
    assert requests["total"] == sum(requests["counts"].values()) == 6
    last = requests["log"][-1]
    assert (last["query"], last["prefer"], last["status"]) == ("$select=id", ['IdType="ImmutableId"'], 404)


async def test_the_log_tells_how_many_requests_a_client_had_under_way(base_url: str, http: httpx2.Client) -> None:
    queue(http, {"kind": "delay", "seconds": 0.1, "path": "/graph", "count": 3})
    async with httpx2.AsyncClient(base_url=base_url) as client, asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(client.get("/graph/v1.0/me"))
    http.post(TEAMS, json={})
    assert http.get("/__state").json()["requests"]["most_at_once"] == {"graph": 3, "wfm": 1}


def test_no_secret_of_a_sign_in_ever_shows_in_the_state(http: httpx2.Client) -> None:
    code = browser.code_for(http, DANA, state="canary-state", nonce="canary-nonce")
    tokens = browser.redeem(http, code).json()
    newer = browser.refresh(http, tokens["refresh_token"]).json()
    http.headers["authorization"] = f"Bearer {newer['access_token']}"
    http.get("/graph/v1.0/me")
    http.post(TEAMS, json={}, headers={"Authorization": f"Bearer {WFM_TOKEN}"})
    seen = http.get("/__state").text
    secrets = [code, browser.VERIFIER, WFM_TOKEN, "canary-state", "canary-nonce"]
    secrets += [value for answer in (tokens, newer) for name, value in answer.items() if name.endswith("_token")]
    assert len(secrets) == 11
    assert not [secret for secret in secrets if secret in seen]

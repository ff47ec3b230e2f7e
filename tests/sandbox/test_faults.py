"""Faults on demand, the request log, and that no secret shows in it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from pmtui.sandbox.app import create_app
from pmtui.sandbox.faults import Fault
from pmtui.sandbox.world import WFM_TOKEN, World
from tests.sandbox import browser

TEAMS = "/wfm/api/query/Team/AllTeams"
DANA = "dana@acme.example"


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


def test_garbage_is_a_200_that_is_no_json(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "garbage"})
    answer = wfm.post(TEAMS, json={})
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


def test_a_token_can_be_refused_once(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "401-once"})
    assert wfm.post(TEAMS, json={}).status_code == 401
    assert wfm.post(TEAMS, json={}).status_code == 200


def test_a_delay_outlasts_an_impatient_client_and_answers_a_patient_one(wfm: httpx2.Client) -> None:
    queue(wfm, {"kind": "delay", "seconds": 0.2, "count": 2})
    with pytest.raises(httpx2.ReadTimeout):
        wfm.post(TEAMS, json={}, timeout=0.02)
    assert wfm.post(TEAMS, json={}).status_code == 200


@pytest.mark.parametrize(("kind", "kept"), [("cut-before", 0), ("cut-after", 1)])
def test_a_cut_leaves_the_client_without_an_answer_before_or_after_the_work(
    http: httpx2.Client, world: World, kind: str, kept: int
) -> None:
    http.headers["authorization"] = "Bearer " + browser.sign_in(http, DANA)["access_token"]
    event = {
        "subject": "Coaching",
        "start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-03-15T15:30:00", "timeZone": "UTC"},
    }
    queue(http, {"kind": kind, "method": "POST", "path": "/graph/v1.0/me/events"})
    with pytest.raises(httpx2.RemoteProtocolError):
        http.post("/graph/v1.0/me/events", json=event)
    assert sum(one.by_app for one in world.outlook.of(DANA).values()) == kept
    (entry,) = [one for one in http.get("/__state").json()["requests"]["log"] if one["fault"]]
    assert (entry["fault"], entry["status"]) == (kind, None)


async def test_without_a_server_around_the_app_a_cut_is_an_exception() -> None:
    world = World()
    world.faults.append(Fault("cut-before"))
    transport = httpx2.ASGITransport(create_app(world))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        with pytest.raises(ConnectionAbortedError):
            await client.get("/graph/v1.0/me")
        assert (await client.get("/graph/v1.0/me")).status_code == 401


@pytest.mark.parametrize(
    ("fault", "word"),
    [({"kind": "explode"}, "kind"), ({"kind": "delay", "minutes": 1}, "minutes"), ("delay", "object"), ({}, "kind")],
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

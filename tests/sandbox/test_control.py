"""The sandbox's own endpoints: who is here, what happened, and the levers."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pmtui.backend.config import load, read_secret
from pmtui.backend.signin.endpoints import endpoints, google_endpoints
from pmtui.sandbox.grants import CLIENT_ID
from pmtui.sandbox.world import WFM_TOKEN, World
from tests.sandbox import browser
from tests.sandbox.conftest import Hands

DANA = "dana@acme.example"


def pull(http: httpx2.Client, lever: str, value: Any) -> Any:
    """Pull one lever; its answer."""
    answer = http.post("/__world", json={lever: value})
    assert answer.status_code == 200
    return answer.json()[lever]


def events(http: httpx2.Client) -> dict[str, Any]:
    """Dana's events by id."""
    account = http.get("/__state", params={"person": DANA}).json()["accounts"][DANA]
    return {event["id"]: event for event in account["events"]}


def test_the_start_page_says_what_is_here_and_how_to_reach_it(http: httpx2.Client, base_url: str) -> None:
    page = http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "8 coaches, 60 agents" in page.text
    settings = http.get("/__settings").json()
    assert settings["microsoft"]["authority"] == f"{base_url}/microsoft"
    assert settings["graph"]["url"] == f"{base_url}/graph/v1.0/"
    assert (settings["wfm"]["url"], settings["wfm"]["token"]) == (f"{base_url}/wfm/api", WFM_TOKEN)
    for group in settings.values():
        assert all(value in page.text for value in group.values())


def test_the_lines_of_shell_on_the_start_page_point_pmtui_here(
    http: httpx2.Client, base_url: str, tmp_path: Path
) -> None:
    script = html.unescape(http.get("/").text.partition("<pre><code>")[2].partition("</code></pre>")[0])
    printed = subprocess.run(
        ["sh", "-ec", f"{script}\nenv"], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
    ).stdout
    config = load(environment=dict(line.split("=", 1) for line in printed.splitlines()), file=None)
    assert endpoints(config).token.startswith(f"{base_url}/microsoft/organizations/")
    assert google_endpoints(config).calendar == f"{base_url}/google/calendar/v3/"
    assert config.microsoft_client_secret_file is not None
    assert config.google_client_secret_file is not None
    settings = http.get("/__settings").json()
    assert read_secret(config.microsoft_client_secret_file) == settings["microsoft"]["client_secret"]
    assert read_secret(config.google_client_secret_file) == settings["google"]["desktop_client_secret"]


def test_what_the_start_page_says_to_try_works(http: httpx2.Client, base_url: str) -> None:
    page = http.get("/").text
    lines = html.unescape(page.rpartition("<pre><code>")[2].partition("</code></pre>")[0]).splitlines()
    for line in lines[:3]:
        _, _, body, where = shlex.split(line)
        assert http.post(where, content=body).status_code == 200
    assert len(http.get("/__state").json()["faults"]) == 1
    for link in re.findall(r'<li><a href="([^"]+)"', page):
        assert http.get(link).status_code == 200


def test_the_state_tells_of_consent_device_codes_and_refusals(http: httpx2.Client) -> None:
    pull(http, "consent_for_all", ["User.Read"])
    pull(http, "refuse", {"number": 53003, "person": DANA})
    asked = {"client_id": CLIENT_ID, "scope": "openid User.Read"}
    http.post("/microsoft/organizations/oauth2/v2.0/devicecode", data=asked)
    told = http.get("/__state").json()["microsoft"]
    assert "User.Read" in told["consent_for_all"][CLIENT_ID]
    assert [(one["outcome"], one["person"], one["interval"]) for one in told["device_codes"]] == [("pending", None, 5)]
    assert [(one["number"], one["person"], one["where"]) for one in told["refusals"]] == [(53003, DANA, "page")]


def test_the_people_are_given_out_for_seeding(http: httpx2.Client) -> None:
    people = http.get("/__people").json()
    assert len(people) == len({one["email"] for one in people}) == 70
    roles = [one["role"] for one in people]
    assert {role: roles.count(role) for role in set(roles)} == {"admin": 1, "support": 1, "coach": 8, "agent": 60}
    dana = next(one for one in people if one["role"] == "coach")
    expected = {"name": "Dana Reyes", "email": DANA, "role": "coach", "team": "Billing", "timezone": "America/Chicago"}
    assert dana == expected | {"coach": None}
    coaches = {one["email"]: one for one in people if one["role"] == "coach"}
    agents = [one for one in people if one["role"] == "agent"]
    assert all(one["team"] == coaches[one["coach"]]["team"] for one in agents)
    assert {one["coach"] for one in agents} == set(coaches)


def test_the_owner_adds_moves_and_deletes_an_event(http: httpx2.Client, world: World) -> None:
    pull(http, "clear_events", DANA)
    event = {"person": DANA, "subject": "Lunch", "start": "2027-03-15T17:00:00Z", "end": "2027-03-15T18:00:00Z"}
    made = pull(http, "add_event", event)
    assert (events(http)[made]["start"], events(http)[made]["written_by_app"]) == ("2027-03-15T17:00:00Z", False)
    moved = {"person": DANA, "id": made, "start": "2027-03-15T18:00:00Z", "end": "2027-03-15T19:00:00Z"}
    pull(http, "move_event", moved)
    assert (events(http)[made]["start"], events(http)[made]["version"]) == ("2027-03-15T18:00:00Z", 2)
    pull(http, "delete_event", {"person": DANA, "id": made})
    assert events(http) == {}
    whole = pull(http, "add_event", {"person": DANA, "on": "2027-03-15", "until": "2027-03-16", "showAs": "oof"})
    assert (events(http)[whole]["start"], events(http)[whole]["end"]) == (
        "2027-03-15T05:00:00Z",
        "2027-03-17T05:00:00Z",
    )


def test_a_new_person_gets_an_account_and_a_schedule(http: httpx2.Client) -> None:
    person = {"name": "New Coach", "email": "new@acme.example", "role": "coach", "team": "Billing"}
    pull(http, "add_person", person | {"timezone": "Europe/London"})
    browser.sign_in(http, "new@acme.example")
    state = http.get("/__state?person=new@acme.example").json()
    assert state["accounts"]["new@acme.example"]["live_sign_ins"] == 1
    assert any(state["wfm"]["new@acme.example"]["shifts"].values())


def test_tokens_can_be_made_short_lived_or_expired_at_once(http: httpx2.Client, hands: Hands) -> None:
    pull(http, "access_seconds", 60)
    tokens = browser.sign_in(http, DANA)
    assert tokens["expires_in"] == 60
    http.headers["authorization"] = f"Bearer {tokens['access_token']}"
    assert http.get("/graph/v1.0/me").status_code == 200
    assert pull(http, "expire_tokens", DANA) == 1
    assert http.get("/graph/v1.0/me").status_code == 401
    newer = browser.refresh(http, tokens["refresh_token"]).json()["access_token"]
    assert http.get("/graph/v1.0/me", headers={"Authorization": f"Bearer {newer}"}).status_code == 200


def test_the_wfms_token_can_be_changed(http: httpx2.Client) -> None:
    pull(http, "wfm_token", "another")
    for token, status in ((WFM_TOKEN, 401), ("another", 200)):
        answer = http.post("/wfm/api/query/Team/AllTeams", json={}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({"explode": 1}, "explode"),
        ({"approval": "maybe"}, "approval"),
        ({"answer_approval": "maybe"}, "answer"),
        ({"add_event": {"person": "nobody@acme.example"}}, "nobody"),
        ({"add_event": {"person": DANA, "subject": "x"}}, "start"),
        ({"add_event": {"person": DANA, "on": "2027-03-15", "showAs": "gone"}}, "showAs"),
        ({"delete_event": {"person": DANA, "id": "none"}}, "not found"),
        ([], "list"),
    ],
)
def test_a_lever_that_makes_no_sense_is_refused_in_words(http: httpx2.Client, document: object, word: str) -> None:
    answer = http.post("/__world", json=document)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_a_reset_forgets_everything(http: httpx2.Client) -> None:
    before = http.get("/__state").json()
    tokens = browser.sign_in(http, DANA)
    pull(http, "approval", "blocked")
    pull(http, "clear_events", DANA)
    http.post("/__faults", json={"kind": "status", "path": "/nowhere"})
    assert http.get("/__state").json() != before
    http.post("/__reset")
    assert http.get("/__state").json() == before
    assert browser.refresh(http, tokens["refresh_token"]).status_code == 400


def test_the_state_of_somebody_unknown_is_a_404(http: httpx2.Client) -> None:
    assert http.get("/__state?person=nobody@acme.example").status_code == 404

"""The sandbox's Google calendar against Google's own description of it, which this project did not write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import ValidationError

from pmtui.sandbox import google_checks, google_fields, google_query
from pmtui.sandbox.google_calendar import WRITING
from pmtui.sandbox.google_grants import READ_SCOPES, WRITE_SCOPES
from pmtui.sandbox.server import serve
from pmtui.sandbox.world import World
from tests.conformance import google_contract
from tests.conformance.google_contract import check, discovery
from tests.sandbox import google_browser
from tests.sandbox.google_client import EVENTS


def shows(what: str) -> pytest.MarkDecorator:
    return pytest.mark.shows("Google's own description", what, by="google-api-python-client, jsonschema")


METHODS: dict[str, Any] = discovery()["resources"]["events"]["methods"]
EVENT: dict[str, Any] = discovery()["schemas"]["Event"]["properties"]
COACHES = [person.email for person in World().people.values() if person.role == "coach"]


SANDBOX = sorted(str(one) for one in Path("tests/sandbox").glob("test_google_*.py"))
OURS = ("tests/backend/calendars/test_google.py", "tests/backend/signin/test_google_sign_in.py")


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """What went back and forth in the sandbox's own tests and in those of our client, all of it looked at."""
    counts = tmp_path_factory.mktemp("contract") / "counts.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", google_contract.__name__, *SANDBOX, *OURS],
        env={**os.environ, google_contract.COUNTS: str(counts)},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout[-3000:]
    seen: dict[str, dict[str, int]] = json.loads(counts.read_text("utf-8"))
    return seen


@shows(
    "Every answer of the sandbox, in its own tests and in those of our client, is described; errors as the guide says"
)
def test_every_answer_is_as_described(exchanged: dict[str, dict[str, int]], checks: Callable[[int], None]) -> None:
    answers = exchanged["answers"]
    described = {name for name in answers if not name.startswith("error")}
    assert described == {f"calendar.events.{name}" for name in ("list", "get", "insert", "patch", "update")}
    assert {f"error {status}" for status in (400, 401, 403, 404, 409, 410, 412)} <= set(answers), answers
    assert min(answers[name] for name in described) >= 3, answers
    checks(sum(answers.values()))


@shows("Every request of our client is described, from every place in it that sends one: method, parameters, body")
def test_every_request_of_ours_is_as_described(
    exchanged: dict[str, dict[str, int]], checks: Callable[[int], None]
) -> None:
    assert set(exchanged["requests"]) == {
        f"calendar.events.{name}" for name in ("list", "get", "insert", "patch", "update", "delete")
    }
    assert set(exchanged["senders"]) == google_contract.senders()
    checks(sum(exchanged["requests"].values()))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "calendars/primary/events?singleevents=true", None),
        ("GET", "calendars/primary/events?maxResults=2501", None),
        ("GET", "calendars/primary/events?timeMin=2027-03-01T00:00:00", None),
        ("POST", "calendars/primary/events?sendUpdates=nobody", {"summary": "x"}),
        ("POST", "calendars/primary/events", {"title": "x"}),
        ("PATCH", "calendars/primary/events/abcde", {"start": {"at": "noon"}}),
        ("DELETE", "calendars/primary/events/abcde?force=true", None),
    ],
)
@shows("A field, type or time the description does not know is refused: the check is strict")
def test_requests_are_looked_at_strictly(method: str, path: str, body: dict[str, Any] | None) -> None:
    request = httpx2.Request(method, f"http://127.0.0.1{google_contract.PREFIX}{path}", json=body)
    with pytest.raises((AssertionError, KeyError, ValidationError)):
        google_contract.check_request(request, request.read())


@shows("Every event of every coach in the sandbox is one the description knows")
@pytest.mark.parametrize("email", COACHES)
def test_every_coachs_calendar_is_as_described(email: str, checks: Callable[[int], None]) -> None:
    looked_at = 0
    with serve(World()) as running, httpx2.Client(base_url=running.base_url, timeout=20) as http:
        http.headers["authorization"] = "Bearer " + google_browser.sign_in(http, email)["access_token"]
        for asked in ({"singleEvents": "true", "orderBy": "startTime"}, {"showDeleted": "true"}, {"maxAttendees": "1"}):
            document = http.get(EVENTS, params={**asked, "maxResults": "2500"}).json()
            check("Events", document)
            looked_at += 1
            assert len(document["items"]) > 20
            for event in document["items"][:40]:
                check("Event", http.get(f"{EVENTS}/{event['id']}").json())
                looked_at += 1
    checks(looked_at)


@shows("A field, type or time the description does not know is refused: the check is strict")
@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"start": {"day": "2027-03-15"}},
        {"attendees": [{"mail": "x"}]},
        {"summary": 7},
        {"extendedProperties": {"private": {"pm": 1}}},
        {"start": {"date": "soon"}},
        {"start": {"dateTime": "2027-03-15T15:00:00"}},
    ],
    ids=str,
)
def test_the_description_is_read_strictly(wrong: dict[str, Any]) -> None:
    check("Event", {"id": "abcde", "workingLocationProperties": {"homeOffice": {}}})
    with pytest.raises(ValidationError):
        check("Event", wrong)


@shows("Fields, parameters and scopes the sandbox takes are those described")
def test_what_may_be_selected_is_what_an_event_has() -> None:
    assert set(google_fields.EVENT) == set(EVENT)
    assert set(google_fields.EVENTS) == set(discovery()["schemas"]["Events"]["properties"])
    described = discovery()["schemas"]["EventAttendee"]["properties"]
    assert {one["$ref"] for one in (EVENT["start"], EVENT["end"], EVENT["originalStartTime"])} == {"EventDateTime"}
    assert google_fields.EVENT["attendees"].keys() == described.keys()


@shows("Fields, parameters and scopes the sandbox takes are those described")
def test_what_may_be_written_is_what_an_event_has() -> None:
    assert set(google_checks.WRITABLE) | set(google_checks.PASSED_OVER) == set(EVENT)


@shows("Fields, parameters and scopes the sandbox takes are those described")
def test_the_parameters_taken_are_those_described() -> None:
    def described(name: str) -> set[str]:
        return {one for one, how in METHODS[name]["parameters"].items() if how["location"] == "query"}

    assert described("list") - set(google_query.KNOWN) == {"q", "syncToken"}  # refused, as the module says
    assert set(google_query.KNOWN) <= described("list")
    assert set(google_query.STANDARD) <= set(discovery()["parameters"])
    assert set(WRITING) == described("patch") | described("update") | described("insert")


@shows("Fields, parameters and scopes the sandbox takes are those described")
def test_the_scopes_that_open_a_method_are_among_those_described() -> None:
    for name in ("list", "get"):
        assert set(READ_SCOPES) <= set(METHODS[name]["scopes"])
    for name in ("insert", "patch", "update", "delete"):
        assert set(WRITE_SCOPES) <= set(METHODS[name]["scopes"])

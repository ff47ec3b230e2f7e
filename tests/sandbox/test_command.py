"""`pmtui sandbox` and `pmtui sandbox show`."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pmtui.cli.main import run
from pmtui.sandbox.grants import SignIns
from pmtui.sandbox.shifts import COACHING
from pmtui.sandbox.world import WFM_TOKEN, World
from tests.sandbox import browser, google_client

DANA = "dana@acme.example"


@pytest.fixture
def booked(http: httpx2.Client, world: World) -> World:
    """A sandbox in which an app wrote one event to Dana's Outlook calendar and one meeting to her WFM schedule."""
    token = browser.sign_in(http, DANA)["access_token"]
    event = {
        "subject": "Coaching session: Bianca Baker",
        "start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-03-15T15:30:00", "timeZone": "UTC"},
        "sensitivity": "private",
    }
    http.post("/graph/v1.0/me/events", json=event, headers={"Authorization": f"Bearer {token}"})
    meeting = {
        "ExternalMeetingId": "session-1",
        "Period": {"StartTime": "2027-03-15T16:00:00Z", "EndTime": "2027-03-15T16:30:00Z"},
        "Participants": [world.people[DANA].person_id],
        "ActivityId": COACHING.id,
        "Title": "Coaching session",
    }
    command = {"TimeZoneId": "UTC", "ExternalMeetings": [meeting]}
    http.post("/wfm/api/command/AddMeetings", json=command, headers={"Authorization": f"Bearer {WFM_TOKEN}"})
    return world


def test_without_a_person_it_shows_what_was_written(
    booked: World, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", "show", "--url", base_url]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Outlook calendar of Dana Reyes (times in America/Chicago)",
        "Mon 15 Mar 2027",
        "  * 10:00-10:30  Coaching session: Bianca Baker            busy, private, written by pmtui",
        "",
        "WFM calendar of Dana Reyes (times in America/Chicago)",
        "Mon 15 Mar 2027",
        "  * 11:00-11:30  Coaching session                          Coaching, written by pmtui",
    ]


def test_before_anything_was_written_it_says_so(
    world: World, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", "show", "--url", base_url]) == 0
    assert capsys.readouterr().out.startswith("Nothing was written")


def test_a_persons_calendars_are_whole_with_a_star_at_what_was_written(
    booked: World, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", "show", "--url", base_url, "--person", DANA, "--days", "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "    10:00-11:00  Team meeting                              busy" in lines
    assert "    10:30-10:45  Short break" in lines
    starred = [line.split("  ")[2] for line in lines if line.startswith("  *")]
    assert starred == ["Coaching session: Bianca Baker", "Coaching session"]
    assert "Wed 10 Mar 2027" in lines
    assert "Wed 17 Mar 2027" not in lines


def test_a_google_calendar_is_shown_with_what_kind_of_event_each_is(
    dana: httpx2.Client, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    times: dict[str, Any] = {"start": {"dateTime": "2027-03-15T15:00:00Z"}, "end": {"dateTime": "2027-03-15T15:30:00Z"}}
    session = {"summary": "Coaching session: Bianca Baker", "visibility": "private"} | times
    made = dana.post(google_client.EVENTS, json=session).json()["id"]
    google_client.add(dana, summary="Focus", eventType="focusTime", **times)
    assert run(["sandbox", "show", "--url", base_url]) == 0
    written = [
        "Google calendar of Dana Reyes (times in America/Chicago)",
        "Mon 15 Mar 2027",
        "  * 10:00-10:30  Coaching session: Bianca Baker            busy, private, written by pmtui",
    ]
    assert capsys.readouterr().out.splitlines() == written
    dana.delete(f"{google_client.EVENTS}/{made}")
    assert run(["sandbox", "show", "--url", base_url, "--person", DANA]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "    10:00-10:30  Focus                                     busy, focusTime" in lines
    assert f"{written[2].removesuffix('written by pmtui')}deleted, written by pmtui" in lines


def test_json_is_the_sandboxs_own_answer(booked: World, base_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "show", "--url", base_url, "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert [one["subject"] for one in state["accounts"][DANA]["events"]] == ["Coaching session: Bianca Baker"]


def test_a_stranger_and_a_missing_sandbox_are_said_in_one_line(
    world: World, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", "show", "--url", base_url, "--person", "nobody@acme.example"]) == 1
    assert capsys.readouterr().err.startswith("pmtui: The sandbox knows nobody with the address nobody@acme.example.")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["sandbox", "--port", str(port)]) == 1
        assert "Choose another with --port." in capsys.readouterr().err
    assert run(["sandbox", "show", "--url", f"http://127.0.0.1:{port}"]) == 1
    assert (
        capsys.readouterr().err
        == f"pmtui: No sandbox answers at http://127.0.0.1:{port}. Start one with: pmtui sandbox\n"
    )


@contextmanager
def in_the_foreground(*options: str) -> Iterator[tuple[str, list[str]]]:
    """Run the command until the block ends: its address and what else it says at the start. It ends quietly."""
    with subprocess.Popen(
        [sys.executable, "-m", "pmtui", "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PMTUI_CONFIG": "/nowhere/config.toml"},
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[4]
        yield address, [process.stdout.readline().strip() for _ in range(2 if address.startswith("https") else 1)]
        process.send_signal(signal.SIGINT)
        _, problems = process.communicate(timeout=20)
    assert (process.returncode, problems) == (0, "")


def test_in_the_foreground_it_answers_until_interrupted() -> None:
    with in_the_foreground("--callback-url", "https://coaching.acme.example") as (address, _):
        assert httpx2.get(f"{address}__people", timeout=20).status_code == 200
        with httpx2.Client(base_url=address) as http:
            page = browser.authorize(http, redirect_uri="https://coaching.acme.example/callback/outlook")
        assert browser.read(page).title == "Pick an account"


def test_with_tls_it_says_what_to_trust_and_shows_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_the_foreground("--tls-folder", str(tmp_path)) as (address, said):
        assert address.startswith("https://127.0.0.1:")
        trusted = tmp_path / "certificate.pem"
        assert said[1].endswith(str(trusted))
        with httpx2.Client(base_url=address, verify=ssl.create_default_context(cafile=trusted), timeout=20) as http:
            assert http.get("/__settings").json()["microsoft"]["authority"] == f"{address}microsoft"
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{address}__people", timeout=20)
        assert run(["sandbox", "show", "--url", address, "--certificate", str(trusted)]) == 0
        assert capsys.readouterr().out.startswith("Nothing was written")
        assert run(["sandbox", "show", "--url", address, "--certificate", "/nowhere"]) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--callback-url", "http://coaching.acme.example"], "--callback-url: A hosted callback can't be there"),
        (["--tls-folder", "/proc/nowhere"], "--tls-folder: The certificate can't be put into /proc/nowhere"),
    ],
)
def test_a_wrong_option_is_said_in_one_line(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "--port", "0", *options]) == 2
    assert capsys.readouterr().err.startswith(f"pmtui: {told}")


def test_what_is_signed_in_is_not_kept_between_worlds() -> None:
    assert SignIns().key.kid != SignIns().key.kid

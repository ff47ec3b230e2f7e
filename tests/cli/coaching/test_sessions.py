"""`pmtui coaching`: sessions from the proposal to what came of them, as text, JSON and a calendar file."""

import json
from pathlib import Path

import pytest

from tests.cli.coaching.conftest import PAIR, Pmtui
from tests.world import World


def test_json_is_one_document(pmtui: Pmtui) -> None:
    _, out, _ = pmtui("find", *PAIR, "--json")
    assert json.loads(out)["starts_at"][0] == "2027-03-01T15:00:00+00:00"
    _, out, _ = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15", "--json")
    held = json.loads(out)
    assert (held["state"], held["starts_at"]) == ("held", "2027-03-01T16:15:00+00:00")
    _, out, _ = pmtui("list", "--json")
    assert json.loads(out) == [held]


def test_from_proposal_to_cancellation(pmtui: Pmtui) -> None:
    code, out, _ = pmtui("propose", *PAIR, "--start", "2027-03-01T10:15-06:00", "--title", "Calls")
    name, line = out.split(maxsplit=1)
    when = "Mon  1 Mar 2027 10:15-10:45 America/Chicago"
    assert (code, line) == (0, f"{when}  Dana with Kim  Calls  Approval Required  until Mon 1 Mar 10:15\n")
    code, out, _ = pmtui("approve", name.lower())
    assert (code, "scheduled  not yet in the coach's Outlook" in out) == (0, True)
    code, out, _ = pmtui("cancel", name)
    assert (code, "cancelled" in out) == (0, True)
    assert pmtui("list")[1].startswith(name)


def test_reschedule_shows_the_times_or_moves_the_session(pmtui: Pmtui) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    pmtui("approve", name)
    code, out, _ = pmtui("reschedule", name, "--days", "0")
    assert (code, "10:00 10:15 10:30 11:00" not in out, "10:00 10:15 10:30" in out) == (0, True, True)
    code, out, err = pmtui("reschedule", name, "--start", "2027-03-01 14:00")
    assert (code, err) == (0, "")
    assert out.startswith(f"{name}  Mon  1 Mar 2027 14:00-14:30 America/Chicago")
    assert json.loads(pmtui("reschedule", name, "--json")[1])["coach"] == "Dana"


def test_reject_gives_the_time_back(pmtui: Pmtui) -> None:
    for _ in range(2):
        name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
        code, out, _ = pmtui("reject", name)
        assert (code, "rejected" in out) == (0, True)


def test_an_empty_list_says_so(pmtui: Pmtui) -> None:
    assert pmtui("list") == (0, "There are no sessions.\n", "")


def test_a_session_is_written_as_a_calendar_file_that_replaces_none(
    pmtui: Pmtui, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    assert pmtui("ics", name)[0] == 1  # not approved yet
    assert "Not on Kim's calendar: tell Kim yourself." in pmtui("approve", name)[1]
    code, out, _ = pmtui("ics", name.lower())
    file = tmp_path / f"session-{name}.ics"
    assert (code, out) == (0, f"Written: {file}, {file.stat().st_size} bytes.\n")
    assert b"DTSTART:20270301T161500Z\r\n" in file.read_bytes()
    assert pmtui("ics", name)[0] == 2
    assert pmtui("ics", name, "-")[1].encode() == file.read_bytes()


def test_what_came_of_a_session_is_noted(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    pmtui("approve", name)
    assert pmtui("done", name)[0] == 1  # not begun yet
    world.clock.advance(hours=9)
    assert "  missed" in pmtui("missed", name)[1]
    assert "  done" in pmtui("done", name)[1]

"""`pmtui coaching`: sessions from the proposal to what came of them, as text, JSON and a calendar file."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from pmtui.backend.coaching.requests import Requests
from pmtui.backend.states import Delivery
from pmtui.backend.storage.tables.sync import WantedEvent
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
    assert (code, "cancelled  not yet removed from the coach's Outlook" in out) == (0, True)
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


def test_what_was_removed_is_not_said_to_be_there(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    pmtui("approve", name)
    pmtui("cancel", name)
    for delivery, said in (
        (Delivery.DELIVERED, "removed from the coach's Outlook"),
        (Delivery.REFUSED, "could not be removed from the coach's Outlook"),
        (Delivery.LEFT_BEHIND, "left behind in the coach's Outlook"),
    ):
        with world.database.write(world.operator) as tx:
            for event in tx.db.exec(select(WantedEvent)).all():
                event.delivery = delivery
        assert f"cancelled  {said}" in pmtui("list")[1]


def test_a_rejected_request_is_not_given_a_time(pmtui: Pmtui, world: World, tmp_path: Path) -> None:
    with (tmp_path / "requests.csv").open("w+", encoding="utf-8") as file:
        file.write("email,title,wanted_by\nkim@acme.example,Calls,2027-03-05\n")
        file.seek(0)
        Requests(world.database).import_file(world.actor("ada"), file)
    name = pmtui("list")[1].split()[0]
    assert pmtui("reject", name)[1] == f"{name}  wanted by Fri 5 Mar 2027  Dana with Kim  Calls  rejected\n"


def test_what_came_of_a_session_is_noted(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    pmtui("approve", name)
    assert pmtui("done", name)[0] == 1  # not begun yet
    world.clock.advance(hours=9)
    assert "  missed" in pmtui("missed", name)[1]
    assert "  done" in pmtui("done", name)[1]

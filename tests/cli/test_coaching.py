"""`pmtui coaching`: what it prints, and how it refuses."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine

from pmtui.backend.availability.service import weeks_of
from pmtui.backend.coaching.service import Coaching
from pmtui.backend.slots.values import Span, to_minute
from pmtui.backend.states import External, Permission, Provider
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.sync.service import Sync
from pmtui.cli import asking, connecting, output
from pmtui.cli.main import run
from tests.clock import START, ManualClock
from tests.world import World

PAIR = ("--coach", "dana@acme.example", "--agent", "kim@acme.example")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, upgraded SQLite file, to copy."""
    path = tmp_path_factory.mktemp("cli") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def world(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Dana on Outlook and Kim without a calendar; Ada acts unless a test says otherwise."""
    shutil.copy(template, tmp_path / "pmtui.db")
    clock = ManualClock()
    database = Database(f"sqlite:///{tmp_path / 'pmtui.db'}", clock)
    world = World(database, clock)
    world.allow(external=External.OUTLOOK)
    world.coach("dana")
    world.agent("kim")
    world.administrator("ada")
    world.week("dana")
    noon = to_minute(START + timedelta(hours=10))
    world.facts("dana", world.connect("dana", Provider.OUTLOOK), [Span(noon, noon + 60)])
    services = SimpleNamespace(coaching=Coaching(database, Sync(database, weeks_of)))
    monkeypatch.setattr(output, "services", lambda: services)
    act_as(world, monkeypatch, "ada")
    yield world
    database.close()


def act_as(world: World, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setattr(output, "actor", lambda _: world.actor(who))


Pmtui = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pmtui(world: World, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run `pmtui coaching ...`: exit code, standard output, standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(["coaching", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def test_find_shows_the_starts_of_each_day_on_the_coachs_clock(pmtui: Pmtui) -> None:
    code, out, err = pmtui("find", *PAIR, "--days", "1", "--minutes", "60")
    assert (code, err) == (0, "")
    first, rule, *days = out.splitlines()
    assert first == "Dana with Kim, 60 minutes, times in America/Chicago"
    assert rule == "Dana: Outlook calendar and availability · Kim: no calendar"
    assert days[0].startswith("Mon  1 Mar  09:00 09:15")
    assert "11:00 13:00 13:15" in days[0]
    assert days[1].startswith("Tue  2 Mar  09:00")
    assert days[1].endswith("16:00")
    assert len(days) == 2


def test_find_says_why_there_is_none(pmtui: Pmtui, world: World) -> None:
    world.clock.advance(hours=2)
    code, out, _ = pmtui("find", *PAIR)
    assert code == 0
    assert "Dana's Outlook calendar can't be read since 02:00 (the last reading is too old)." in out
    assert "There is no time to offer in the next 14 days." in out
    assert ": the calendar can't be read" in out


def test_find_says_why_where_no_start_could_be_looked_at(pmtui: Pmtui, world: World) -> None:
    world.clock.advance(hours=21, minutes=50)  # ten to midnight
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql(f"UPDATE calendar_facts SET read_at = '{world.clock.at:%F %T}.000000'")
    code, out, _ = pmtui("find", *PAIR, "--days", "0")
    assert (code, out.splitlines()[2:]) == (
        0,
        [
            "There is no time to offer today. No start is left to look at before the last day ends.",
            "Look 1 day ahead instead of 0: Tue 2 Mar 09:00 is free then.",
        ],
    )


def test_a_time_shown_twice_carries_its_offset(pmtui: Pmtui, world: World) -> None:
    world.coach("noel", timezone="America/Chicago")
    world.week(
        "noel",
        json.dumps(
            {
                "timezone": "America/Chicago",
                "weekly": [{"days": ["sun"], "start": "00:00", "end": "24:00"}],
                "overrides": [],
            }
        ),
    )
    world.clock.at = START.replace(month=11, day=6)
    world.facts("noel", world.connect("noel", Provider.OUTLOOK))
    _, out, _ = pmtui("find", "--coach", "noel@acme.example", "--agent", "kim@acme.example", "--days", "2")
    assert "00:45 01:00-05:00 01:15-05:00 01:30-05:00 01:45-05:00 01:00-06:00" in out


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


def test_reschedule_reads_the_calendars_first(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    pmtui("approve", name)
    world.clock.advance(minutes=6)
    looked: list[bool] = []

    def read(done: Callable[[], bool]) -> bool:
        looked.append(done())
        with world.database.write(world.operator) as tx:
            tx.db.connection().exec_driver_sql(f"UPDATE calendar_facts SET read_at = '{world.clock.at:%F %T}.000000'")
        return done()

    monkeypatch.setattr(connecting, "wait_until", read)
    monkeypatch.setattr(connecting, "worker", lambda services: nullcontext())
    code, out, err = pmtui("reschedule", name, "--start", "2027-03-01 14:00")
    assert (code, looked, err) == (0, [False], "Reading the calendars first ...\n")
    assert "14:00-14:30" in out
    world.clock.advance(minutes=6)
    monkeypatch.setattr(connecting, "wait_until", lambda done: done())
    code, out, err = pmtui("reschedule", name, "--start", "2027-03-01 15:00")
    assert (code, out) == (1, "")
    assert err.splitlines()[1].endswith("They are being read: try again in a moment.")


def test_reject_gives_the_time_back(pmtui: Pmtui) -> None:
    for _ in range(2):
        name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
        code, out, _ = pmtui("reject", name)
        assert (code, "rejected" in out) == (0, True)


def test_an_empty_list_says_so(pmtui: Pmtui) -> None:
    assert pmtui("list") == (0, "There are no sessions.\n", "")


def test_an_approval_that_waits_says_so(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    world.clock.advance(minutes=6)
    code, out, _ = pmtui("approve", name)
    assert (code, "being approved" in out) == (0, True)


def test_a_refused_approval_is_one_line_and_exit_1(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM person_permission WHERE permission = 'Coach View Access'")
    code, out, err = pmtui("approve", name)
    assert (code, out) == (1, "")
    assert err.startswith(f"pmtui: Session {name} was not approved. Dana coaches no more. ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("propose", *PAIR, "--start", "tomorrow"), 2, "start: 'tomorrow' is not a start."),
        (("propose", *PAIR, "--start", "2027-03-01 10:07"), 1, "not at 10:07"),
        (("propose", *PAIR, "--start", "2027-03-01 12:00"), 1, "Dana is busy in Outlook then."),
        (("find", *PAIR, "--minutes", "20"), 2, "can't last 20 minutes"),
        (("find", "--coach", "x", "--agent", "y"), 1, "nobody here"),
        (("find", "--coach", "x"), 2, "--agent"),
        (("approve", "ZZZZZZ"), 1, "no session"),
        (("reschedule", "ZZZZZZ", "--start", "2027-03-01 10:15"), 1, "no session"),
        (("reschedule", "ZZZZZZ"), 1, "no session"),
        (("list", "--days", "-1"), 2, "--days"),
    ],
)
def test_what_is_wrong_is_one_line(pmtui: Pmtui, arguments: tuple[str, ...], code: int, said: str) -> None:
    exit_code, out, err = pmtui(*arguments)
    assert (exit_code, out) == (code, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_taken_time_is_told(pmtui: Pmtui) -> None:
    pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")
    code, _, err = pmtui("propose", *PAIR, "--start", "2027-03-01 10:30")
    assert code == 1
    assert err.startswith("pmtui: That time is taken. Dana has another coaching session then.")


def test_a_missing_permission_is_told(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    act_as(world, monkeypatch, "dana")
    code, _, err = pmtui("approve", name)
    assert code == 1
    assert Permission.APPROVE.value in err


def test_what_export_writes_solve_reads(
    world: World, pmtui: Pmtui, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["slots", "export", *PAIR, "--days", "3"]) == 0
    case = tmp_path / "case.json"
    case.write_text(capsys.readouterr().out, "utf-8")
    starts = json.loads(pmtui("find", *PAIR, "--days", "3", "--json")[1])["starts_at"]
    assert run(["slots", "explain", str(case), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["slots"] == len(starts) > 0
    assert run(["slots", "export", "--coach", "dana@acme.example", "--agent", "nobody@acme.example"]) == 1
    assert capsys.readouterr().out == ""


def test_a_time_that_is_not_offered_is_booked_after_a_yes_to_every_reason(
    pmtui: Pmtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("propose", *PAIR, "--start", "2027-03-01 12:07")
    reasons = (
        "That time is not offered:\n  Dana is busy in Outlook then.\n"
        "  Sessions start every 15 minutes of the coach's clock, not at 12:07.\n"
    )
    assert pmtui(*at)[2].endswith("Choose one of the times offered, or repeat with --anyway.\n")
    code, out, err = pmtui(*at, "--anyway")
    assert (code, out) == (2, "")
    assert err.startswith(reasons)
    assert err.endswith("Repeat with --yes --expect 2.\n")
    assert pmtui(*at, "--anyway", "--yes", "--expect", "1")[0] == 1
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, default: default)
    assert pmtui(*at, "--anyway")[0] == 1
    assert pmtui("list")[1] == "There are no sessions.\n"
    monkeypatch.setattr("typer.confirm", lambda question, default: question == "Book it anyway?")
    code, out, err = pmtui(*at, "--anyway")
    assert (code, err) == (0, reasons)
    assert "booked anyway: busy (Dana), not one of the starts that are looked at" in out
    name = out.split()[0]
    assert "scheduled  booked anyway: busy (Dana)" in pmtui("approve", name)[1]
    code, out, _ = pmtui("reschedule", name, "--start", "2027-03-01 12:15", "--anyway", "--yes", "--expect", "1")
    assert (code, "12:15-12:45" in out, "booked anyway: busy (Dana)" in out) == (0, True, True)


def test_a_refused_approval_names_the_best_new_time_and_one_command_takes_it(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM calendar_facts")
    ten = to_minute(START + timedelta(hours=8))
    world.facts("dana", 1, [Span(ten - 60, ten + 60)])
    code, out, err = pmtui("approve", name)
    assert (code, out) == (1, "")
    assert err.startswith(
        f"pmtui: Session {name} was not approved. Dana is busy in Outlook then. The best new time is Tue 2 Mar 09:00. "
    )
    assert "approval refused. Dana is busy in Outlook then. The best new time is Tue 2 Mar 09:00." in pmtui("list")[1]
    code, out, _ = pmtui("reschedule", name, "--best")
    assert (code, "Tue  2 Mar 2027 09:00-09:30" in out, "attention" in out) == (0, True, False)
    assert pmtui("reschedule", name, "--best", "--start", "2027-03-01 10:15")[0] == 2
    world.clock.advance(hours=2)
    code, out, err = pmtui("reschedule", name, "--best")
    assert (code, out) == (1, "")
    assert err.startswith(
        "pmtui: There is no other time in the next 14 days. Nothing can be offered until the calendar"
    )


def test_a_refused_approval_can_be_had_anyway(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql("UPDATE connection SET state = 'needs_reconnecting'")
    assert pmtui("approve", name)[0] == 1
    code, out, err = pmtui("approve", name, "--anyway", "--yes", "--expect", "1")
    assert (code, "scheduled  booked anyway: the calendar can't be read (Dana)" in out) == (0, True)
    assert err.startswith("That time is not offered:\n  Dana's Outlook calendar has not been read yet.\n")


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

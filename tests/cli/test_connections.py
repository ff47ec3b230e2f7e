"""`pmtui connections` and `pmtui audit`, on a database of its own, with the worker's part played by the test."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pmtui.backend.clock import SystemClock
from pmtui.backend.states import ConnectionState, Delivery, External, Permission, Provider
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.cli import connecting
from pmtui.cli import connections as command
from pmtui.cli.main import run
from tests.clock import ManualClock
from tests.world import World

Pmtui = Callable[..., tuple[int, str, str]]
SUE = ("--as", "sue@acme.example")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Sue is support; dana's Outlook has to be connected again, carl has nothing, kim's WFM works."""
    url = f"sqlite:///{tmp_path / 'pmtui.db'}"
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    monkeypatch.setenv("PMTUI_DATABASE_URL", url)
    monkeypatch.setenv("PMTUI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("PMTUI_LOG_FILE", str(tmp_path / "log"))
    monkeypatch.setenv("PMTUI_EMBEDDED_WORKER", "false")
    clock = ManualClock(SystemClock().now())  # the command's own clock is the machine's
    database = Database(url, clock)
    world = World(database, clock, timezone="UTC")
    world.allow(wfm=True, external=External.OUTLOOK)
    world.person("sue", (Permission.VIEW, Permission.SUPPORT), team=None)
    world.coach("dana")
    world.coach("carl", team="South")
    world.agent("kim")
    outlook = world.connect("dana", Provider.OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    world.connect("kim", Provider.WFM, automatic=True)
    code = world.session("dana", "kim", clock.now() + timedelta(days=2), title="Canary title")
    event = world.wanted(code, "dana", outlook, delivery=Delivery.REFUSED)
    with database.write(world.operator) as tx:
        tx.db.get_one(Connection, outlook).error_code = "signed_out:700082"
        tx.db.get_one(WantedEvent, event).error_code = "ErrorAccessDenied"
    yield world
    database.close()


@pytest.fixture
def pmtui(world: World, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run one command line in this process: exit code, output, errors."""

    def pmtui(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return pmtui


def test_the_table_fits_80_columns_and_says_why(pmtui: Pmtui) -> None:
    code, out, err = pmtui(*SUE, "connections")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "3 people: 1 needs reconnecting, 1 waiting for the coach, 1 connected. Times in"
    assert lines[3] == "Name                     State                 Calendar Last read     Hours Sess"
    assert lines[4].startswith("Dana                     needs reconnecting    Outlook  ")
    assert lines[4].endswith("      -    1")
    assert max(len(line) for line in lines) <= 80
    told = " ".join(line.strip() for line in lines[5:9])
    assert told.startswith(
        "dana@acme.example: The Outlook calendar can't be read: the sign-in has ended, code 700082 (it was not used"
        " for 90 days)."
    )
    assert "1 event is undelivered: access is denied." in told
    assert "Canary" not in out


def test_plain_is_a_sentence_at_a_time(pmtui: Pmtui) -> None:
    _, out, _ = pmtui(*SUE, "connections", "--plain")
    assert "Dana, dana@acme.example: needs reconnecting.\n" in out
    assert "Carl, carl@acme.example: waiting for the coach.\n  They may connect a calendar and have not.\n" in out
    assert "  " not in "\n".join(line.strip() for line in out.splitlines())


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--state", "connected"), ["Kim"]),
        (("--state", "connected", "--state", "needs_reconnecting"), ["Dana", "Kim"]),
        (("--provider", "outlook"), ["Dana"]),
        (("--team", "South"), ["Carl"]),
        (("--search", "KIM"), ["Kim"]),
        (("--sort", "name"), ["Carl", "Dana", "Kim"]),
        (("--search", "nobody"), []),
    ],
)
def test_filters(pmtui: Pmtui, options: tuple[str, ...], names: list[str]) -> None:
    code, out, _ = pmtui(*SUE, "connections", *options, "--json")
    assert code == 0
    shown = json.loads(out)
    assert [person["name"] for person in shown["people"]] == names
    assert shown["counts"] == [["needs_reconnecting", 1], ["waiting_for_coach", 1], ["connected", 1]]
    assert [one["provider"] for one in shown["figures"]] == ["wfm", "google", "outlook"]


def test_one_person_and_their_history(pmtui: Pmtui, world: World) -> None:
    code, out, _ = pmtui(*SUE, "connections", "show", "dana@acme.example", "--history")
    assert code == 0
    assert out.startswith("Dana, dana@acme.example: needs reconnecting\n")
    assert "refused by the Outlook calendar: access is denied." in out
    assert "History (times in UTC), the newest first" not in out  # nothing was audited yet
    shown = json.loads(pmtui(*SUE, "connections", "show", "dana@acme.example", "--history", "--json")[1])
    assert shown["person"]["trouble"]["code"] == "signed_out:700082"
    assert shown["events"][0]["code"] == "ErrorAccessDenied"
    assert "Canary" not in json.dumps(shown)


def test_a_test_reading_without_a_worker_says_so_and_stays_asked_for(
    pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_TEST_LOOKS", 1)
    code, out, err = pmtui(*SUE, "connections", "test", "kim@acme.example")
    assert (code, out) == (1, "")
    assert "is the worker running?" in err
    assert len(world.rows(Work)) == 1
    code, out, _ = pmtui(*SUE, "audit", "--since", "1h")
    assert code == 0
    assert "Kim: a test reading of the WFM schedule was asked for (Sue, the command line)\n" in out


@pytest.mark.parametrize("good", [True, False])
def test_a_test_reading_tells_how_it_went(
    pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch, good: bool
) -> None:
    def work(done: Callable[[], bool], looks: int) -> bool:
        assert not done()
        with world.database.write(world.operator) as tx:
            (kim,) = [row for row in world.rows(Connection) if row.provider is Provider.WFM]
            row = tx.db.get_one(Connection, kim.id)
            row.last_read_at = SystemClock().now() if good else row.last_read_at
            row.error_code = None if good else "http_503"
            work_ = tx.db.get_one(Work, 1)
            work_.attempts = 0 if good else 1
        return done()

    monkeypatch.setattr(connecting, "wait_until", work)
    code, out, err = pmtui(*SUE, "connections", "test", "kim@acme.example")
    assert code == (0 if good else 1)
    assert out == ("Kim's WFM schedule was read just now: it can be read.\n" if good else "")
    assert err == (
        ""
        if good
        else "pmtui: Kim: The WFM schedule can't be read: it answers with error 503."
        " Nothing needs to be done: it is tried again.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("connections", "--state", "fine"), 2, "Invalid value for '--state'"),
        (("connections", "--team", "West"), 1, "There is no team 'West'."),
        (("connections", "show", "nobody@acme.example"), 1, "There is nobody here"),
        (("connections", "--plain", "show", "dana@acme.example"), 2, "These options belong to the list."),
        (("connections", "test", "carl@acme.example"), 1, "Carl has no calendar connected."),
        (("audit", "--since", "yesterday"), 2, "--since: 'yesterday' is not a time."),
        (("audit", "--verb", "sang"), 2, "Invalid value for '--verb'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(pmtui: Pmtui, arguments: tuple[str, ...], code: int, said: str) -> None:
    got, out, err = pmtui(*SUE, *arguments)
    assert (got, out) == (code, "")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("connections",), ("connections", "test", "kim@acme.example"), ("audit",)])
def test_others_may_not_look(pmtui: Pmtui, arguments: tuple[str, ...]) -> None:
    code, out, err = pmtui("--as", "dana@acme.example", *arguments)
    assert (code, out) == (1, "")
    assert "Support View Access" in err

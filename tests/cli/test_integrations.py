"""`pmtui integrations`, on a database of its own, with the worker's part played by the test."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine
from sqlmodel import select

from pmtui.backend.clock import SystemClock
from pmtui.backend.integrations import words
from pmtui.backend.signin import attempts
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import AnswerWay, AttemptState, ConnectionState, External, Permission, Provider
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.signin import Attempt, OutlookApproval
from pmtui.cli import asking, connecting
from pmtui.cli.main import run
from pmtui.loading import load
from tests.clock import ManualClock
from tests.world import World

Pmtui = Callable[..., tuple[int, str, str]]
ADMIN = ("--as", "amy@acme.example", "integrations")
DANA = ("--as", "dana@acme.example", "integrations")
NOT_APPROVED = "Your Microsoft administrator may have to approve first; not requested yet."
LINK = "https://login.example/authorize?client_id=pmtui"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Amy administers; dana and carl coach; ann is an agent. Nobody is there to be asked."""
    url = f"sqlite:///{tmp_path / 'pmtui.db'}"
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    monkeypatch.setenv("PMTUI_DATABASE_URL", url)
    monkeypatch.setenv("PMTUI_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("PMTUI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setattr(asking, "interactive", lambda: False)
    clock = ManualClock(SystemClock().now())  # the command's own clock is the machine's
    database = Database(url, clock)
    world = World(database, clock)
    world.administrator("amy")
    world.coach("dana")
    world.coach("carl")
    world.agent("ann")
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


def live(world: World) -> int:
    return len([row for row in world.rows(Connection) if row.ended_at is None])


def test_draft_and_send(pmtui: Pmtui, world: World) -> None:
    code, out, _ = pmtui(*ADMIN, "set", "--external", "outlook")
    assert code == 0
    assert out.splitlines() == [
        "If you send this (WFM Calendar off, Outlook Calendar):",
        "  2 coaches are asked to connect.",
        f"  {NOT_APPROVED}",
    ]
    assert json.loads(pmtui(*ADMIN, "show", "--json")[1])["sent"] == {"wfm": False, "external": "none"}
    code, out, err = pmtui(*ADMIN, "send-access")
    assert (code, err) == (0, "")
    assert out == f"Sent: WFM Calendar off, Outlook Calendar.\n  2 coaches are asked to connect.\n  {NOT_APPROVED}\n"
    code, out, _ = pmtui(*DANA, "show")
    assert "No calendar is connected." in out
    assert "Your organisation lets you connect a calendar." in out
    assert NOT_APPROVED in out


def test_the_outlook_approval(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.administrator("ira", Permission.COACH)
    world.allow(external=External.OUTLOOK)
    monkeypatch.setenv("PMTUI_MICROSOFT_CLIENT_ID", "app-1")
    ira = ("--as", "ira@acme.example", "integrations", "approval")
    code, out, err = pmtui(*ira)
    assert (code, err) == (0, "")
    assert out.startswith("Outlook approval: Not asked yet.\n")
    assert "Performance Management Calendar Integration" in out
    assert words.PROPOSED_JUSTIFICATION in out
    code, link, _ = pmtui(*ira, "--link")
    assert link == f"{out.splitlines()[-1]}\n"
    assert link.startswith("https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=app-1&")
    code, out, _ = pmtui(*ira, "--requested", "--justification", "Sessions in our calendars", "--json")
    noted = json.loads(out)
    assert (code, noted["approval"]["state"], noted["approval"]["requested_by"]) == (0, "requested", "Ira")
    assert (noted["justification"], noted["link"]) == ("Sessions in our calendars", link.strip())
    assert "Outlook approval: Requested on" in pmtui(*ADMIN, "show")[1]
    shown = pmtui(*DANA, "show")[1]
    assert "Your Microsoft administrator has to approve first; requested" in shown
    assert json.loads(pmtui(*DANA, "show", "--json")[1])["approval"]["state"] == "requested"
    assert "Denied, as noted on" in pmtui(*ira, "--denied")[1]
    assert "Blocked, as heard on" in pmtui(*ira, "--blocked")[1]


@pytest.mark.parametrize(
    ("who", "arguments", "code", "said"),
    [
        (DANA, (), 1, "Administer Performance Management Essentials"),
        (ADMIN, ("--requested",), 1, "Coach View Access"),
        ((), ("--requested", "--denied"), 2, "one of the options"),
        ((), ("--justification", "please"), 2, "--requested"),
        ((), ("--link", "--json"), 2, "one of them"),
        ((), ("--link",), 1, "microsoft_client_id"),
        ((), ("--requested", "--justification", "x" * 2000), 2, "1,000 characters"),
    ],
)
def test_an_approval_that_can_not_be_shown_or_noted(
    pmtui: Pmtui, world: World, who: tuple[str, ...], arguments: tuple[str, ...], code: int, said: str
) -> None:
    got, out, err = pmtui(*(who or ("integrations",)), "approval", *arguments)
    assert (got, out) == (code, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert world.rows(OutlookApproval) == []


def test_a_destructive_send_needs_the_number(pmtui: Pmtui, world: World) -> None:
    world.allow(external=External.OUTLOOK)
    world.connect("dana", Provider.OUTLOOK)
    pmtui(*ADMIN, "set", "--external", "none")
    for arguments, code, said in (
        ((), 2, "Repeat with --yes --expect 1."),
        (("--yes",), 2, "Repeat with --yes --expect 1."),
        (("--yes", "--expect", "2"), 1, "1 connection would end, not 2."),
    ):
        got, out, err = pmtui(*ADMIN, "send-access", *arguments)
        assert (got, out) == (code, "")
        assert said in err
        assert len(err.splitlines()) == 1
        assert live(world) == 1
    code, out, _ = pmtui(*ADMIN, "send-access", "--yes", "--expect", "1")
    assert (code, out) == (
        0,
        "Sent: WFM Calendar off, No external calendar.\n  1 Outlook calendar is disconnected.\n",
    )
    assert live(world) == 0
    assert "Your Outlook calendar was disconnected by an administrator on " in pmtui(*DANA, "show")[1]


def test_a_destructive_send_asks(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.allow(external=External.OUTLOOK)
    world.connect("dana", Provider.OUTLOOK)
    pmtui(*ADMIN, "set", "--external", "google")
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, default: default)
    code, _, err = pmtui(*ADMIN, "send-access")
    assert (code, live(world)) == (1, 1)
    assert "1 Outlook calendar is disconnected." in err
    assert words.GOOGLE_NOT_READY in err
    monkeypatch.setattr("typer.confirm", lambda question, default: True)
    assert pmtui(*ADMIN, "send-access")[0] == 0
    assert live(world) == 0


def test_wfm_without_a_token_is_refused_in_one_line(pmtui: Pmtui) -> None:
    code, out, _ = pmtui(*ADMIN, "set", "--wfm")
    assert words.WFM_NOT_READY in out
    code, out, err = pmtui(*ADMIN, "send-access")
    assert (code, out) == (1, "")
    assert err == f"pmtui: {words.WFM_NOT_READY} {words.WFM_NOT_READY_NEXT}\n"


def test_setting_nothing_is_bad_use(pmtui: Pmtui) -> None:
    code, out, err = pmtui(*ADMIN, "set")
    assert (code, out) == (2, "")
    assert "There is nothing to set." in err


def test_coaches_may_not_send(pmtui: Pmtui) -> None:
    code, out, err = pmtui(*DANA, "send-access")
    assert (code, out) == (1, "")
    assert err.endswith("Amy can give it.\n")
    assert len(err.splitlines()) == 1


def test_disconnecting_shows_the_warning_and_asks(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.connect("dana", Provider.OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    assert "needs reconnecting" in pmtui(*DANA, "show")[1]
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, default: default)
    code, _, err = pmtui(*DANA, "disconnect")
    assert (code, live(world)) == (1, 1)
    assert words.DISCONNECT_WARNING in err
    monkeypatch.setattr("typer.confirm", lambda question, default: True)
    assert pmtui(*DANA, "disconnect")[:2] == (0, "Disconnected.\n")
    assert live(world) == 0
    code, _, err = pmtui(*DANA, "disconnect", "--yes")
    assert (code, err) == (1, "pmtui: You have no calendar connected. There is nothing to disconnect.\n")


def test_an_administrator_disconnects_somebody(pmtui: Pmtui, world: World) -> None:
    world.connect("dana", Provider.OUTLOOK)
    assert pmtui(*ADMIN, "disconnect", "--person", "dana@acme.example", "--yes")[0] == 0
    assert live(world) == 0


def test_the_wfm_token_comes_from_standard_input_and_is_sealed(
    pmtui: Pmtui, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "secret", lambda question: "canary-token")
    code, _, err = pmtui("integrations", "wfm-service", "https://wfm.acme.example/api")
    assert (code, "Run: pmtui init" in err) == (2, True)
    Vault.create(tmp_path / "keys")
    monkeypatch.setenv("PMTUI_EMBEDDED_WORKER", "false")
    code, out, err = pmtui("integrations", "wfm-service", "https://wfm.acme.example/api", "--business-unit", "bu")
    assert (code, err) == (0, "")
    (row,) = world.rows(WfmService)
    assert b"canary" not in row.sealed_token
    assert "canary" not in out
    assert (row.url, row.business_unit_id) == ("https://wfm.acme.example/api", "bu")
    assert "WFM token: none that works" in pmtui(*ADMIN, "show")[1]


@pytest.mark.parametrize(
    ("works", "said"),
    [(True, "Stored, and it works."), (False, "Stored. It does not work (yet):")],
)
def test_where_the_worker_is_inside_the_command_says_whether_the_token_works(
    pmtui: Pmtui,
    world: World,
    tmp_path: Path,
    play: Callable[["PlayedWorker"], None],
    monkeypatch: pytest.MonkeyPatch,
    works: bool,
    said: str,
) -> None:
    Vault.create(tmp_path / "keys")
    monkeypatch.setattr(asking, "secret", lambda question: "canary-token")
    play(PlayedWorker(world, wfm_works=works))
    code, out, _ = pmtui("integrations", "wfm-service", "https://wfm.acme.example/api")
    assert (code, out.startswith(said)) == (0, True)


class PlayedWorker:
    """Plays the worker for one sign-in: a link, and after the answer an account."""

    def __init__(self, world: World, account: str = "dana@acme.example", *, wfm_works: bool = False) -> None:
        self._world = world
        self._account = account
        self._wfm_works = wfm_works

    def __call__(self, services: Any) -> "PlayedWorker":
        return self

    def start(self) -> None:
        """Nothing to start: it acts whenever the command looks."""

    def stop(self) -> None:
        """Nothing to stop."""

    def act(self) -> None:
        with self._world.database.write(self._world.operator) as tx:
            for service in tx.db.exec(select(WfmService)).all():
                service.works = self._wfm_works
                tx.db.add(service)
            for row in tx.db.exec(select(Attempt)).all():
                if row.state is AttemptState.STARTING and row.provider is Provider.WFM:
                    row.state, row.error_code = AttemptState.FAILED, "wfm_unknown"
                elif row.state is AttemptState.STARTING:
                    row.state, row.link, row.state_digest = AttemptState.AWAITING, LINK, attempts.digest("right")
                    if row.way is AnswerWay.DEVICE:
                        row.link, row.user_code, row.verification_uri = (
                            None,
                            "ABCD-1234",
                            "https://microsoft.example/code",
                        )
                elif row.state is AttemptState.EXCHANGING or (
                    row.state is AttemptState.AWAITING and row.way in (AnswerWay.HOSTED, AnswerWay.DEVICE)
                ):
                    row.state, row.account, row.external_id = AttemptState.CONFIRMING, self._account, "oid"
                    row.sealed_tokens, row.key_id = b"sealed", "k"
                    row.tokens_expire_at, row.code = row.expires_at, None
                tx.db.add(row)


class ActingEvent:
    """Instead of waiting for the worker, lets it act."""

    def __init__(self, worker: PlayedWorker) -> None:
        self._worker = worker

    def __call__(self) -> "ActingEvent":
        return self

    def wait(self, seconds: float) -> None:
        self._worker.act()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[PlayedWorker], None]:
    """Have this worker stand in for the real one."""

    def play(worker: PlayedWorker) -> None:
        played = {connecting._WORKER: worker}
        monkeypatch.setattr("pmtui.cli.connecting.load", lambda place: played.get(place) or load(place))
        monkeypatch.setattr(connecting, "Event", ActingEvent(worker))

    return play


def test_connecting_outlook_by_pasting_the_address_back(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    play(PlayedWorker(world))
    monkeypatch.setattr(asking, "secret", lambda question: "http://localhost/callback?code=c&state=right")
    code, out, err = pmtui(*DANA, "connect", "outlook", "--yes")
    assert (code, live(world)) == (0, 1)
    assert LINK in err
    assert "Connected to Outlook Calendar: dana@acme.example" in out
    assert "Set your availability to be scheduled." in out


def test_nonsense_instead_of_the_address_ends_the_sign_in_where_nobody_can_paste_again(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    play(PlayedWorker(world))
    monkeypatch.setattr(asking, "secret", lambda question: "canary-code")
    code, out, err = pmtui(*DANA, "connect", "outlook", "--yes")
    assert (code, out) == (2, "")
    assert "canary" not in err
    assert [row.state for row in world.rows(Attempt)] == [AttemptState.CANCELLED]


def test_a_foreign_account_is_named_and_can_be_refused(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    play(PlayedWorker(world, account="mallory@evil.example"))
    answer = "http://localhost/callback?code=c&state=right"
    monkeypatch.setattr(asking, "secret_unless", lambda question, done: answer)
    monkeypatch.setattr(asking, "interactive", lambda: True)
    asked: list[str] = []

    def no(question: str, default: bool) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("typer.confirm", no)
    code, _, err = pmtui(*DANA, "connect", "outlook")
    assert (code, live(world)) == (1, 0)
    assert asked == ["Connect the calendar of mallory@evil.example?"]
    assert "This is not your own address" in err
    assert [row.state for row in world.rows(Attempt)] == [AttemptState.CANCELLED]


def test_with_a_callback_page_nothing_has_to_be_pasted(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    play(PlayedWorker(world))
    monkeypatch.setenv("PMTUI_CALLBACK_URL", "https://pmtui.example.com")
    code, out, err = pmtui(*DANA, "connect", "outlook", "--yes")
    assert (code, live(world)) == (0, 1)
    assert "Connected to Outlook Calendar: dana@acme.example" in out
    assert f"{LINK}\n\nWaiting for you to sign in" in err
    assert "paste" not in err
    assert [row.way for row in world.rows(Attempt)] == [AnswerWay.HOSTED]


def test_a_code_is_shown_with_the_page_to_type_it_at(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    play(PlayedWorker(world))
    monkeypatch.setenv("PMTUI_MICROSOFT_DEVICE_CODE", "true")
    code, _, err = pmtui(*DANA, "connect", "outlook", "--yes", "--way", "device")
    assert (code, live(world)) == (0, 1)
    assert (
        "Open https://microsoft.example/code in a browser, on any device, and enter this code:\n\n    ABCD-1234\n"
        in err
    )


def test_over_ssh_the_browser_comes_back_through_the_forwarded_port(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    play(PlayedWorker(world))
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5000 192.0.2.2 2222")
    monkeypatch.setenv("USER", "dana")
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("webbrowser.open", lambda link: pytest.fail("no browser may be opened over SSH"))

    def browser_comes(question: str, done: Callable[[], bool]) -> None:
        (row,) = world.rows(Attempt)
        shown = httpx2.get(f"http://localhost:{row.port}/callback/outlook?code=c&state=right")
        assert shown.status_code == 200
        while not done():
            pass

    monkeypatch.setattr(asking, "secret_unless", browser_comes)
    code, _, err = pmtui(*DANA, "connect", "outlook", "--yes")
    (row,) = world.rows(Attempt)
    assert (code, live(world), row.way) == (0, 1, AnswerWay.LOOPBACK)
    assert f"  ssh -N -L {row.port}:127.0.0.1:{row.port} -p 2222 dana@192.0.2.2\n" in err


def test_another_account_than_before_is_named(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External.OUTLOOK)
    with world.database.write(world.operator) as tx:
        old = tx.db.get_one(Connection, world.connect("dana", Provider.OUTLOOK))
        old.state, old.account = ConnectionState.NEEDS_RECONNECTING, "before@acme.example"
        tx.db.add(old)
    play(PlayedWorker(world))
    monkeypatch.setattr(asking, "secret", lambda question: "http://localhost/callback?code=c&state=right")
    code, _, err = pmtui(*DANA, "connect", "outlook", "--yes")
    assert (code, live(world)) == (0, 1)
    assert "Until now before@acme.example was connected: this account takes its place." in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("outlook", "--way", "hosted"), "There is no callback page here."),
        (("outlook", "--way", "device"), "Signing in with a code is switched off."),
        (("google", "--way", "device"), "Google lets nobody give access to a calendar by typing a code."),
        (("outlook", "--way", "paste", "--port", "5000"), "A port is only listened on with --way loopback."),
    ],
)
def test_a_way_that_is_not_there_is_one_line(
    pmtui: Pmtui, world: World, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allow(external=External(arguments[0]))
    monkeypatch.setenv("PMTUI_GOOGLE_CLIENT_ID", "g")
    code, out, err = pmtui(*DANA, "connect", *arguments)
    assert (code, out, err.count("\n")) == (2 if "--port" in arguments else 1, "", 1)
    assert said in err
    assert world.rows(Attempt) == []


def test_a_taken_port_is_told_before_anything_is_begun(pmtui: Pmtui, world: World) -> None:
    world.allow(external=External.OUTLOOK)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = pmtui(*DANA, "connect", "outlook", "--way", "loopback", "--port", str(port))
    assert (code, f"Port {port} of this machine is taken." in err) == (1, True)
    assert world.rows(Attempt) == []


def test_why_a_sign_in_ended_is_said_in_one_line(
    pmtui: Pmtui, world: World, play: Callable[[PlayedWorker], None]
) -> None:
    world.allow(wfm=True)
    world.wfm_service()
    play(PlayedWorker(world))
    code, out, err = pmtui(*DANA, "connect", "wfm")
    assert (code, out, live(world)) == (1, "", 0)
    assert err.startswith("pmtui: The WFM system knows nobody with the address dana@acme.example.")


def test_google_says_that_it_is_not_possible_yet(pmtui: Pmtui, world: World) -> None:
    world.allow(external=External.GOOGLE)
    assert words.GOOGLE_NOT_READY in pmtui(*DANA, "show")[1]
    code, _, err = pmtui(*DANA, "connect", "google")
    assert (code, "the Google app is not configured" in err) == (1, True)


def test_without_the_new_login_experience_nothing_else_is_shown(pmtui: Pmtui, world: World) -> None:
    other = World(world.database, world.clock, subdomain="globex", new_login_experience=False)
    other.coach("gus")
    assert pmtui("--as", "gus@globex.example", "integrations", "show")[1] == (
        "Your organisation does not have the new login experience. Ask your administrator to have it enabled.\n"
    )

"""Connecting a calendar with `pmtui integrations connect`: each way an answer comes back, and each that fails."""

import socket
from collections.abc import Callable

import httpx2
import pytest

from pmtui.backend.integrations import words
from pmtui.backend.states import AnswerWay, AttemptState, ConnectionState, External, Provider
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.cli import asking
from tests.cli.integrations.conftest import DANA, LINK, PlayedWorker, Pmtui
from tests.world import World


def live(world: World) -> int:
    return len([row for row in world.rows(Connection) if row.ended_at is None])


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

"""The sign-in window: one view, drawn by one watcher, fed by the row the worker advances."""

import socket
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import segno
from textual.geometry import Size

from pmtui.backend.actor import Actor
from pmtui.backend.errors import AlreadyConnected, NotAllowed
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.records import AttemptRecord, PageSays
from pmtui.backend.states import AnswerWay, AttemptState, External, Provider, Topic
from pmtui.screens.dialogs.link import QUIET, QrScreen, qr_code
from pmtui.screens.dialogs.sign_in import SLOW, SignInDialog
from pmtui.screens.dialogs.sign_in_view import SignInView, Step, begun, failed, heard, time_left
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.terminal import Terminal, alone, this_terminal
from tests import snapshots
from tests.screens.conftest import Open, Pressed
from tests.screens.stand_in import COACH, LINK, StandIn, connected

OVER_SSH = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22", "USER": "dana"}


def get(port: int) -> str:
    """The browser comes back; the page it gets."""
    request = f"GET /callback/outlook?code=abc&state=xyz HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request.encode())
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


def listens(port: int) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def listening() -> Terminal:
    """A terminal at this machine, without a browser."""
    return staying({})


def staying(environment: dict[str, str]) -> Terminal:
    """The terminal of such an environment, but one that is never gone: there is none behind the tests."""
    return replace(this_terminal(environment, "linux"), gone=Terminal().gone)


def coach() -> StandIn:
    return StandIn(COACH, sent=Access(True, External.OUTLOOK))


async def start(pressed: Pressed, provider: Provider = Provider.OUTLOOK) -> SignInDialog:
    """From the page, by keys."""
    await pressed.keys(*(["tab"] if provider is Provider.OUTLOOK else []), "enter", "enter")
    assert isinstance(pressed.app.screen, SignInDialog)
    return pressed.app.screen


async def come(pressed: Pressed, stand_in: StandIn, state: AttemptState, **changes: Any) -> None:
    """The worker moves the sign-in, and the window notices."""
    stand_in.advance(state, **changes)
    await pressed.look()


async def test_from_link_to_connected_with_the_answer_pasted(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        assert "Preparing the link" in snapshots.text(pressed.app)
        await come(pressed, stand_in, AttemptState.AWAITING)
        shown = snapshots.text(pressed.app)
        assert LINK in shown
        assert "10:00 left" in shown
        snapshots.check(pressed.app, "sign-in-link-80x24")
        await pressed.keys("p")
        await pressed.typed("code=1")
        assert "code=1" not in snapshots.text(pressed.app)  # what is pasted never shows
        await pressed.keys("enter")
        assert stand_in.answers == ["code=1"]
        assert "Checking the answer" in snapshots.text(pressed.app)
        await come(pressed, stand_in, AttemptState.CONFIRMING, account="dana@acme.example")
        assert "dana@acme.example" in snapshots.text(pressed.app)
        before = stand_in.asked["confirm"]
        await pressed.keys("enter")
        assert (before, stand_in.asked["confirm"]) == (0, 1)
        assert pressed.shows(IntegrationsScreen)
        assert "[ Connected to Outlook Calendar ]" in snapshots.text(pressed.app)


async def test_the_listener_hands_the_answer_in_and_ends_with_it(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in, terminal=listening()) as pressed:
        dialog = await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        port = dialog.view.port
        assert port is not None
        assert stand_in.record is not None
        assert stand_in.record.port == port
        page = await pressed.app.background.aside(lambda: get(port))
        assert "Thank you" in page
        await pressed.app.workers.wait_for_complete()  # the listener's too
        await pressed.rest()
        assert stand_in.answers == [f"http://localhost:{port}/callback/outlook?code=abc&state=xyz"]
        assert not listens(port)


async def test_an_address_that_is_no_answer_is_said_and_the_window_stays(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        await pressed.keys("p", "x", "enter")
        assert "! That is not the whole address. Paste it again." in snapshots.text(pressed.app)
        await pressed.keys("c", "o", "d", "e", "=", "enter")
        assert stand_in.answers == ["code="]


async def test_another_account_warns_and_has_cancel_focused(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.CONFIRMING, account="eve@other.example", other_address=True)
        snapshots.check(pressed.app, "sign-in-other-account-80x24")
        await pressed.keys("enter")
        assert not stand_in.asked["confirm"]
        assert stand_in.asked["cancel_attempt"] == 1


async def test_what_changes_while_it_is_asked_for_is_asked_for_again(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmtui.screens.dialogs.sign_in.TICK_SECONDS", 3600)
    stand_in, answered = coach(), threading.Event()
    answered.set()
    now = stand_in.attempt

    def slowly(actor: Actor, attempt_id: int) -> AttemptRecord:
        record = now(actor, attempt_id)
        answered.wait(5)
        return record

    monkeypatch.setattr(stand_in, "attempt", slowly)
    async with opened(stand_in) as pressed:
        await start(pressed)
        answered.clear()
        asked = stand_in.asked["attempt"]
        stand_in.advance(AttemptState.AWAITING)
        await pressed.app.background.look()
        while stand_in.asked["attempt"] == asked:
            await pressed.pilot.pause()
        stand_in.advance(AttemptState.CONFIRMING, account="dana@acme.example")
        await pressed.app.background.look()
        await pressed.pilot.pause()
        answered.set()
        await pressed.rest()
        assert "dana@acme.example" in snapshots.text(pressed.app)


async def test_connected_while_the_confirmation_is_on_its_way_leaves_once(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.CONFIRMING, account="dana@acme.example")
        stand_in.gate.clear()
        await pressed.pilot.press("enter")
        stand_in.connection = connected(Provider.OUTLOOK, stand_in.clock.now())
        stand_in.advance(AttemptState.CONNECTED)
        stand_in.gate.set()
        await pressed.look()
        assert pressed.shows(IntegrationsScreen)
        assert "[ Connected to Outlook Calendar ]" in snapshots.text(pressed.app)


async def test_leaving_ends_the_attempt_and_the_listener(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in, terminal=listening()) as pressed:
        dialog = await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        port = dialog.view.port
        assert port is not None
        assert listens(port)
        await pressed.keys("escape")
        assert stand_in.asked["cancel_attempt"] == 1
        assert not listens(port)


async def test_wfm_connects_without_a_question(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in, terminal=listening()) as pressed:
        dialog = await start(pressed, Provider.WFM)
        assert "Looking for you in the WFM system" in snapshots.text(pressed.app)
        assert dialog.view.port is None
        stand_in.connection = connected(Provider.WFM, stand_in.clock.now())  # the worker needs nobody's word
        await come(pressed, stand_in, AttemptState.CONNECTED, account="dana@acme.example")
        assert not stand_in.asked["confirm"]
        assert "[ Connected to WFM Calendar ]" in snapshots.text(pressed.app)


async def test_an_end_that_is_no_success_says_why_and_tries_again(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(
            pressed,
            stand_in,
            AttemptState.NEEDS_APPROVAL,
            title="Your Microsoft administrator has to approve first.",
            next_step="Ask them, then try again.",
        )
        assert "Your Microsoft administrator has to approve first." in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert stand_in.asked["start"] == 2
        assert "Preparing the link" in snapshots.text(pressed.app)


async def test_a_start_that_is_refused_is_said_in_the_window(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await pressed.keys("tab", "enter")
        stand_in.failing = AlreadyConnected("already_connected", "Connected already.", "Disconnect first.")
        await pressed.keys("enter")
        assert "Connected already." in snapshots.text(pressed.app)
        assert "Disconnect first." in snapshots.text(pressed.app)


async def test_the_browser_opens_here_but_never_over_ssh(opened: Open) -> None:
    links: list[str] = []

    def browser(link: str) -> bool:
        links.append(link)
        return True

    for terminal in (Terminal(open_browser=browser), staying(OVER_SSH)):
        stand_in = coach()
        async with opened(stand_in, terminal=terminal) as pressed:
            await start(pressed)
            await come(pressed, stand_in, AttemptState.AWAITING)
    assert links == [LINK]


async def test_over_ssh_the_exact_forwarding_command_is_shown(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in, terminal=staying(OVER_SSH)) as pressed:
        dialog = await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        port = dialog.view.port
        assert f"ssh -N -L {port}:127.0.0.1:{port} dana@10.0.0.2" in snapshots.text(pressed.app)


def test_a_terminal_over_ssh_opens_no_browser_whatever_else_it_has() -> None:
    assert this_terminal({**OVER_SSH, "DISPLAY": ":0"}, "linux").open_browser is None
    assert this_terminal(OVER_SSH, "darwin").open_browser is None
    assert this_terminal({"DISPLAY": ":0"}, "linux").open_browser is not None
    assert this_terminal({}, "linux").open_browser is None


def test_the_link_alone_stands_on_a_line_of_its_own() -> None:
    assert LINK in alone(LINK).splitlines()


async def test_what_an_older_attempt_says_is_not_heard() -> None:
    stand_in = coach()
    record = stand_in.start(None, Provider.OUTLOOK, None)  # type: ignore[arg-type]  # no actor is needed here
    first = begun(SignInView(), Provider.OUTLOOK)
    second = begun(first, Provider.OUTLOOK)
    assert heard(second, first.number, record) is second
    assert failed(second, first.number, "No.", "") is second
    assert heard(second, second.number, record).attempt_id == record.attempt_id


@pytest.mark.parametrize("state", list(AttemptState))
async def test_every_state_has_a_step_and_a_sentence(state: AttemptState) -> None:
    stand_in = coach()
    record = replace(stand_in.start(None, Provider.OUTLOOK, None), state=state)  # type: ignore[arg-type]  # as above
    view = heard(begun(SignInView(), Provider.OUTLOOK), 1, record)
    assert (view.step in (Step.OVER, Step.DONE)) == state.over
    assert view.message


async def test_time_left_counts_down_and_never_below_zero() -> None:
    stand_in = coach()
    record = stand_in.start(None, Provider.OUTLOOK, None)  # type: ignore[arg-type]  # as above
    view = heard(begun(SignInView(), Provider.OUTLOOK), 1, record)
    assert time_left(view, stand_in.clock.now() + timedelta(seconds=19)) == "9:41 left"
    assert time_left(view, stand_in.clock.now() + timedelta(hours=1)) == "0:00 left"


async def test_access_taken_away_meanwhile_ends_the_window_with_words(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        stand_in.bump(Topic.INTEGRATIONS)
        await come(pressed, stand_in, AttemptState.CANCELLED, title="An administrator no longer allows this calendar.")
        assert "no longer allows" in snapshots.text(pressed.app)


async def test_where_no_worker_answers_the_window_says_so_after_a_while(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        assert "longer than usual" not in snapshots.text(pressed.app)
        stand_in.clock.at += SLOW
        await come(pressed, stand_in, AttemptState.STARTING)
        assert "longer than usual" in snapshots.text(pressed.app)
        await come(pressed, stand_in, AttemptState.AWAITING)
        assert "longer than usual" not in snapshots.text(pressed.app)


class _ShutOut(StandIn):
    """Refuses to tell how the sign-in goes, once the person is disabled."""

    disabled = False

    def attempt(self, actor: Actor, attempt_id: int) -> AttemptRecord:
        if self.disabled:
            self.asked["refused"] += 1
            raise NotAllowed("disabled", "You are disabled here.", "Ada Okafor can tell you why.")
        return super().attempt(actor, attempt_id)


async def test_who_is_shut_out_meanwhile_is_told_once_and_can_leave(opened: Open) -> None:
    stand_in = _ShutOut(COACH, sent=Access(True, External.OUTLOOK))
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        stand_in.disabled = True
        await come(pressed, stand_in, AttemptState.AWAITING)
        assert pressed.shows(SignInDialog)
        assert "You are disabled here." in snapshots.text(pressed.app)
        await pressed.look()
        assert stand_in.asked["refused"] == 1
        await pressed.keys("escape")
        assert pressed.shows(IntegrationsScreen)


async def test_a_callback_page_needs_nothing_but_the_link(opened: Open) -> None:
    stand_in = replace(coach(), ways=(AnswerWay.HOSTED,))
    async with opened(stand_in, terminal=listening()) as pressed:
        dialog = await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        assert dialog.view.port is None
        snapshots.check(pressed.app, "sign-in-hosted-80x24")
        await pressed.keys("p")
        assert not pressed.app.screen.query_one("#paste").has_focus
        await come(pressed, stand_in, AttemptState.CONFIRMING, account="dana@acme.example")
        assert "dana@acme.example" in snapshots.text(pressed.app)


async def test_a_code_to_be_typed_is_shown_large_with_its_page(opened: Open) -> None:
    stand_in = replace(coach(), ways=(AnswerWay.HOSTED, AnswerWay.DEVICE))
    page = "https://microsoft.example/devicelogin"
    async with opened(stand_in) as pressed:
        dialog = await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        assert "d type a code" in snapshots.text(pressed.app)
        await pressed.keys("d")
        assert (dialog.view.number, dialog.view.way) == (2, AnswerWay.DEVICE)
        await come(pressed, stand_in, AttemptState.AWAITING, user_code="FJK3DX8QM", verification_uri=page)
        snapshots.check(pressed.app, "sign-in-code-80x24")
        assert "F J K 3 D X 8 Q M" in snapshots.text(pressed.app)
        await pressed.keys("y")
        assert pressed.app._clipboard == page
        await pressed.keys("v")
        assert pressed.shows(QrScreen)
        await pressed.keys("q")
        assert pressed.app.screen is dialog
        await pressed.keys("v")
        await come(pressed, stand_in, AttemptState.CONFIRMING, account="dana@acme.example")
        assert pressed.app.screen is dialog  # nobody has to close the code first
        assert "[ Connect this calendar ]" in snapshots.text(pressed.app)


async def test_what_the_page_says_is_chosen_and_ends_the_sign_in(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        await pressed.keys("e")
        snapshots.check(pressed.app, "sign-in-page-says-80x24")
        await pressed.keys("down", "enter")  # approval required: the sign-in goes on
        shown = snapshots.text(pressed.app)
        assert "Write a justification on the page" in shown
        assert "planned around their Outlook calendars" in shown
        assert not stand_in.said
        await pressed.keys("e", "enter")
        assert "only the way back is missing" in snapshots.text(pressed.app)
        assert pressed.app.screen.query_one("#paste").has_focus
        await pressed.keys("tab", "e", "down", "down", "enter")
        assert stand_in.said == [PageSays.REQUEST_SENT]
        shown = snapshots.text(pressed.app)
        assert "It was requested." in shown
        assert "[ Try again ]" in shown
        assert LINK not in shown


async def test_another_account_than_before_is_asked_about_naming_both(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(
            pressed, stand_in, AttemptState.CONFIRMING, account="dana@acme.example", account_before="old@acme.example"
        )
        snapshots.check(pressed.app, "sign-in-account-before-80x24")
        await pressed.keys("enter")
        assert not stand_in.asked["confirm"]


def test_a_link_is_a_qr_code_where_it_fits_and_only_there() -> None:
    link = "https://microsoft.example/devicelogin"
    code = qr_code(link, Size(80, 24))
    assert code is not None
    lines = code.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 80
    assert len(lines) <= 23
    dark = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [row for line in lines for row in zip(*(dark[half] for half in line), strict=True)]
    expected = [
        [int(bool(module)) for module in row]
        for row in segno.make(link, error="l", micro=False, boost_error=False).matrix
    ]
    size = len(expected)
    assert [list(row[QUIET : QUIET + size]) for row in rows[QUIET : QUIET + size]] == expected
    assert qr_code(link, Size(len(lines[0]) - 1, 24)) is None
    assert qr_code(link, Size(80, len(lines))) is None  # the keys need a line
    assert qr_code(link, Size(len(lines[0]), len(lines) + 1)) is not None
    assert qr_code("x" * 4000, Size(400, 400)) is None


def test_the_copy_is_honest_about_what_it_did() -> None:
    assert "set-clipboard" in this_terminal({"TMUX": "/x,1,0"}, "linux").copied
    assert "screen" in this_terminal({"STY": "1.x"}, "linux").copied
    assert "nobody can tell" in this_terminal({}, "linux").copied


async def test_the_link_line_is_a_hyperlink_of_the_whole_link(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await start(pressed)
        await come(pressed, stand_in, AttemptState.AWAITING)
        strips = pressed.app.screen._compositor.render_strips()
        links = {seg.style.link for strip in strips for seg in strip if seg.style is not None and seg.style.link}
        assert links == {LINK}

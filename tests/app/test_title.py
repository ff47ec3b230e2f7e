"""The terminal's title: who is at work where, never anywhere that would print it, and given back in the end."""

import io
import os
import sys
from pathlib import Path

import pytest

from pmtui.app import PmtuiApp
from pmtui.terminal import TITLE_BACK, Terminal, takes_title, this_terminal, title_kept, titled
from tests import terminal
from tests.screens.conftest import Open, opened
from tests.screens.stand_in import BOTH, StandIn

__all__ = ["opened"]  # the fixture


@pytest.mark.parametrize(
    ("term", "takes"),
    [
        ("xterm-256color", True),
        ("screen-256color", True),
        ("screen.linux", True),
        ("tmux-256color", True),
        ("putty-256color", True),
        ("linux", False),
        ("linux-16color", False),
        ("dumb", False),
        ("vt100", False),
        ("vt220", False),
        ("", False),
    ],
)
def test_where_a_title_is_set(term: str, takes: bool) -> None:
    assert takes_title({"TERM": term}) is takes
    assert this_terminal({"TERM": term}).titled is takes


def test_what_a_title_can_hold() -> None:
    assert titled("pmtui - Zoë\x1b]2;evil\x07\x9b\n") == "\x1b]2;pmtui - Zoë]2;evil\x07"
    assert len(titled("x" * 500)) == 80 + len(titled(""))


def test_it_comes_back_however_the_app_ends() -> None:
    for ending in (None, KeyboardInterrupt):
        out = io.StringIO()
        try:
            with title_kept(Terminal(titled=True), out):
                if ending is not None:
                    raise ending
        except KeyboardInterrupt:
            pass
        assert out.getvalue() == "\x1b[22;2t\x1b]2;\x07\x1b[23;2t"
    with title_kept(Terminal(), out := io.StringIO()):
        pass
    assert out.getvalue() == ""


def said(app: PmtuiApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the app sends to the terminal beside what it draws."""
    sent: list[str] = []
    assert app._driver is not None
    monkeypatch.setattr(app._driver, "write", sent.append)
    return sent


async def test_it_says_where_and_who(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(StandIn(BOTH), terminal=Terminal(titled=True)) as pressed:
        sent = said(pressed.app, monkeypatch)
        assert pressed.app.title == "pmtui - Integrations - Dana Reyes"
        await pressed.keys("3", "q")
        titles = [text for text in sent if text.startswith("\x1b]2;")]
        assert titles == [titled("pmtui - Coaching - Dana Reyes"), titled("pmtui - Integrations - Dana Reyes")]


async def test_other_terminals_get_none(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(StandIn(BOTH)) as pressed:
        sent = said(pressed.app, monkeypatch)
        await pressed.keys("3", "q")
        assert not [text for text in sent if "\x1b]2;" in text]


@pytest.mark.parametrize(("term", "takes"), [("xterm-256color", True), ("linux", False)])
def test_a_real_terminal_gets_it_and_has_its_own_back(tmp_path: Path, term: str, takes: bool) -> None:
    environment = {
        **os.environ,
        "TERM": term,
        "PMTUI_CONFIG": str(tmp_path / "none.toml"),
        "PMTUI_DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}",
        "PMTUI_LOG_FILE": str(tmp_path / "pmtui.log"),
    }
    seen = b""
    with terminal.Terminal([sys.executable, "-m", "pmtui", "--as", "dana@acme.example"], environment) as window:
        while "pmtui can't go on" not in window.text and window.seconds < 60:
            seen += window.read(1)
        window.send("q")
        while piece := window.read(10):
            seen += piece
    assert ("\x1b[22;2t" in seen.decode()) is takes
    assert (titled("pmtui - Integrations") in seen.decode()) is takes
    assert seen.decode().rstrip().endswith(TITLE_BACK) is takes
    assert (b"\x1b]2;" in seen) is takes

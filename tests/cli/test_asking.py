"""What is typed or pasted unseen, at a real pseudo-terminal."""

import os
import pty
import sys
import termios
from collections.abc import Callable, Iterator

import pytest
import typer

from pmtui.cli import asking


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of this process's terminal."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, closefd=True) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
        os.close(ours)


def typing(terminal: int, *parts: bytes) -> Callable[[], bool]:
    """Type one part at each look; never done."""
    left = list(parts)

    def look() -> bool:
        if left:
            os.write(terminal, left.pop(0))
        return False

    return look


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ((b"http://localhost/?code=c&state=s\n",), "http://localhost/?code=c&state=s"),
        ((b"http://loc", b"alhost", b"\r"), "http://localhost"),
        ((b"abX\x7fc\n",), "abc"),
        ((b"wrong\x15right\n",), "right"),
        ((b"http://local\r\nhost/?code=c\n",), "http://local\nhost/?code=c"),
    ],
)
def test_a_line_is_taken_as_typed(terminal: int, parts: tuple[bytes, ...], line: str) -> None:
    said = asking.secret_unless("The address", typing(terminal, *parts))
    assert said is not None
    assert said.split() == line.split()


def test_it_takes_more_than_a_terminals_own_line_holds(terminal: int) -> None:
    """Terminals cut a line at 4,095 characters, before any program sees it."""
    parts = [b"c" * 1_000 for _ in range(9)]
    said = asking.secret_unless("The address", typing(terminal, *parts, b"\n"))
    assert said == "c" * 9_000


def test_it_ends_as_soon_as_something_came_by_itself_and_leaves_the_terminal_as_it_was(
    terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = termios.tcgetattr(sys.stdin.fileno())
    looks = iter((False, True))
    os.write(terminal, b"canary")
    assert asking.secret_unless("The address", lambda: next(looks)) is None
    assert termios.tcgetattr(sys.stdin.fileno()) == before
    assert capsys.readouterr().err == "The address: \n"


def test_the_end_of_input_gives_up(terminal: int) -> None:
    with pytest.raises(typer.Abort):
        asking.secret_unless("The address", typing(terminal, b"\x04"))

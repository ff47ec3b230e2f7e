"""The tour of the README in tmux with its default settings, by keys only, at 80x24."""

from pathlib import Path

import pytest

from tests.conformance.multiplexer import Multiplexer, multiplexer
from tests.tour import TOUR, play

ROOT = Path(__file__).parent.parent.parent


class InTmux:
    """Plays in tmux."""

    def __init__(self, mux: Multiplexer) -> None:
        self._mux = mux

    def press(self, key: str) -> None:
        self._mux.keys(key)

    def write(self, text: str) -> None:
        self._mux.type(text)

    def wait(self, *marks: str) -> str:
        return self._mux.until(*marks)


@pytest.mark.shows(
    "A real terminal", "The README's tour, at 80x24, by keys only, under three kinds of terminal", by="tmux"
)
@pytest.mark.parametrize("terminal", ["screen-256color", "xterm-256color", "linux"])
def test_the_whole_tour(tmp_path: Path, terminal: str) -> None:
    with multiplexer(f"cd {ROOT} && .venv/bin/pmtui demo; echo LEFT; cat", tmp_path, terminal=terminal) as mux:
        seen = [step for _, step, screen in play(InTmux(mux)) if _fits(screen)]
        assert len(seen) == sum(len(chapter.steps) for chapter in TOUR)
        mux.keys("Escape", "C-q")
        mux.until("Open pmtui as", gone="Disconnect")
        mux.keys("q", "Enter")
        mux.until("LEFT")


def _fits(screen: str) -> bool:
    """No line is longer than the window and no traceback stands anywhere."""
    assert all(len(line) <= 80 for line in screen.splitlines())
    assert "Traceback" not in screen
    return True

"""`make pictures`: plays the tour in the demo and writes docs/tour.md and the screens in docs/pictures."""

import io
import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.terminal import Terminal
from tests.tour import Step, play

DOCS = Path(__file__).parent.parent / "docs"
FOLDER = DOCS / "pictures"
_KEYS = {"Enter": "\r", "Escape": "\x1b", "Tab": "\t", "Up": "\x1b[A", "Down": "\x1b[B", "C-q": "\x11"}


class InTerminal:
    """Plays in a terminal of our own."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def press(self, key: str) -> None:
        self._terminal.send(_KEYS.get(key, key))

    def write(self, text: str) -> None:
        self._terminal.send(text)

    def wait(self, *marks: str) -> str:
        limit = self._terminal.seconds + 40
        for mark in marks:
            self._terminal.until(mark, limit)
        self._terminal.settle()
        return self._terminal.text


def main() -> None:
    """Play, and write what was seen."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        command = [sys.executable, "-m", "pmtui", "demo"]
        with Terminal(command, environment) as terminal:
            pages = ["# The tour", "", _INTRODUCTION, ""]
            chapter_before = None
            for chapter, step, screen in play(InTerminal(terminal)):
                if chapter is not chapter_before:
                    pages += [f"## {chapter.title}", ""]
                    chapter_before = chapter
                pages += _page(step, screen)
                if step.picture:
                    (FOLDER / f"{step.picture}.svg").write_text(_svg(terminal, step.picture), "utf-8")
                print(f"{terminal.seconds:5.1f} s  {step.says}")
            terminal.send("\x1b\x11")
            terminal.until("Open pmtui as", terminal.seconds + 20)
            terminal.send("q\r")
            terminal.end()
    (DOCS / "tour.md").write_text("\n".join(pages).rstrip() + "\n", "utf-8")


_INTRODUCTION = (
    "What `make run` shows, step by step, by keys only, in a terminal of 80 columns and 24 lines. Written by"
    " `make pictures` from the running program."
)


def _page(step: Step, screen: str) -> list[str]:
    lines = [step.says, ""]
    if step.picture:
        lines += ["```text", *(line.rstrip() for line in screen.splitlines()), "```", ""]
    return lines


def _svg(terminal: Terminal, name: str) -> str:
    """The screen as a picture, with its colours."""
    console = Console(width=terminal.columns, record=True, file=io.StringIO(), color_system="truecolor")
    for line in terminal.cells():
        console.print(Text.assemble(*((cell.text, cell.style) for cell in line)), soft_wrap=True)
    svg = console.export_svg(title="pmtui", unique_id=name)
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # no picture fetches a font from elsewhere


if __name__ == "__main__":
    main()

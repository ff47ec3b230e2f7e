"""What a key costs in the availability editor, over a real pty: time to the first byte of the reaction, and bytes."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.report import Section
from benchmarks.sample import SampleOrganisation, sample
from tests.terminal import Terminal

PRESSES = 60
_KEYS = (("move within a day", ("l", "h")), ("move across days", ("j", "k")), ("toggle a cell", (" ", " ")))
_SIZES = ((80, 24), (120, 40))


def measure() -> list[Section]:
    """Press each kind of key in turn, at both sizes."""
    with tempfile.TemporaryDirectory() as folder:
        organisation = sample(Path(folder))
        rows = tuple(row for columns, lines in _SIZES for row in _at(organisation, columns, lines))
    slow = [f"{row[0]} at {row[1]}: at most 10 ms" for row in rows if float(row[2].split()[0]) > 10]
    large = [f"{row[0]} at {row[1]}: at most 450 bytes" for row in rows if float(row[4].split()[0]) > 450]
    return [
        Section(
            "A key in the availability editor",
            f"Over a pty with 256 colours, medians of {PRESSES} presses; bytes are all that a press sends, the preview"
            " that follows an edit after 150 ms included.",
            ("key", "size", "first byte, median", "first byte, worst", "bytes, median"),
            rows,
            (*slow, *large),
        )
    ]


def _at(organisation: SampleOrganisation, columns: int, lines: int) -> list[tuple[str, ...]]:
    environment = {**os.environ, "TERM": "xterm-256color", **organisation.environment}
    environment.pop("COLORTERM", None)
    command = [sys.executable, "-m", "pmtui", "--as", organisation.coach]
    with Terminal(command, environment, columns, lines) as terminal:
        terminal.until("Connected to Outlook")
        terminal.send("2")
        terminal.until("Auto Coaching would find")
        terminal.until("starts")
        terminal.settle(1.0)
        return [_row(name, f"{columns}x{lines}", _press(terminal, keys)) for name, keys in _KEYS]


def _press(terminal: Terminal, keys: tuple[str, ...]) -> list[tuple[float, int]]:
    """(seconds to the first byte, bytes) of each press."""
    seen = []
    for number in range(PRESSES):
        written, start = terminal.written, terminal.seconds
        terminal.send(keys[number % len(keys)])
        terminal.read(2.0)
        first = terminal.seconds - start
        terminal.settle(0.25)
        seen.append((first, terminal.written - written))
    return seen


def _row(name: str, size: str, seen: list[tuple[float, int]]) -> tuple[str, ...]:
    seconds, written = [one[0] for one in seen], [one[1] for one in seen]
    return (
        name,
        size,
        f"{statistics.median(seconds) * 1000:.1f} ms",
        f"{max(seconds) * 1000:.1f} ms",
        f"{statistics.median(written):.0f} B",
    )

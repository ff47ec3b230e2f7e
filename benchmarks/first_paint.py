"""How long until the app is on the screen, and until it is true and takes keys, over a real pty.

Beside it, in turn, the smallest app of the same library, so that the ratio holds when the machine's
speed drifts.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Section
from benchmarks.sample import SampleOrganisation, sample
from tests.terminal import Terminal

RUNS = 12
_MINIMAL = Path(__file__).parent / "minimal_app.py"


def measure() -> list[Section]:
    """Run both in turn and compare medians; bars as in the project's own requirements."""
    with tempfile.TemporaryDirectory() as folder, _sample(Path(folder)) as organisation:
        minimal, first, true, memory = [], [], [], []
        for run in range(RUNS + 1):
            small, (frame, facts, megabytes) = _minimal(), _pmtui(organisation)
            if run:  # the first warms the disk's cache
                minimal.append(small)
                first.append(frame)
                true.append(facts)
                memory.append(megabytes)
    base = statistics.median(minimal)
    rows = tuple(
        (name, *(f"{figure * 1000:.0f} ms" for figure in (min(values), statistics.median(values), max(values))), ratio)
        for name, values, ratio in (
            ("minimal Textual app", minimal, "1"),
            ("pmtui, first frame", first, f"{statistics.median(first) / base:.2f}"),
            ("pmtui, first true frame", true, f"{statistics.median(true) / base:.2f}"),
        )
    )
    missed = []
    if statistics.median(first) / base > 1.15:
        missed.append("first frame at most 1.15 times the minimal app")
    if statistics.median(true) / base > 3.2:
        missed.append("first true frame at most 3.2 times the minimal app")
    if statistics.median(memory) > 80:
        missed.append("memory of the open app at most 80 MB")
    return [
        Section(
            "From the start to the screen",
            f"Whole processes over a pty at 80x24, {RUNS} runs of each in turn. The first true frame shows this "
            "person's states from the database and has answered a key. Memory of the open app: "
            f"{statistics.median(memory):.0f} MB resident (median).",
            ("", "min", "median", "max", "ratio of medians"),
            rows,
            tuple(missed),
        )
    ]


@contextmanager
def _sample(folder: Path) -> Iterator[SampleOrganisation]:
    yield sample(folder)


def _environment(extra: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **extra}


def _minimal() -> float:
    with Terminal([sys.executable, str(_MINIMAL)], _environment({})) as terminal:
        return terminal.until("minimal is ready")


def _pmtui(organisation: SampleOrganisation) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "pmtui", "--as", organisation.coach]
    with Terminal(command, _environment(organisation.environment)) as terminal:
        first = terminal.until("pmtui")
        terminal.until("Connect your calendar")
        terminal.until(organisation.coach_name)
        terminal.send("?")
        true = terminal.until("Help")
        return first, true, terminal.resident_megabytes


if __name__ == "__main__":
    print(measure())

"""What a key costs on Connections with 5,000 coaches, over a real pty: moving the cursor, typing words to look for."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from sqlmodel import col, select

from benchmarks.organisation import fill
from benchmarks.report import Section, judged
from pmtui.backend.actor import worker
from pmtui.backend.clock import SystemClock
from pmtui.backend.states import Permission
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.people import PersonPermission
from tests.terminal import Terminal

COACHES = 5_000
PRESSES = 60
_SIZES = ((80, 24), (120, 40))
_TYPED = "person 02"
_MOVE, _TYPE = 15, 50
_WINDOWS = 10


def measure() -> list[Section]:
    """Both kinds of key, at both sizes, in one organisation."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TERM": "xterm-256color", **_organisation(Path(folder))}
        environment.pop("COLORTERM", None)
        rows = [row for columns, lines in _SIZES for row in _at(environment, columns, lines)]
    worst = {name: max(row[2] for row in rows if row[0] == name) for name in ("move", "type", "rows")}
    return [
        Section(
            "A key on Connections",
            f"{COACHES:,} coaches of an organisation with 100,000 agents, over a pty with 256 colours. Moving:"
            f" {PRESSES} presses, down and up. Typing: the letters of {_TYPED!r} into the filter and away again; a"
            " letter stands on the screen with the first byte, and the rows that it leaves a moment later.",
            ("", "size", "median", "worst"),
            tuple(
                (_NAMES[name], size, f"{median * 1000:.1f} ms", f"{most * 1000:.1f} ms")
                for name, size, median, most in rows
            ),
            **judged(
                {
                    f"cursor move at most {_MOVE} ms (median)": worst["move"] * 1000 <= _MOVE,
                    f"filter keystroke at most {_TYPE} ms (median), to its rows": worst["rows"] * 1000 <= _TYPE,
                }
            ),
        )
    ]


_NAMES = {
    "move": "cursor move, first byte",
    "type": "filter keystroke, first byte",
    "rows": "filter keystroke, the rows it leaves",
    "window": "f, the window with 5,000 teams",
}


def _organisation(folder: Path) -> dict[str, str]:
    """Make it, with one coach who may look at everybody; the environment that leads there."""
    url = f"sqlite:///{folder / 'large.db'}"
    database = Database(url, SystemClock())
    schema.upgrade(database.engine)
    tenant_id = fill(database, COACHES, seed=5, days=0)
    with database.write(worker(tenant_id)) as tx:
        first = tx.db.exec(select(PersonPermission.person_id).order_by(col(PersonPermission.person_id)).limit(1)).one()
        tx.db.add(PersonPermission(tenant_id=tenant_id, person_id=first, permission=Permission.SUPPORT))
    database.close()
    return {
        "PMTUI_CONFIG": str(folder / "none.toml"),
        "PMTUI_DATABASE_URL": url,
        "PMTUI_EMBEDDED_WORKER": "false",
    }


def _at(environment: dict[str, str], columns: int, lines: int) -> list[tuple[str, str, float, float]]:
    """(what, size, median seconds, worst seconds)."""
    command = [sys.executable, "-m", "pmtui", "--as", "p1@large.example"]
    with Terminal(command, environment, columns, lines) as terminal:
        terminal.until("Connect your calendar")
        terminal.settle(3.0)  # everything is loaded
        terminal.send("4")
        terminal.until(f"{COACHES:,} coaches", 60.0)
        terminal.settle(1.0)
        moves = [_first_byte(terminal, "jk"[press // (PRESSES // 2)]) for press in range(PRESSES)]
        terminal.send("/")
        terminal.settle(0.5)
        typed, narrowed = _typing(terminal)
        terminal.send("\x1b")
        terminal.settle(0.5)
        windows = [_window(terminal) for _ in range(_WINDOWS)]
        size = f"{columns}x{lines}"
        measured = (("move", moves), ("type", typed), ("rows", narrowed), ("window", windows))
        return [(name, size, statistics.median(seen), max(seen)) for name, seen in measured]


def _typing(terminal: Terminal) -> tuple[list[float], list[float]]:
    """Seconds of each letter to the first byte, and to the line that says which rows are shown."""
    typed, narrowed, text = [], [], ""
    for key in (*_TYPED, *"\x7f" * len(_TYPED)):
        text = text[:-1] if key == "\x7f" else text + key
        said = f'"{text.strip()}"' if text.strip() else f" {COACHES:,} coaches · the worst first\n"
        start = terminal.seconds
        typed.append(_first_byte(terminal, key, settle=False))
        terminal.until(said, terminal.seconds + 20)
        narrowed.append(terminal.seconds - start)
        terminal.settle(0.3)
    return typed, narrowed


def _window(terminal: Terminal) -> float:
    """Seconds from the key to the window that chooses who is shown."""
    start = terminal.seconds
    terminal.send("f")
    terminal.until("Who is shown", start + 20)
    taken = terminal.seconds - start
    terminal.settle(0.3)
    terminal.send("q")
    terminal.settle(0.3)
    return taken


def _first_byte(terminal: Terminal, key: str, *, settle: bool = True) -> float:
    start = terminal.seconds
    terminal.send(key)
    terminal.read(2.0)
    first = terminal.seconds - start
    if settle:
        terminal.settle(0.25)
    return first


if __name__ == "__main__":
    print(measure())

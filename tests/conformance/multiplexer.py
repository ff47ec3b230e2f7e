"""pmtui in tmux, as a coach has it: keys go in, the screen is read back."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

_WAIT_SECONDS = 30
_PAUSE = Event()  # never set: waits a moment between two looks at the screen


class Multiplexer:
    """One tmux server of its own with one window, 80x24 unless said otherwise."""

    def __init__(self, socket: str, environment: dict[str, str]) -> None:
        self._socket = socket
        self._environment = environment

    def tmux(self, *arguments: str) -> str:
        """Run one tmux command on this server; what it prints."""
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-L", self._socket, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=self._environment,
        )
        return done.stdout

    @property
    def screen(self) -> str:
        """What stands on the screen."""
        return self.tmux("capture-pane", "-p", "-t", "0")

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names (`Enter`, `Escape`, `C-q`, `a`)."""
        self.tmux("send-keys", "-t", "0", *keys)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self.tmux("send-keys", "-t", "0", "-l", text)

    def until(self, *marks: str, gone: str | None = None) -> str:
        """Wait until every mark stands on the screen (and `gone` does not), and give it back."""
        screen = ""
        for _ in range(_WAIT_SECONDS * 20):
            screen = self.screen
            if all(mark in screen for mark in marks) and (gone is None or gone not in screen):
                return screen
            _PAUSE.wait(0.05)
        raise AssertionError(f"{marks} (without {gone!r}) never came; the screen:\n{screen}")


@contextmanager
def multiplexer(
    command: str,
    folder: Path,
    environment: dict[str, str] | None = None,
    *,
    columns: int = 80,
    rows: int = 24,
    terminal: str = "screen-256color",
) -> Iterator[Multiplexer]:
    """Run `command` in tmux with its default settings until the block ends."""
    assert shutil.which("tmux"), "the Debian package tmux is missing (see .ci/apt.txt)"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TMUX", "PMTUI_"))}
    clean |= {"HOME": str(folder), "LANG": "C.UTF-8", "TERM": "xterm-256color", **(environment or {})}
    mux = Multiplexer(f"pmtui-{uuid.uuid4().hex[:8]}", clean)
    mux.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), "env", f"TERM={terminal}", "sh", "-c", command)
    try:
        yield mux
    finally:
        subprocess.run(["tmux", "-L", mux._socket, "kill-server"], capture_output=True, check=False, env=clean)


def link_alone(mux: Multiplexer) -> str:
    """The link of a sign-in as `o` prints it, joined as a terminal does when it is copied; the window is back then."""
    mux.until("Open this link")
    mux.keys("o")
    mux.until("Press Enter to come back")
    lines = mux.tmux("capture-pane", "-p", "-J", "-t", "0").splitlines()
    mux.keys("Enter")
    mux.until("Open this link")
    return [line.strip() for line in lines if line.startswith("http")][-1]

"""A program in a terminal of our own: 80x24 over a real pty, its screen read by an emulator others wrote."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

_ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[6n": b"\x1b[1;1R"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Some text of one line in one style, written as rich's style definitions."""

    text: str
    style: str


def _style(character: Any) -> str:
    words = [
        word
        for word, there in (
            ("bold", character.bold),
            ("italic", character.italics),
            ("underline", character.underscore),
            ("reverse", character.reverse),
        )
        if there
    ]
    if character.fg != "default":
        words.append(_colour(character.fg))
    if character.bg != "default":
        words.append(f"on {_colour(character.bg)}")
    return " ".join(words)


def _colour(name: str) -> str:
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return {"brown": "yellow"}.get(name, name.replace("bright", "bright_"))


@dataclass
class Terminal:
    """A running program. `seconds` counts from its start; `written` are the bytes it sent so far."""

    argv: list[str]
    environment: dict[str, str]
    columns: int = 80
    rows: int = 24
    written: int = 0
    first_byte_seconds: float | None = None
    _master: int = -1
    _pid: int = -1
    _start: float = 0.0
    _screen: pyte.Screen = field(init=False)
    _stream: pyte.ByteStream = field(init=False)

    def __enter__(self) -> Self:
        self._screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self._screen)
        self._start = time.perf_counter()
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.execvpe(self.argv[0], self.argv, self.environment)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid > 0:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._master)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._start

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def resident_megabytes(self) -> float:
        """The program's resident memory, now."""
        for line in Path(f"/proc/{self._pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    @property
    def processor_seconds(self) -> float:
        """The processor time that the program's threads have had so far."""
        threads = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text("utf-8").split()[0]) for thread in threads) / 1e9

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def until(self, mark: str, limit_seconds: float = 20.0) -> float:
        """Read until `mark` stands on the screen; the seconds since the start. Raises TimeoutError with the screen."""
        while mark not in self.text:
            if not self.read(limit_seconds - self.seconds):
                raise TimeoutError(f"{mark!r} never came; the screen:\n{self.text}")
        return self.seconds

    def settle(self, quiet_seconds: float = 0.4) -> None:
        """Read until nothing has come for a while."""
        while self.read(quiet_seconds):
            pass

    def cells(self) -> list[list[Cell]]:
        """The screen's lines, each as runs of one style."""
        lines = []
        for row in range(self.rows):
            characters = [self._screen.buffer[row][column] for column in range(self.columns)]
            runs = groupby(characters, key=_style)
            lines.append([Cell("".join(one.data for one in run), style) for style, run in runs])
        return lines

    def end(self, limit_seconds: float = 20.0) -> None:
        """Wait for the program to end by itself; TimeoutError if it does not."""
        until = self.seconds + limit_seconds
        while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            if self.seconds > until:
                raise TimeoutError("the program did not end")
            self.read(0.1)
        self._pid = -1

    def read(self, wait_seconds: float) -> bytes:
        """What comes within `wait_seconds`, in one piece; empty if nothing does."""
        ready, _, _ = select.select([self._master], [], [], max(wait_seconds, 0))
        if not ready:
            return b""
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the program has ended
            return b""
        if self.first_byte_seconds is None:
            self.first_byte_seconds = self.seconds
        self.written += len(piece)
        for question, answer in _ANSWERS.items():
            if question in piece:
                os.write(self._master, answer)
        self._stream.feed(piece)
        return piece

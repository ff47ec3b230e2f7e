"""Questions a command asks: only at a terminal, and never for what an option said already."""

import getpass
import os
import select
import sys
import termios
import tty
from collections.abc import Callable

import typer

from pmtui.backend.errors import BadInput, Conflict

_LOOK_SECONDS = 0.2
_PAUSE_SECONDS = 0.05
"""Bytes closer together than this are one paste, line ends in it included."""
_BACKSPACES, _CLEAR, _END, _ENTER = b"\x7f\x08", b"\x15", b"\x04", b"\r\n"


def interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def sure(question: str, *, yes: bool, instead: str = "--yes") -> bool:
    """Whether the person says yes to what can't be undone; `yes` is their option. BadInput with nobody to ask."""
    if yes:
        return True
    if not interactive():
        raise BadInput("needs_yes", "This has to be confirmed, and there is nobody to ask.", f"Repeat with {instead}.")
    return typer.confirm(question, default=False)


def expected(number: int, found: str, question: str, *, yes: bool, expect: int | None) -> bool:
    """Whether the person says yes to what ends `number` things, `found` in words; none need no answer.

    `--yes` wants the number with it. Raises Conflict for another number than was expected, BadInput without any.
    """
    again = f"--yes --expect {number}"
    if expect is not None and expect != number:
        raise Conflict("numbers_changed", f"{found}, not {expect:,}.", f"Nothing was done. If that is right: {again}")
    if not number:
        return True
    if yes and expect is None:
        raise BadInput("needs_expect", f"--yes needs the number with it: {found}.", f"Repeat with {again}.")
    return sure(question, yes=yes, instead=again)


def given(value: str | None, option: str, question: str, default: str | None = None) -> str:
    """An option's value, asked for at a terminal; BadInput naming the option otherwise."""
    if value is not None:
        return value
    if not interactive():
        raise BadInput("missing_option", f"{option} is missing.", f"Repeat with {option}.", where=option)
    answer: str = typer.prompt(question, default=default)
    return answer


def secret(question: str) -> str:
    """One line from standard input; typed unseen at a terminal."""
    return getpass.getpass(f"{question}: ") if interactive() else sys.stdin.readline().strip()


def secret_unless(question: str, done: Callable[[], bool]) -> str | None:
    """A line typed or pasted unseen at the terminal, of any length; None once `done()`, looked at again and again.

    Not `getpass`: it can't be ended from outside, and a terminal's own line holds 4,095 characters. What is typed but
    not taken is thrown away: a secret must not end up in the shell.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    try:
        tty.setcbreak(descriptor)
        return _line(descriptor, done)
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
        print(file=sys.stderr, flush=True)


def _line(descriptor: int, done: Callable[[], bool]) -> str | None:
    typed = bytearray()
    while not done():
        if not select.select([descriptor], [], [], _LOOK_SECONDS)[0]:
            continue
        chunk = os.read(descriptor, 65_536)
        if not chunk or (chunk == _END and not typed):
            raise typer.Abort
        for byte in chunk:
            if byte in _BACKSPACES:
                del typed[-1:]
            elif byte in _CLEAR:
                typed.clear()
            else:
                typed.append(byte)
        more = select.select([descriptor], [], [], _PAUSE_SECONDS)[0]
        if not more and typed and typed[-1] in _ENTER:
            return typed.decode("utf-8", "replace").strip()
    return None

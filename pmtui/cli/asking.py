"""Questions a command asks: only at a terminal, and never for what an option said already."""

import getpass
import sys

import typer

from pmtui.backend.errors import BadInput


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

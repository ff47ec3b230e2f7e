"""`pmtui slots`: the engine on case files, without a database."""

import sys
from typing import Annotated, BinaryIO

import typer

from pmtui.backend.slots.case import answer_json, read_case
from pmtui.backend.slots.documents import ROOT, CaseError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

BAD_INPUT = 2
STANDARD_INPUT = "-"


@app.callback()
def slots() -> None:
    """Find slots."""


@app.command()
def solve(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A case file, or - for standard input.")],
    many: Annotated[
        bool, typer.Option("--many", help="FILE is JSON Lines: one case a line, one answer a line.")
    ] = False,
) -> None:
    """Answer a case file: the free time, the slots, and why the other starts are not offered."""
    try:
        if file == STANDARD_INPUT:
            good = _answer(sys.stdin.buffer, many)
        else:
            with open(file, "rb") as source:
                good = _answer(source, many)
    except OSError as error:
        good = _refuse(f"{file}: {error.strerror or error}")
    if not good:
        raise typer.Exit(BAD_INPUT)


def _answer(source: BinaryIO, many: bool) -> bool:
    if not many:
        return _answer_one(source.read(), "")
    good = True
    for number, line in enumerate(source, start=1):
        good = _answer_one(line, f"line {number}: ") and good
    return good


def _answer_one(document: bytes, place: str) -> bool:
    """Write one answer, or one line about what is wrong; whether it was answered."""
    try:
        line = answer_json(read_case(document.decode()))
    except UnicodeDecodeError as error:
        return _refuse(f"{place}{ROOT}: is not UTF-8 at byte {error.start + 1}")
    except CaseError as error:
        return _refuse(f"{place}{error}")
    # As bytes: an answer is UTF-8 with a plain newline, whatever the terminal's locale says.
    sys.stdout.buffer.write(line.encode())
    sys.stdout.buffer.flush()
    return True


def _refuse(line: str) -> bool:
    print(line, file=sys.stderr)
    return False

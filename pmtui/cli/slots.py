"""`pmtui slots`: the engine on case files, without a database, and case files out of the live system."""

import json
import sys
from typing import Annotated, Any, BinaryIO

import typer

from pmtui.backend.coaching.starts import parse_start
from pmtui.backend.slots import words
from pmtui.backend.slots.case import Case, answer_json, read_case, schema
from pmtui.backend.slots.case_writer import document
from pmtui.backend.slots.documents import ROOT, CaseError
from pmtui.backend.slots.explain import Change, Verdict, change, verdict
from pmtui.backend.slots.people import home_zone
from pmtui.backend.slots.search import solve as solve_case
from pmtui.backend.slots.values import Answer, from_minute, to_minute
from pmtui.cli import output
from pmtui.cli.output import Json

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

BAD_INPUT = 2
STANDARD_INPUT = "-"

File = Annotated[str, typer.Argument(metavar="FILE", help="A case file, or - for standard input.")]


@app.callback()
def slots() -> None:
    """Find slots."""


@app.command()
def solve(
    file: File,
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


@app.command()
def explain(
    file: File,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Why this start is not offered: '2027-03-01 10:15' on the coach's clock, or with an offset.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say in words why a case has no slots and what would help, or why one start is not offered."""
    case = _one_case(file)
    two = case.search, case.coach, case.agent
    with output.errors():
        if start is not None:
            at = to_minute(parse_start(start, home_zone(case.coach)))
            found = verdict(*two, at)
            output.data(_plain_verdict(found), as_json, lambda _: "\n".join(words.verdict_in_words(found, *two)))
            return
        answer = solve_case(*two)
        helps = None if answer.slots else change(*two)
        output.data(_plain_answer(answer, helps), as_json, lambda _: "\n".join(words.explained(case, answer, helps)))


@app.command()
def export(
    coach: Annotated[str, typer.Option(metavar="EMAIL", help="The coach.")],
    agent: Annotated[str, typer.Option(metavar="EMAIL", help="The agent.")],
    minutes: Annotated[int | None, typer.Option(help="How long: 15, 30, 45 or 60.")] = None,
    days: Annotated[int | None, typer.Option(help="How many of the coach's days to look ahead.")] = None,
) -> None:
    """Write what is known of a coach and an agent as a case file, without names: for support."""
    with output.errors():
        services = output.services()
        case = services.coaching.case(output.actor(services), coach, agent, minutes=minutes, days=days)
        print(json.dumps(document(case), ensure_ascii=False, indent=2))


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of case files."""
    print(json.dumps(schema(), ensure_ascii=False, indent=2))


def _one_case(file: str) -> Case:
    """The case in a file; one line and exit code 2 for anything wrong."""
    try:
        if file == STANDARD_INPUT:
            return read_case(sys.stdin.buffer.read().decode())
        with open(file, "rb") as source:
            return read_case(source.read().decode())
    except OSError as error:
        _refuse(f"{file}: {error.strerror or error}")
    except UnicodeDecodeError as error:
        _refuse(f"{ROOT}: is not UTF-8 at byte {error.start + 1}")
    except CaseError as error:
        _refuse(str(error))
    raise typer.Exit(BAD_INPUT)


def _plain_answer(answer: Answer, helps: Change | None) -> dict[str, Any]:
    return {
        "rule": answer.rule,
        "slots": len(answer.slots),
        "removed": [{"party": party, "reason": code, "starts": count} for party, code, count in answer.removed],
        "change": None if helps is None else _plain_change(helps),
    }


def _plain_change(helps: Change) -> dict[str, Any]:
    return {
        "kind": helps.kind,
        "slot": from_minute(helps.slot),
        "value": helps.value,
        "party": helps.party,
        "period": helps.period,
        "hours": [{"start": from_minute(start), "end": from_minute(end)} for start, end in helps.hours],
    }


def _plain_verdict(found: Verdict) -> dict[str, Any]:
    return {
        "start": from_minute(found.start),
        "offered": found.offered,
        "inside": found.inside,
        "on_grid": found.on_grid,
        "stretches": [
            {
                "party": one.reason.party,
                "reason": one.reason.code,
                "activity": one.reason.activity,
                "start": from_minute(one.start),
                "end": from_minute(one.end),
            }
            for one in found.stretches
        ],
    }


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

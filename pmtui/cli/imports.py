"""`pmtui import`: files of other systems, all of a file or nothing of it."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from pmtui.backend.actor import Actor
from pmtui.backend.coaching import rules_typed
from pmtui.backend.coaching.records import ImportRecord, RequestImportRecord, ScheduleImportRecord, StaffingImportRecord
from pmtui.backend.csv_file import as_text
from pmtui.backend.errors import BadInput
from pmtui.backend.people.records import PeopleImportRecord
from pmtui.cli import asking, output
from pmtui.cli.output import Json

if TYPE_CHECKING:
    from pmtui.backend.build import Services

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

File = Annotated[str, typer.Argument(metavar="FILE", help="A CSV file in UTF-8, or - for standard input.")]


@app.callback()
def imports() -> None:
    """Take in files of other systems: all of a file or, if a row is wrong, nothing of it."""


@app.command()
def people(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask, with --expect.")] = False,
    expect: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --yes: how many people are disabled or coach no more; else refused."),
    ] = None,
    as_json: Json = False,
) -> None:
    """People: the columns email, name, and any of timezone, teams, role, groups, permissions, coach, disabled."""

    def agree(ending: int) -> None:
        found = f"{ending:,} {'person is' if ending == 1 else 'people are'} disabled or can coach no more"
        question = f"{found}: their calendar connections and sign-ins end at once. Go on?"
        if not asking.expected(ending, found, question, yes=yes, expect=expect):
            raise typer.Abort

    with output.errors():
        with _reading(file) as (services, actor, rows, progress):
            taken = services.people_import.import_file(actor, rows, agree, progress)
        output.data(taken, as_json, _people_text)


@app.command()
def metrics(file: File, as_json: Json = False) -> None:
    """Agents' metrics: the columns email, metric, value, date (2027-03-01), in any order."""
    with output.errors():
        with _reading(file) as (services, actor, rows, progress):
            taken = services.metrics.import_file(actor, rows, progress)
        output.data(taken, as_json, _text)


@app.command()
def schedules(
    file: File,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day the file speaks of, else of its rows.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day, else of its rows.")] = None,
    as_json: Json = False,
) -> None:
    """Shifts of people without a calendar: the columns email, start, end, activity, overwritable, perhaps absence."""
    with output.errors():
        with _reading(file) as (services, actor, rows, progress):
            first_on = None if first is None else rules_typed.day(first, "from")
            last_on = None if last is None else rules_typed.day(last, "to")
            taken = services.schedules.import_file(actor, rows, first=first_on, last=last_on, progress=progress)
        output.data(taken, as_json, _schedules_text)


@app.command()
def staffing(file: File, as_json: Json = False) -> None:
    """How teams are staffed: the columns team, start, staff, forecast, perhaps minutes (15)."""
    with output.errors():
        with _reading(file) as (services, actor, rows, progress):
            taken = services.staffing.import_file(actor, rows, progress)
        output.data(taken, as_json, _staffing_text)


@app.command()
def requests(file: File, as_json: Json = False) -> None:
    """What agents ask for: the columns email, title, and any of coach, reason, wanted_by, minutes."""
    with output.errors():
        with _reading(file) as (services, actor, rows, progress):
            taken = services.requests.import_file(actor, rows, progress)
        output.data(taken, as_json, _requests_text)


@contextmanager
def _reading(file: str) -> "Iterator[tuple[Services, Actor, TextIO, _Counter]]":
    """What every import needs: the services, who acts, the open file, and a count of its rows on the terminal."""
    services = output.services()
    actor = output.actor(services)
    with _opened(file) as rows, _progress() as progress:
        yield services, actor, rows, progress


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    """The file, to be read twice; standard input is kept in a file of its own meanwhile."""
    if name == "-":
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.seek(0)
            with as_text(kept) as text:
                yield text
        return
    try:
        opened = Path(name).open("rb")  # noqa: SIM115  closed below; only opening may fail here
    except OSError as error:
        raise BadInput("no_file", f"The file can't be read: {error.strerror}.", "Check its name.", name) from None
    with as_text(opened) as text:
        yield text


class _Counter:
    """Says on a terminal how many rows were read, on one line that is wiped at the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, rows: int) -> None:
        if self._shown:
            print(f"\r{rows:,} rows ...", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Wipe the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def _progress() -> Iterator[_Counter]:
    counter = _Counter()
    try:
        yield counter
    finally:
        counter.end()


def _text(record: ImportRecord) -> str:
    rows, people = f"{record.rows:,} {'row' if record.rows == 1 else 'rows'}", record.people
    return f"Imported {rows} of {people:,} {'agent' if people == 1 else 'agents'}."


def _people_text(record: PeopleImportRecord) -> str:
    rows = f"{record.rows:,} {'row' if record.rows == 1 else 'rows'}"
    ended = f", of whom {record.ended:,} disabled or coaching no more" if record.ended else ""
    return f"Imported {rows}: {record.added:,} added, {record.changed:,} changed{ended}."


def _schedules_text(record: ScheduleImportRecord) -> str:
    rows, people = f"{record.rows:,} {'row' if record.rows == 1 else 'rows'}", record.people
    who = f"{people:,} {'person' if people == 1 else 'people'}"
    return f"Imported {rows}: the schedules of {who} are known from {record.first_on} to {record.last_on}."


def _staffing_text(record: StaffingImportRecord) -> str:
    rows, teams = f"{record.rows:,} {'row' if record.rows == 1 else 'rows'}", record.teams
    return f"Imported {rows}: the staffing of {teams:,} {'team' if teams == 1 else 'teams'}."


def _requests_text(record: RequestImportRecord) -> str:
    rows = f"{record.rows:,} {'request' if record.rows == 1 else 'requests'}"
    return f"Imported {rows}, {record.new:,} of them new."

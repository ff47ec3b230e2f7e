"""`pmtui availability`: a coach's weekly hours without the full screen."""

from typing import Annotated

import typer

from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import DAY_NAMES, format_day, week_document
from pmtui.backend.availability.records import AvailabilityRecord
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import CalendarState, Week
from pmtui.cli import output
from pmtui.cli.output import Json

app = typer.Typer(no_args_is_help=False, invoke_without_command=True, add_completion=False, rich_markup_mode=None)

Plain = Annotated[bool, typer.Option("--plain", help="Print plain text (the default).")]

_COUNTS = {
    CalendarState.NONE: "No calendar is connected: these hours count once a Google or Outlook calendar is.",
    CalendarState.WFM: "The WFM calendar is connected: its schedule counts, not these hours.",
}


@app.callback()
def availability(context: typer.Context, plain: Plain = False, as_json: Json = False) -> None:
    """Show or set a coach's weekly hours; say whose with --as EMAIL before the command."""
    if context.invoked_subcommand is None:
        show(plain, as_json)


@app.command()
def show(plain: Plain = False, as_json: Json = False) -> None:
    """Show the saved hours of the person named by --as."""
    with output.errors():
        if plain and as_json:
            raise BadInput("options", "--plain and --json can't both be.", "Choose one.")
        services = output.services()
        _print(services.availability.load(output.actor(services)), as_json)


@app.command("set")
def set_hours(
    hours: Annotated[
        list[str] | None,
        typer.Argument(
            help="Lines such as 'mon-thu 9-12, 13-17', 'fri none', 'weekdays +14-15', '2027-03-02 none'."
            " Days that are not named stay as they are.",
        ),
    ] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Such as America/Chicago.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Start from an empty week, without date overrides.")] = False,
    version: Annotated[
        int | None, typer.Option(metavar="N", help="Refuse unless the saved hours still have this version.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Set hours of the person named by --as, and print the whole week as it then is."""
    with output.errors():
        lines = hours or []
        if not lines and timezone is None and not clear:
            raise BadInput("hours", "There is nothing to set.", "Try: pmtui availability set 'mon-fri 9-17'")
        services = output.services()
        actor = output.actor(services)
        record = services.availability.load(actor)
        week = Week(record.timezone) if record.week is None or clear else record.week
        week = Week(timezone or (record.week or week).timezone, week.days, week.overrides)
        for line in lines:
            entry = parse_entry(line, week)
            if entry.question:
                raise BadInput("hours_question", entry.question, "Write it one of these ways.", line)
            week = entry.week
        saved = services.availability.save(actor, week, record.version if version is None else version)
        _print(saved, as_json)


def _print(record: AvailabilityRecord, as_json: bool) -> None:
    document = {
        "calendar": record.calendar,
        "version": record.version,
        "saved_at": record.saved_at,
        "saved_by": record.saved_by,
        "availability": None if record.week is None else week_document(record.week),
    }
    output.data(document, as_json, lambda _: _text(record))


def _text(record: AvailabilityRecord) -> str:
    if record.week is None:
        lines = [f"No availability was ever saved; a new one starts in {record.timezone}."]
    else:
        week = record.week
        lines = [f"Timezone  {week.timezone}   {week.minutes / 60:g} h a week   version {record.version}"]
        lines += (f"{name}  {format_day(h)}" for name, h in zip(DAY_NAMES, week.days, strict=True))
        lines += (f"{on.isoformat()}  {format_day(h)}" for on, h in week.overrides)
        if not week.minutes:
            lines.append("Auto Coaching will find no time for you.")
    if record.calendar in _COUNTS:
        lines.append(_COUNTS[record.calendar])
    return "\n".join(lines)

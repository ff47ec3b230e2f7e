"""`pmtui settings`: what the organisation has set for sessions and calendars."""

from typing import Annotated

import typer

from pmtui.cli import named_values, output
from pmtui.cli.output import Json

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def settings() -> None:
    """What the organisation has set for sessions and calendars; for administrators."""


@app.command()
def show(as_json: Json = False) -> None:
    """Every setting in force, and what it means."""
    with output.errors():
        services = output.services()
        output.data(services.settings.show(output.actor(services)), as_json, named_values.table)


@app.command("set")
def set_(
    values: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="Such as notice=24h; all of them are set, or none.")
    ],
    as_json: Json = False,
) -> None:
    """Change settings; `pmtui settings show` lists their names."""
    with output.errors():
        services = output.services()
        changes = named_values.read(values, "bad_setting", "notice=24h")
        output.data(services.settings.change(output.actor(services), changes), as_json, named_values.table)

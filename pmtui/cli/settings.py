"""`pmtui settings`: what the organisation has set for sessions and calendars."""

from typing import Annotated

import typer

from pmtui.backend.errors import BadInput
from pmtui.backend.settings.records import SettingRecord
from pmtui.cli import output

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def settings() -> None:
    """What the organisation has set for sessions and calendars; for administrators."""


@app.command()
def show(as_json: Json = False) -> None:
    """Every setting in force, and what it means."""
    with output.errors():
        services = output.services()
        output.data(services.settings.show(output.actor(services)), as_json, _table)


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
        output.data(services.settings.change(output.actor(services), _pairs(values)), as_json, _table)


def _pairs(values: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in values:
        name, equals, text = one.partition("=")
        if not equals:
            raise BadInput("bad_setting", f"{one[:40]!r} sets nothing.", "Write NAME=VALUE, like notice=24h.")
        if name in pairs:
            raise BadInput("bad_setting", f"{name} stands there twice.", "Set it once.")
        pairs[name] = text
    return pairs


def _table(records: tuple[SettingRecord, ...]) -> str:
    names = max(len(one.name) for one in records)
    values = max(len(_value(one)) for one in records)
    return "\n".join(f"{one.name:<{names}}  {_value(one):<{values}}  {one.what}" for one in records)


def _value(one: SettingRecord) -> str:
    return one.value or "none"

"""`pmtui preferences`: what you set for yourself, on the screen and on other machines alike."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pmtui.backend.actor import Actor
from pmtui.backend.people.locales import WEEKDAYS, clock24, first_day, time_locale
from pmtui.backend.people.records import DEFAULTS, Preferences
from pmtui.cli import commands, named_values, output
from pmtui.cli.output import Json
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.build import Services
    from pmtui.preferences import Shown

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def preferences() -> None:
    """What you set for yourself: colours, clock, first day of the week, keys. Needs --as EMAIL."""


@app.command()
def show(as_json: Json = False) -> None:
    """What is in force, and the keys you changed."""
    with output.errors():
        services = output.services()
        output.data(_shown(services.preferences.show(output.actor(services))), as_json, named_values.table)


@app.command()
def keys(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="Only those with these words.")] = None,
    as_json: Json = False,
) -> None:
    """Every action, its keys, and the name to give it others by."""
    with output.errors():
        services = output.services()
        mine = services.preferences.show(output.actor(services))
        wanted = [word.lower() for word in words or ()]
        every = load(commands.OWN_KEYS)(mine)
        found = [one for one in every if all(word in f"{one.name} {one.what}".lower() for word in wanted)]
        output.data(found, as_json, lambda rows: named_values.table(rows) if rows else "No action has these words.")


@app.command("set")
def set_(
    values: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE...", help="Such as theme=light clock=12 keys.coaching.approve=P."),
    ],
    as_json: Json = False,
) -> None:
    """Change preferences; all of these are set, or none."""
    with output.errors():
        services = output.services()
        _change(services, output.actor(services), named_values.read(values, "bad_preference", "clock=12"), as_json)


@app.command()
def reset(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Without one: everything.")] = None,
    as_json: Json = False,
) -> None:
    """Back to what holds by default."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        mine = services.preferences.show(actor)
        own = ("theme", "clock", "first-day", *(f"keys.{action}" for action, _ in mine.keys))
        if names:
            _change(services, actor, dict.fromkeys(names, ""), as_json)
        else:  # also keys of actions that are no more
            output.data(_shown(services.preferences.change(actor, dict.fromkeys(own, ""))), as_json, named_values.table)


def _change(services: "Services", actor: Actor, values: dict[str, str], as_json: bool) -> None:
    stored = load(commands.PREPARED)(values, services.preferences.show(actor))
    output.data(_shown(services.preferences.change(actor, stored)), as_json, named_values.table)


def _shown(mine: Preferences) -> "list[Shown]":
    locale = time_locale(os.environ)
    general: Any = load(commands.PREFERENCES)
    day = WEEKDAYS[first_day(DEFAULTS, locale)]
    rows: list[Shown] = list(general(mine, clock24(DEFAULTS, locale), day))
    return rows + [one for one in load(commands.OWN_KEYS)(mine) if one.own] if mine.keys else rows

"""`pmtui preferences`: what you set for yourself, on the screen and on other machines alike."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pmtui.backend.actor import Actor
from pmtui.backend.errors import BadInput
from pmtui.backend.people.locales import WEEKDAYS, clock24, first_day, time_locale
from pmtui.backend.people.records import DEFAULTS, Preferences
from pmtui.cli import commands, output
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.build import Services
    from pmtui.preferences import Shown

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def preferences() -> None:
    """What you set for yourself: colours, clock, first day of the week, keys. Needs --as EMAIL."""


@app.command()
def show(as_json: Json = False) -> None:
    """What is in force, and the keys you changed."""
    with output.errors():
        services = output.services()
        output.data(_shown(services.preferences.show(output.actor(services))), as_json, _table)


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
        output.data(found, as_json, lambda rows: _table(rows) if rows else "No action has these words.")


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
        _change(services, output.actor(services), _pairs(values), as_json)


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
            output.data(_shown(services.preferences.change(actor, dict.fromkeys(own, ""))), as_json, _table)


def _change(services: "Services", actor: Actor, values: dict[str, str], as_json: bool) -> None:
    stored = load(commands.PREPARED)(values, services.preferences.show(actor))
    output.data(_shown(services.preferences.change(actor, stored)), as_json, _table)


def _pairs(values: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in values:
        name, equals, text = one.partition("=")
        if not equals:
            raise BadInput("bad_preference", f"{one[:40]!r} sets nothing.", "Write NAME=VALUE, like clock=12.")
        if name in pairs:
            raise BadInput("bad_preference", f"{name} stands there twice.", "Set it once.")
        pairs[name] = text
    return pairs


def _shown(mine: Preferences) -> "list[Shown]":
    locale = time_locale(os.environ)
    general: Any = load(commands.PREFERENCES)
    day = WEEKDAYS[first_day(DEFAULTS, locale)]
    rows: list[Shown] = list(general(mine, clock24(DEFAULTS, locale), day))
    return rows + [one for one in load(commands.OWN_KEYS)(mine) if one.own] if mine.keys else rows


def _table(rows: "Iterable[Shown]") -> str:
    rows = list(rows)
    names, values = max(len(one.name) for one in rows), max(len(one.value) for one in rows)
    return "\n".join(f"{one.name:<{names}}  {one.value:<{values}}  {one.what}" for one in rows)

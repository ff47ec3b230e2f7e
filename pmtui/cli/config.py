"""`pmtui config`: what is in force, and where each value came from."""

from typing import TYPE_CHECKING, Annotated

import typer

from pmtui.cli import commands, output
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.config import InForce, Setting

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def config(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print every setting in force and where its value came from: default, file, environment or flag."""
    with output.errors():
        found: InForce = load(commands.IN_FORCE)(output.options().flags)
        settings = found.settings()
        if as_json:
            output.data(
                {one.name: {"value": one.value, "from": one.origin or "default"} for one in settings}, True, str
            )
            return
        output.data(settings, False, lambda shown: "\n".join(_line(one) for one in shown))
        for name in found.unknown:
            print(f"{name} is no setting: it changes nothing.")


def _line(setting: "Setting") -> str:
    return f"{setting.name} = {setting.value or '(not set)'}    [{setting.origin or 'default'}]"

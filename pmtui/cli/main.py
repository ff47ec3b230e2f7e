"""The command line: one lazily loaded group a noun."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pmtui import crash
from pmtui.cli import commands, output
from pmtui.loading import load


class _Commands(TyperGroup):
    """Loads a command's module when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(commands.COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table says what each is for; nothing is loaded to print it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in commands.COMMANDS.items()])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in commands.COMMANDS:
            return None
        place, help_text = commands.COMMANDS[cmd_name]
        command = typer.main.get_command(load(place))
        command.name = cmd_name
        command.help = help_text
        return command


app = typer.Typer(
    cls=_Commands,
    name="pmtui",
    help="Connects a contact centre's calendars to its coaching. Without a command: the full-screen app.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


@app.callback()
def options(
    as_email: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="Act as this person (local use only).")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(metavar="SUBDOMAIN", help="The organisation, if there are several.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="The database, instead of the configured one.")
    ] = None,
) -> None:
    """What stands before the command."""
    output.choose(output.Options(as_email, tenant, {"database_url": database}))


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code."""
    command = typer.main.get_command(app)
    try:
        result = command.main(args=arguments, prog_name="pmtui", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        message = _said(error)
        if message:
            print(f"pmtui: {message}", file=sys.stderr)
            return 2
        return 0
    except typer.Abort:
        print("pmtui: stopped; nothing more was done.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # nobody expected it: a number and a file, never a traceback
        print(f"pmtui: {crash.keep(error)}", file=sys.stderr)
        return 1
    return result if isinstance(result, int) else 0


def _said(error: typer.TyperException) -> str:
    """What was wrong with the command line, and where help is, in one line; empty where nothing was."""
    formatted = getattr(error, "format_message", None)  # usage errors have one, the base class none
    message = str(formatted() if formatted else error).replace("\n", " ").replace(": Value error, ", ": ")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "pmtui"
    if message.startswith("Usage:") and context is not None:  # a group alone: Typer answers with the whole help
        message = f"{path.removeprefix('pmtui ')} needs a command: {', '.join(context.command.list_commands(context))}"
    if not message:
        return ""
    return f"{message if message.endswith('?') else message.rstrip('.') + '.'} Try: {path} --help"

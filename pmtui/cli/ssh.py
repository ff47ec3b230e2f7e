"""`pmtui ssh`: people's SSH public keys."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pmtui.backend.errors import BadInput
from pmtui.backend.people.records import SshKeyRecord
from pmtui.cli import asking, output
from pmtui.cli.output import Json

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
key = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(key, name="key", help="SSH public keys: whose they are.")

_MOST_CHARACTERS = 20_000

Person = Annotated[
    str | None, typer.Option("--person", metavar="EMAIL", help="Somebody else's; for administrators and the operator.")
]


@app.callback()
def ssh() -> None:
    """Who signs in over SSH."""


@key.command("list")
def list_keys(
    person: Person = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's, by person; for administrators.")] = False,
    as_json: Json = False,
) -> None:
    """Your keys, or somebody else's: kind, fingerprint, when added and last used."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        found = services.ssh_keys.everybodys(actor) if everybody else services.ssh_keys.list(actor, person)
        output.data(found, as_json, lambda records: _table(records, everybody))


@key.command()
def add(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The public key's file, which ends in .pub; - is standard input.")
    ] = "-",
    person: Person = None,
    as_json: Json = False,
) -> None:
    """Add a public key: who holds its private one signs in over SSH as that person."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        output.data(services.ssh_keys.add(actor, _read(file), person), as_json, lambda one: f"Added: {_line(one)}")


@key.command()
def remove(
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="SHA256:..., or how it begins.")],
    person: Person = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a public key: it signs nobody in any more."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        found = services.ssh_keys.named(actor, fingerprint, person)
        if asking.sure(f"Remove {_line(found)} of {found.person}?", yes=yes):
            removed = services.ssh_keys.remove(actor, found.fingerprint, person)
            output.data(removed, as_json, lambda one: f"Removed: {_line(one)}")


def _read(name: str) -> str:
    """The beginning of the file, far longer than any key; BadInput where there is none."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(_MOST_CHARACTERS).decode("utf-8", "replace")
        with Path(name).open("rb") as file:
            return file.read(_MOST_CHARACTERS).decode("utf-8", "replace")
    except OSError as error:
        raise BadInput(
            "no_file", f"{name} can't be read: {error.strerror}.", "Name a file that ends in .pub."
        ) from None


def _line(one: SshKeyRecord) -> str:
    return f"{one.kind} {one.fingerprint}{f' ({one.comment})' if one.comment else ''}"


def _table(records: tuple[SshKeyRecord, ...], everybody: bool) -> str:
    if not records:
        return "There are no keys." if everybody else "There is no key. Add one: pmtui ssh key add FILE.pub"
    lines = []
    for one in records:
        used = f"last used {one.last_used_at:%Y-%m-%d %H:%M} UTC" if one.last_used_at else "never used"
        whose = f"{one.person} <{one.email}>  " if everybody else ""
        lines.append(f"{whose}{_line(one)}  added {one.added_at:%Y-%m-%d}, {used}")
    return "\n".join(lines)

"""`pmtui keys`: what is sealed under which key, and a new key in use. Runs where the key file is."""

from threading import Event
from typing import TYPE_CHECKING

import typer

from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin.records import KeyRecord, KeysRecord, RotationRecord, SealedKind
from pmtui.cli import commands, output
from pmtui.cli.output import Json
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.signin.rotation import Rotation

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_LOOK_SECONDS = 0.2
_NAMES = {
    SealedKind.SIGN_IN: ("sign-in", "sign-ins"),
    SealedKind.CONNECTION: ("connection", "connections"),
    SealedKind.REVOCATION: ("revocation", "revocations"),
    SealedKind.WFM: ("WFM token", "WFM tokens"),
}
_CREDENTIAL = "A worker that has the keys as a systemd credential has a copy: restart it now."


@app.callback()
def keys() -> None:
    """The keys that seal tokens."""


@app.command()
def status(as_json: Json = False) -> None:
    """Which keys there are, and how many sealed values are under each."""
    with output.errors():
        output.data(_rotation().status(), as_json, _status)


@app.command()
def add(as_json: Json = False) -> None:
    """Put a new key in front of the key file and seal nothing anew yet: for workers that have a copy of the file."""
    with output.errors():
        added = _rotation().add()
        output.data(
            added,
            as_json,
            lambda now: f"{_status(now)}\nNext: restart every worker that has a copy, then run: pmtui keys rotate",
        )


@app.command()
def rotate(as_json: Json = False) -> None:
    """Seal everything under a new key and retire the older ones; safe to stop and to repeat."""
    with output.errors():
        pause = Event()  # never set: waits
        done = _rotation().rotate(lambda: pause.wait(_LOOK_SECONDS))
        output.data(done, as_json, _rotated)


def _rotation() -> "Rotation":
    services = output.services()
    made: Rotation = load(commands.ROTATION)(services.database, services.config.keys, service_seal)
    return made


def _status(record: KeysRecord) -> str:
    lines = [f"Key file: {record.file}", *(_key(key) for key in record.keys)]
    lost = sum(key.not_opening for key in record.keys)
    if lost:
        lines.append(
            f"{lost:,} {'value does' if lost == 1 else 'values do'} not open. If a key is missing, put the saved key"
            " file back; else those calendars are to be connected again, and the WFM token set again."
        )
    return "\n".join(lines)


def _key(key: KeyRecord) -> str:
    kind = "current" if key.current else "older" if key.in_file else "not in the file"
    counted = [f"{count:,} {_NAMES[what][count != 1]}" for what, count in key.values.items() if count]
    closed = f" (not opening: {key.not_opening:,})" if key.not_opening else ""
    return f"  {key.key_id}  {kind}: {', '.join(counted) or 'nothing'}{closed}"


def _rotated(done: RotationRecord) -> str:
    begun = " (a rotation begun before is finished)" if done.finished_earlier else ""
    lines = [
        f"{done.current} is the current key{begun}; retired: {', '.join(done.retired)}.",
        f"Sealed anew: {done.sealed_anew:,}.",
    ]
    if done.recovered:
        lines.append(f"Calendars whose key was lost and is back: {done.recovered:,}.")
    lines += [_key(key) for key in done.keys]
    return "\n".join((*lines, _CREDENTIAL, "Keep a copy of the key file in a safe place."))

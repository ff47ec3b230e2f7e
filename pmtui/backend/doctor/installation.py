"""What stands on this machine: the configuration, the files it names, the database, the keys and what they seal."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pmtui.backend.actor import operator
from pmtui.backend.config import InForce, read_secret
from pmtui.backend.doctor.records import Finding, ok, problem, warning
from pmtui.backend.errors import PmtuiError
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin.rotation import Rotation
from pmtui.backend.signin.vault import Vault
from pmtui.backend.slots.zones import tzdata_version
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database

SKEW = timedelta(seconds=60)
"""How far two clocks may be apart before it is worth a word."""
_SECRETS = ("google_client_secret_file", "microsoft_client_secret_file")


def configuration(found: InForce) -> Iterator[Finding]:
    """The settings, and the files with secrets."""
    files = sorted({origin for origin in found.origin.values() if origin.startswith("/")})
    yield ok("configuration", f"{len(found.origin)} settings are set{f' ({files[0]})' if files else ''}.")
    for name in found.unknown:
        yield warning("configuration", f"{name} is no setting and changes nothing.", "Correct its name, or remove it.")
    for name in _SECRETS:
        path: Path | None = getattr(found.config, name)
        if path is None:
            continue
        try:
            empty = not read_secret(path)
        except PmtuiError as error:
            yield _refused(name, error)
            continue
        if empty:
            yield problem(name, f"{path} is empty.", "Put the secret into it.")
        else:
            yield ok(name, f"{path} can be read, by its owner alone.")
    log = found.config.log
    if log.exists() and not os.access(log, os.W_OK):
        yield problem("log", f"{log} can't be written.", "Set log_file to a file this account may write.")
    elif log.exists() and stat.S_IMODE(log.stat().st_mode) & 0o077:
        yield warning("log", f"Others may read {log}.", f"Run: chmod 600 {log}")


def keys(found: InForce, database: Database | None) -> Iterator[Finding]:
    """The key file, and whether it opens what is sealed."""
    path = found.config.keys
    try:
        vault = Vault.load(path)
    except PmtuiError as error:
        yield _refused("keys", error)
        return
    yield ok("keys", f"{path} can be read, by its owner alone; {vault.current} is the current key.")
    if database is None:
        return
    status = Rotation(database, path, service_seal).status()
    total = sum(sum(key.values.values()) for key in status.keys)
    lost = sum(key.not_opening for key in status.keys)
    if lost:
        yield problem(
            "keys",
            f"Sealed values that do not open: {lost:,} of {total:,} (`pmtui keys status` says under which key).",
            "Put the saved key file back, or have those calendars connected and the WFM token set again.",
        )
    else:
        yield ok("keys", f"Everything sealed opens ({total:,}).")
    if any(key.in_file and not key.current for key in status.keys):
        yield warning("keys", "An older key is still in the file.", "Finish it: pmtui keys rotate")


def database(found: InForce, opened: Database) -> Iterator[Finding]:
    """Whether the database is there, of this program's version, guarded, and of the same time. The last one counts."""
    shown = next(one.value for one in found.settings() if one.name == "database_url")
    try:
        schema.require_current(opened.engine)
        with opened.read(operator()) as tx:
            theirs = tx.database_now()
        ours = opened.clock.now()
    except PmtuiError as error:
        yield _refused("database", error)
        return
    yield ok("database", f"{shown} is at version {schema.HEAD}, this program's, and its guards stand.")
    apart = abs(ours - theirs)
    if apart > SKEW and not shown.startswith("sqlite"):
        yield warning(
            "clock",
            f"This machine's clock and the database's are {apart.total_seconds():.0f} s apart.",
            "Synchronise both (NTP).",
        )
    yield ok("time zones", f"tz database {tzdata_version()}; it is {ours:%Y-%m-%d %H:%M} UTC here.")


def _refused(area: str, error: PmtuiError) -> Finding:
    place = f"{error.where}: " if error.where else ""
    return problem(area, f"{place}{error.title}", error.next_step)

"""The schema's version: making it, upgrading it, and refusing to work on the wrong one."""

import os
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.storage import guards
from pmtui.backend.storage.constraints import unreachable

HEAD = "0019"
"""The newest migration (a test holds this to the migrations folder)."""


def upgrade(engine: Engine) -> None:
    """Bring the database to `HEAD`, from nothing or from any earlier version. Raises Unavailable, also for a newer."""
    from alembic import command  # loaded only here: alembic is not needed to work
    from alembic.config import Config

    config = Config()
    if engine.dialect.name == "sqlite" and engine.url.database:
        _make_file(engine.url.database)
    _refuse_newer(version(engine))
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _make_file(path: str) -> None:
    """Make the file, if it is new, for its owner only; SQLite gives the files beside it the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _wrong(
            "database_unreachable", f"The database can't be made at {path}: {error.strerror}.", "Choose another place."
        ) from None


def version(engine: Engine) -> str | None:
    """The version the database is at; None for an empty one, or a SQLite file that is not there (it is not made)."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError as error:
        raise unreachable(error) from error


def require_current(engine: Engine) -> None:
    """Refuse (Unavailable) unless the schema is this program's and its guards stand."""
    at = version(engine)
    if at is None:
        raise _wrong("no_database", "There is no pmtui database yet.", "Run: pmtui init")
    if at < HEAD:
        raise _wrong(
            "database_old", f"The database is at version {at}, this program needs {HEAD}.", "Run: pmtui db upgrade"
        )
    _refuse_newer(at)
    with engine.connect() as connection:
        absent = guards.missing(connection)
    if absent:
        raise _wrong(
            "guards_missing", f"The database has lost its guards: {', '.join(absent)}.", "Run: pmtui db upgrade"
        )


def _refuse_newer(at: str | None) -> None:
    if at is not None and at > HEAD:
        raise _wrong(
            "database_new", f"The database is at version {at}, this program knows {HEAD}.", "Install the newer pmtui."
        )


def _wrong(code: str, title: str, next_step: str) -> Unavailable:
    return Unavailable(code, title, next_step, whose=Whose.OPERATOR)

"""The migrations make exactly the schema of the tables, and the program refuses any other."""

import hashlib
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from pmtui.backend.actor import operator
from pmtui.backend.errors import Unavailable
from pmtui.backend.storage import guards, schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.every import metadata
from tests.clock import ManualClock


def test_head_is_the_newest_migration() -> None:
    versions = Path(schema.__file__).parent / "migrations" / "versions"
    assert max(path.name.split("_")[0] for path in versions.glob("0*.py")) == schema.HEAD


def test_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert guards.missing(connection) == []
        assert schema.version(database.engine) == schema.HEAD


def migrate(engine: Engine, revision: str) -> None:
    """To that revision, forwards."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def emptied(engine: Engine) -> None:
    """Without any table, as before the first migration."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        return
    with engine.begin() as connection:
        for name in reversed(inspect(connection).get_table_names()):
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(text(f'DROP TABLE "{name}"'))


def filled(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """A coach with a Google connection and an earlier Outlook one, as version 0001 keeps them; every table's rows."""
    at = "2027-03-01 08:00:00+00:00" if connection.dialect.name == "postgresql" else "2027-03-01 08:00:00.000000"
    for statement in (
        "INSERT INTO tenant (id, subdomain, name, timezone, new_login_experience, created_at)"
        " VALUES (1, 'acme', 'Acme', 'America/Chicago', true, :at)",
        "INSERT INTO person (id, tenant_id, email, name, created_at) VALUES (7, 1, 'dana@acme.example', 'Dana', :at)",
        "INSERT INTO connection (id, tenant_id, person_id, uid, provider, state, account, external_id, automatic,"
        " connected_at) VALUES (3, 1, 7, 'u', 'google', 'ready', 'dana@acme.example', '42', false, :at)",
        "INSERT INTO connection (id, tenant_id, person_id, uid, provider, state, account, external_id, automatic,"
        " connected_at, ended_at, ended_why)"
        " VALUES (2, 1, 7, 'v', 'outlook', 'ready', 'dana@acme.example', '41', false, :at, :at, 'by_coach')",
        "INSERT INTO connection_token (connection_id, tenant_id, sealed, key_id, expires_at)"
        " VALUES (3, 1, 'sealed', 'k', :at)",
        "INSERT INTO attempt (id, tenant_id, person_id, uid, provider, state, port, state_token, scopes, created_at,"
        " expires_at) VALUES (5, 1, 7, 'u5', 'google', 'awaiting', 50001, 'abc', '', :at, :at)",
    ):
        connection.execute(text(statement), {"at": at})
    return rows_of(connection)


def rows_of(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = ("tenant", "person", "connection", "connection_token")
    return {name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in tables}


def test_a_database_of_the_first_version_is_upgraded_with_all_it_holds(database_url: str) -> None:
    engine = create_engine(database_url)
    emptied(engine)
    migrate(engine, "0001")
    with engine.begin() as connection:
        before = filled(connection)
    with pytest.raises(Unavailable, match="version 0001"):
        schema.require_current(engine)
    schema.upgrade(engine)
    schema.require_current(engine)
    with engine.connect() as connection:
        after = rows_of(connection)
        assert {name: [row[: len(before[name][0])] for row in rows] for name, rows in after.items()} == before
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert guards.missing(connection) == []
        assert connection.execute(text("SELECT count(*) FROM revocation")).scalar() == 0
        attempt = connection.execute(text("SELECT way, state_digest FROM attempt")).one()
        assert tuple(attempt) == ("loopback", hashlib.sha256(b"abc").hexdigest())
        approvals = connection.execute(text("SELECT tenant_id, state FROM outlook_approval")).all()
        assert approvals == [(1, "approved")]  # or nobody could have connected Outlook
    engine.dispose()


@pytest.mark.parametrize(
    ("version", "code", "step"),
    [("0000", "database_old", "pmtui db upgrade"), ("9999", "database_new", "newer pmtui")],
)
def test_an_older_or_newer_schema_is_refused_with_the_command(
    database: Database, version: str, code: str, step: str
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    with pytest.raises(Unavailable) as caught:
        schema.require_current(database.engine)
    assert caught.value.code == code
    assert step in caught.value.next_step


def test_a_newer_schema_is_not_upgraded_by_an_older_program(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable) as caught:
        schema.upgrade(database.engine)
    assert caught.value.code == "database_new"


def test_a_file_that_breaks_while_it_is_used_is_told_in_words(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "broken.db"
    engine = create_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    path.write_bytes(b"something else by now".ljust(4096))
    database = Database(f"sqlite:///{path}", clock)
    with pytest.raises(Unavailable) as caught, database.read(operator()) as tx:
        tx.db.execute(text("SELECT count(*) FROM person"))
    assert caught.value.code == "database_unreachable"


def test_looking_at_a_missing_sqlite_file_does_not_make_it(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(Unavailable, match="no pmtui database"):
        schema.require_current(create_engine(f"sqlite:///{path}"))
    assert not path.exists()


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    engine = create_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_place_where_no_file_can_be_made_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be made"):
        schema.upgrade(create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'new.db'}"))

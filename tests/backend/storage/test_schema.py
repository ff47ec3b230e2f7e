"""The migrations make exactly the schema of the tables, and the program refuses any other."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from pmtui.backend.errors import Unavailable
from pmtui.backend.storage import guards, schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.every import metadata


def test_head_is_the_newest_migration() -> None:
    versions = Path(schema.__file__).parent / "migrations" / "versions"
    assert max(path.name.split("_")[0] for path in versions.glob("0*.py")) == schema.HEAD


def test_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert guards.missing(connection) == []
        assert schema.version(database.engine) == schema.HEAD


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


def test_looking_at_a_missing_sqlite_file_does_not_make_it(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(Unavailable, match="no pmtui database"):
        schema.require_current(create_engine(f"sqlite:///{path}"))
    assert not path.exists()

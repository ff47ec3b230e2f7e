"""Ends a process at every moment of an operation: before and after each statement, COMMIT, provider request, and
writing or renaming of a file.

A driver process has everything imported. For each moment it forks a child that performs the operation and kills
itself there with SIGKILL; nothing in the product knows of it. The parent looks at what is left, repeats the
operation, and puts the database back.
"""

import gc
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from shutil import copyfile
from types import TracebackType
from typing import Any, Protocol

import httpx2
from sqlalchemy import Engine, Table, create_engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import configure_mappers
from sqlmodel import select

from pmtui.backend.storage.tables.every import metadata

Operation = Callable[..., None]
"""A function of a module, performed in a child of its own; safe to repeat once it is done."""

Rows = dict[str, list[str]]
"""Every row of every table, as text and sorted, without the numbers a database draws itself."""

_PATIENCE = 60  # seconds; only a hanging child ever takes so long
_IN_THE_DRIVER = -1
_DRAWN = {"id"}
_DRAWN_OF_TABLE = {"work": {"subject"}}  # a wanted event's id


class Driver:
    """The process that forks; use it as a context."""

    def __enter__(self) -> "Driver":
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_drive, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._pipe.send(None)
        self._process.join(_PATIENCE)

    def warm(self, operation: Operation, *arguments: Any) -> None:
        """Perform it in the driver itself, so that children find everything loaded (100 ms each otherwise)."""
        self._ask(operation, arguments, _IN_THE_DRIVER)

    def perform(self, operation: Operation, *arguments: Any, kill_at: int | None = None) -> int | None:
        """Perform it in a child: how many moments it passed, or None if the child killed itself at one.

        Raises AssertionError with the child's traceback when the operation failed.
        """
        ending, said = self._ask(operation, arguments, kill_at)
        if ending == -signal.SIGKILL:
            return None
        assert ending == 0, said
        return int(said)

    def _ask(self, operation: Operation, arguments: tuple[Any, ...], kill_at: int | None) -> tuple[int, str]:
        self._pipe.send((operation, arguments, kill_at))
        assert self._pipe.poll(_PATIENCE), "the child hangs"
        ending, said = self._pipe.recv()
        return ending, said


class Place(Protocol):
    """A database that can be looked at and put back."""

    @property
    def url(self) -> str:
        """Its address."""

    def rows(self) -> Rows:
        """What it holds."""

    def keep(self) -> None:
        """Remember what it holds."""

    def restore(self) -> None:
        """Put it back to what `keep` remembered."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What an exhaustive run met: how many moments, and how often the change was there, or not, after the kill."""

    moments: int
    whole: int
    absent: int


def exhaust(driver: Driver, place: Place, operation: Operation, *arguments: Any) -> Tally:
    """Kill `operation(place.url, *arguments)` at every moment; after each the change is whole or absent.

    Each time the operation is repeated, and finishes: in the end the database holds exactly what it holds
    without any kill. Raises AssertionError naming the moment.
    """
    place.keep()
    before = place.rows()
    driver.warm(operation, place.url, *arguments)
    place.restore()
    moments = driver.perform(operation, place.url, *arguments)
    after = place.rows()
    assert moments
    assert before != after
    whole = 0
    for moment in range(moments):
        place.restore()
        assert driver.perform(operation, place.url, *arguments, kill_at=moment) is None, f"{moment} was not reached"
        left = place.rows()
        assert left in (before, after), f"torn at moment {moment} of {moments}: {_differences(before, left)}"
        whole += left == after
        driver.perform(operation, place.url, *arguments)
        assert place.rows() == after, f"not finished after moment {moment}: {_differences(after, place.rows())}"
    return Tally(moments, whole, moments - whole)


class SqliteFile:
    """A SQLite database, kept as a copy of its file."""

    def __init__(self, path: Path) -> None:
        self._path, self._kept = path, path.with_suffix(".kept")
        self._engine = create_engine(self.url)

    @property
    def url(self) -> str:
        """Its address."""
        return f"sqlite:///{self._path}"

    def rows(self) -> Rows:
        """What it holds; opening it also rolls back what a killed process left."""
        found = _rows(self._engine)
        self._engine.dispose()
        return found

    def keep(self) -> None:
        """Remember what it holds."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self._engine.dispose()
        copyfile(self._path, self._kept)

    def restore(self) -> None:
        """Put the file back, without the log beside it."""
        for tail in ("-wal", "-shm"):
            self._path.with_name(self._path.name + tail).unlink(missing_ok=True)
        copyfile(self._kept, self._path)


class PostgresqlDatabase:
    """A PostgreSQL database, kept as tables of another schema."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, pool_size=1)
        self._names = [f'"{table.name}"' for table in metadata.sorted_tables]

    def rows(self) -> Rows:
        """What it holds."""
        return _rows(self._engine)

    def keep(self) -> None:
        """Remember what it holds."""
        copies = [f"CREATE TABLE kept.{name} AS TABLE public.{name}" for name in self._names]
        self._run("DROP SCHEMA IF EXISTS kept CASCADE", "CREATE SCHEMA kept", *copies)

    def restore(self) -> None:
        """Put every table back; waits until the server has noticed that a killed process is gone."""
        deletions = [f"DELETE FROM public.{name}" for name in self._names]
        insertions = [f"INSERT INTO public.{name} SELECT * FROM kept.{name}" for name in self._names]
        # As a replica: the rows were consistent together, no foreign key needs to look.
        self._run("SET LOCAL session_replication_role = replica", *deletions, *insertions)

    def _run(self, *statements: str) -> None:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(";".join(statements))


def place(url: str) -> SqliteFile | PostgresqlDatabase:
    """The database at an address."""
    if url.startswith("sqlite"):
        return SqliteFile(Path(url.removeprefix("sqlite:///")))
    return PostgresqlDatabase(url)


def _rows(engine: Engine) -> Rows:
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(*_columns(table))))
            for table in metadata.sorted_tables
        }


def _columns(table: Table) -> list[Any]:
    drawn = _DRAWN | _DRAWN_OF_TABLE.get(table.name, set())
    return [column for column in table.columns if column.name not in drawn]


def _differences(one: Rows, other: Rows) -> dict[str, tuple[list[str], list[str]]]:
    return {
        name: (
            [row for row in one[name] if row not in other[name]],
            [row for row in other[name] if row not in one[name]],
        )
        for name in one
        if one[name] != other[name]
    }


def _drive(pipe: Pipe) -> None:
    """Fork a child for each task, until None comes."""
    configure_mappers()
    while (task := pipe.recv()) is not None:
        operation, arguments, kill_at = task
        if kill_at == _IN_THE_DRIVER:
            operation(*arguments)
            gc.collect()  # what it used ends here and not in some child
            pipe.send((0, ""))
            continue
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _perform(operation, arguments, kill_at, writing)
        os.close(writing)
        with os.fdopen(reading) as said:
            text = said.read()
        _, status = os.waitpid(child, 0)
        pipe.send((os.waitstatus_to_exitcode(status), text))


def _perform(operation: Operation, arguments: tuple[Any, ...], kill_at: int | None, writing: int) -> None:
    """In the child: never returns."""
    moments = _Moments(kill_at)
    _hook(moments)
    try:
        operation(*arguments)
        said, code = str(moments.passed), 0
    except BaseException:  # whatever it is, the parent must read it
        said, code = traceback.format_exc(), 1
    os.write(writing, said.encode()[-60_000:])
    os._exit(code)


class _Moments:
    """Counts moments, and ends the process at one."""

    def __init__(self, kill_at: int | None) -> None:
        self._kill_at = kill_at
        self.passed = 0

    def here(self, *_: object) -> None:
        """One more moment."""
        if self.passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


def _hook(moments: _Moments) -> None:
    """The start of every child: count before and after each statement, COMMIT, provider request, fsync and rename."""
    event.listen(Engine, "before_cursor_execute", moments.here)
    event.listen(Engine, "after_cursor_execute", moments.here)
    commit: Callable[..., None] = DefaultDialect.do_commit
    handle = httpx2.AsyncHTTPTransport.handle_async_request

    def do_commit(self: DefaultDialect, dbapi_connection: Any) -> None:
        moments.here()
        commit(self, dbapi_connection)
        moments.here()

    async def handle_async_request(self: httpx2.AsyncHTTPTransport, request: httpx2.Request) -> httpx2.Response:
        moments.here()
        response = await handle(self, request)
        moments.here()
        return response

    for name in ("fsync", "replace"):
        setattr(os, name, _counted(moments, getattr(os, name)))
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # that is the hook
    httpx2.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]  # as above


def _counted(moments: _Moments, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        moments.here()
        result = function(*arguments)
        moments.here()
        return result

    return call

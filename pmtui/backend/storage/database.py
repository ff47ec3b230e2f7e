"""The two doors to the database: `read` and `write`, each one transaction."""

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool
from sqlmodel import Session

from pmtui.backend.actor import Actor
from pmtui.backend.clock import Clock
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.storage.constraints import meaning, no_database, unreachable
from pmtui.backend.storage.transaction import Transaction

P = ParamSpec("P")
R = TypeVar("R")

_BUSY_SECONDS = 20
_TRIES = 8
_AGAIN = {"40001", "40P01"}  # serialization failure, deadlock


class Again(Exception):
    """The database asked to repeat the transaction; `repeated` does."""


class Database:
    """One database, SQLite or PostgreSQL. Holds no connection while idle on SQLite, few on PostgreSQL."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.engine = _engine(url)

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Transaction]:
        """A transaction that only looks."""
        with self._session("BEGIN") as db:
            yield Transaction(db, actor, self.clock.now())

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Transaction]:
        """A transaction that changes: whole on return, nothing on an exception.

        A broken constraint becomes our error (`storage.constraints`).
        """
        with self._session("BEGIN IMMEDIATE") as db:
            tx = Transaction(db, actor, self.clock.now())
            yield tx
            tx.finish()
            db.commit()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextmanager
    def _session(self, begin: str) -> Iterator[Session]:
        engine = self.engine.execution_options(begin=begin)
        try:
            with Session(engine, expire_on_commit=False, autoflush=True) as db:
                yield db
        except IntegrityError as error:
            raise meaning(error) from error
        except OperationalError as error:
            if _again(error):
                raise Again from error
            raise unreachable(error) from error
        except DBAPIError as error:
            if _again(error):
                raise Again from error
            if no_database(error):
                raise unreachable(error) from error
            raise


def repeated(function: Callable[P, R]) -> Callable[P, R]:
    """For a public service method that opens exactly one `write`: repeat it when the database asks to."""

    @functools.wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_TRIES - 1):
            try:
                return function(*args, **kwargs)
            except Again:
                continue
        try:
            return function(*args, **kwargs)
        except Again:
            raise Unavailable(
                "database_busy", "The database is too busy.", "Try again in a moment.", whose=Whose.OPERATOR
            ) from None

    return whole


def _again(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in _AGAIN:
        return True
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url,
            poolclass=QueuePool,
            pool_size=2,
            max_overflow=6,
            pool_recycle=60,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine

"""Somebody who has to wait for a transaction: seen waiting, without guessing how long that takes to show."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text

from pmtui.backend.storage.database import Database

_WAITS = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE NOT l.granted AND a.datname = current_database())"
)


def waiting(database: Database, act: Callable[[], object]) -> threading.Thread:
    """Start `act` in a thread, and return once it waits for a lock of the open transaction, or has ended.

    PostgreSQL says who waits. SQLite has one writer: whoever asks to begin waits.
    """
    if database.engine.dialect.name != "sqlite":
        thread = threading.Thread(target=act)
        thread.start()
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as looking:
            while thread.is_alive() and not looking.execute(_WAITS).scalar_one():
                thread.join(0.01)
        return thread
    asked = threading.Event()

    def asks(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if threading.current_thread() is thread and statement == "BEGIN IMMEDIATE":
            asked.set()

    def run() -> None:
        try:
            act()
        finally:
            asked.set()

    thread = threading.Thread(target=run)
    event.listen(database.engine, "before_cursor_execute", asks)
    try:
        thread.start()
        asked.wait()
    finally:
        event.remove(database.engine, "before_cursor_execute", asks)
    return thread

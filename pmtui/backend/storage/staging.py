"""Rows too many for memory: put into a temporary table, to be read again in another order."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.schema import CreateTable, DropTable

from pmtui.backend.storage.transaction import Transaction

_AT_ONCE = 20_000  # rows handed to SQLite together


@contextmanager
def staged(
    tx: Transaction, name: str, columns: Iterable[Column[Any]], rows: Iterable[tuple[Any, ...]]
) -> Iterator[Table]:
    """A temporary table of these columns that holds the rows; gone at the end, and with the transaction."""
    table = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    connection = tx.db.connection()
    connection.execute(CreateTable(table))
    names = [column.name for column in table.columns]
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {name} ({', '.join(names)}) FROM STDIN") as to,
        ):
            for row in rows:
                to.write_row(row)
    else:
        into = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        ahead = iter(rows)
        while some := list(islice(ahead, _AT_ONCE)):
            connection.exec_driver_sql(into, some)
    for index in table.indexes:
        index.create(connection)
    yield table
    connection.execute(DropTable(table))

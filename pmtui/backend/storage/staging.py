"""Many rows at once: through a temporary table, from which single statements read, join and write them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Column, Dialect, MetaData, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable, DropTable

from pmtui.backend.storage.transaction import Transaction

_AT_ONCE = 20_000  # rows handed to SQLite together


@contextmanager
def staged(
    tx: Transaction, name: str, columns: Iterable[Column[Any]], rows: Iterable[tuple[Any, ...]]
) -> Iterator[Table]:
    """A temporary table of these columns that holds the rows; gone at the end, and with the transaction.

    Making the rows must not ask the database: its connection is taken until they are all there.
    """
    table = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    connection = tx.db.connection()
    connection.execute(CreateTable(table))
    names = [column.name for column in table.columns]
    stored = _stored(table, rows, connection.dialect)
    if connection.dialect.name == "postgresql":
        _copy(tx, f"COPY {name} ({', '.join(names)}) FROM STDIN", stored)
    else:
        into = f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        while some := list(islice(stored, _AT_ONCE)):
            connection.exec_driver_sql(into, some)
    for index in table.indexes:
        index.create(connection)
    yield table
    connection.execute(DropTable(table))


def insert_all(tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that name the same columns, as many as there are, at once."""
    if not rows:
        return
    names = list(rows[0])
    if tx.db.get_bind().dialect.name == "sqlite":
        tx.db.connection().execute(insert(table), list(rows))
        return
    with staged(tx, "staged_row", as_in(table, *names), (tuple(row[name] for name in names) for row in rows)) as new:
        tx.db.execute(insert(table).from_select(names, select(*new.columns)))


def update_all(tx: Transaction, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give the rows of these ids the other values named with each, which are of the same columns for all."""
    if not rows:
        return
    names = list(rows[0])
    with staged(tx, "staged_row", as_in(table, *names), (tuple(row[name] for name in names) for row in rows)) as new:
        values = {name: new.c[name] for name in names if name != "id"}
        tx.db.execute(update(table).where(table.c.id == new.c.id).values(values))


def as_in(table: Table, *names: str) -> list[Column[Any]]:
    """Columns for `staged`, of the names and types of those of a table."""
    return [Column(name, table.c[name].type) for name in names]


def new_ids(tx: Transaction, table: Table, count: int) -> list[int]:
    """Ids that no row of a table has had, for rows that are about to be written."""
    if not count:
        return []
    if tx.db.get_bind().dialect.name == "sqlite":  # it has one writer, and that is this transaction
        last = tx.db.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return list(range(last + 1, last + 1 + count))
    drawn = text(f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'id')) FROM generate_series(1, :count)")
    return list(tx.db.execute(drawn, {"count": count}).scalars())


def _stored(table: Table, rows: Iterable[tuple[Any, ...]], dialect: Dialect) -> Iterator[tuple[Any, ...]]:
    """The rows as the driver takes them: what the columns' types make of values, made of them."""
    makers: list[tuple[int, Callable[[Any], Any]]] = []
    for at, column in enumerate(table.columns):
        make = column.type.dialect_impl(dialect).bind_processor(dialect)
        if make is not None:
            makers.append((at, make))
    if not makers:
        return iter(rows)
    return (_made(row, makers) for row in rows)


def _made(row: tuple[Any, ...], makers: list[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    cells = list(row)
    for at, make in makers:
        cells[at] = make(cells[at])
    return tuple(cells)


def _copy(tx: Transaction, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    connection = tx.db.connection()
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as to:
            for row in rows:
                to.write_row(row)
    except dialect.loaded_dbapi.Error as error:  # as if SQLAlchemy had met it
        raise DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error

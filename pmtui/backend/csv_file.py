"""CSV files of any length, read twice: once to find what is wrong with them, once for their rows.

Standard library only. Memory does not grow with the file.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, TextIO, TypeVar

from pmtui.backend.errors import BadInput, BadRows

T = TypeVar("T")
Parse = Callable[[Sequence[str]], T]
"""Makes a row's value of its cells, in the order of the columns asked for. Raises BadInput, its `where` the column."""

NAMED_ROWS = 20
"""How many bad rows are named."""
EVERY = 50_000
"""Rows between two words about how far it is."""
_LONGEST_CELL = 10_000

Progress = Callable[[int], None]
"""Told every now and then how many rows have been read."""


def as_text(file: BinaryIO) -> TextIO:
    """The file's text, UTF-8 with or without a mark; bytes that are none are found in their own row, by `check`."""
    return io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")


def present(file: TextIO, columns: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    """The columns, and those of the optional ones that the file has. Raises BadInput where one of the columns lacks."""
    file.seek(0)
    names = _names(csv.reader(file, strict=True))
    found = (*columns, *(name for name in optional if name in names))
    _places(names, found)
    return found


def check(file: TextIO, columns: Sequence[str], parse: Parse[T], progress: Progress = lambda rows: None) -> int:
    """Read the whole file, which can be rewound; how many rows it has.

    Raises BadRows with the first bad ones, each `line 17: column: what is wrong`, BadInput for a file that has not
    these columns (in any order, others beside them) or no rows.
    """
    bad: list[str] = []
    rows = wrong = 0
    for line, cells in _cells(file, columns, bad):
        rows += 1
        try:
            parse(cells)
        except BadInput as error:
            wrong += 1
            if len(bad) < NAMED_ROWS:
                bad.append(f"line {line}: {error.line}")
        if rows % EVERY == 0:
            progress(rows)
        if len(bad) >= NAMED_ROWS:
            break
    if bad:
        more = " (the first ones; the rest was not looked at)" if len(bad) >= NAMED_ROWS else ""
        raise BadRows(f"{len(bad)} {'row is' if len(bad) == 1 else 'rows are'} wrong{more}.", tuple(bad))
    if not rows:
        raise BadInput("no_rows", "The file has no rows.", f"Its first line names the columns: {','.join(columns)}.")
    return rows


def rows_of(file: TextIO, columns: Sequence[str], parse: Parse[T]) -> Iterator[T]:
    """The rows of a file that `check` found good, from its start."""
    for _, cells in _cells(file, columns, []):
        yield parse(cells)


def _cells(file: TextIO, columns: Sequence[str], bad: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row; what is not even a row goes into `bad`."""
    file.seek(0)
    reader = csv.reader(file, strict=True)
    places = _places(_names(reader), columns)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            bad.append(f"line {reader.line_num}: It can't be read: {error}.")
            return
        if not any(cells):
            continue
        wrong = _wrong(cells, max(places))
        if wrong is not None:
            if len(bad) < NAMED_ROWS:
                bad.append(f"line {reader.line_num}: {wrong}")
            continue
        yield reader.line_num, [cells[place].strip()[:_LONGEST_CELL] for place in places]


def _wrong(cells: list[str], last: int) -> str | None:
    """What is wrong with a row before anybody looks at what it means."""
    if len(cells) <= last:
        return f"It has {len(cells)} cells: some are missing."
    if any(not cell.isascii() and not _is_text(cell) for cell in cells):
        return "It is not UTF-8 text."
    return None


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(reader: "Iterator[list[str]]") -> list[str]:
    """What the first line calls the columns; nothing for an empty file."""
    try:
        return [name.strip().lower().removeprefix("\ufeff") for name in next(reader, [])]
    except csv.Error:
        raise BadInput("bad_file", "The file is no CSV.", "Save it as CSV (UTF-8).", where="line 1") from None


def _places(names: Sequence[str], columns: Sequence[str]) -> list[int]:
    for column in columns:
        if names.count(column) != 1:
            said = "is there twice" if column in names else "is missing"
            raise BadInput(
                "bad_columns",
                f"The column {column} {said}.",
                f"The first line names the columns: {','.join(columns)}.",
                where="line 1",
            )
    return [names.index(column) for column in columns]

"""CSV files read twice: what is wrong is named exactly, and memory does not grow with the file."""

import io
import tracemalloc
from collections.abc import Iterator, Sequence

import pytest

from pmtui.backend import csv_file
from pmtui.backend.errors import BadInput, BadRows

COLUMNS = ("email", "value")


def number(cells: Sequence[str]) -> tuple[str, int]:
    if not cells[1].isdigit():
        raise BadInput("bad_number", f"{cells[1]!r} is no number.", "Write 1.", "value")
    return cells[0], int(cells[1])


def read(text: str) -> list[tuple[str, int]]:
    file = io.StringIO(text, newline="")
    rows = csv_file.check(file, COLUMNS, number)
    values = list(csv_file.rows_of(file, COLUMNS, number))
    assert len(values) == rows
    return values


def test_columns_in_any_order_and_case_with_others_beside_them() -> None:
    assert read("Value,team,EMAIL\r\n3,North,a@b\r\n\r\n,,\r\n4,,c@d\r\n") == [("a@b", 3), ("c@d", 4)]
    assert read('\ufeffemail,value\n" a@b ","5"\n') == [("a@b", 5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: The column email is missing. The first line names the columns: email,value."),
        ("email\na@b\n", "line 1: The column value is missing. The first line names the columns: email,value."),
        ("email,value,email\n", "line 1: The column email is there twice."),
        ("email,value\n", "The file has no rows. Its first line names the columns: email,value."),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)
    assert refused.value.line.startswith(said)


def test_each_bad_row_is_named_by_line_and_column() -> None:
    with pytest.raises(BadRows) as refused:
        read('email,value\na@b,1\nc@d,x\n"two\nlines",y\ne@f\ng@h,2\n')
    assert refused.value.rows == (
        "line 3: value: 'x' is no number. Write 1.",
        "line 5: value: 'y' is no number. Write 1.",
        "line 6: It has 1 cells: some are missing.",
    )
    assert refused.value.title == "3 rows are wrong."


def test_only_the_first_twenty_are_named() -> None:
    with pytest.raises(BadRows) as refused:
        read("email,value\n" + "a@b,x\n" * 30)
    assert len(refused.value.rows) == csv_file.NAMED_ROWS
    assert refused.value.rows[-1].startswith("line 21: ")
    assert "the rest was not looked at" in refused.value.title


def test_what_is_no_text_is_named_too() -> None:
    content = "email,value\n\u00e9@b,1\n".encode() + b"\xff\xfe,2\n" + b"a@b,3\n" * 2_000 + b"c@d,\xe9\n"
    file = csv_file.as_text(io.BytesIO(content))
    with pytest.raises(BadRows) as refused:
        csv_file.check(file, COLUMNS, number)
    assert refused.value.rows == ("line 3: It is not UTF-8 text.", "line 2004: It is not UTF-8 text.")


def test_what_is_no_csv_ends_there() -> None:
    with pytest.raises(BadRows) as refused:
        read('email,value\na@b,1\n"c@d,2\n')
    assert refused.value.rows == ("line 3: It can't be read: unexpected end of data.",)


class Endless(io.StringIO):
    """A file of many rows that nobody keeps."""

    def __init__(self, rows: int, last: str) -> None:
        super().__init__()
        self._rows, self._last = rows, last
        self._lines = self._all()

    def _all(self) -> Iterator[str]:
        yield "email,value\n"
        for row in range(self._rows):
            yield f"person{row}@acme.example,{row}\n"
        yield self._last

    def __next__(self) -> str:  # type: ignore[override]  # the stub's base says bytes for every file
        return next(self._lines)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._lines = self._all()
        return 0


def test_memory_stays_flat() -> None:
    file = Endless(60_000, "bad,bad\n")
    seen: list[int] = []
    tracemalloc.start()
    with pytest.raises(BadRows) as refused:
        csv_file.check(file, COLUMNS, number, seen.append)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.rows == ("line 60002: value: 'bad' is no number. Write 1.",)
    assert seen == [csv_file.EVERY]
    assert peak < 1_000_000

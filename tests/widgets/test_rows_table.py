"""The table of many rows: what it draws, where the cursor goes, and that it looks at the rows in sight only."""

from collections import Counter

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message

from pmtui.widgets.rows_table import Column, RowsTable
from tests import snapshots

MANY = 5_000


class Rows(App[None]):
    """A table of numbers; `asked` counts how often a row's text was wanted."""

    def __init__(self, rows: list[int]) -> None:
        super().__init__()
        self.asked: Counter[int] = Counter()
        self.moved = 0
        columns: tuple[Column[int], ...] = (
            Column("Number", 8, self._text, right=True),
            Column("Name", 6, lambda row: f"row {row}", most=20),
            Column("More", 12, lambda row: "more", rank=2),
            Column("Less", 12, lambda row: "less", rank=1),
        )
        self.table = RowsTable(columns, lambda row: row, rows=rows)

    def _text(self, row: int) -> str:
        self.asked[row] += 1
        return str(row)

    def compose(self) -> ComposeResult:
        yield self.table

    def on_rows_table_moved(self) -> None:
        self.moved += 1


async def test_columns_come_in_as_far_as_the_table_is_wide() -> None:
    for width, titles in ((20, "Number Name"), (32, "Number Name Less"), (60, "Number Name More Less")):
        app = Rows([1, 2])
        async with app.run_test(size=(width, 6)) as pilot:
            await pilot.pause()
            assert snapshots.text(app).splitlines()[0].split() == titles.split(), width


async def test_what_does_not_fit_ends_in_an_ellipsis_and_wide_characters_count_twice() -> None:
    app = Rows([1])
    columns: tuple[Column[int], ...] = (Column("Name", 6, lambda _: "日本語の名前"), Column("To", 2, lambda _: "ok"))
    app.table = RowsTable(columns, lambda row: row)
    async with app.run_test(size=(20, 4)) as pilot:
        app.table.show([1])
        await pilot.pause()
        assert snapshots.text(app).splitlines()[1] == " 日本 … ok"


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (("down", "j", "up"), 1),
        (("k",), 0),
        (("end",), MANY - 1),
        (("G", "down"), MANY - 1),
        (("pagedown",), 8),
        (("pagedown", "pagedown", "pageup"), 8),
        (("G", "g"), 0),
        (("G", "home"), 0),
    ],
)
async def test_keys(keys: tuple[str, ...], row: int) -> None:
    app = Rows(list(range(MANY)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.table.current == row
        assert f" {row} row {row}" in snapshots.text(app)


async def test_a_step_draws_two_lines_and_looks_at_the_rows_in_sight_only() -> None:
    app = Rows(list(range(MANY)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        drawn: list[Region] = []
        refresh = app.table.refresh

        def noted(*regions: Region, **options: bool) -> RowsTable[int]:
            drawn.extend(regions)
            return refresh(*regions, **options)

        app.table.refresh = noted  # type: ignore[method-assign]  # to see what is drawn
        app.asked.clear()
        await pilot.press("down")
        await pilot.pause()
        assert [region.y for region in drawn] == [1, 2]
        assert max(app.asked) < 10
        app.asked.clear()
        await pilot.press("end")
        await pilot.pause()
        assert len(app.asked) < 25


async def test_other_rows_leave_the_cursor_on_its_row_and_draw_what_differs() -> None:
    app = Rows([10, 20, 30])
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("down")
        app.table.show([5, 10, 20, 30])
        await pilot.pause()
        assert app.table.current == 20
        app.table.show([5, 10, 30])  # it is gone: the cursor stays where it was
        await pilot.pause()
        assert app.table.current == 30
        app.table.show([])
        await pilot.pause()
        assert not app.table.rows
        await pilot.press("down", "enter", "G")
        app.table.show([7])
        await pilot.pause()
        assert app.table.current == 7
        assert snapshots.text(app).split()[-4:] == ["7", "row", "7", "less"]


async def test_a_cursor_far_down_comes_into_sight_when_rows_go() -> None:
    app = Rows(list(range(MANY)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("G")
        app.table.show(list(range(5)))
        await pilot.pause()
        lines = snapshots.text(app).splitlines()
        assert [line.split()[0] for line in lines[1:6]] == ["0", "1", "2", "3", "4"]
        assert app.table.current == 4


async def test_a_click_goes_to_the_row_and_another_chooses_it() -> None:
    app = Rows([1, 2, 3])
    chosen: list[RowsTable.Chosen] = []

    def noted(message: Message) -> None:
        if isinstance(message, RowsTable.Chosen):
            chosen.append(message)

    async with app.run_test(size=(40, 10), message_hook=noted) as pilot:
        await pilot.click(RowsTable, offset=(5, 3))
        assert app.table.current == 3
        assert not chosen
        await pilot.click(RowsTable, offset=(5, 3))
        await pilot.click(RowsTable, offset=(5, 0))  # the titles
        await pilot.click(RowsTable, offset=(5, 8))  # nothing
        assert app.table.current == 3
        assert {message.mouse for message in chosen} == {True}

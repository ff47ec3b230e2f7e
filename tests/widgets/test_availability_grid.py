"""What the grid paints: the cells, what is selected, dragging and clicks, and no more than has changed."""

import pytest
from textual.geometry import Region

from pmtui.backend.availability.hours import format_week
from pmtui.widgets.availability_grid import AvailabilityGrid
from pmtui.widgets.week_picture import NOTHING_BUSY, BusyTime
from tests.widgets.grid_app import NARROW, OFFICE, TUE_9, WIDE, GridApp, lines, week

KEYS = "space right right space down x G home x g end a k j left_square_bracket a v up right right o x y j p W w b u"


async def test_what_is_selected_is_reversed_and_said() -> None:
    app = GridApp(OFFICE, (0, 540))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("v")
        assert lines(app)[8].startswith(" Selecting: move on, then spc, a or x. o other end, Esc ends.")
        await pilot.press("down", "right", "right", "right")
        assert lines(app)[8].startswith(" Mon Tue 09:00-11:00   open for 3 h of 4 h ")
        reversed_ = [(y, x) for y, row in enumerate(picture(app.grid)) for x, (_, under) in enumerate(row) if under]
        assert reversed_ == [(y, x) for y in (1, 2) for x in range(23, 27)]
        await pilot.press("o")
        assert app.grid.cursor == (0, 540)
        await pilot.press("escape")
        assert sum(under for row in picture(app.grid) for _, under in row) == 1


async def test_what_was_copied_is_said_until_the_cursor_moves() -> None:
    app = GridApp(OFFICE, (0, 540))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("p")
        assert lines(app)[8].startswith(" Nothing is copied yet: y copies a day.")
        await pilot.press("y")
        assert lines(app)[8].startswith(" Mon is copied: 9-12, 13-17. p pastes it.")
        await pilot.press("down")
        assert lines(app)[8].startswith(" Tue 09:00-09:30   closed")


@pytest.mark.parametrize(
    ("before", "start", "passing", "end", "after"),
    [
        ("", (1, 18), ((1, 20), (1, 23)), (1, 23), "tue 9-12"),
        ("", (1, 18), ((3, 30),), (2, 19), "tue wed 9-10"),  # only where it is let go counts
        ("tue 9-12", (1, 20), ((1, 23),), (1, 23), "tue 9-10"),
        ("tue 9-12", (1, 23), ((0, 16),), (0, 16), "tue none"),
        ("tue 9-12", (1, 17), ((1, 20),), (1, 20), "tue 8:30-12"),
    ],
)
async def test_dragging_paints_like_the_first_cell(
    before: str, start: tuple[int, int], passing: tuple[tuple[int, int], ...], end: tuple[int, int], after: str
) -> None:
    app = GridApp(before, (0, 0))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.mouse_down(AvailabilityGrid, offset=(5 + start[1], 1 + start[0]))
        for day, column in (*passing, end):
            await pilot.hover(AvailabilityGrid, offset=(5 + column, 1 + day))
        assert app.grid.week == week(before)  # until the button is let go
        assert not app.edited
        await pilot.mouse_up(AvailabilityGrid, offset=(5 + end[1], 1 + end[0]))
        assert format_week(app.grid.week) == format_week(week(after))
        assert app.edited == [app.grid.week]


async def test_a_column_is_a_quarter_of_an_hour_where_there_is_room() -> None:
    app = GridApp("tue 9-12", TUE_9)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("right", "space")
        assert app.grid.cursor == (1, 555)
        assert app.grid.week == week("tue 9-9:15, 9:30-12")


async def test_the_cursor_stops_at_the_edges() -> None:
    app = GridApp("", (0, 0))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("left", "up", "left_square_bracket")
        assert app.grid.cursor == (0, 0)
        await pilot.press("G", "end", "right", "down", "right_square_bracket")
        assert app.grid.cursor == (6, 1410)


async def test_a_locked_grid_moves_and_changes_nothing() -> None:
    app = GridApp("tue 9-12", TUE_9)
    async with app.run_test(size=NARROW) as pilot:
        app.grid.locked = True
        await pilot.press("space", "a", "x", "right")
        assert (app.grid.week, app.grid.cursor) == (week("tue 9-12"), (1, 570))
        assert not app.edited


async def test_clicks() -> None:
    app = GridApp("tue 9-12", (0, 0))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.click(AvailabilityGrid, offset=(5 + 18, 2))  # Tuesday 9:00
        assert (app.grid.week, app.grid.cursor) == (week("tue 9:30-12"), TUE_9)
        await pilot.click(AvailabilityGrid, offset=(60, 2))
        await pilot.click(AvailabilityGrid, offset=(10, 0))
        assert app.grid.week == week("tue 9:30-12")


async def test_what_the_cells_say() -> None:
    app = GridApp("mon 9-12, 13:10-17; sat 22-2", (0, 600))
    async with app.run_test(size=NARROW) as pilot:
        app.grid.busy = ((BusyTime(590, 660, "busy in Outlook this week"),), *NOTHING_BUSY[1:])
        await pilot.pause()
        shown = lines(app)
        assert shown[1] == ">Mon ··················█▒▒▒██··▌███████··············  9-12, 13:10-17"
        assert shown[6] == " Sat ············································████  22-2+1"
        assert shown[7] == " Sun ████············································  -"
        assert shown[8].startswith(" Mon 10:00-10:30   open, but busy in Outlook this week  ")
        assert shown[8].endswith("10.83 h a week")
        await pilot.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
        assert lines(app)[8].startswith(" Mon 13:00-13:30   open for 20 minutes ")
        await pilot.press("G", "home")
        assert lines(app)[8].startswith(" Sun 00:00-00:30   open, Sat's night ")


async def test_room_for_busy_times_under_each_day() -> None:
    app = GridApp("mon 9-12", (0, 600))
    async with app.run_test(size=WIDE) as pilot:
        app.grid.roomy = True
        app.grid.busy = ((BusyTime(600, 660, ""), BusyTime(690, 705, "")), *NOTHING_BUSY[1:])
        await pilot.pause()
        shown = lines(app)
        assert shown[2] == "     busy 10-11, 11:30-11:45"
        assert [shown[1 + 2 * day][1:4] for day in range(7)] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_what_is_painted_piece_by_piece_equals_the_whole(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that gets only the refreshed regions must end with the whole picture, the cursor's cells included."""
    app = GridApp("mon 9-12; sat 22-2", (0, 600))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        terminal = picture(app.grid)
        refresh = AvailabilityGrid.refresh

        def seen(grid: AvailabilityGrid, *regions: Region, **options: bool) -> AvailabilityGrid:
            whole = picture(grid)
            for x, y, width, _ in regions:
                terminal[y][x : x + width] = whole[y][x : x + width]
            return refresh(grid, *regions, **options)

        monkeypatch.setattr(AvailabilityGrid, "refresh", seen)
        for key in KEYS.split():
            await pilot.press(key)
            assert terminal == picture(app.grid)


def picture(grid: AvailabilityGrid) -> list[list[tuple[str, bool]]]:
    """Every cell of the grid: its character, and whether it is reversed."""
    strips = [grid.render_line(y) for y in range(grid.size.height)]
    return [
        [(char, bool(segment.style and segment.style.reverse)) for segment in strip for char in segment.text]
        for strip in strips
    ]


async def test_only_what_changed_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[Region, ...]] = []
    refresh = AvailabilityGrid.refresh

    def seen(grid: AvailabilityGrid, *regions: Region, **options: bool) -> AvailabilityGrid:
        painted.append(regions)
        return refresh(grid, *regions, **options)

    app = GridApp("mon 9-12", (0, 600))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        monkeypatch.setattr(AvailabilityGrid, "refresh", seen)
        await pilot.press("right")
        assert painted == [(Region(5 + 20, 1, 2, 1), Region(8, 8, 7, 1))]
        painted.clear()
        await pilot.press("space")
        (regions,) = painted
        assert sum(region.width for region in regions if region.y == 1) < 20
        assert {region.y for region in regions} == {1, 8}

"""The grid's keys as week before and week after, and what it paints."""

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import format_week
from pmtui.backend.slots.values import Week
from pmtui.widgets.availability_grid import NOTHING_BUSY, AvailabilityGrid, BusyTime
from tests import snapshots

NARROW, WIDE = (80, 24), (120, 40)
KEYS = "space right right space down x G home x g end a k j left_square_bracket a"


def week(text: str) -> Week:
    return parse_entry(text, Week("America/Chicago")).week if text else Week("America/Chicago")


class GridApp(App[None]):
    """The grid alone."""

    CSS = "AvailabilityGrid { height: auto; }"

    def __init__(self, text: str, cursor: tuple[int, int]) -> None:
        super().__init__()
        self.start = week(text), cursor
        self.edited: list[Week] = []

    def compose(self) -> ComposeResult:
        yield AvailabilityGrid()

    def on_mount(self) -> None:
        self.grid.week, self.grid.cursor = self.start
        self.grid.focus()

    @property
    def grid(self) -> AvailabilityGrid:
        return self.query_one(AvailabilityGrid)

    def on_availability_grid_edited(self, message: AvailabilityGrid.Edited) -> None:
        self.edited.append(message.week)


TUE_9 = (1, 540)


@pytest.mark.parametrize(
    ("before", "cursor", "keys", "after"),
    [
        ("", TUE_9, "space", "tue 9-9:30"),
        ("tue 9-12", TUE_9, "space", "tue 9:30-12"),
        ("tue 9-12", TUE_9, "space space", "tue 9-12"),
        ("tue 9:10-12", TUE_9, "space", "tue 9-12"),
        ("tue 9:10-12", TUE_9, "x", "tue 9:30-12"),
        ("tue 9-12", TUE_9, "a", "tue 9-12"),
        ("tue 9-12", TUE_9, "x right x", "tue 10-12"),
        ("tue 9-12", (1, 720), "a l a", "tue 9-13"),
        ("tue 9-12", TUE_9, "down a", "tue 9-12; wed 9-9:30"),
        ("tue 9-12", TUE_9, "j a k k a", "mon 9-9:30; tue 9-12; wed 9-9:30"),
        ("tue 9-12", TUE_9, "G a g a", "mon 9-9:30; tue 9-12; sun 9-9:30"),
        ("tue 9-12", TUE_9, "right_square_bracket x", "tue 9-10, 10:30-12"),
        ("tue 9-12", TUE_9, "left_square_bracket a", "tue 8-8:30, 9-12"),
        ("tue 9-12", TUE_9, "home a left a end a right a", "tue 0-0:30, 9-12, 23:30-24"),
        ("mon 22-2", (1, 0), "x", "mon 22-24; tue 0:30-2"),
        ("mon 22-2", (1, 30), "space", "mon 22-0:30+1; tue 1-2"),
        ("sun 22-2", (0, 0), "x", "sun 22-24; mon 0:30-2"),
        ("mon 22-2", (1, 120), "a", "mon 22-2; tue 2-2:30"),
        ("mon 22-24", (0, 1410), "down home a", "mon 22-24; tue 0-0:30"),
    ],
)
async def test_keys(before: str, cursor: tuple[int, int], keys: str, after: str) -> None:
    app = GridApp(before, cursor)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press(*keys.split())
        assert format_week(app.grid.week) == format_week(week(after))
        assert app.edited[-1:] == ([app.grid.week] if app.edited else [])
        assert bool(app.edited) == (before != after or "space" in keys)


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


def lines(app: GridApp) -> list[str]:
    return snapshots.text(app).splitlines()


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
        assert [region.y for region in regions] == [1, 8]

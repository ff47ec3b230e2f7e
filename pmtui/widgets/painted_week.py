"""A week of hours drawn line by line as one widget, of which only what changes is painted."""

from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from pmtui.backend.slots.values import DAY_MINUTES, Week
from pmtui.widgets.painting import regions, stretches
from pmtui.widgets.week_picture import (
    BUSY,
    LEFT,
    LINES_AROUND,
    NOTHING_BUSY,
    OPEN,
    PARTLY,
    Block,
    BusyTime,
    Line,
    WeekPicture,
)

_WIDE = 118  # from this width on a column is a quarter of an hour
_ROLES = {OPEN: "open", PARTLY: "open", BUSY: "busy"}

Cell = tuple[int, int]
"""A weekday (0 is Monday) and the clock minute."""


class PaintedWeek(Widget):
    """Shows `week`, with `busy` over it.

    `cursor` is a weekday and the clock minute its cell starts at; `selected_from` the other end of what is selected,
    None without a selection. `note` stands in place of what is said of the cursor until it moves. With `roomy` each day
    has a second line for its busy times. Rows begin with the weekday `first_day`.
    `locked` hours are not the person's to change.
    """

    COMPONENT_CLASSES = {
        "availability-grid--open",
        "availability-grid--busy",
        "availability-grid--quiet",
    }

    week: reactive[Week] = reactive(Week("UTC"), repaint=False)
    busy: reactive[tuple[tuple[BusyTime, ...], ...]] = reactive(NOTHING_BUSY, repaint=False)
    cursor: reactive[Cell] = reactive((0, 9 * 60), repaint=False)
    selected_from: reactive[Cell | None] = reactive(None, repaint=False)
    note: reactive[str] = reactive("", repaint=False)
    roomy: reactive[bool] = reactive(False, layout=True)
    clock24: reactive[bool] = reactive(True, repaint=False)
    first_day: reactive[int] = reactive(0, repaint=False)
    locked: reactive[bool] = reactive(False, repaint=False, bindings=True)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture: list[Line] = []

    @property
    def shown_week(self) -> Week:
        """The week to draw: `week`, unless something is being done to it."""
        return self.week

    @property
    def cell_minutes(self) -> int:
        """How many minutes a column is."""
        return 15 if self.size.width >= _WIDE else 30

    @property
    def block(self) -> Block:
        """The cursor's cell, or what is selected around it."""
        return self.between(self.cursor, self.selected_from or self.cursor)

    def between(self, one: Cell, other: Cell) -> Block:
        """The block with these two cells in its corners."""
        size = self.cell_minutes
        (row, last_row), (start, last) = sorted((self.row(one[0]), self.row(other[0]))), sorted((one[1], other[1]))
        return Block(self.day_at(row), start // size * size, last // size * size + size, last_row - row + 1)

    def row(self, day: int) -> int:
        """In which row a weekday stands."""
        return (day - self.first_day) % 7

    def day_at(self, row: int) -> int:
        """Which weekday stands in a row."""
        return (self.first_day + row) % 7

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Days, and the lines around them."""
        return LINES_AROUND + 7 * self.lines_a_day

    @property
    def lines_a_day(self) -> int:
        """How many lines a day takes."""
        return 2 if self.roomy else 1

    def render_line(self, y: int) -> Strip:
        """One line, from the picture, coloured by what its characters mean."""
        if len(self._picture) != self.size.height:
            self._picture = self._draw()
        text, under = self._picture[y] if y < len(self._picture) else Line("")
        day, below = divmod(y - 1, self.lines_a_day)
        if not 0 <= day < 7 or below:
            quiet = below or y != 1 + 7 * self.lines_a_day
            return self._strip([Segment(text, self._style("quiet") if quiet else self.rich_style)])
        last = LEFT + DAY_MINUTES // self.cell_minutes
        plain = self.rich_style
        segments = [Segment(text[:LEFT], plain)]
        for (mark, marked), group in groupby(range(LEFT, last), key=lambda column: (text[column], column in under)):
            style = self._style(_ROLES[mark]) if mark in _ROLES else plain
            segments.append(Segment(mark * len(list(group)), style + Style(reverse=True) if marked else style))
        return self._strip([*segments, Segment(text[last:], plain)])

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"availability-grid--{role}")

    def _strip(self, segments: list[Segment]) -> Strip:
        return Strip(segments).simplify().adjust_cell_length(self.size.width, self.rich_style)

    def _draw(self) -> list[Line]:
        return WeekPicture(
            week=self.shown_week,
            busy=self.busy,
            cursor_day=self.cursor[0],
            block=self.block,
            size=self.cell_minutes,
            width=self.size.width,
            roomy=self.roomy,
            marked=self.has_focus,
            note=self.note,
            clock24=self.clock24,
            first_day=self.first_day,
            locked=self.locked,
        ).lines()

    def settle(self) -> None:
        """Draw the picture anew and have what differs painted."""
        if not self.size:
            return
        before, self._picture = self._picture, self._draw()
        if len(before) != len(self._picture):
            self.refresh()
            return
        pairs = enumerate(zip(before, self._picture, strict=True))
        changed = regions({y: stretches(_cells(old), _cells(new)) for y, (old, new) in pairs if old != new})
        if changed:
            self.refresh(*changed)

    def watch_week(self) -> None:
        """Paint what changed."""
        self.settle()

    def watch_busy(self) -> None:
        """Paint what changed."""
        self.settle()

    def watch_clock24(self) -> None:
        """Paint what changed."""
        self.settle()

    def watch_first_day(self) -> None:
        """Paint what changed."""
        self.settle()

    def watch_note(self) -> None:
        """Paint what changed."""
        self.settle()

    def watch_roomy(self) -> None:
        """Another number of lines: paint everything."""
        self._picture = []

    def watch_cursor(self) -> None:
        """Paint what changed; what was said is said."""
        self.set_reactive(PaintedWeek.note, "")
        self.settle()

    def watch_selected_from(self) -> None:
        """Paint what changed."""
        self.settle()

    def watch_has_focus(self, value: bool) -> None:
        """Show or hide the cursor."""
        super().watch_has_focus(value)
        self.settle()

    def on_resize(self) -> None:
        """Columns may be of another length now."""
        self._picture = []
        self.refresh()


def _cells(line: Line) -> list[tuple[str, bool]]:
    return [(char, at in line.reversed) for at, char in enumerate(line.text)]

"""A table that draws only the rows in sight: thousands cost no more than a screenful."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pmtui.actions import Action, bindings

T = TypeVar("T")

_GAP = 1
_MARGIN = 1


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: at least `width` cells, up to `most` where there is room.

    Columns come in as far as the table is wide, those of the lowest `rank` first; rank 0 always stands. `role` names
    the colour of a row's cell: `error`, `warning`, `success`, `muted`, or nothing.
    """

    title: str
    width: int
    text: Callable[[T], str]
    right: bool = False
    most: int = 0
    rank: int = 0
    role: Callable[[T], str] = lambda _: ""


class RowsTable(ScrollView, Generic[T], can_focus=True):
    """Rows of one kind under a line of titles. `key` names a row: the cursor stays on it whatever changes around."""

    COMPONENT_CLASSES = {
        "rows-table--title",
        "rows-table--cursor",
        "rows-table--error",
        "rows-table--warning",
        "rows-table--success",
        "rows-table--muted",
    }
    BINDINGS = bindings(
        Action("rows.choose", "enter", "choose", "details", "All about this row.", key_display="Enter"),
        Action("rows.up", "up,k", "step(-1)", "up", "The row above.", footer=False),
        Action("rows.down", "down,j", "step(1)", "down", "The row below.", footer=False),
        Action("rows.page_up", "pageup", "page(-1)", "page up", "A screenful up.", footer=False),
        Action("rows.page_down", "pagedown", "page(1)", "page down", "A screenful down.", footer=False),
        Action("rows.first", "home,g", "first", "first", "The first row.", footer=False),
        Action("rows.last", "end,G", "last", "last", "The last row.", footer=False),
    )

    @dataclass
    class Moved(Message):
        """Another row is under the cursor, or the same has changed."""

        table: "RowsTable[Any]"

        def can_replace(self, message: Message) -> bool:
            """Only the last of a burst counts."""
            return isinstance(message, RowsTable.Moved)

    @dataclass
    class Chosen(Message):
        """A row was chosen, with Enter or (`mouse`) by clicking it."""

        table: "RowsTable[Any]"
        mouse: bool

    def __init__(
        self,
        columns: Iterable[Column[T]],
        key: Callable[[T], Hashable],
        *,
        id: str | None = None,
        rows: Sequence[T] = (),
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._rows: Sequence[T] = rows
        self._cursor = 0
        self._placed: tuple[tuple[Column[T], int], ...] = ()
        self._room = 0
        self._drawn: dict[int, str] = {}

    # What is shown

    @property
    def rows(self) -> Sequence[T]:
        """The rows, in order."""
        return self._rows

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def cursor(self) -> int:
        """The number of the row under the cursor."""
        return self._cursor

    def show(self, rows: Sequence[T]) -> None:
        """Show these rows. The cursor follows its row, or stays where it was; only lines that differ are drawn."""
        under = self._key(self._rows[self._cursor]) if self._rows else None
        self._rows = rows
        at = self._cursor
        if not (at < len(rows) and self._key(rows[at]) == under):
            at = next((number for number, row in enumerate(rows) if self._key(row) == under), at)
        self._cursor = max(0, min(at, len(rows) - 1))
        self.virtual_size = Size(0, len(rows) + 1)
        self._follow()
        self._redraw()
        self.post_message(self.Moved(self))

    def point_at(self, key: Hashable) -> None:
        """Put the cursor on a row, if it is there."""
        for number, row in enumerate(self._rows):
            if self._key(row) == key:
                self._move(number)
                return

    def on_mount(self) -> None:
        """Rows given at the start."""
        self.virtual_size = Size(0, len(self._rows) + 1)

    def on_resize(self) -> None:
        """Everything anew."""
        self._follow()
        self.refresh()

    def _place(self, width: int) -> tuple[tuple[Column[T], int], ...]:
        """The columns that fit, with their widths; what is left over goes to those that may grow."""
        room = width - _MARGIN
        chosen: set[int] = set()
        for number, column in sorted(enumerate(self._columns), key=lambda pair: pair[1].rank):
            wanted = column.width + (_GAP if chosen else 0)
            if column.rank and wanted > room:
                break
            chosen.add(number)
            room -= wanted
        widths = {number: self._columns[number].width for number in sorted(chosen)}
        for number in sorted(chosen, key=lambda number: self._columns[number].rank):
            more = max(0, min(room, self._columns[number].most - widths[number]))
            widths[number] += more
            room -= more
        return tuple((self._columns[number], width) for number, width in widths.items())

    def render_line(self, y: int) -> Strip:
        """The titles, or a row."""
        width = self.size.width
        room = self.scrollable_content_region.width
        if room != self._room:  # a scroll bar that comes or goes is no resizing
            self._room, self._placed = room, self._place(room)
        if y == 0:
            text = " " * _MARGIN + " ".join(
                _fitted(column.title, cells, column.right) for column, cells in self._placed
            )
            style = self.get_component_rich_style("rows-table--title")
            return Strip([Segment(text, style)]).adjust_cell_length(width, style)
        number = self.scroll_offset.y + y - 1
        if number >= len(self._rows):
            self._drawn[y] = ""
            return Strip.blank(width, self.rich_style)
        row = self._rows[number]
        under = number == self._cursor
        plain = self.get_component_rich_style("rows-table--cursor") if under else self.rich_style
        segments = [Segment(" " * _MARGIN, plain)]
        for column, cells in self._placed:
            style = plain if under else self._style(column.role(row), plain)
            segments.append(Segment(_fitted(column.text(row), cells, column.right), style))
            segments.append(Segment(" " * _GAP, plain))
        self._drawn[y] = self._seen(number)
        return Strip(segments).adjust_cell_length(width, plain)

    def _style(self, role: str, plain: Style) -> Style:
        return self.get_component_rich_style(f"rows-table--{role}") if role else plain

    def _seen(self, number: int) -> str:
        """What stands for a row in sight: two that are the same here look the same."""
        if number >= len(self._rows):
            return ""
        row = self._rows[number]
        cells = "\t".join(f"{column.text(row)}{column.role(row)}" for column, _ in self._placed)
        return f"{number == self._cursor} {cells}"

    def _redraw(self) -> None:
        """Draw the lines that are not as they should be."""
        top = self.scroll_offset.y - 1
        changed = [y for y in range(1, self.size.height) if self._drawn.get(y) != self._seen(top + y)]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    # The cursor

    def _follow(self) -> None:
        """Scroll so far that the cursor's row is in sight."""
        height = max(1, self.scrollable_content_region.height - 1)
        top = self.scroll_offset.y
        wanted = max(min(top, self._cursor), self._cursor - height + 1)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True)
        self._tell_where()

    def _tell_where(self) -> None:
        """The terminal's own cursor stands on the row, for screen readers."""
        if self.has_focus:
            line = self._cursor - self.scroll_offset.y + 1
            self.app.cursor_position = self.content_region.offset + Offset(_MARGIN, line)

    def on_focus(self) -> None:
        """The terminal's cursor comes along."""
        self._tell_where()

    def _move(self, to: int) -> None:
        to = max(0, min(to, len(self._rows) - 1))
        if to == self._cursor:
            return
        self._cursor = to
        self._follow()
        self._redraw()
        self.post_message(self.Moved(self))

    def action_step(self, by: int) -> None:
        """Some rows on."""
        self._move(self._cursor + by)

    def action_page(self, by: int) -> None:
        """A screenful on."""
        self._move(self._cursor + by * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """To the first row."""
        self._move(0)

    def action_last(self) -> None:
        """To the last row."""
        self._move(len(self._rows) - 1)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._rows:
            self.post_message(self.Chosen(self, False))

    def jump_parts(self) -> Iterator[tuple[int, Callable[[], None]]]:
        """Every row in sight."""
        top = self.scroll_offset.y
        for number in range(top, min(len(self._rows), top + self.size.height - 1)):
            yield number - top + 1, partial(self._move, number)

    def on_click(self, event: events.Click) -> None:
        """To the row clicked; once more chooses it."""
        number = self.scroll_offset.y + event.y - 1
        if event.y == 0 or number >= len(self._rows):
            return
        if number == self._cursor:
            self.post_message(self.Chosen(self, True))
        self._move(number)


def _fitted(text: str, cells: int, right: bool) -> str:
    """Exactly so many cells: what does not fit ends in an ellipsis."""
    length = cell_len(text)
    if length > cells:
        return f"{set_cell_size(text, cells - 1)}…"
    return f"{' ' * (cells - length)}{text}" if right else f"{text}{' ' * (cells - length)}"

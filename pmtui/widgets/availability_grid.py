"""A week of hours to paint on with keys and mouse."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.message import Message

from pmtui.actions import Action, bindings, key_of
from pmtui.backend.availability import edits
from pmtui.backend.availability.hours import DAY_NAMES, format_day, format_days
from pmtui.backend.slots.values import DAY_MINUTES, Hours, Week
from pmtui.widgets.painted_week import Cell, PaintedWeek
from pmtui.widgets.week_picture import LEFT

_PAINT = {"toggle": edits.toggle, "open_": edits.open_, "close": edits.close}
_CHANGES = frozenset({"paint", "paste", "onto", "select", "extend"})


class AvailabilityGrid(PaintedWeek, can_focus=True):
    """Edits `week`."""

    HELP = "The hours you can be scheduled in, a row a day. Times past midnight stand in the next row."
    BINDINGS = bindings(
        Action("grid.toggle", "space", "paint('toggle')", "paint", "Open or close what is marked.", key_display="spc"),
        Action("grid.select", "v", "select", "select", "Start a selection at this cell, or end it."),
        Action("grid.deselect", "escape", "deselect", "end", "End the selection.", footer=False, key_display="Esc"),
        Action("grid.other_end", "o", "other_end", "other end", "Go to the selection's other end.", footer=False),
        Action("grid.open", "a", "paint('open_')", "open", "Open what is marked.", footer=False),
        Action("grid.close", "x", "paint('close')", "close", "Close what is marked.", footer=False),
        Action("grid.left", "left,h", "step(0, -1)", "left", "One cell earlier.", footer=False),
        Action("grid.right", "right,l", "step(0, 1)", "right", "One cell later.", footer=False),
        Action("grid.up", "up,k", "step(-1, 0)", "up", "One day earlier.", footer=False),
        Action("grid.down", "down,j", "step(1, 0)", "down", "One day later.", footer=False),
        Action("grid.select_left", "shift+left", "extend(0, -1)", "select", "Select one cell earlier.", footer=False),
        Action("grid.select_right", "shift+right", "extend(0, 1)", "select", "Select one cell later.", footer=False),
        Action("grid.select_up", "shift+up", "extend(-1, 0)", "select", "Select the day before too.", footer=False),
        Action("grid.select_down", "shift+down", "extend(1, 0)", "select", "Select the day after too.", footer=False),
        Action("grid.hour_left", "left_square_bracket", "hour(-60)", "hour", "One hour earlier.", footer=False),
        Action("grid.hour_right", "right_square_bracket", "hour(60)", "hour", "One hour later.", footer=False),
        Action("grid.next_edge", "w", "edge(1)", "edge", "Where hours next begin or end.", footer=False),
        Action("grid.previous_edge", "b", "edge(-1)", "edge", "Where hours last began or ended.", footer=False),
        Action("grid.home", "home", "hour(-1440)", "start", "The beginning of the day.", footer=False),
        Action("grid.end", "end", "hour(1440)", "end", "The end of the day.", footer=False),
        Action("grid.monday", "g", "step(-6, 0)", "first day", "The first day of the week.", footer=False),
        Action("grid.sunday", "G", "step(6, 0)", "last day", "The last day of the week.", footer=False),
        Action("grid.copy", "y", "copy", "copy", "Copy this day's hours.", footer=False),
        Action("grid.paste", "p", "paste", "paste", "Give this day, or the selected ones, the copy.", footer=False),
        Action("grid.weekdays", "W", "onto(5)", "weekdays", "Give Monday to Friday this day's hours.", footer=False),
        Action("grid.all_days", "A", "onto(7)", "to all days", "Give all seven days this day's hours.", footer=False),
    )

    @dataclass
    class Edited(Message):
        """The person changed the week `before` in the grid."""

        before: Week
        week: Week

    @dataclass
    class TypeHours(Message):
        """The person pointed at a day's name."""

        day: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._copied: tuple[Hours, ...] | None = None
        self._drag: tuple[Cell, str] | None = None

    # Moving and selecting

    def action_step(self, days: int, cells: int) -> None:
        """Move by whole days and cells, stopping at the edges."""
        size = self.cell_minutes
        row, minute = self.row(self.cursor[0]) + days, self.cursor[1] // size * size
        self.cursor = (self.day_at(max(0, min(6, row))), max(0, min(DAY_MINUTES - size, minute + cells * size)))

    def action_hour(self, minutes: int) -> None:
        """Move by minutes within the day, stopping at its ends."""
        self.action_step(0, minutes // self.cell_minutes)

    def action_edge(self, direction: int) -> None:
        """Move to the next or previous cell in which hours begin or have ended, on whatever day."""
        size = self.cell_minutes
        before = self.first_day * DAY_MINUTES  # minutes of the week count from Monday, rows from the first day
        here = (self.row(self.cursor[0]) * DAY_MINUTES + self.cursor[1]) // size
        cells = [(minute - before) % edits.WEEK_MINUTES // size for minute in edits.edges(self.week)]
        ahead = [cell for cell in cells if cell > here] if direction > 0 else [cell for cell in cells if cell < here]
        if ahead:
            cell = min(ahead) if direction > 0 else max(ahead)
            row, minute = divmod(cell * size, DAY_MINUTES)
            self.cursor = (self.day_at(row), minute)

    def action_extend(self, days: int, cells: int) -> None:
        """Select up to where the step leads."""
        if self.selected_from is None:
            self.selected_from = self.cursor
        self.action_step(days, cells)

    def action_select(self) -> None:
        """Start a selection at the cursor, or end it."""
        if self.selected_from is None:
            self.selected_from = self.cursor
            self.note = self._selecting()
        else:
            self.action_deselect()

    def _selecting(self) -> str:
        toggle, open_, close, other, end = (
            key_of(self.screen, f"grid.{name}") for name in ("toggle", "open", "close", "other_end", "deselect")
        )
        return f"Selecting: move on, then {toggle}, {open_} or {close}. {other} other end, {end} ends."

    def action_deselect(self) -> None:
        """End the selection."""
        self.selected_from, self.note = None, ""

    def action_other_end(self) -> None:
        """Let the cursor and the selection's other end change places."""
        if self.selected_from is not None:
            self.selected_from, self.cursor = self.cursor, self.selected_from

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be changed on a locked grid, and no selection ended without one."""
        if action in ("deselect", "other_end"):
            return self.selected_from is not None
        return not (action in _CHANGES and self.locked)

    # Changing

    def action_paint(self, edit: str) -> None:
        """Open, close or toggle the cursor's cell or the selection."""
        self._edit(lambda week: _PAINT[edit](week, *self.block))

    def action_copy(self) -> None:
        """Keep the hours of the cursor's day."""
        day = self.cursor[0]
        self._copied = self.week.days[day]
        self.note = f"{DAY_NAMES[day]} is copied: {self._written(self._copied)}. p pastes it."

    def action_paste(self) -> None:
        """Give the copied hours to the cursor's day, or to every selected day."""
        hours, block = self._copied, self.block
        if hours is None:
            self.note = "Nothing is copied yet: y copies a day."
            return
        self._edit(lambda week: edits.set_day(week, block.day, hours, block.days))
        self.note = f"{format_days(range(block.day, block.day + block.days))}: {self._written(hours)}"

    def action_onto(self, days: int) -> None:
        """Give the hours of the cursor's day to the first `days` of the week."""
        hours = self.week.days[self.cursor[0]]
        self._edit(lambda week: edits.set_day(week, 0, hours, days))
        self.note = f"{format_days(range(days))}: {self._written(hours)}"

    def _written(self, hours: tuple[Hours, ...]) -> str:
        return format_day(hours, clock24=self.clock24)

    def _edit(self, edit: Callable[[Week], Week]) -> None:
        before, after = self.week, edit(self.week)
        self.selected_from, self.note = None, ""
        self.week = after
        if self.week != before:
            self.post_message(self.Edited(before, self.week))

    # The mouse

    def _at(self, event: events.MouseEvent) -> Cell | None:
        """The cell under the mouse; a column below 0 is the day's name."""
        row, below = divmod(event.y - 1, self.lines_a_day)
        column = event.x - LEFT
        if 0 <= row < 7 and not below and column < DAY_MINUTES // self.cell_minutes:
            return self.day_at(row), column * self.cell_minutes
        return None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to paint: like the first cell, which is toggled."""
        cell = self._at(event)
        if cell is None or cell[1] < 0 or self.locked or event.button != 1:
            return
        start, end = self.between(cell, cell)[1:3]
        whole = edits.open_count(self.week, cell[0], start, end) == end - start
        self._drag = cell, "close" if whole else "open_"
        self.selected_from, self.cursor = None, cell
        self.capture_mouse()
        self.settle()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what the drag would paint."""
        cell = self._at(event)
        if self._drag is not None and cell is not None and cell[1] >= 0:
            self.cursor = cell
            self.settle()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Paint."""
        if self._drag is None:
            return
        week = self.shown_week
        self._drag = None
        self.release_mouse()
        self._edit(lambda _: week)

    @property
    def shown_week(self) -> Week:
        """The week, with what is being dragged painted into it."""
        if self._drag is None:
            return self.week
        start, edit = self._drag
        return _PAINT[edit](self.week, *self.between(start, self.cursor))

    def jump_parts(self) -> Iterator[tuple[int, Callable[[], None]]]:
        """Every day."""
        for day in range(7):
            yield 1 + day * self.lines_a_day, partial(setattr, self, "cursor", (day, self.cursor[1]))

    def on_click(self, event: events.Click) -> None:
        """A day's name asks to type its hours."""
        cell = self._at(event)
        if cell is not None and cell[1] < 0 and not self.locked:
            self.post_message(self.TypeHours(cell[0]))

"""A week of hours as a picture to paint on: days are rows, time runs right, drawn line by line as one widget."""

from dataclasses import dataclass
from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from pmtui.actions import Action, bindings
from pmtui.backend.availability import edits
from pmtui.backend.availability.hours import DAY_NAMES, format_day, format_time
from pmtui.backend.slots.values import DAY_MINUTES, Hours, Week
from pmtui.widgets.painting import difference

OPEN, BUSY, PARTLY, CLOSED = "█", "▒", "▌", "·"
_LEGEND = f"{OPEN} open   {BUSY} open but busy   {PARTLY} open in part   {CLOSED} closed"
_LEFT = 5  # cells before the first column: marker, day, space
_AFTER = 2  # cells between the last column and the hours
_WIDE = 118  # from this width on a column is a quarter of an hour
_ROLES = {OPEN: "open", PARTLY: "open", BUSY: "busy"}


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A stretch of a day of the shown week that is taken, in clock minutes; `why` finishes "open, but ..."."""

    start: int
    end: int
    why: str


NOTHING_BUSY: tuple[tuple[BusyTime, ...], ...] = ((),) * 7


class AvailabilityGrid(Widget, can_focus=True):
    """Shows `week`, with `busy` over it, and edits it with keys. Only what changed is drawn again.

    `cursor` is a weekday (0 is Monday) and the clock minute its cell starts at. With `roomy` each day has
    a second line for its busy times. `locked` grids show hours that are not the person's to change.
    """

    HELP = "The hours you can be scheduled in, a row a day. Times past midnight stand in the next row."
    COMPONENT_CLASSES = {
        "availability-grid--open",
        "availability-grid--busy",
        "availability-grid--quiet",
    }
    BINDINGS = bindings(
        Action("grid.toggle", "space", "paint('toggle')", "paint", "Open or close this cell.", key_display="spc"),
        Action("grid.open", "a", "paint('open_')", "open", "Open this cell.", footer=False),
        Action("grid.close", "x", "paint('close')", "close", "Close this cell.", footer=False),
        Action("grid.left", "left,h", "step(0, -1)", "left", "One cell earlier.", footer=False),
        Action("grid.right", "right,l", "step(0, 1)", "right", "One cell later.", footer=False),
        Action("grid.up", "up,k", "step(-1, 0)", "up", "One day earlier.", footer=False),
        Action("grid.down", "down,j", "step(1, 0)", "down", "One day later.", footer=False),
        Action("grid.hour_left", "left_square_bracket", "hour(-60)", "hour", "One hour earlier.", footer=False),
        Action("grid.hour_right", "right_square_bracket", "hour(60)", "hour", "One hour later.", footer=False),
        Action("grid.home", "home", "hour(-1440)", "start", "The beginning of the day.", footer=False),
        Action("grid.end", "end", "hour(1440)", "end", "The end of the day.", footer=False),
        Action("grid.monday", "g", "step(-6, 0)", "Monday", "Monday.", footer=False),
        Action("grid.sunday", "G", "step(6, 0)", "Sunday", "Sunday.", footer=False),
    )

    week: reactive[Week] = reactive(Week("UTC"), repaint=False)
    busy: reactive[tuple[tuple[BusyTime, ...], ...]] = reactive(NOTHING_BUSY, repaint=False)
    cursor: reactive[tuple[int, int]] = reactive((0, 9 * 60), repaint=False)
    roomy: reactive[bool] = reactive(False, layout=True)
    locked: reactive[bool] = reactive(False, repaint=False)

    @dataclass
    class Edited(Message):
        """The person changed the week with the grid's keys."""

        week: Week

    @dataclass
    class TypeHours(Message):
        """The person pointed at a day's name."""

        day: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture: list[str] = []

    # What it looks like

    @property
    def cell_minutes(self) -> int:
        """How many minutes a column is."""
        return 15 if self.size.width >= _WIDE else 30

    @property
    def cell(self) -> tuple[int, int]:
        """The cursor's cell in clock minutes."""
        start = self.cursor[1] // self.cell_minutes * self.cell_minutes
        return start, start + self.cell_minutes

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Header, days, the cursor's line and the legend."""
        return 3 + 7 * self._lines_a_day

    @property
    def _lines_a_day(self) -> int:
        return 2 if self.roomy else 1

    def _row(self, day: int) -> int:
        return 1 + day * self._lines_a_day

    def render_line(self, y: int) -> Strip:
        """One line, from the picture, coloured by what its characters mean."""
        if len(self._picture) != self.size.height:
            self._picture = self._draw()
        text = self._picture[y] if y < len(self._picture) else ""
        day, below = divmod(y - 1, self._lines_a_day)
        if not 0 <= day < 7 or below:
            quiet = not 0 <= day < 7 and y != self._row(7)
            return self._strip([Segment(text, self._style("quiet") if quiet or below else self.rich_style)])
        columns = DAY_MINUTES // self.cell_minutes
        cells = text[_LEFT : _LEFT + columns]
        plain = self.rich_style
        segments = [Segment(text[:_LEFT], plain)]
        at = self.cell[0] // self.cell_minutes if self.has_focus and day == self.cursor[0] else -1
        for (mark, under), group in groupby(enumerate(cells), key=lambda item: (item[1], item[0] == at)):
            style = self._style(_ROLES[mark]) if mark in _ROLES else plain
            if under:
                style += Style(reverse=True)
            segments.append(Segment("".join(char for _, char in group), style))
        segments.append(Segment(text[_LEFT + columns :], plain))
        return self._strip(segments)

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"availability-grid--{role}")

    def _strip(self, segments: list[Segment]) -> Strip:
        return Strip(segments).simplify().adjust_cell_length(self.size.width, self.rich_style)

    def _draw(self) -> list[str]:
        """Every line as plain text."""
        lines = [self._header()]
        for day in range(7):
            hours = self.week.days[day]
            marker = ">" if day == self.cursor[0] else " "
            typed = self._fitting(format_day(hours) if hours else "-")
            lines.append(f"{marker}{DAY_NAMES[day]} {self._cells(day)}{' ' * _AFTER}{typed}")
            if self.roomy:
                taken = ", ".join(format_day((hours_of(busy),)) for busy in self.busy[day])
                lines.append(f"{' ' * _LEFT}busy {taken}" if taken else "")
        return [*lines, self._about_cursor(), f" {_LEGEND}"]

    def _header(self) -> str:
        hours = 2 if self.cell_minutes == 30 else 1
        return f"{' ' * _LEFT}{''.join(f'{hour:02}  ' for hour in range(0, 24, hours))}{' ' * _AFTER}Hours"

    def _fitting(self, text: str) -> str:
        room = max(1, self.size.width - _LEFT - _AFTER - DAY_MINUTES // self.cell_minutes)
        return text if len(text) <= room else f"{text[: room - 1]}…"

    def _cells(self, day: int) -> str:
        opened = edits.open_mask(self.week) >> day * DAY_MINUTES & (1 << DAY_MINUTES) - 1
        taken = 0
        for busy in self.busy[day]:
            taken |= (1 << busy.end) - (1 << busy.start)
        size = self.cell_minutes
        whole = (1 << size) - 1
        marks = []
        for start in range(0, DAY_MINUTES, size):
            here = opened >> start & whole
            if not here:
                marks.append(CLOSED)
            elif here != whole:
                marks.append(PARTLY)
            else:
                marks.append(BUSY if taken >> start & whole else OPEN)
        return "".join(marks)

    def _about_cursor(self) -> str:
        day, (start, end) = self.cursor[0], self.cell
        count = edits.open_count(self.week, day, start, end)
        said = "open" if count == end - start else "closed" if not count else f"open for {count} minutes"
        if count and start < edits.night_before(self.week, day):
            said += f", {DAY_NAMES[day - 1]}'s night"
        why = next((busy.why for busy in self.busy[day] if busy.start < end and start < busy.end), None)
        if why and count:
            said += f", but {why}"
        left = f" {DAY_NAMES[day]} {format_time(start)}-{format_time(end)}   {said}"
        right = f"{self.week.minutes / 60:.4g} h a week "
        return left + right.rjust(max(1, self.size.width - len(left)))

    # Drawing only what changed

    def _settle(self, *cursors: tuple[int, int]) -> None:
        """Draw the picture anew and have what differs painted, and the cells of these cursors."""
        if not self.size:
            return
        before, self._picture = self._picture, self._draw()
        if len(before) != len(self._picture):
            self.refresh()
            return
        # One stretch a line: Textual paints a line from its beginning to the stretch's end, and once for each.
        differ = {y: difference(old, new) for y, (old, new) in enumerate(zip(before, self._picture, strict=True))}
        for day, minute in cursors:
            y, x = self._row(day), _LEFT + minute // self.cell_minutes
            start, end = differ[y] or (x, x)
            differ[y] = min(start, x), max(end, x + 1)
        regions = [Region(found[0], y, found[1] - found[0], 1) for y, found in differ.items() if found]
        if regions:
            self.refresh(*regions)

    def watch_week(self) -> None:
        """Paint what changed."""
        self._settle()

    def watch_busy(self) -> None:
        """Paint what changed."""
        self._settle()

    def watch_roomy(self) -> None:
        """Another number of lines: paint everything."""
        self._picture = []

    def watch_cursor(self, before: tuple[int, int], after: tuple[int, int]) -> None:
        """Paint the two cells and the line about the cursor."""
        self._settle(before, after)

    def on_focus(self) -> None:
        """Show the cursor."""
        self._settle(self.cursor)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._settle(self.cursor)

    def on_resize(self) -> None:
        """Columns may be of another length now."""
        self._picture = []
        self.refresh()

    # What it does

    def action_step(self, days: int, cells: int) -> None:
        """Move by whole days and cells, stopping at the edges."""
        day, minute = self.cursor[0], self.cell[0]
        day = max(0, min(6, day + days))
        self.cursor = (day, max(0, min(DAY_MINUTES - self.cell_minutes, minute + cells * self.cell_minutes)))

    def action_hour(self, minutes: int) -> None:
        """Move by minutes within the day, stopping at its ends."""
        self.action_step(0, minutes // self.cell_minutes)

    def action_paint(self, edit: str) -> None:
        """Open, close or toggle the cursor's cell."""
        self._edit(
            {"toggle": edits.toggle, "open_": edits.open_, "close": edits.close}[edit](
                self.week, self.cursor[0], *self.cell
            )
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be painted on a locked grid."""
        return not (action == "paint" and self.locked)

    def _edit(self, week: Week) -> None:
        if week != self.week:
            self.week = week
            self.post_message(self.Edited(week))

    def on_click(self, event: events.Click) -> None:
        """A cell is toggled, a day's name asks to type its hours."""
        day, below = divmod(event.y - 1, self._lines_a_day)
        if not 0 <= day < 7 or below or self.locked:
            return
        column = event.x - _LEFT
        if column < 0:
            self.post_message(self.TypeHours(day))
        elif column < DAY_MINUTES // self.cell_minutes:
            self.cursor = (day, column * self.cell_minutes)
            self.action_paint("toggle")


def hours_of(busy: BusyTime) -> Hours:
    """The stretch as hours of its day."""
    return Hours(busy.start, busy.end)

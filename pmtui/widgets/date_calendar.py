"""A month to choose a date in."""

from calendar import Calendar, month_name
from dataclasses import dataclass
from datetime import date, timedelta

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from pmtui.actions import Action, bindings
from pmtui.backend.availability.hours import DAY_NAMES, weekdays_from

WIDTH = 29
_CELL = 4
_LINES = 8
_LATEST = date(9990, 1, 1)


class DateCalendar(Widget, can_focus=True):
    """Shows the month of `chosen`, which is reversed. `marked` dates carry a star; weeks begin with `first_day`."""

    HELP = "A month. A star marks a date that has hours of its own."
    BINDINGS = bindings(
        Action("calendar.left", "left,h", "days(-1)", "day", "The day before.", footer=False),
        Action("calendar.right", "right,l", "days(1)", "day", "The day after.", footer=False),
        Action("calendar.up", "up,k", "days(-7)", "week", "A week earlier.", footer=False),
        Action("calendar.down", "down,j", "days(7)", "week", "A week later.", footer=False),
        Action("calendar.before", "left_square_bracket,pageup", "month(-1)", "month", "A month earlier."),
        Action("calendar.after", "right_square_bracket,pagedown", "month(1)", "month", "A month later."),
    )

    chosen: reactive[date] = reactive(date(2000, 1, 1))
    marked: reactive[frozenset[date]] = reactive(frozenset())
    first_day: reactive[int] = reactive(0)

    @dataclass
    class Moved(Message):
        """Another date is chosen."""

        on: date

    def watch_chosen(self, on: date) -> None:
        """Tell."""
        self.post_message(self.Moved(on))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Seven days, and room for the star of the last."""
        return WIDTH

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The month's name, the days' names, six weeks."""
        return _LINES

    def _weeks(self) -> list[list[date]]:
        return Calendar(firstweekday=self.first_day).monthdatescalendar(self.chosen.year, self.chosen.month)

    def _names(self) -> list[str]:
        return [DAY_NAMES[day][:2] for day in weekdays_from(self.first_day)]

    def render_line(self, y: int) -> Strip:
        """One line."""
        plain = self.rich_style
        segments = [Segment("", plain)]
        if y == 0:
            segments = [Segment(f"{month_name[self.chosen.month]} {self.chosen.year}".center(WIDTH - 1), plain)]
        elif y == 1:
            segments = [Segment("".join(f" {name} " for name in self._names()), plain)]
        elif y - 2 < len(self._weeks()):
            segments = [segment for on in self._weeks()[y - 2] for segment in self._cell(on)]
        return Strip(segments).simplify().adjust_cell_length(self.size.width, plain)

    def _cell(self, on: date) -> list[Segment]:
        if on.month != self.chosen.month:
            return [Segment(" " * _CELL, self.rich_style)]
        under = self.rich_style + Style(reverse=True) if on == self.chosen else self.rich_style
        star = "*" if on in self.marked else " "
        return [Segment(" ", self.rich_style), Segment(f"{on.day:>2}", under), Segment(star, self.rich_style)]

    def action_days(self, by: int) -> None:
        """Move by days."""
        self.chosen = max(date(2000, 1, 1), min(_LATEST, self.chosen + timedelta(days=by)))

    def action_month(self, by: int) -> None:
        """Move to the same day of another month, or to its last."""
        months = self.chosen.year * 12 + self.chosen.month - 1 + by
        first = date(months // 12, months % 12 + 1, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        self.chosen = max(date(2000, 1, 1), min(_LATEST, first.replace(day=min(self.chosen.day, last.day))))

    def on_click(self, event: events.Click) -> None:
        """Choose the date under the mouse."""
        week, day = event.y - 2, event.x // _CELL
        if 0 <= week < len(self._weeks()) and 0 <= day < 7 and self._weeks()[week][day].month == self.chosen.month:
            self.chosen = self._weeks()[week][day]

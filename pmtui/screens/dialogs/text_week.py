"""The week as seven text fields, for whom a grid says nothing: screen readers, and quick typists."""

from functools import partial

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.availability import edits
from pmtui.backend.availability.hours import DAY_NAMES, format_day, weekdays_from
from pmtui.backend.availability.typed import parse_ranges
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import Hours, Week
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton


class TextWeekDialog(PmtuiDialog[Week]):
    """Dismisses with the week as typed, or with None. Dates with hours of their own stay as they are."""

    CSS_PATH = "text_week.tcss"
    TITLE = "Your hours, day by day"
    HELP = "Hours: 9-12, 13:30-17 · 9am-5pm · 0900-1730 · 22-2 past midnight · all · none. Enter goes to the next day."
    AUTO_FOCUS = "Input"
    BINDINGS = bindings(
        Action("text.next", "down", "app.focus_next", "next day", "The next day.", footer=False),
        Action("text.previous", "up", "app.focus_previous", "previous day", "The day before.", footer=False),
        Action("text.take", "ctrl+s,f2", "take", "take these hours", "Take these hours up.", key_display="^s"),
    )

    said = getters.query_one("#said", Static)

    def __init__(self, week: Week, clock24: bool = True, first_day: int = 0) -> None:
        super().__init__()
        self._written, self._order = partial(format_day, clock24=clock24), weekdays_from(first_day)
        self._week = week

    def compose_body(self) -> ComposeResult:
        """A field a day, what was understood of the one typed in, and the buttons."""
        for day in self._order:
            with Horizontal(classes="day"):
                yield Static(DAY_NAMES[day], classes="name", markup=False)
                yield Input(self._written(self._week.days[day]), id=f"day-{day}", compact=True, select_on_focus=False)
        yield Static(id="said", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Take these hours", id="take")
            yield PlainButton("Cancel", id="cancel")

    def on_mount(self) -> None:
        """No blinking; the cursor at the end of what is there."""
        for field in self.query(Input):
            field.cursor_blink = False
            field.cursor_position = len(field.value)

    def _typed(self, day: int) -> tuple[Hours, ...]:
        """A field's hours; BadInput if they are not understood. An empty one is a closed day."""
        return parse_ranges(self.query_one(f"#day-{day}", Input).value.strip() or "none")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_focus:
            self._say(_day(event.input))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field means."""
        if isinstance(event.widget, Input):
            self._say(_day(event.widget))

    def _say(self, day: int) -> None:
        try:
            hours = self._typed(day)
        except BadInput as error:
            self.said.update(f"? {DAY_NAMES[day]}: {error.title} {error.next_step}")
        else:
            self.said.update(f"= {DAY_NAMES[day]}  {self._written(hours, compact=False) if hours else 'closed'}")

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.app.action_focus_next()

    @on(Button.Pressed, "#take")
    def action_take(self) -> None:
        """Take these hours up, or go to the first that is not understood."""
        week = self._week
        for day in self._order:
            try:
                week = edits.set_day(week, day, self._typed(day))
            except BadInput:
                self._say(day)
                self.set_focus(self.query_one(f"#day-{day}", Input))
                self.app.bell()
                return
        self.dismiss(week)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def _day(field: Input) -> int:
    return int((field.id or "day-0")[-1])

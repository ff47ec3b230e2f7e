"""A line to type hours in, with what was understood under it before anything is applied."""

from dataclasses import dataclass
from datetime import date

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.availability.entry import Entry, parse_entry
from pmtui.backend.availability.hours import DAY_NAMES, format_day
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import Hours, Week

_KEYS = "Enter apply  Esc back"
_EXAMPLES = {
    True: "9-12, 13-17   all   none   +14-15   -12-13   22-2",
    False: "9am-12pm, 1-5pm   all   none   +2-3pm   -12-1pm",
}


class HoursEntry(Vertical):
    """Two lines that are empty until `open_day` or `open_days`. Posts what was typed as a changed week."""

    HELP = (
        "Hours: 9-12, 13:30-17 · 9am-5pm · 0900-1730 · 22-2 past midnight · all · none · +14-15 opens, -12-13 closes."
        " Days before them: mon · tue-thu · mon,wed · weekdays · weekend · all · a date such as 2027-03-02."
    )
    BINDINGS = bindings(Action("hours.back", "escape", "back", "back", "Close the line without applying it."))

    prompt = getters.query_one("#hours-prompt", Static)
    line = getters.query_one("#hours-line", Input)
    echo = getters.query_one("#hours-echo", Static)

    @dataclass
    class Applied(Message):
        """The person pressed Enter on something that was understood; the line has closed."""

        entry: Entry

    @dataclass
    class Closed(Message):
        """The person has left the line without applying it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.week = Week("UTC")
        """What `+`, `-` and the echo start from; the screen keeps it up to date."""
        self.clock24 = True
        self._day = 0
        self._on: date | None = None

    def compose(self) -> ComposeResult:
        """A prompt, the line, and the echo."""
        with Horizontal():
            yield Static(":", id="hours-prompt", markup=False)
            yield Input(id="hours-line", compact=True, select_on_focus=False)
        yield Static(id="hours-echo", markup=False)

    def on_mount(self) -> None:
        """Nothing is typed yet."""
        self.line.cursor_blink = False
        self.visible = False

    def on_resize(self) -> None:
        """Fill the width there is; while nothing is shown it is not known."""
        if self.visible:
            self._say()

    def open_day(self, day: int) -> None:
        """Type one day's hours, starting from those it has."""
        hours = self.week.days[day]
        self._open(day, DAY_NAMES[day], self._written(hours))

    def _written(self, hours: tuple[Hours, ...]) -> str:
        return format_day(hours, clock24=self.clock24) if hours else ""

    def open_days(self, day: int, text: str = "") -> None:
        """Type days and hours; without days they are `day`'s. `text` stands there already."""
        self._open(day, ":", text)

    def open_date(self, on: date) -> None:
        """Type one date's hours, starting from those that count."""
        hours = dict(self.week.overrides).get(on, self.week.days[on.weekday()])
        self._open(on.weekday(), f"{on:%a} {on.day} {on:%b}", self._written(hours), on)

    def _open(self, day: int, prompt: str, text: str, on: date | None = None) -> None:
        self._day, self._on = day, on
        self.visible = True
        self.prompt.update(prompt)
        self.line.value = text
        self.line.cursor_position = len(text)
        self._say()
        self.screen.set_focus(self.line)  # at once: the next key may be here already

    @on(Input.Changed, "#hours-line")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say()

    def _say(self) -> None:
        """Echo what the line means, or the nearest thing that would be understood."""
        if not self.line.value.strip():
            self._show(_EXAMPLES[self.clock24])
            return
        try:
            entry = self._entry()
        except BadInput as error:
            self._show(f"? {error.title} {error.next_step}")
        else:
            self._show(f"? {entry.question}" if entry.question else f"= {entry.echo}")

    def _entry(self) -> Entry:
        before = f"{self._on.isoformat()} " if self._on else ""
        return parse_entry(before + self.line.value, self.week, self._day, clock24=self.clock24)

    def _show(self, text: str) -> None:
        room = max(0, self.size.width - 5 - len(_KEYS))
        shown = text if len(text) <= room else f"{text[: room - 1]}…"
        self.echo.update(f"   {shown.ljust(room)}  {_KEYS}", layout=False)

    @on(Input.Submitted, "#hours-line")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            entry = self._entry()
        except BadInput:
            entry = None  # why stands in the echo already
        if entry is None or entry.question:
            self.app.bell()
            return
        self.visible = False
        self.post_message(self.Applied(entry))

    def action_back(self) -> None:
        """Close the line without applying it."""
        self.visible = False
        self.post_message(self.Closed())

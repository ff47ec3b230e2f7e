"""Dates with hours of their own: a list, a small calendar, and a line to type hours in."""

from collections.abc import Callable
from datetime import date

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.availability import edits
from pmtui.backend.availability.hours import format_day
from pmtui.backend.slots.values import Week
from pmtui.screens.availability_draft import Draft
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.date_calendar import DateCalendar
from pmtui.widgets.hours_entry import HoursEntry

_SHOWN = 6


class DatesDialog(PmtuiDialog[None]):
    """Changes the draft at once, and calls `changed` each time. What is done here can be undone in the editor too."""

    CSS_PATH = "dates.tcss"
    TITLE = "Dates with hours of their own"
    HELP = "On these dates the hours you give here count instead of the weekly ones. They are saved with the week."
    AUTO_FOCUS = "DateCalendar"
    BINDINGS = bindings(
        Action("dates.hours", "e,enter", "hours", "hours", "Type the date's hours."),
        Action("dates.off", "x", "off", "day off", "Take no sessions on this date."),
        Action("dates.weekly", "w,delete,backspace", "weekly", "as weekly", "Remove what was said of this date."),
        Action("dates.next", "n", "jump(1)", "next", "The next date that has hours of its own."),
        Action("dates.before", "p", "jump(-1)", "previous", "The date before that has hours of its own.", footer=False),
        Action("dates.undo", "u,ctrl+z", "undo", "undo", "Take back the last edit."),
        Action("dates.redo", "U,ctrl+y", "redo", "redo", "Do again what was taken back.", footer=False),
    )

    calendar = getters.query_one(DateCalendar)
    entry = getters.query_one(HoursEntry)
    about = getters.query_one("#about-date", Static)
    listed = getters.query_one("#dates", Static)

    def __init__(self, draft: Draft, today: date, changed: Callable[[], None]) -> None:
        super().__init__()
        self._draft = draft
        self._today = today
        self._changed = changed

    def compose_body(self) -> ComposeResult:
        """The calendar, what is said of the date, the list, the line."""
        with Horizontal(id="both"):
            calendar = DateCalendar()
            calendar.set_reactive(DateCalendar.chosen, self._today)
            yield calendar
            with Vertical():
                yield Static(id="about-date", markup=False)
                yield Static(id="dates", markup=False)
        yield HoursEntry()

    def on_mount(self) -> None:
        """Show the draft's dates."""
        self.calendar.first_day, self.entry.clock24 = self.app.first_day, self.app.clock24
        self._show()

    @on(DateCalendar.Moved)
    def _show(self) -> None:
        chosen, week = self.calendar.chosen, self._draft.week
        overrides = dict(week.overrides)
        self.calendar.marked = frozenset(overrides)
        self.entry.week = week
        weekly = week.days[chosen.weekday()]
        said = f"as weekly: {format_day(weekly, clock24=self.app.clock24)}"
        said = self._hours(chosen) if chosen in overrides else said
        self.about.update(f"{_spell(chosen)}\n  {said}")
        dates = [f"{'>' if on == chosen else ' '} {_spell(on)}  {self._hours(on)}" for on in sorted(overrides)]
        after = sum(on < chosen for on in overrides)
        first = max(0, min(after - 1, len(dates) - _SHOWN))
        more = len(dates) - _SHOWN
        title = f"{len(dates)} date{'' if len(dates) == 1 else 's'}:" if dates else "No date has hours of its own yet."
        rest = [f"  ... {more} more, n goes on"] if more > 0 else []
        self.listed.update("\n".join((title, *dates[first : first + _SHOWN], *rest)))

    def _hours(self, on: date) -> str:
        hours = dict(self._draft.week.overrides)[on]
        return format_day(hours, clock24=self.app.clock24) if hours else "day off"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While hours are typed nothing is undone."""
        return not (action in ("undo", "redo") and self.entry.visible)

    def action_hours(self) -> None:
        """Type the date's hours."""
        self.entry.open_date(self.calendar.chosen)

    @on(HoursEntry.Applied)
    def _applied(self, message: HoursEntry.Applied) -> None:
        self._change(message.entry.week)
        self.set_focus(self.calendar)

    @on(HoursEntry.Closed)
    def _typed(self) -> None:
        self.set_focus(self.calendar)

    def action_off(self) -> None:
        """Take no sessions on this date."""
        self._change(edits.set_date(self._draft.week, self.calendar.chosen, ()))

    def action_weekly(self) -> None:
        """Remove what was said of this date."""
        self._change(edits.set_date(self._draft.week, self.calendar.chosen, None))

    def _change(self, week: Week) -> None:
        if self._draft.change(week):
            self._follow()

    def _follow(self) -> None:
        self._show()
        self._changed()

    def action_undo(self) -> None:
        """Take back the last edit."""
        if self._draft.undo():
            self._follow()

    def action_redo(self) -> None:
        """Do again what was taken back."""
        if self._draft.redo():
            self._follow()

    def action_jump(self, direction: int) -> None:
        """Go to the next or previous date that has hours of its own, around the ends."""
        dates = [on for on, _ in self._draft.week.overrides]
        if dates:
            chosen = self.calendar.chosen
            ahead = [on for on in dates if (on > chosen if direction > 0 else on < chosen)] or dates
            self.calendar.chosen = ahead[0] if direction > 0 else ahead[-1]


def _spell(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b} {on.year}"

"""Another session saved in between: both weeks side by side, and what to do."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.actions import Action, bindings
from pmtui.backend.availability.hours import DAY_NAMES, format_day, weekdays_from
from pmtui.backend.slots.values import Hours, Week
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton

_COLUMN = 30


class Choice(StrEnum):
    """What to do about two weeks."""

    THEIRS = "theirs"
    MINE = "mine"
    KEEP = "keep"


class SavedElsewhereDialog(PmtuiDialog[Choice]):
    """Nothing is lost by any choice: theirs can be undone back to mine, mine replaces theirs only when chosen."""

    CSS_PATH = "saved_elsewhere.tcss"
    TITLE = "Your availability was saved somewhere else"
    AUTO_FOCUS = "#keep"
    BINDINGS = bindings(
        Action("elsewhere.theirs", "t", "choose('theirs')", "theirs", "Take the week that was saved; u undoes it."),
        Action("elsewhere.mine", "m", "choose('mine')", "mine", "Save your week over theirs."),
        Action("elsewhere.keep", "k", "choose('keep')", "keep editing", "Go on editing; nothing is saved yet."),
    )

    def __init__(self, theirs: Week, mine: Week, when: str) -> None:
        """`when` says who saved theirs and when."""
        super().__init__()
        self._weeks = theirs, mine
        self._when = when

    def compose_body(self) -> ComposeResult:
        """Both weeks, differing days marked."""
        theirs, mine = self._weeks
        yield Static(self._when, markup=False)
        rows = [("", "saved there", "here, not saved"), ("Zone", theirs.timezone, mine.timezone)]
        written = partial(format_day, clock24=self.app.clock24)
        order = weekdays_from(self.app.first_day)
        rows += [(DAY_NAMES[day], written(theirs.days[day]), written(mine.days[day])) for day in order]
        dates = sorted({on for on, _ in (*theirs.overrides, *mine.overrides)})
        rows += [(on.isoformat(), _date(theirs, on, written), _date(mine, on, written)) for on in dates]
        lines = [_line(*row) for row in rows]
        yield Static("\n".join(lines), id="weeks", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Keep editing", id="keep")
            yield PlainButton("Take theirs", id="theirs")
            yield PlainButton("Save mine", id="mine", classes="destructive")

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.dismiss(Choice(message.button.id or "keep"))

    def action_choose(self, choice: str) -> None:
        """Answer."""
        self.dismiss(Choice(choice))


def _date(week: Week, on: date, written: Callable[[tuple[Hours, ...]], str]) -> str:
    hours = dict(week.overrides).get(on)
    return "as weekly" if hours is None else written(hours)


def _line(name: str, theirs: str, mine: str) -> str:
    mark = "*" if name and theirs != mine else " "
    return f"{mark} {name:<11}{_cut(theirs):<{_COLUMN}}{_cut(mine)}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) < _COLUMN - 3 else f"{text[: _COLUMN - 4]}…"

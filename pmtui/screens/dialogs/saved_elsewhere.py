"""Another session saved in between: both weeks side by side, and what to do."""

from datetime import date
from enum import StrEnum

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.actions import Action, bindings
from pmtui.backend.availability.hours import DAY_NAMES, format_day
from pmtui.backend.slots.values import Week
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
        rows += [(DAY_NAMES[day], format_day(theirs.days[day]), format_day(mine.days[day])) for day in range(7)]
        dates = sorted({on for on, _ in (*theirs.overrides, *mine.overrides)})
        rows += [(on.isoformat(), _date(theirs, on), _date(mine, on)) for on in dates]
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


def _date(week: Week, on: date) -> str:
    hours = dict(week.overrides).get(on)
    return "as weekly" if hours is None else format_day(hours)


def _line(name: str, theirs: str, mine: str) -> str:
    mark = "*" if name and theirs != mine else " "
    return f"{mark} {name:<11}{_cut(theirs):<{_COLUMN}}{_cut(mine)}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) < _COLUMN - 3 else f"{text[: _COLUMN - 4]}…"

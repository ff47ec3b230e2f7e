"""What is shown when nothing can be done: why, and what to do about it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.widgets.key_line import KeyLine

LEAVE = Action("leave", "q,escape,enter", "leave", "leave", "Leave pmtui.")


class StoppedScreen(Screen[None]):
    """One error, and the way out. The exit code is 1."""

    CSS_PATH = "stopped.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(LEAVE)

    def __init__(self, title: str, next_step: str) -> None:
        super().__init__()
        self._said = title, next_step

    def compose(self) -> ComposeResult:
        """The sentence and the next step."""
        title, next_step = self._said
        with Vertical(id="said"):
            yield Static("pmtui can't go on", id="heading")
            yield Static(title, id="what", markup=False)
            yield Static(next_step, id="next-step", markup=False)
        yield KeyLine()

    def action_leave(self) -> None:
        """End the app."""
        self.app.exit(return_code=1)

"""Something that must be read: what happened, and what to do next."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton


class MessageDialog(PmtuiDialog[None]):
    """Two sentences and Close."""

    AUTO_FOCUS = "#ok"

    def __init__(self, title: str, next_step: str) -> None:
        super().__init__()
        self._said = title, next_step

    def compose_body(self) -> ComposeResult:
        """The sentences."""
        title, next_step = self._said
        yield Static(title, id="what", markup=False)
        yield Static(next_step, id="next-step", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Close", id="ok")

    @on(Button.Pressed, "#ok")
    def _close(self) -> None:
        self.dismiss(None)

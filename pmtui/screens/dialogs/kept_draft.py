"""Edits that an earlier session left behind: taking them up, or giving them up."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.actions import Action, bindings
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton


class KeptDraftDialog(PmtuiDialog[bool]):
    """Dismisses with True to take the edits up, False to give them up, None to leave that open."""

    TITLE = "You left changes that are not saved"
    AUTO_FOCUS = "#take"
    BINDINGS = bindings(
        Action("kept.take", "t", "answer(True)", "take up", "Go on with these changes; s saves them."),
        Action("kept.drop", "d", "answer(False)", "discard", "Give the changes up."),
    )

    def __init__(self, when: str, changes: Sequence[str]) -> None:
        super().__init__()
        self._lines = (when, "", *(f"  {line}" for line in changes))

    def compose_body(self) -> ComposeResult:
        """What they are."""
        yield Static("\n".join(self._lines), markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Take them up", id="take")
            yield PlainButton("Discard them", id="drop", classes="destructive")

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.dismiss(message.button.id == "take")

    def action_answer(self, take: bool) -> None:
        """Answer."""
        self.dismiss(take)

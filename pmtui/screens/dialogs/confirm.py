"""Asking before something is destroyed."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.actions import Action, bindings
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton

YES = Action("confirm.yes", "y", "yes", "yes", "Do it.")
NO = Action("confirm.no", "n", "no", "no", "Leave everything as it is.")


class ConfirmDialog(PmtuiDialog[bool]):
    """A question, the sentences that say what will happen, and two buttons. The second, which destroys, never has the
    focus at first; `y` and `n` answer. `no` is the first one's words, where Cancel could be taken for the other.

    Dismisses with True only for a yes.
    """

    AUTO_FOCUS = "#no"
    BINDINGS = bindings(YES, NO)

    def __init__(self, question: str, sentences: Sequence[str], yes: str, no: str = "Cancel") -> None:
        super().__init__()
        self.title = question
        self._sentences = sentences
        self._yes = yes
        self._no = no

    def compose_body(self) -> ComposeResult:
        """What will happen."""
        for sentence in self._sentences:
            yield Static(sentence, classes="sentence", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton(self._no, id="no")
            yield PlainButton(self._yes, id="yes", classes="destructive")

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss(False)

"""The page shows an error: which one, so that the next step can be said."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pmtui.backend.signin.records import PageSays
from pmtui.screens.base import PmtuiDialog

NONE_OF_THESE = "Something else, or I don't know"


class TroubleDialog(PmtuiDialog[PageSays]):
    """What the provider's page may say without coming back. Dismisses with what it says, or None."""

    TITLE = "What does the page say?"
    CSS_PATH = "trouble.tcss"
    AUTO_FOCUS = "#says"
    HELP = "Some answers stay on the provider's page. Choose what it says: the next step is named then."

    def __init__(self, choices: tuple[tuple[PageSays, str], ...]) -> None:
        super().__init__()
        self._choices = choices

    def compose_body(self) -> ComposeResult:
        """The choices, one a line."""
        yield OptionList(
            *(Option(label, id=said.value) for said, label in self._choices), NONE_OF_THESE, id="says", markup=False
        )
        yield Static("For anything else: close this window, and show the page to your administrator.", markup=False)

    def on_mount(self) -> None:
        """The first is marked."""
        self.query_one("#says", OptionList).highlighted = 0

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(PageSays(message.option_id) if message.option_id else None)

"""One coaching session, where there is no room for it beside the table."""

from textual.app import ComposeResult
from textual.widgets import Static

from pmtui.backend.coaching.records import SessionRecord
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.session_words import details


class SessionDialog(PmtuiDialog[None]):
    """Every detail in lines."""

    TITLE = "Coaching session"

    def __init__(self, session: SessionRecord) -> None:
        super().__init__()
        self._session = session

    def compose_body(self) -> ComposeResult:
        """The lines."""
        yield Static("\n".join(details(self._session)), markup=False)

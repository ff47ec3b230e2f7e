"""One coaching session, where there is no room for it beside the table."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import SessionRecord
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.session_words import details

ON_A_SESSION = (
    Action("coaching.approve", "a", "approve", "approve", "Approve this session."),
    Action("coaching.reject", "r", "reject", "reject", "Reject this session: its time is free."),
    Action("coaching.cancel", "x", "cancel", "cancel", "Cancel this scheduled session."),
)
"""What can be done about one session, in the table and in its window."""


class SessionDialog(PmtuiDialog[str]):
    """Every detail in lines. `may` says which of `ON_A_SESSION` can be done now.

    Dismisses with the one that is wanted (`approve`, `reject`, `cancel`), or None.
    """

    BINDINGS = bindings(*ON_A_SESSION)

    session: reactive[SessionRecord | None] = reactive(None, init=False)

    def __init__(self, session: SessionRecord, may: Callable[[str], bool]) -> None:
        super().__init__()
        self.title = session.title
        self._may = may
        self.set_reactive(SessionDialog.session, session)

    def compose_body(self) -> ComposeResult:
        """The lines."""
        yield Static(self._lines(), id="lines", markup=False)

    def watch_session(self) -> None:
        """The session changed while the window stands."""
        self.query_one("#lines", Static).update(self._lines())
        self.refresh_bindings()

    def _lines(self) -> str:
        return "\n".join(details(self.session)[1:]) if self.session else ""  # the title stands above

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done is the screen's to say."""
        return self._may(action)

    def action_approve(self) -> None:
        """Approve it."""
        self.dismiss("approve")

    def action_reject(self) -> None:
        """Reject it."""
        self.dismiss("reject")

    def action_cancel(self) -> None:
        """Cancel it."""
        self.dismiss("cancel")

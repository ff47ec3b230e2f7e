"""One coaching session, where there is no room for it beside the table; and what can be done about one."""

from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.people.records import Me
from pmtui.backend.states import Permission, SessionState, Topic
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.session_words import details

SCHEDULES = frozenset({Permission.APPROVE, Permission.ADMIN_ESSENTIALS})
"""Any of these approves, and schedules for other coaches."""
ON_A_SESSION = (
    Action("coaching.approve", "a", "approve", "approve", "Approve this session."),
    Action("coaching.reject", "r", "reject", "reject", "Reject this session: its time is free."),
    Action("coaching.cancel", "x", "cancel", "cancel", "Cancel this scheduled session."),
)
"""What can be done about one session, in the table and in its window."""
Wish = tuple[str, SessionRecord]
"""One of `approve`, `reject`, `cancel`, and the session it is wanted for."""


def may(me: Me | None, action: str, session: SessionRecord | None) -> bool:
    """Whether this person can do that about a session now: its coach, or whoever schedules."""
    if me is None or session is None:
        return False
    schedules = bool(SCHEDULES & me.permissions)
    changes = schedules or (me.coaches and session.coach_email == me.email)
    match action:
        case "approve":
            return schedules and session.state is SessionState.HELD
        case "reject":
            return changes and session.state in (SessionState.REQUESTED, SessionState.HELD, SessionState.APPROVING)
        case "cancel":
            return changes and session.state is SessionState.SCHEDULED
    return True


class SessionDialog(PmtuiDialog[Wish]):
    """Every detail in lines; it follows the session while it stands. Dismisses with what is wanted, or None."""

    TOPICS = (Topic.COACHING, Topic.PEOPLE)
    BINDINGS = bindings(*ON_A_SESSION)

    session: reactive[SessionRecord | None] = reactive(None, init=False)

    def __init__(self, session: SessionRecord) -> None:
        super().__init__()
        self.title = session.title
        self._code = session.code
        self.set_reactive(SessionDialog.session, session)

    def compose_body(self) -> ComposeResult:
        """The lines."""
        yield Static(self._lines(), id="lines", markup=False)

    def look(self) -> None:
        """Read it again."""
        self.app.background.start(self, self._read(), group="read", exclusive=True)

    async def _read(self) -> None:
        actor, code = self.app.actor, self._code
        self.session = await self.app.background.call(lambda services: services.coaching.session(actor, code))

    def watch_session(self) -> None:
        """The session changed while the window stands."""
        self.query_one("#lines", Static).update(self._lines())
        self.refresh_bindings()

    def _lines(self) -> str:
        return "\n".join(details(self.session)[1:]) if self.session else ""  # the title stands above

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What this person can do about it now."""
        return may(self.app.me, action, self.session)

    def action_approve(self) -> None:
        """Approve it."""
        self._wish("approve")

    def action_reject(self) -> None:
        """Reject it."""
        self._wish("reject")

    def action_cancel(self) -> None:
        """Cancel it."""
        self._wish("cancel")

    def _wish(self, action: str) -> None:
        if self.session is not None:
            self.dismiss((action, self.session))

"""One coaching session, where there is no room for it beside the table; and what can be done about one."""

from dataclasses import dataclass
from datetime import datetime

from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widgets import Static

from pmtui.actions import Action, bindings, key_of
from pmtui.backend.coaching.records import SearchRecord, SessionRecord
from pmtui.backend.people.records import Me
from pmtui.backend.states import Attention, Permission, SessionState, Topic
from pmtui.host import Host
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.session_words import best_new, details, needs_attention

SCHEDULES = frozenset({Permission.APPROVE, Permission.ADMIN_ESSENTIALS})
"""Any of these approves, and schedules for other coaches."""
ON_A_SESSION = (
    Action("coaching.approve", "a", "approve", "approve", "Approve this session."),
    Action(
        "coaching.move", "m", "move", "move", "Move this session to another time; choose one for an agent's request."
    ),
    Action(
        "coaching.best", "b", "best", "best time", "Move this session, which needs attention, to the best new time."
    ),
    Action("coaching.reject", "r", "reject", "reject", "Reject this session: its time is free."),
    Action(
        "coaching.ics",
        "i",
        "ics",
        "calendar file",
        "Save this session as a calendar file (.ics), for a calendar that pmtui does not write to.",
        footer=False,
    ),
    Action("coaching.cancel", "x", "cancel", "cancel", "Cancel this scheduled session."),
)
"""What can be done about one session, in the table and in its window."""
_MOVABLE = (SessionState.REQUESTED, SessionState.HELD, SessionState.SCHEDULED)
_NOBODY_THERE = (Attention.COACH_GONE, Attention.AGENT_GONE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of which session, by the name of its action; `at` is the best new time."""

    action: str
    session: SessionRecord
    at: datetime | None = None


def may(me: Me | None, action: str, session: SessionRecord | None, now: datetime) -> bool:
    """Whether this person can do that about a session at `now`: its coach, or whoever schedules."""
    if me is None or session is None:
        return False
    schedules = bool(SCHEDULES & me.permissions)
    changes = schedules or (me.coaches and session.coach_email == me.email)
    movable = session.state in _MOVABLE and (session.ends_at > now or session.state is SessionState.REQUESTED)
    match action:
        case "approve":
            return schedules and session.state is SessionState.HELD
        case "move":
            return changes and movable
        case "best":
            return changes and movable and needs_attention(session) and session.attention not in _NOBODY_THERE
        case "ics":
            return session.state is SessionState.SCHEDULED
        case "reject":
            return changes and session.state in (SessionState.REQUESTED, SessionState.HELD, SessionState.APPROVING)
        case "cancel":
            return changes and session.state is SessionState.SCHEDULED and session.ends_at > now
    return True


class SessionDialog(PmtuiDialog[Wish]):
    """Every detail in lines; it follows the session while it stands. Dismisses with what is wanted, or None."""

    TOPICS = (Topic.COACHING, Topic.PEOPLE)
    HELP = "All there is to know of a session, and what can be done about it. It changes while you look."
    BINDINGS = bindings(*ON_A_SESSION)

    session: reactive[SessionRecord | None] = reactive(None, init=False)
    best: reactive[SearchRecord | None] = reactive(None, init=False)
    """Where it could move to, if it needs attention and this person may move it."""

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
        session = await self.app.background.call(lambda services: services.coaching.session(actor, code))
        self.session = session
        self.best = await best_of(self.app, session)

    def watch_session(self) -> None:
        """The session changed while the window stands."""
        self._draw()

    def watch_best(self) -> None:
        """The best new time is known."""
        self._draw()

    def _draw(self) -> None:
        self.query_one("#lines", Static).update(self._lines())
        self.refresh_bindings()

    def _lines(self) -> str:
        if self.session is None:
            return ""
        lines = details(self.session, self.app.clock24, key_of(self, "coaching.ics"))[1:]  # the title stands above
        return "\n".join(
            (
                *lines,
                *(
                    [best_new(self.best, key_of(self, "coaching.best"), self.app.clock24)]
                    if self.best is not None
                    else []
                ),
            )
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What this person can do about it now."""
        if action == "best":
            return self.best is not None and self.best.best_at is not None
        return may(self.app.me, action, self.session, self.app.clock.now())

    def action_approve(self) -> None:
        """Approve it."""
        self._wish("approve")

    def action_move(self) -> None:
        """Give it another time."""
        self._wish("move")

    def action_best(self) -> None:
        """Give it the best new time."""
        self._wish("best")

    def action_reject(self) -> None:
        """Reject it."""
        self._wish("reject")

    def action_ics(self) -> None:
        """Save it as a calendar file."""
        self._wish("ics")

    def action_cancel(self) -> None:
        """Cancel it."""
        self._wish("cancel")

    def _wish(self, action: str) -> None:
        if self.session is not None:
            self.dismiss(Wish(action, self.session, self.best.best_at if self.best is not None else None))


async def best_of(app: Host, session: SessionRecord) -> SearchRecord | None:
    """Where a session that needs attention could move to; None for any other, and where this person may not move it."""
    if not may(app.me, "best", session, app.clock.now()):
        return None
    actor, code = app.actor, session.code
    return await app.background.call(lambda services: services.coaching.search_again(actor, code))

"""Coaching: the sessions, waiting for approval and scheduled, and everything that can be done about them."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import DataTable, Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.people.records import Me
from pmtui.backend.states import Attention, Permission, SessionState, Topic
from pmtui.screens.base import PmtuiScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.new_session import NewSessionDialog
from pmtui.screens.dialogs.session import ON_A_SESSION, SessionDialog
from pmtui.widgets.session_words import STATES, details, stretch, when
from pmtui.widgets.sessions_table import Arrangement, SessionsTable
from pmtui.widgets.words_box import WordsBox

if TYPE_CHECKING:
    from pmtui.backend.build import Services

SCHEDULES = frozenset({Permission.APPROVE, Permission.ADMIN_ESSENTIALS})
"""Any of these approves, and schedules for other coaches."""
_NOTHING = "No sessions here. n looks for a time for a new one."


class CoachingScreen(PmtuiScreen):
    """A table and, where there is room, what the row under the cursor is about; elsewhere Enter opens that."""

    CSS_PATH = "coaching.tcss"
    TRAIL = ("Performance Management", "Coaching")
    TOPICS = (Topic.COACHING, Topic.PEOPLE)
    COMMAND = "pmtui coaching list"
    AUTO_FOCUS = "SessionsTable"
    BINDINGS = bindings(
        Action("coaching.new", "n", "new", "new", "Look for a time and propose a session."),
        *ON_A_SESSION,
        Action(
            "coaching.filter",
            "slash",
            "filter",
            "filter",
            "Show only rows with the words typed.",
            key_display="/",
        ),
        Action("coaching.facet", "f", "facet", "which", "All sessions, those to approve, or those scheduled."),
        Action("coaching.sort", "s", "sort", "sort", "Sort by state, time, coach or agent."),
    )

    table = getters.query_one(SessionsTable)
    filter_box = getters.query_one("#filter", Input)

    def compose_body(self) -> ComposeResult:
        """Filter, table and detail."""
        yield Static(id="arrangement", markup=False)
        yield WordsBox("words to look for", id="filter")
        with Horizontal(id="both"):
            yield SessionsTable()
            with VerticalScroll(id="detail", can_focus=False):
                yield Static(id="detail-text", markup=False)
        yield Static(_NOTHING, id="nothing")

    # What is shown

    def look(self) -> None:
        """Read the sessions."""
        self.app.background.start(self, self._read(), group="read", exclusive=True, loading=self.table)

    async def _read(self) -> None:
        actor = self.app.actor
        self._show(await self.app.background.call(lambda services: services.coaching.list(actor)))

    def _show(self, sessions: tuple[SessionRecord, ...]) -> None:
        self.table.sessions = sessions
        self._draw()

    def _draw(self) -> None:
        session = self.table.current
        self.query_one("#arrangement", Static).update(self.table.arrangement.words_for)
        self.query_one("#nothing").display = not self.table.row_count
        lines = details(session) if session else ()
        self.query_one("#detail-text", Static).update("\n".join(lines))
        for window in self.app.screen_stack:
            if isinstance(window, SessionDialog):
                window.session = session
        self.refresh_bindings()

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done about the session under the cursor, by this person."""
        me = self.app.me
        if me is None:
            return action not in ("new", "approve", "reject", "cancel")
        schedules = bool(SCHEDULES & me.permissions)
        session = self.table.current if self.is_mounted else None
        match action:
            case "new":
                return schedules or me.coaches
            case "approve":
                return schedules and session is not None and session.state is SessionState.HELD
            case "reject":
                return _may_change(me, session, SessionState.REQUESTED, SessionState.HELD, SessionState.APPROVING)
            case "cancel":
                return _may_change(me, session, SessionState.SCHEDULED)
        return True

    # Which rows, in which order

    def action_filter(self) -> None:
        """Type words."""
        self.filter_box.display = True
        self.set_focus(self.filter_box)

    def action_facet(self) -> None:
        """The next choice of states."""
        self._arrange(self.table.arrangement.next_facet())

    def action_sort(self) -> None:
        """The next order."""
        self._arrange(self.table.arrangement.next_sort())

    def _arrange(self, arrangement: Arrangement) -> None:
        self.table.arrangement = arrangement
        self._draw()

    @on(Input.Changed, "#filter")
    def _typed(self, message: Input.Changed) -> None:
        self._arrange(replace(self.table.arrangement, words=message.value.strip()))

    @on(Input.Submitted, "#filter")
    def _filtered(self) -> None:
        self.filter_box.display = bool(self.filter_box.value)
        self.table.focus()

    def action_back(self) -> None:
        """Out of the filter first, then to the screen before."""
        if self.filter_box.display:
            self.filter_box.clear()
            self.filter_box.display = False
            self.table.focus()
        else:
            super().action_back()

    # What is done

    @on(DataTable.RowSelected)
    def _chosen(self) -> None:
        if (session := self.table.current) is not None:
            self.app.push_screen(SessionDialog(session, self._may), self._wished)

    def _may(self, action: str) -> bool:
        return bool(self.check_action(action, ()))

    def _wished(self, action: str | None) -> None:
        """What was asked for in the session's window."""
        if action is not None and self._may(action):
            getattr(self, f"action_{action}")()

    def action_new(self) -> None:
        """Look for a time."""
        self.app.push_screen(NewSessionDialog(), self._proposed)

    def _proposed(self, session: SessionRecord | None) -> None:
        if session is not None:
            self._changed(session)
            self.table.point_at(session.code)

    def action_approve(self) -> None:
        """Book the session under the cursor."""
        if (session := self.table.current) is not None:
            actor, code = self.app.actor, session.code
            self._do(lambda services: services.coaching.approve(actor, code))

    def action_reject(self) -> None:
        """Give its time back, after asking."""
        if (session := self.table.current) is not None:
            actor, code = self.app.actor, session.code
            self._ask("Reject this session?", session, "Reject", lambda s: s.coaching.reject(actor, code))

    def action_cancel(self) -> None:
        """Call it off, after asking."""
        if (session := self.table.current) is not None:
            actor, code = self.app.actor, session.code
            self._ask("Cancel this session?", session, "Cancel session", lambda s: s.coaching.cancel(actor, code))

    def _ask(self, question: str, session: SessionRecord, yes: str, do: "Callable[[Services], SessionRecord]") -> None:
        sentences: tuple[str, ...] = (f"{session.title}: {session.coach} with {session.agent}",)
        if session.state is SessionState.REQUESTED:
            sentences += (f"Wanted {when(session)}; no time is held for it yet.",)
        else:
            sentences += (
                stretch(session.starts_at, session.ends_at, session.timezone),
                "It is removed for both of them, from their calendars too.",
            )
        self.app.push_screen(
            ConfirmDialog(question, sentences, yes, "Keep it"), lambda sure: self._do(do) if sure else None
        )

    def _do(self, do: "Callable[[Services], SessionRecord]") -> None:
        self.app.background.start(self, self._doing(do), group="do")

    async def _doing(self, do: "Callable[[Services], SessionRecord]") -> None:
        try:
            session = await self.app.background.call(do)
        except Exception:
            self.look()  # somebody was faster: show what is
            raise
        self._changed(session)

    def _changed(self, session: SessionRecord) -> None:
        """Put one session's new record in its place."""
        others = tuple(s for s in self.table.sessions if s.code != session.code)
        self._show((*others, session))
        if session.attention is Attention.APPROVAL_REFUSED:
            self.app.explain("It could not be approved.", session.attention_details)
        else:
            self.app.told(f"{session.agent}: {STATES[session.state][2:]}.")


def _may_change(me: Me, session: SessionRecord | None, *states: SessionState) -> bool:
    """Whether a session in one of these states is this person's to change: its coach's, or whoever's who schedules."""
    if session is None or session.state not in states:
        return False
    return bool(SCHEDULES & me.permissions) or (me.coaches and session.coach_email == me.email)

"""Coaching: the sessions, waiting for approval and scheduled, and everything that can be done about them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import getters, on

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.states import Attention, SessionState, Topic
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.facets import Facet
from pmtui.screens.dialogs.new_session import NewSessionDialog
from pmtui.screens.dialogs.session import ON_A_SESSION, SCHEDULES, SessionDialog, Wish, may
from pmtui.screens.table_screen import FACETS, SORT, TableScreen
from pmtui.widgets.rows_table import RowsTable
from pmtui.widgets.session_choice import Arrangement, Choice, counted, label
from pmtui.widgets.session_words import STATES, details, needs_attention, stretch, when
from pmtui.widgets.sessions_table import SessionsTable

if TYPE_CHECKING:
    from pmtui.backend.build import Services


class CoachingScreen(TableScreen[SessionRecord]):
    """The sessions of whoever is in scope; what somebody has to look at or answer comes first."""

    TRAIL = ("Performance Management", "Coaching")
    TOPICS = (Topic.COACHING, Topic.PEOPLE)
    COMMAND = "pmtui coaching list"
    NOTHING = "No sessions here. n looks for a time for a new one."
    BINDINGS = bindings(
        Action("coaching.new", "n", "new", "new", "Look for a time and propose a session."),
        *ON_A_SESSION,
        FACETS,
        SORT,
    )

    table = getters.query_one(SessionsTable)

    def __init__(self) -> None:
        super().__init__()
        self._sessions: tuple[SessionRecord, ...] | None = None
        self._arrangement = Arrangement()

    def make_table(self) -> RowsTable[SessionRecord]:
        """The table."""
        return SessionsTable()

    # What is shown

    async def read(self) -> None:
        """Every session to come or just over."""
        actor = self.app.actor
        self._sessions = await self.app.background.call(lambda services: services.coaching.list(actor))

    def choice(self) -> Callable[[], Sequence[SessionRecord]]:
        """Those wanted, in order."""
        sessions, arrangement = self._sessions or (), self._arrangement
        return lambda: arrangement.of(sessions)

    def words_typed(self, words: str) -> None:
        """Names, teams, states, codes."""
        self._arrangement = replace(self._arrangement, words=words)

    def said(self) -> str:
        """How many of how many, which, in which order."""
        if self._sessions is None:
            return "Reading ..."
        total, shown = len(self._sessions), len(self.table.rows)
        count = f"{total:,} {'session' if total == 1 else 'sessions'}"
        return " · ".join((count if shown == total else f"{shown:,} of {count}", *self._arrangement.said))

    def nothing(self) -> str:
        """Whether there are none, or none like that."""
        return "No sessions like that. f and / choose which are shown." if self._sessions else self.NOTHING

    def pane(self) -> str:
        """The session under the cursor."""
        return "\n".join(details(self.table.current)) if self.table.current is not None else ""

    def kind(self) -> Hashable:
        """Which keys do something about the session under the cursor."""
        session = self.table.current
        return session and (session.state, session.coach_email, needs_attention(session))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What this person can do, and what can be done about the session under the cursor."""
        me = self.app.me
        if action == "new":
            return me is not None and (me.coaches or bool(SCHEDULES & me.permissions))
        if action in ("approve", "reject", "cancel"):
            return self.is_mounted and may(me, action, self.table.current)
        return super().check_action(action, parameters)

    # Which rows, in which order

    def action_sort(self) -> None:
        """The next order."""
        self._arrangement = self._arrangement.next_sort()
        self.rearrange()

    def action_facets(self) -> None:
        """States, what needs attention, teams."""
        found = counted(self._sessions or ())
        facets = (Facet(choice[0], choice, label(choice), count) for choice, count in found)
        self.choose_facets("Which sessions are shown", facets, frozenset(self._arrangement.picked), self._chosen)

    def _chosen(self, picked: frozenset[Hashable]) -> None:
        found: frozenset[Choice] = frozenset(choice for choice, _ in counted(self._sessions or ()) if choice in picked)
        self._arrangement = replace(self._arrangement, picked=found)

    # What is done

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        if self.table.current is not None:
            self.app.push_screen(SessionDialog(self.table.current), self._wished)

    def _wished(self, wish: Wish | None) -> None:
        """What was asked for in the session's window."""
        if wish is not None:
            self._perform(*wish)

    def action_new(self) -> None:
        """Look for a time."""
        self.app.push_screen(NewSessionDialog(), self._proposed)

    def _proposed(self, session: SessionRecord | None) -> None:
        if session is not None:
            self.app.background.start(self, self._changed(session, point=True), group="do")

    def action_approve(self) -> None:
        """Book the session under the cursor."""
        self._perform("approve", self.table.current)

    def action_reject(self) -> None:
        """Give its time back, after asking."""
        self._perform("reject", self.table.current)

    def action_cancel(self) -> None:
        """Call it off, after asking."""
        self._perform("cancel", self.table.current)

    def _perform(self, action: str, session: SessionRecord | None) -> None:
        if session is None:
            return
        actor, code = self.app.actor, session.code
        match action:
            case "approve":
                self._do(lambda services: services.coaching.approve(actor, code))
            case "reject":
                self._ask("Reject this session?", session, "Reject", lambda s: s.coaching.reject(actor, code))
            case "cancel":
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
        await self._changed(session)

    async def _changed(self, session: SessionRecord, *, point: bool = False) -> None:
        """Put one session's new record in its place, and the cursor on it if it shall be seen."""
        others = tuple(one for one in self._sessions or () if one.code != session.code)
        self._sessions = (*others, session)
        await self._arranged()
        if point:
            self.table.point_at(session.code)
        if session.attention is Attention.APPROVAL_REFUSED:
            self.app.explain("It could not be approved.", session.attention_details)
        else:
            self.app.told(f"{session.agent}: {STATES[session.state][2:]}.")

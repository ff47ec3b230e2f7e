"""Coaching: the sessions, waiting for approval and scheduled, and everything that can be done about them."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from textual import getters, on

from pmtui.actions import Action, bindings, key_of
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.states import Topic
from pmtui.screens.carrying_out import carry_out
from pmtui.screens.dialogs.approving import ApprovingDialog, approving
from pmtui.screens.dialogs.booking import ASKING
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.facets import Facet
from pmtui.screens.dialogs.new_session import NewSessionDialog
from pmtui.screens.dialogs.session import ON_A_SESSION, SCHEDULES, SessionDialog, Wish, best_of, may
from pmtui.screens.table_screen import FACETS, SORT, TableScreen
from pmtui.widgets.rows_table import RowsTable
from pmtui.widgets.session_choice import Arrangement, Choice, counted, label
from pmtui.widgets.session_words import STATES, best_new, details, needs_attention, when
from pmtui.widgets.sessions_table import SessionsTable

_ON_ONE = ("approve", "move", "best", "reject", "ics", "cancel")


class CoachingScreen(TableScreen[SessionRecord]):
    """The sessions of whoever is in scope; what somebody has to look at or answer comes first."""

    TRAIL = ("Performance Management", "Coaching")
    TOPICS = (Topic.COACHING, Topic.PEOPLE)
    COMMAND = "pmtui coaching list"
    NOTHING = "No sessions here. n looks for a time for a new one."
    BINDINGS = bindings(
        Action("coaching.new", "n", "new", "new", "Look for a time and propose a session."),
        *ON_A_SESSION,
        Action(
            "coaching.mark",
            "space",
            "mark",
            "mark",
            "Mark this session to be approved with others, or take the mark away.",
            key_display="spc",
        ),
        Action(
            "coaching.mark_all",
            "A",
            "mark_all",
            "mark all",
            "Mark all that is shown and waits for approval; once more, nothing.",
        ),
        FACETS,
        SORT,
    )

    table = getters.query_one(SessionsTable)

    def __init__(self) -> None:
        super().__init__()
        self._sessions: tuple[SessionRecord, ...] | None = None
        self._arrangement = Arrangement()
        self._best: tuple[SessionRecord, datetime] | None = None
        """The best new time that the pane shows of a session."""

    def make_table(self) -> RowsTable[SessionRecord]:
        """The table."""
        return SessionsTable(lambda: self.app.clock24)

    # What is shown

    async def read(self) -> None:
        """Every session to come or just over."""
        actor = self.app.actor
        self._sessions = await self.app.background.call(lambda services: services.coaching.list(actor))
        self.table.marked &= self._approvable(self._sessions)

    def _approvable(self, sessions: Iterable[SessionRecord]) -> frozenset[str]:
        """The codes of those that this person can approve now."""
        me, now = self.app.me, self.app.clock.now()
        return frozenset(session.code for session in sessions if may(me, "approve", session, now))

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
        marked = (f"{len(self.table.marked):,} marked",) if self.table.marked else ()
        return " · ".join((count if shown == total else f"{shown:,} of {count}", *marked, *self._arrangement.said))

    def nothing(self) -> str:
        """Whether there are none, or none like that."""
        return "No sessions like that. f and / choose which are shown." if self._sessions else self.NOTHING

    def pane(self) -> str:
        """The session under the cursor."""
        return "\n".join(self._details(self.table.current)) if self.table.current is not None else ""

    def _details(self, session: SessionRecord) -> tuple[str, ...]:
        return details(session, self.app.clock24, key_of(self, "coaching.ics"))

    async def read_pane(self) -> str:
        """The same with the best new time, where it needs one."""
        session = self.table.current
        found = await best_of(self.app, session) if session is not None else None
        if session is None or found is None:
            return self.pane()
        self._best = (session, found.best_at) if found.best_at is not None else None
        return "\n".join((*self._details(session), best_new(found, key_of(self, "coaching.best"), self.app.clock24)))

    def noticed(self) -> str:
        """How many need somebody."""
        count = sum(needs_attention(session) for session in self._sessions or ())
        return (
            f"! {count:,} {'session needs' if count == 1 else 'sessions need'} attention: Enter says why"
            if count
            else ""
        )

    def kind(self) -> Hashable:
        """Which keys do something about the session under the cursor."""
        session = self.table.current
        return bool(self.table.marked), session and (session.state, session.coach_email, needs_attention(session))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What this person can do, and what can be done about the session under the cursor."""
        me = self.app.me
        if action == "new":
            return me is not None and (me.coaches or bool(SCHEDULES & me.permissions))
        if action == "approve" and self.is_mounted and self.table.marked:
            return True
        if action == "mark_all":
            return self.is_mounted and bool(self._approvable(self.table.rows))
        if action == "mark":
            action = "approve"
        if action in _ON_ONE:
            return self.is_mounted and may(me, action, self.table.current, self.app.clock.now())
        return super().check_action(action, parameters)

    # Which rows, in which order

    def action_sort(self) -> None:
        """The next order."""
        self._arrangement = self._arrangement.next_sort()
        self.rearrange()

    async def action_facets(self) -> None:
        """States, what needs attention, teams."""
        sessions = self._sessions or ()

        def facets() -> Iterator[Facet]:
            return (Facet(choice[0], choice, label(choice), count) for choice, count in counted(sessions))

        picked = frozenset(self._arrangement.picked)
        await self.choose_facets("Which sessions are shown", facets, picked, self._chosen)

    def _chosen(self, picked: frozenset[Hashable]) -> None:
        found: frozenset[Choice] = frozenset(one for one in picked if isinstance(one, tuple))
        self._arrangement = replace(self._arrangement, picked=found)

    # What is done

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        if self.table.current is not None:
            self.app.push_screen(SessionDialog(self.table.current), self._wished)

    def _wished(self, wish: Wish | None) -> None:
        """What was asked for in the session's window."""
        if wish is not None:
            self._perform(wish)

    def action_new(self) -> None:
        """Look for a time."""
        self.app.push_screen(NewSessionDialog(), self._placed)

    def _placed(self, session: SessionRecord | None) -> None:
        if session is not None:
            self.app.background.start(self, self._changed(session, point=True), group="do")

    def action_mark(self) -> None:
        """Mark the session, and go on to the next."""
        if self.table.current is not None:
            self._mark(self.table.marked ^ {self.table.current.code})
            self.table.action_step(1)

    def action_mark_all(self) -> None:
        """All that is shown, or nothing."""
        shown = self._approvable(self.table.rows)
        self._mark(frozenset() if shown <= self.table.marked else self.table.marked | shown)

    def _mark(self, codes: frozenset[str]) -> None:
        self.table.mark(codes)
        self.draw()

    def action_approve(self) -> None:
        """Book what is marked, after asking; else the session under the cursor."""
        marked = [session for session in self._sessions or () if session.code in self.table.marked]
        if not marked:
            self._wish("approve")
            return
        question, sentences = approving(marked, hidden=len(self.table.marked - {one.code for one in self.table.rows}))

        def answered(sure: bool | None) -> None:
            if sure:
                self.app.push_screen(ApprovingDialog(marked), self._approved)

        self.app.push_screen(ConfirmDialog(question, sentences, "Approve"), answered)

    def _approved(self, left: frozenset[str] | None) -> None:
        """Those that were not begun stay marked."""
        self._mark(left or frozenset())
        self.look()

    def action_move(self) -> None:
        """Choose another time for it."""
        self._wish("move")

    def action_best(self) -> None:
        """Move it to the best new time, once that was shown."""
        self._wish("best")

    def action_reject(self) -> None:
        """Give its time back, after asking."""
        self._wish("reject")

    def action_ics(self) -> None:
        """Save it as a calendar file."""
        self._wish("ics")

    def action_cancel(self) -> None:
        """Call it off, after asking."""
        self._wish("cancel")

    def _wish(self, action: str) -> None:
        session = self.table.current
        if session is not None:
            best = self._best if self.query_one("#detail").display else None
            self._perform(Wish(action, session, best[1] if best is not None and best[0] == session else None))

    def _perform(self, wish: Wish) -> None:
        if wish.action == "best" and wish.at is None:  # nobody has seen it yet
            self.app.push_screen(SessionDialog(wish.session), self._wished)
        else:
            self.app.background.start(self, self._performing(wish), group=ASKING)

    async def _performing(self, wish: Wish) -> None:
        try:
            session = await carry_out(self.app, wish)
        except Exception:
            self.look()  # somebody was faster: show what is
            raise
        if session is not None:
            await self._changed(session, point=True)
        else:
            self.look()  # what stands against an approval is noted on the session

    async def _changed(self, session: SessionRecord, *, point: bool = False) -> None:
        """Put one session's new record in its place, and the cursor on it if it shall be seen."""
        others = tuple(one for one in self._sessions or () if one.code != session.code)
        self._sessions = (*others, session)
        await self._arranged()
        if point:
            self.table.point_at(session.code)
        at = f", {when(session, self.app.clock24)}" if session.state.live else ""
        self.app.told(f"{session.agent}: {STATES[session.state][2:]}{at}.")

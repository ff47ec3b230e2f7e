"""The table of coaching sessions: state by glyph and word, and as many columns as the width allows."""

from collections.abc import Callable

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.states import SessionState
from pmtui.widgets.rows_table import Column, RowsTable
from pmtui.widgets.session_words import attention, needs_attention, state, when

_ROLES = {
    SessionState.REQUESTED: "warning",
    SessionState.HELD: "warning",
    SessionState.APPROVING: "muted",
    SessionState.SCHEDULED: "success",
}


class SessionsTable(RowsTable[SessionRecord]):
    """A row a session, named by its code. `marked` are the codes of those to be approved together."""

    HELP = (
        "Coaching sessions. What waits for approval holds its time; what is scheduled stands in the calendars; ! needs"
        " somebody to look. Times are on the coach's clock. Space marks what waits for approval, A all of that shown; a"
        " approves what is marked, or else the session under the cursor."
    )

    def __init__(self, clock24: Callable[[], bool]) -> None:
        """`clock24` says whether the person reads a clock of 24 hours."""
        self.marked: frozenset[str] = frozenset()
        columns: tuple[Column[SessionRecord], ...] = (
            Column("", 1, lambda session: "*" if session.code in self.marked else "", role=lambda _: "warning"),
            Column("State", 26, state, role=_role),
            Column("When", 16 if clock24() else 18, lambda session: when(session, clock24())),
            Column("Coach", 15, lambda session: session.coach, most=24, rank=1),
            Column("Agent", 12, lambda session: session.agent, most=24),
            Column("Team", 12, lambda session: session.team or "-", most=20, rank=2),
            Column("About", 16, lambda session: session.title, most=30, rank=3),
            Column("Why", 20, _why, most=60, rank=4),
        )
        super().__init__(columns, lambda session: session.code)

    def mark(self, codes: frozenset[str]) -> None:
        """Mark these and no others."""
        self.marked = codes
        self.show(self.rows)


def _role(session: SessionRecord) -> str:
    return "error" if needs_attention(session) else _ROLES.get(session.state, "muted")


def _why(session: SessionRecord) -> str:
    return attention(session) or session.reason

"""The table of coaching sessions: sorted, filtered and narrowed here; rows change in place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from textual.reactive import reactive
from textual.widgets import DataTable

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.states import SessionState
from pmtui.widgets.session_words import state, when

_OPEN = frozenset({SessionState.HELD, SessionState.APPROVING})

FACETS: tuple[tuple[str, frozenset[SessionState]], ...] = (
    ("all sessions", frozenset(SessionState)),
    ("Approval Required", _OPEN),
    ("Scheduled", frozenset({SessionState.SCHEDULED})),
)
SORTS: tuple[tuple[str, Callable[[SessionRecord], Any]], ...] = (
    ("state", lambda s: (_rank(s), s.starts_at, s.code)),
    ("time", lambda s: (s.starts_at, s.code)),
    ("coach", lambda s: (s.coach, s.starts_at, s.code)),
    ("agent", lambda s: (s.agent, s.starts_at, s.code)),
)
COLUMNS = (("State", 21), ("When", 16), ("Coach", 15), ("Agent", 15))
"""Names and widths in cells: with their padding they fit 80 columns."""


def _rank(session: SessionRecord) -> int:
    """What waits for approval first, then what is scheduled, then what is over."""
    return 0 if session.state in _OPEN else 1 if session.state is SessionState.SCHEDULED else 2


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which sessions are seen, in which order. `facet` and `sort` count in FACETS and SORTS."""

    words: str = ""
    facet: int = 0
    sort: int = 0

    def of(self, sessions: tuple[SessionRecord, ...]) -> list[SessionRecord]:
        """The sessions to show."""
        states = FACETS[self.facet][1]
        words = self.words.casefold().split()
        seen = (s for s in sessions if s.state in states and all(word in _text(s) for word in words))
        return sorted(seen, key=SORTS[self.sort][1])

    def next_facet(self) -> "Arrangement":
        """The next choice of states."""
        return replace(self, facet=(self.facet + 1) % len(FACETS))

    def next_sort(self) -> "Arrangement":
        """The next order."""
        return replace(self, sort=(self.sort + 1) % len(SORTS))

    @property
    def words_for(self) -> str:
        """`Approval Required · by time · "dana"`."""
        text = f"{FACETS[self.facet][0]} · by {SORTS[self.sort][0]}"
        return f'{text} · "{self.words}"' if self.words else text


def _text(session: SessionRecord) -> str:
    return " ".join((*_cells(session), session.code, session.title)).casefold()


def _cells(session: SessionRecord) -> tuple[str, ...]:
    return (
        state(session),
        when(session),
        session.coach,
        session.agent,
    )


class SessionsTable(DataTable[str]):
    """A row a session, named by its code. The cursor stays on its session whatever changes around it."""

    HELP = "Coaching sessions. What waits for approval holds its time; what is scheduled stands in the calendars."

    BINDINGS = bindings(
        Action("coaching.open", "enter", "select_cursor", "details", "All about the session.", key_display="Enter")
    )

    sessions: reactive[tuple[SessionRecord, ...]] = reactive((), init=False)
    arrangement: reactive[Arrangement] = reactive(Arrangement(), init=False)

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._shown: dict[str, tuple[str, ...]] = {}

    def on_mount(self) -> None:
        """The columns never change."""
        for name, width in COLUMNS:
            self.add_column(name, width=width, key=name)

    @property
    def current(self) -> SessionRecord | None:
        """The session under the cursor."""
        if not self._shown or not self.is_valid_row_index(self.cursor_row):
            return None
        code = self.ordered_rows[self.cursor_row].key.value
        return next((session for session in self.sessions if session.code == code), None)

    def watch_sessions(self) -> None:
        """Other sessions, or the same changed."""
        self._arrange()

    def watch_arrangement(self) -> None:
        """Another order or choice."""
        self._arrange()

    def point_at(self, code: str) -> None:
        """Put the cursor on a session, if it is seen."""
        if code in self._shown:
            self.move_cursor(row=list(self._shown).index(code))

    def _arrange(self) -> None:
        rows = {s.code: _cells(s) for s in self.arrangement.of(self.sessions)}
        if list(rows) == list(self._shown):
            self._update_cells(rows)
        else:
            self._rebuild(rows)
        self._shown = rows

    def _update_cells(self, rows: dict[str, tuple[str, ...]]) -> None:
        for code, cells in rows.items():
            for (name, _), before, after in zip(COLUMNS, self._shown[code], cells, strict=True):
                if before != after:
                    self.update_cell(code, name, after)

    def _rebuild(self, rows: dict[str, tuple[str, ...]]) -> None:
        """Another set or order: the cursor follows its session, else it stays where it was."""
        row = self.cursor_row
        codes = list(self._shown)
        under = codes[row] if 0 <= row < len(codes) else None
        self.clear()
        for code, cells in rows.items():
            self.add_row(*cells, key=code)
        if under in rows:
            row = list(rows).index(under)
        self.move_cursor(row=max(0, min(row, len(rows) - 1)))

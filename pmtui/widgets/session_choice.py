"""Which sessions of a list are shown, in which order. Pure: the screen narrows what it has read."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.states import SessionState
from pmtui.widgets.session_words import STATES, needs_attention, state, when

_FIRST = (SessionState.REQUESTED, SessionState.HELD, SessionState.APPROVING, SessionState.SCHEDULED)
SORTS: tuple[tuple[str, Callable[[SessionRecord], Any]], ...] = (
    ("what needs somebody first", lambda s: (not needs_attention(s), _rank(s), s.starts_at, s.code)),
    ("by time", lambda s: (s.starts_at, s.code)),
    ("by coach", lambda s: (s.coach.casefold(), s.starts_at, s.code)),
    ("by agent", lambda s: (s.agent.casefold(), s.starts_at, s.code)),
)
Choice = tuple[str, str]
"""A kind (`state`, `attention`, `team`) and what is chosen of it."""
ATTENTION: Choice = ("attention", "needs attention")


def _rank(session: SessionRecord) -> int:
    """What somebody has to answer first, then what is scheduled, then what is over."""
    return _FIRST.index(session.state) if session.state in _FIRST else len(_FIRST)


def choices_of(session: SessionRecord) -> tuple[Choice, ...]:
    """What it would be chosen by."""
    attention = (ATTENTION,) if needs_attention(session) else ()
    team = (("team", session.team),) if session.team else ()
    return (("state", session.state.value), *attention, *team)


def counted(sessions: Iterable[SessionRecord]) -> list[tuple[Choice, int]]:
    """Everything the sessions can be chosen by and how many there are: states in their order, then teams by name."""
    found = Counter(choice for session in sessions for choice in choices_of(session))
    states = [("state", one.value) for one in SessionState]
    teams = sorted(choice for choice in found if choice[0] == "team")
    return [(choice, found[choice]) for choice in (ATTENTION, *states, *teams) if choice in found]


def label(choice: Choice) -> str:
    """Its words."""
    kind, value = choice
    return STATES[SessionState(value)][2:] if kind == "state" else value


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Words to look for, what was chosen (any of one kind, and of every kind), and the place in `SORTS`."""

    words: str = ""
    picked: frozenset[Choice] = frozenset()
    sort: int = 0

    def of(self, sessions: Iterable[SessionRecord]) -> list[SessionRecord]:
        """The sessions to show."""
        words = self.words.casefold().split()
        kinds = {kind for kind, _ in self.picked}
        seen = (
            session
            for session in sessions
            if len({kind for kind, _ in self.picked.intersection(choices_of(session))}) == len(kinds)
            and all(word in _text(session) for word in words)
        )
        return sorted(seen, key=SORTS[self.sort][1])

    def next_sort(self) -> "Arrangement":
        """The next order."""
        return replace(self, sort=(self.sort + 1) % len(SORTS))

    @property
    def said(self) -> tuple[str, ...]:
        """The order, and what narrows the list."""
        narrowed = sorted(label(choice) for choice in self.picked)
        return (SORTS[self.sort][0], *narrowed, *([f'"{self.words}"'] if self.words else []))


def _text(session: SessionRecord) -> str:
    people = (session.coach, session.coach_email, session.agent, session.agent_email, session.team)
    return " ".join((state(session), when(session), *people, session.code, session.title)).casefold()

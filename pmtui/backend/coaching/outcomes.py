"""Why an agent of a run got what they got, as data: what a block writes and a report reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtui.backend.slots.values import PartyName, ReasonCode
from pmtui.backend.states import RunOutcome

Removed = tuple[tuple[PartyName, ReasonCode, int], ...]


@dataclass(frozen=True, slots=True)
class Why:
    """What stood in the way; empty parts do not apply.

    `session` and `start` (a minute) are of the session that keeps an agent out, or of the last one in a cooldown that
    ends at the minute `until`. `unknown` are sentences about calendars, `removed` how many starts each reason took from
    whom, `helps` the one change that would give a time. `others` have got the time instead: name and start (minute);
    `limit` says that the coach's number of sessions alone was in the way.
    """

    session: str = ""
    start: int | None = None
    until: int | None = None
    unknown: tuple[str, ...] = ()
    removed: Removed = ()
    helps: str = ""
    others: tuple[tuple[str, int], ...] = ()
    limit: bool = False

    def written(self) -> str:
        """As compact JSON without what is empty; nothing for nothing."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        kept = {name: value for name, value in told.items() if value not in ((), "", None, False)}
        return json.dumps(kept, separators=(",", ":"), ensure_ascii=False) if kept else ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one agent, as a block finds it. `start` is the minute of a session to hold."""

    outcome: RunOutcome
    why: Why = field(default_factory=Why)
    start: int | None = None


def read(text: str) -> Why:
    """What `written` wrote."""
    told: Mapping[str, Any] = json.loads(text) if text else {}
    return Why(
        session=told.get("session", ""),
        start=told.get("start"),
        until=told.get("until"),
        unknown=tuple(told.get("unknown", ())),
        removed=tuple((PartyName(party), ReasonCode(code), count) for party, code, count in told.get("removed", ())),
        helps=told.get("helps", ""),
        others=tuple((name, start) for name, start in told.get("others", ())),
        limit=told.get("limit", False),
    )

"""Which times can be offered to a coach and an agent, and refusing one that can't."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pmtui.backend.coaching import overruling, reason_keys, words
from pmtui.backend.coaching.objections import objections, unreadable
from pmtui.backend.coaching.pair import Pair
from pmtui.backend.coaching.records import SearchRecord
from pmtui.backend.errors import BadInput, Conflict, SlotTaken
from pmtui.backend.settings.service import settings_of
from pmtui.backend.settings.typed import LENGTHS, LONGEST_LOOK_AHEAD
from pmtui.backend.slots import grid, ranking
from pmtui.backend.slots.explain import change
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import (
    DAY_MINUTES,
    PartyName,
    Reason,
    ReasonCode,
    Search,
    from_minute,
    to_minute,
)
from pmtui.backend.slots.words import change_in_words, spell
from pmtui.backend.slots.zones import local_datetime, local_day, minute_at
from pmtui.backend.storage.transaction import Transaction

DAYS_AT_MOST = LONGEST_LOOK_AHEAD
"""The longest look-ahead, in local days of the coach."""

_FARTHEST = 400 * DAY_MINUTES
"""How far ahead a session can be at most, whoever wants it."""
_CHOOSE = "Choose one of the times offered."


def length(tx: Transaction, wished: int | None) -> int:
    """How many minutes a session shall last: as wished, else as set. BadInput unless it may."""
    minutes = settings_of(tx).session_minutes if wished is None else wished
    if minutes not in LENGTHS:
        raise BadInput(
            "bad_minutes",
            f"A session can't last {minutes} minutes.",
            "Choose 15, 30, 45 or 60.",
            where="minutes",
        )
    return minutes


def look_ahead(tx: Transaction, wished: int | None) -> int:
    """How many of the coach's days to look ahead: as wished, else as set. BadInput unless one may."""
    days = settings_of(tx).look_ahead_days if wished is None else wished
    if not 0 <= days <= DAYS_AT_MOST:
        raise BadInput(
            "bad_days", f"One can't look {days} days ahead.", f"Choose 0 (today) to {DAYS_AT_MOST}.", where="days"
        )
    return days


def horizon(clock: str, now: int, days: int) -> int:
    """The minute at which the last of `days` local days after today ends on the clock of that zone."""
    return minute_at(clock, local_day(clock, now) + days, DAY_MINUTES)


def window(now: int, days: int) -> tuple[int, int]:
    """Minutes that hold the next `days` local days, whatever the coach's zone."""
    return now, now + (days + 3) * DAY_MINUTES


def widest(now: int) -> tuple[int, int]:
    """Minutes that hold every horizon, whatever the coach's zone."""
    return window(now, DAYS_AT_MOST)


def search_for(tx: Transaction, pair: Pair, minutes: int, days: int, ignore: tuple[int, int] | None = None) -> Search:
    """The search over every start of the coach's next `days` local days; the last may end after midnight."""
    now = to_minute(tx.now)
    window = (now, horizon(pair.clock, now, days) + minutes - 1)
    return replace(pair.search(tx.now, window, minutes, ignore), horizon_days=days)


def helps(tx: Transaction, pair: Pair, search: Search) -> str:
    """What one change would give a first start, within the longest look-ahead, as a sentence."""
    reach = search_for(tx, pair, search.minutes, DAYS_AT_MOST, search.ignore)
    search = replace(reach, horizon_days=search.horizon_days)
    names = {PartyName.COACH: pair.coach.person.name, PartyName.AGENT: pair.agent.person.name}
    return change_in_words(change(search, *pair.parties), search, *pair.parties, names)


def offer(tx: Transaction, pair: Pair, minutes: int, days: int, ignore: tuple[int, int] | None = None) -> SearchRecord:
    """Every start to offer within the look-ahead, and why the others are not.

    `ignore` is a session that is to move: its own minutes do not stand in its way.
    """
    search = search_for(tx, pair, minutes, days, ignore)
    answer = solve(search, *pair.parties)
    first = ranking.best(search, *pair.parties, _others(answer.slots, ignore))
    staffed = dict(zip(answer.slots, answer.impact or (), strict=False))
    named = zip((PartyName.COACH, PartyName.AGENT), pair.sides, strict=True)
    return SearchRecord(
        coach=pair.coach.person.name,
        agent=pair.agent.person.name,
        minutes=minutes,
        days=days,
        timezone=pair.clock,
        starts_at=tuple(from_minute(start) for start in answer.slots),
        rule=words.rule(
            pair.coach.person.name,
            pair.coach.facts.party.calendar,
            pair.agent.person.name,
            pair.agent.facts.party.calendar,
            pair.tenant_zone,
        ),
        reasons=tuple(answer.reasons.items()),
        helps="" if answer.slots else helps(tx, pair, search),
        unknown=tuple((name, unreadable(tx, side, pair.clock)) for name, side in named if side.unknown),
        impact=answer.impact,
        best_at=None if first is None else from_minute(first),
        best_why="" if first is None else words.staffed(staffed.get(first)),
    )


def best(
    tx: Transaction, pair: Pair, minutes: int, days: int, ignore: tuple[int, int] | None = None
) -> datetime | None:
    """The best start to offer within the look-ahead, None if there is none; `ignore` is a session that is to move."""
    search = search_for(tx, pair, minutes, days, ignore)
    found = ranking.best(search, *pair.parties, _others(solve(search, *pair.parties).slots, ignore))
    return None if found is None else from_minute(found)


def _others(slots: Sequence[int], session: tuple[int, int] | None) -> Sequence[int]:
    """Without the start that a session which is to move has already."""
    return [slot for slot in slots if session is None or slot != session[0]]


def require_ahead(tx: Transaction, start: int) -> None:
    """Refuse (Conflict) the past and what is beyond 400 days, whatever anybody says: before facts are read for it."""
    now = to_minute(tx.now)
    if start < now + (from_minute(now) < tx.now):
        raise Conflict("past", "That time has passed.", _CHOOSE)
    if start > now + _FARTHEST:
        raise Conflict("too_far", f"That is more than {_FARTHEST // DAY_MINUTES} days ahead.", _CHOOSE)


def require_offered(
    tx: Transaction,
    pair: Pair,
    start: int,
    minutes: int,
    ignore: tuple[int, int] | None = None,
    anyway: Collection[str] = (),
) -> tuple[str, ...]:
    """Refuse a start that a search would not offer now. `ignore` is a session that is to move.

    `anyway` are the keys of reasons that a person has read and overrules. Returns the keys of all that stand against
    the start, for `overruling.keep`. Raises NotOffered with every reason unless all are overruled; and whatever
    anybody says, SlotTaken where another session overlaps.
    """
    found = objections(tx, pair, start, minutes, ignore)
    if any(one.reason.code is ReasonCode.OWN_SESSION for one in found):
        sentences = " ".join(dict.fromkeys(one.sentence for one in found))
        raise SlotTaken("slot_taken", f"That time is taken. {sentences}", "Choose another time.")
    reasons = {one.key: one.sentence for one in found}
    reasons |= dict(_against_offering(pair, to_minute(tx.now), start))
    overruling.require_seen(reasons, anyway)
    return tuple(reasons)


def _against_offering(pair: Pair, now: int, start: int) -> Iterator[tuple[str, str]]:
    """What stands only against offering the start, not against a session there: keys and sentences."""
    step, notice = pair.settings.step_minutes, pair.settings.notice_minutes
    if start < now + notice:
        yield _key(ReasonCode.NOTICE), f"That is too soon: {spell(notice)} of notice are asked for."
    if start >= horizon(pair.clock, now, DAYS_AT_MOST):
        yield _key(ReasonCode.HORIZON), f"That is more than {DAYS_AT_MOST} days ahead."
    if not grid.starts(pair.clock, step, (start, start + 1), ()):
        clock = f"{local_datetime(pair.clock, start):%H:%M}"
        yield reason_keys.OFF_THE_GRID, f"Sessions start every {step} minutes of the coach's clock, not at {clock}."


def _key(code: ReasonCode) -> str:
    return reason_keys.write(Reason(PartyName.COACH, code))

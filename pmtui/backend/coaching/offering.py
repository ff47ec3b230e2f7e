"""Which times can be offered to a coach and an agent, and refusing one that can't."""

from pmtui.backend.coaching import words
from pmtui.backend.coaching.pair import Pair, objections, unreadable
from pmtui.backend.coaching.records import SearchRecord
from pmtui.backend.errors import BadInput, Conflict, SlotTaken
from pmtui.backend.slots import grid
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import (
    DAY_MINUTES,
    PartyName,
    ReasonCode,
    Search,
    from_minute,
    to_minute,
)
from pmtui.backend.slots.zones import local_datetime, local_day, minute_at
from pmtui.backend.storage.transaction import Transaction

STEP = 15
"""The grid of starts, in minutes on the coach's clock."""
LENGTHS = (15, 30, 45, 60)
DAYS = 14
"""The look-ahead where nobody chose another, in local days of the coach."""
DAYS_AT_MOST = 42
"""The longest look-ahead, in local days of the coach."""

_CHOOSE = "Choose one of the times offered."


def require_length(minutes: int) -> None:
    """BadInput unless a session may last so many minutes."""
    if minutes not in LENGTHS:
        raise BadInput(
            "bad_minutes",
            f"A session can't last {minutes} minutes.",
            "Choose 15, 30, 45 or 60.",
            where="minutes",
        )


def require_days(days: int) -> None:
    """BadInput unless one may look so many days ahead."""
    if not 0 <= days <= DAYS_AT_MOST:
        raise BadInput(
            "bad_days", f"One can't look {days} days ahead.", f"Choose 0 (today) to {DAYS_AT_MOST}.", where="days"
        )


def horizon(clock: str, now: int, days: int) -> int:
    """The minute at which the last of `days` local days after today ends on the clock of that zone."""
    return minute_at(clock, local_day(clock, now) + days, DAY_MINUTES)


def widest(now: int) -> tuple[int, int]:
    """Minutes that hold every horizon, whatever the coach's zone."""
    return now, now + (DAYS_AT_MOST + 3) * DAY_MINUTES


def offer(tx: Transaction, pair: Pair, minutes: int, days: int, ignore: tuple[int, int] | None = None) -> SearchRecord:
    """Every start to offer within the look-ahead, and why the others are not.

    `ignore` is a session that is to move: its own minutes do not stand in its way.
    """
    now = to_minute(tx.now)
    answer = solve(
        Search(
            window=(now, horizon(pair.clock, now, days)),
            now=now,
            now_passed=from_minute(now) < tx.now,
            tenant_timezone=pair.tenant_zone,
            minutes=minutes,
            step=STEP,
            ignore=ignore,
        ),
        pair.coach.facts.party,
        pair.agent.facts.party,
    )
    named = zip((PartyName.COACH, PartyName.AGENT), pair.sides, strict=True)
    return SearchRecord(
        coach=pair.coach.person.name,
        agent=pair.agent.person.name,
        minutes=minutes,
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
        unknown=tuple((name, unreadable(tx, side, pair.clock)) for name, side in named if side.unknown),
    )


def require_offered(
    tx: Transaction, pair: Pair, start: int, minutes: int, ignore: tuple[int, int] | None = None
) -> None:
    """Refuse a start that a search would not offer now, with the reasons. `ignore` is a session that is to move.

    Raises SlotTaken where another session overlaps, Conflict for everything else.
    """
    now = to_minute(tx.now)
    if from_minute(start) < tx.now:
        raise Conflict("past", "That time has passed.", _CHOOSE)
    if start + minutes > horizon(pair.clock, now, DAYS_AT_MOST):
        raise Conflict("too_far", f"That is more than {DAYS_AT_MOST} days ahead.", _CHOOSE)
    reasons, sentences = objections(tx, pair, start, minutes, ignore)
    if any(reason.code is ReasonCode.OWN_SESSION for reason in reasons):
        raise SlotTaken("slot_taken", f"That time is taken. {' '.join(sentences)}", "Choose another time.")
    if reasons:
        raise Conflict("not_offered", f"That time can't be booked. {' '.join(sentences)}", _CHOOSE)
    if not grid.starts(pair.clock, STEP, (start, start + 1), ()):
        clock = f"{local_datetime(pair.clock, start):%H:%M}"
        raise Conflict(
            "off_the_grid",
            f"Sessions start every {STEP} minutes of the coach's clock, not at {clock}.",
            _CHOOSE,
        )

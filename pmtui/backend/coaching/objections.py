"""What stands against a session at a time: the one check that proposing and approving share."""

from collections.abc import Iterator
from dataclasses import dataclass

from pmtui.backend.coaching import reason_keys, words
from pmtui.backend.coaching.pair import Pair, Side
from pmtui.backend.slots.causes import Cause, CauseKind, causes
from pmtui.backend.slots.schedule import instant
from pmtui.backend.slots.search import blocked
from pmtui.backend.slots.values import Reason, ReasonCode
from pmtui.backend.storage.transaction import Transaction

_OF_THE_CALENDAR = frozenset({ReasonCode.OUTSIDE_SCHEDULE, ReasonCode.NOT_OVERWRITABLE, ReasonCode.BUSY})


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason against a session: its key, which says what it is about, and a sentence."""

    reason: Reason
    key: str
    sentence: str


def objections(
    tx: Transaction, pair: Pair, start: int, minutes: int, ignore: tuple[int, int] | None = None
) -> tuple[Objection, ...]:
    """Every reason why `[start, start + minutes)` can't be booked; none when it can.

    `ignore` is the session itself that is being approved or moved.
    """
    search = pair.search(tx.now, (start, start + minutes), minutes, ignore)
    found = []
    for reason in _told(blocked(search, *pair.parties, start)):
        about = (*causes(search, *pair.parties, start, reason), *_unread(pair.side(reason.party), reason))
        found.append(Objection(reason, reason_keys.write(reason, about), _sentence(tx, pair, reason)))
    return tuple(found)


def clashes(tx: Transaction, pair: Pair, start: int, minutes: int) -> tuple[Objection, ...]:
    """What in the calendars stands against the session that is booked there; hours set do not count."""
    found = objections(tx, pair, start, minutes, ignore=(start, start + minutes))
    return tuple(one for one in found if one.reason.code in _OF_THE_CALENDAR)


def unreadable(tx: Transaction, side: Side, clock: str) -> str:
    """Which calendar can't be read, since when and why, as a sentence with times on the clock of the zone `clock`."""
    known = side.facts
    return words.unknown(side.person.name, known.party.calendar, known.since_at, known.why, tx.now, clock)


def _told(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Without what only follows from a calendar that nobody could read."""
    unknown = {reason.party for reason in reasons if reason.code is ReasonCode.CALENDAR_UNKNOWN}
    return tuple(r for r in reasons if not (r.party in unknown and r.code in _OF_THE_CALENDAR))


def _unread(side: Side, reason: Reason) -> Iterator[Cause]:
    """Which calendar can't be read and what was read of it last: after another read it is another thing not to know."""
    if reason.code is not ReasonCode.CALENDAR_UNKNOWN or not side.unknown:
        return
    if side.facts.connection_id is not None:
        yield Cause(CauseKind.CALENDAR, side.facts.connection_id, side.facts.connection_id)
    if side.facts.read_at is not None:
        read = instant(side.facts.read_at)
        yield Cause(CauseKind.READ, read, read)


def _sentence(tx: Transaction, pair: Pair, reason: Reason) -> str:
    side = pair.side(reason.party)
    if reason.code is ReasonCode.CALENDAR_UNKNOWN and side.unknown:
        return unreadable(tx, side, pair.clock)
    return words.reason_in_words(reason, side.person.name, side.facts.party.calendar, pair.tenant_zone)

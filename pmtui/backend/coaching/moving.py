"""Giving a session another time: the same search and the same check, with the session itself left out."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pmtui.backend.coaching import offering, overruling, sessions, who
from pmtui.backend.coaching.pair import Pair, gather
from pmtui.backend.coaching.records import READING, SearchRecord
from pmtui.backend.errors import Conflict, Unavailable, Whose
from pmtui.backend.slots.values import from_minute, to_minute
from pmtui.backend.states import ConnectionState, SessionState
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts
from pmtui.backend.sync.service import Sync

_LOOK_AGAIN = timedelta(seconds=1)


def search(tx: Transaction, sync: Sync, session: Session, days: int) -> SearchRecord:
    """The starts the session could move to within `days` local days of its coach."""
    window = offering.widest(to_minute(tx.now))
    pair = _pair(tx, sync, session, window, facts.PROPOSING)
    start, end = _span(session)
    return offering.offer(tx, pair, end - start, days, ignore=_taken(session))


def best(tx: Transaction, sync: Sync, session: Session) -> datetime | None:
    """The best other start for the session within the organisation's look-ahead; None if there is none."""
    pair = _pair(tx, sync, session, offering.widest(to_minute(tx.now)), facts.PROPOSING)
    start, end = _span(session)
    return offering.best(tx, pair, end - start, pair.settings.look_ahead_days, ignore=(start, end))


def move(tx: Transaction, sync: Sync, session: Session, start: int, anyway: Collection[str] = ()) -> bool:
    """Let the session begin at `start` (minutes), its events with it. False: its calendars have to be read first.

    What was only requested is held from then on.
    A scheduled session is booked there at once, so facts must be as fresh as for booking; the reads are asked for.
    Raises SlotTaken when another session of either overlaps, NotOffered with every reason for a time that is not
    offered unless all are among `anyway`, the keys of those that somebody has read and overrules.
    """
    if session.state is not SessionState.REQUESTED:
        _require_movable(tx, session, start)
    offering.require_ahead(tx, start)
    tx.lock_people(session.coach_id, session.agent_id)
    first, last = _span(session)
    minutes = last - first
    booked = session.state is SessionState.SCHEDULED
    pair = _pair(tx, sync, session, (start, start + minutes), facts.BOOKING if booked else facts.PROPOSING)
    require_there(tx, pair)
    if booked and ask_reads(tx, sync, pair):
        return False
    overruled = offering.require_offered(tx, pair, start, minutes, _taken(session), anyway)
    if session.state is SessionState.REQUESTED:
        sessions.hold_requested(tx, session, from_minute(start))
    else:
        sessions.shift(tx, session, from_minute(start))
    overruling.keep(tx, session, overruled)
    sync.want(tx, session)
    return True


def being_read(now: datetime) -> Unavailable:
    """The error for `move` that has to wait."""
    return Unavailable(
        READING,
        "The calendars have to be read again before that time can be booked.",
        "They are being read: try again in a moment.",
        whose=Whose.PROVIDER,
        retry_at=now + _LOOK_AGAIN,
    )


def require_there(tx: Transaction, pair: Pair) -> None:
    """Refuse (Conflict) where the two can't meet at all any more."""
    gone = who.gone(tx, pair.coach.person, pair.agent.person)
    if gone:
        raise Conflict("gone", " ".join(gone), "Cancel or reject the session instead.")


def _require_movable(tx: Transaction, session: Session, start: int) -> None:
    if session.ends <= tx.now:
        raise Conflict("past", "That session is over.", "Propose a new one.")
    if start == to_minute(session.starts):
        raise Conflict("same_time", "The session begins then already.", "Choose another time.")


def ask_reads(tx: Transaction, sync: Sync, pair: Pair) -> bool:
    """Have what is too old read again; whether it is worth waiting for: not if the last try has failed."""
    unread = [side for side in pair.sides if side.unknown]
    sync.ask_read(tx, [side.facts.person_id for side in unread], facts.BOOKING)
    found = (tx.db.get_one(Connection, side.facts.connection_id) for side in unread)
    return bool(unread) and all(connection.state is ConnectionState.READY for connection in found)


def _pair(tx: Transaction, sync: Sync, session: Session, window: tuple[int, int], max_age: timedelta) -> Pair:
    coach, agent = tx.db.get_one(Person, session.coach_id), tx.db.get_one(Person, session.agent_id)
    return gather(tx, sync, coach, agent, window, max_age)


def _taken(session: Session) -> tuple[int, int] | None:
    """The minutes it takes itself, which stand in nobody's way; none while it is only requested."""
    return None if session.state is SessionState.REQUESTED else _span(session)


def _span(session: Session) -> tuple[int, int]:
    return to_minute(session.starts), to_minute(session.ends)

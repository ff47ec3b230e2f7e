"""Scheduled sessions whose people's calendars have changed: marked for somebody to look at, never moved."""

from collections.abc import Collection

from pmtui.backend.coaching import offering, overruling, sessions, who, words
from pmtui.backend.coaching.pair import clashes, gather
from pmtui.backend.slots.values import to_minute
from pmtui.backend.states import Attention
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts
from pmtui.backend.sync.service import Sync

_OURS = frozenset({Attention.CALENDAR_CHANGED, Attention.COACH_GONE, Attention.AGENT_GONE})
"""What is looked at again here; an event that was touched is for `sync` to tell."""


def review(tx: Transaction, sync: Sync, person_ids: Collection[int]) -> None:
    """Look again at the scheduled sessions ahead of these people, whose calendars were read and are others now.

    A session that a calendar stands against is marked CALENDAR_CHANGED, with every reason and the best new time;
    what was overruled when it was booked anyway does not count. The mark goes once both calendars are known and nothing
    stands against it.
    """
    for session in sessions.scheduled_ahead(tx, person_ids):
        if session.attention is None or session.attention in _OURS:
            _look(tx, sync, session)


def _look(tx: Transaction, sync: Sync, session: Session) -> None:
    coach, agent = tx.db.get_one(Person, session.coach_id), tx.db.get_one(Person, session.agent_id)
    if who.gone(tx, coach, agent):
        return
    start, end = to_minute(session.starts), to_minute(session.ends)
    pair = gather(tx, sync, coach, agent, (start, end), None)
    against = clashes(tx, pair, start, end - start)
    sentences = dict.fromkeys(against[reason] for reason in overruling.left(session, against))
    if sentences:
        details = " ".join((*sentences, _best(tx, sync, coach, agent, (start, end))))
        if (session.attention, session.attention_details) != (Attention.CALENDAR_CHANGED, details):
            sessions.flag(tx, session, Attention.CALENDAR_CHANGED, details)
    elif session.attention is not None and not any(side.unknown for side in pair.sides):
        sessions.unflag(tx, session)


def _best(tx: Transaction, sync: Sync, coach: Person, agent: Person, session: tuple[int, int]) -> str:
    """The best new time for `session` (minutes), as a sentence on the coach's clock."""
    pair = gather(tx, sync, coach, agent, offering.widest(to_minute(tx.now)), facts.PROPOSING)
    days = pair.settings.look_ahead_days
    found = offering.best(tx, pair, session[1] - session[0], days, ignore=session)
    if found is None:
        return f"No other time was found in the next {days} days."
    return f"The best new time is {words.moment(found, tx.now, pair.clock)}."

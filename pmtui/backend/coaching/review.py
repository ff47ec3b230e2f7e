"""Scheduled sessions whose people's calendars have changed: marked for somebody to look at, never moved."""

from collections.abc import Collection

from pmtui.backend.coaching import moving, overruling, sessions, who
from pmtui.backend.coaching.objections import clashes
from pmtui.backend.coaching.pair import gather
from pmtui.backend.slots.values import to_minute
from pmtui.backend.states import Attention
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.service import Sync


def review(tx: Transaction, sync: Sync, person_ids: Collection[int]) -> None:
    """Look again at the scheduled sessions ahead of these people, whose calendars were read and are others now.

    A session that a calendar stands against is marked CALENDAR_CHANGED, with every reason and the best new time;
    what was overruled when it was booked anyway does not count. The mark goes once both calendars are known and nothing
    stands against it. An event that was touched is for `sync` to tell; here such a session gets its best new time.
    """
    for session in sessions.scheduled_ahead(tx, person_ids):
        _look(tx, sync, session)


def _look(tx: Transaction, sync: Sync, session: Session) -> None:
    coach, agent = tx.db.get_one(Person, session.coach_id), tx.db.get_one(Person, session.agent_id)
    if who.gone(tx, coach, agent):
        return
    if session.attention is Attention.EVENT_CHANGED:
        best_at = moving.best(tx, sync, session)
        sessions.flag(tx, session, Attention.EVENT_CHANGED, session.attention_details, best_at)
        return
    start, end = to_minute(session.starts), to_minute(session.ends)
    pair = gather(tx, sync, coach, agent, (start, end), None)
    sentences = dict.fromkeys(overruling.left(session, clashes(tx, pair, start, end - start)).values())
    if sentences:
        best_at = moving.best(tx, sync, session)
        sessions.flag(tx, session, Attention.CALENDAR_CHANGED, " ".join(sentences), best_at)
    elif session.attention is not None and not any(side.unknown for side in pair.sides):
        sessions.unflag(tx, session)

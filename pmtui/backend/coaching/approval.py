"""Finishing an approval: at once on fresh facts, else once the worker has read the calendars, by one function."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import select

from pmtui.backend.coaching import moving, overruling, sessions, who
from pmtui.backend.coaching.objections import objections
from pmtui.backend.coaching.pair import Pair, Side, gather
from pmtui.backend.slots.values import to_minute
from pmtui.backend.states import Attention, ConnectionState, Outcome, SessionState, Topic, Verb, WorkKind
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts
from pmtui.backend.sync.service import Sync

LOOK_EVERY = timedelta(seconds=1)
"""How soon the worker looks again whether the calendars have been read."""


def finish(tx: Transaction, sync: Sync, session: Session) -> None:
    """Schedule the session, or say on it what stands against it, or wait for calendars to be read.

    Expects a session that is HELD (just approved) or APPROVING (the reads were asked for). Afterwards it is
    SCHEDULED with its events wanted; or HELD with attention APPROVAL_REFUSED, the reasons in words and, where the time
    is no longer free, the best other one; or APPROVING, with the reads asked for and the worker told to look again.
    """
    coach, agent = tx.db.get_one(Person, session.coach_id), tx.db.get_one(Person, session.agent_id)
    span = (to_minute(session.starts), to_minute(session.ends))
    pair = gather(tx, sync, coach, agent, span, facts.BOOKING)
    gone = who.gone(tx, coach, agent)
    if not gone:
        unread = [side for side in pair.sides if side.unknown]
        if unread and all(_will_be_read(tx, side, session) for side in unread):
            _wait(tx, sync, session, unread)
            return
    sentences = gone or tuple(dict.fromkeys(_left(tx, pair, session).values()))
    if sentences:
        known = not gone and not any(side.unknown for side in pair.sides)
        _refuse(tx, session, sentences, moving.best(tx, sync, session) if known else None)
    else:
        _schedule(tx, sync, session)


def finish_anyway(tx: Transaction, sync: Sync, session: Session, anyway: Collection[str]) -> bool:
    """Schedule a held session whatever stands against its time, once all of that is known and overruled.

    `anyway` are the keys of what has been read. False: its calendars have to be read first, and nothing has changed.
    Raises NotOffered with every reason that nobody has overruled yet, Conflict where the two can't meet at all.
    """
    coach, agent = tx.db.get_one(Person, session.coach_id), tx.db.get_one(Person, session.agent_id)
    span = (to_minute(session.starts), to_minute(session.ends))
    pair = gather(tx, sync, coach, agent, span, facts.BOOKING)
    moving.require_there(tx, pair)
    if moving.ask_reads(tx, sync, pair):
        return False
    reasons = _left(tx, pair, session)
    overruling.require_seen(reasons, anyway)
    if reasons:
        overruling.keep_more(tx, session, reasons)
    tx.audit(Verb.SESSION_APPROVED, sessions.subject(session))
    _schedule(tx, sync, session)
    return True


def _schedule(tx: Transaction, sync: Sync, session: Session) -> None:
    sessions.unflag(tx, session)
    sessions.move(tx, session, SessionState.SCHEDULED, Verb.SESSION_SCHEDULED)
    tx.forget(WorkKind.APPROVE, sessions.number(session))
    sync.want(tx, session)


def _left(tx: Transaction, pair: Pair, session: Session) -> dict[str, str]:
    """What stands against the session where it is, and was not overruled when that time was chosen."""
    start, end = span = to_minute(session.starts), to_minute(session.ends)
    return overruling.left(session, objections(tx, pair, start, end - start, ignore=span))


def _will_be_read(tx: Transaction, side: Side, session: Session) -> bool:
    """Whether waiting can help: the calendar can be read, and has been asked for since or will be now."""
    connection = tx.db.get_one(Connection, side.facts.connection_id)
    if connection.state is ConnectionState.NEEDS_RECONNECTING:
        return False
    if session.state is SessionState.HELD:
        return True
    work = tx.db.exec(select(Work).where(Work.kind == WorkKind.READ, Work.subject == connection.id)).first()
    if work is None:
        return False
    return work.leased_until is not None or work.due_at <= tx.now


def _wait(tx: Transaction, sync: Sync, session: Session, unread: list[Side]) -> None:
    if session.state is SessionState.HELD:
        sync.ask_read(tx, [side.facts.person_id for side in unread], facts.BOOKING)
        sessions.unflag(tx, session)
        sessions.move(tx, session, SessionState.APPROVING)
    tx.look_at(WorkKind.APPROVE, sessions.number(session), tx.now + LOOK_EVERY)


def _refuse(tx: Transaction, session: Session, sentences: tuple[str, ...], best_at: datetime | None) -> None:
    session.attention, session.best_at = Attention.APPROVAL_REFUSED, best_at
    session.attention_details = " ".join(sentences)
    tx.audit(Verb.SESSION_SCHEDULED, sessions.subject(session), Outcome.REFUSED)
    sessions.move(tx, session, SessionState.HELD)
    tx.forget(WorkKind.APPROVE, sessions.number(session))
    tx.look_at(WorkKind.EXPIRE, sessions.number(session), session.held_until)
    tx.changed(Topic.COACHING)

"""What a read changes in the database: the facts, the connection's state, and sessions whose events were touched."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select

from pmtui.backend.calendars.protocol import Busy, OwnEvent
from pmtui.backend.errors import NeedsReconnecting, PmtuiError
from pmtui.backend.slots.values import PartyName
from pmtui.backend.states import Attention, ConnectionState, Delivery, Outcome, Topic, Verb, Wanted, WorkKind
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import CalendarFacts, WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.facts import write_spans
from pmtui.backend.sync.opening import Link
from pmtui.backend.sync.wanted import try_again, want_gone, want_upcoming

_LOOKS = (Topic.AVAILABILITY, Topic.COACHING)  # what shows busy times


def keep(tx: Transaction, reads: Mapping[int, Busy], read_at: datetime) -> frozenset[int]:
    """Store good reads, by connection id, that began at `read_at`; nothing of a connection that has ended meanwhile.

    The ids of the people whose calendar is another now, or in whose calendar an event of ours was touched. A few
    queries, however many were read.
    """
    connections = live(tx, reads.keys())
    changed = _keep_facts(tx, connections, reads, read_at)
    for connection in connections:
        first = connection.last_read_at is None or connection.last_read_at < connection.connected_at
        if first or connection.state is not ConnectionState.READY:
            if not first:
                tx.audit(Verb.CALENDAR_READ, f"person:{connection.person_id}", provider=connection.provider.value)
            tx.changed(Topic.INTEGRATIONS, *_LOOKS)
            _write_what_waits(tx, connection)
        connection.state, connection.failing_since_at, connection.error_code = ConnectionState.READY, None, None
        connection.last_read_at = read_at
        tx.db.add(connection)
    touched = _notice(tx, connections, reads, read_at)
    want_upcoming(tx, *connections)
    want_gone(tx, {_id(row): {own.session for own in reads[_id(row)].own} for row in connections})
    return changed | touched


def fail(tx: Transaction, link: Link, error: PmtuiError) -> None:
    """Note that the calendar could not be read; the last good read stays and grows old.

    Nothing if the person has disconnected or signed in anew meanwhile.
    """
    connection = next(iter(live(tx, (link.connection_id,))), None)
    if connection is None or connection.uid != link.uid:
        return
    state = ConnectionState.NEEDS_RECONNECTING if isinstance(error, NeedsReconnecting) else ConnectionState.DEGRADED
    if (connection.state, connection.error_code) == (state, error.code):
        return
    if connection.state is not state:
        tx.audit(
            Verb.CALENDAR_READ,
            f"person:{connection.person_id}",
            Outcome.FAILED,
            provider=connection.provider.value,
            code=error.code,
        )
    connection.state, connection.error_code = state, error.code
    connection.claims = error.claims if isinstance(error, NeedsReconnecting) else None
    connection.failing_since_at = connection.failing_since_at or tx.now
    tx.db.add(connection)
    tx.changed(Topic.INTEGRATIONS, *_LOOKS)


def live(tx: Transaction, connection_ids: Collection[int]) -> Sequence[Connection]:
    """The rows of these connections that have not ended, locked in one order until the transaction ends."""
    return tx.db.exec(
        select(Connection)
        .where(
            Connection.tenant_id == tx.tenant_id,
            col(Connection.id).in_(connection_ids),
            col(Connection.ended_at).is_(None),
        )
        .order_by(col(Connection.id))
        .with_for_update(key_share=True)  # wanted events that refer to it may be written meanwhile
    ).all()


def _keep_facts(
    tx: Transaction, connections: Sequence[Connection], reads: Mapping[int, Busy], read_at: datetime
) -> frozenset[int]:
    """Store what was read; the ids of the people of whom something else was known before."""
    people = [connection.person_id for connection in connections]
    known = {
        row.person_id: row
        for row in tx.db.exec(
            select(CalendarFacts).where(
                CalendarFacts.tenant_id == tx.tenant_id, col(CalendarFacts.person_id).in_(people)
            )
        ).all()
    }
    changed = frozenset(
        connection.person_id
        for connection in connections
        if _keep_one(tx, connection, known.get(connection.person_id), reads[_id(connection)], read_at)
    )
    if changed:
        tx.changed(*_LOOKS)
    return changed


def _keep_one(
    tx: Transaction, connection: Connection, row: CalendarFacts | None, busy: Busy, read_at: datetime
) -> bool:
    """Store one read; whether it differs from what was known."""
    spans = write_spans(busy.spans)
    if row is None:
        row = CalendarFacts(
            person_id=connection.person_id,
            tenant_id=connection.tenant_id,
            connection_id=_id(connection),
            read_at=read_at,
            window_start=0,
            window_end=0,
            spans="",
        )
    elif row.connection_id == connection.id and row.read_at > read_at:
        return False  # a read that began later is stored already
    changed = row.spans != spans
    row.connection_id, row.read_at, row.spans = _id(connection), read_at, spans
    row.window_start, row.window_end = busy.window
    tx.db.add(row)
    return changed


def _write_what_waits(tx: Transaction, connection: Connection) -> None:
    """The calendar answers again: what could not be written is tried at once, not when its wait is over."""
    waiting = select(WantedEvent.id).where(
        WantedEvent.tenant_id == tx.tenant_id,
        WantedEvent.connection_id == connection.id,
        WantedEvent.delivery == Delivery.PENDING,
    )
    for event_id in tx.db.exec(waiting).all():
        if event_id is not None:
            tx.look_at(WorkKind.WRITE, event_id)
    try_again(tx, col(WantedEvent.connection_id) == connection.id)


def _notice(
    tx: Transaction, connections: Sequence[Connection], reads: Mapping[int, Busy], read_at: datetime
) -> frozenset[int]:
    """Compare our own events with what was delivered before the read began; of whom sessions are marked for it now."""
    touched: set[int] = set()
    rows = tx.db.exec(
        select(WantedEvent, Session)
        .join(Session, col(Session.id) == col(WantedEvent.session_id))
        .where(
            WantedEvent.tenant_id == tx.tenant_id,
            col(WantedEvent.connection_id).in_([connection.id for connection in connections]),
            WantedEvent.delivery == Delivery.DELIVERED,
            col(WantedEvent.delivered_at) <= read_at,
            WantedEvent.ends > tx.now,
        )
    ).all()
    found: dict[tuple[int, str], list[OwnEvent]] = {}
    for connection_id, busy in reads.items():
        for own in busy.own:
            found.setdefault((connection_id, own.session), []).append(own)
    for row, session in rows:
        busy = reads[row.connection_id]
        if not busy.window[0] * 60 <= row.starts.timestamp() < busy.window[1] * 60:
            continue
        events = found.get((row.connection_id, session.code), [])
        if row.wanted is Wanted.ABSENT or len(events) > 1:
            if events:
                _write_again(tx, row)
        elif _flag(tx, session, row, events):
            touched.add(row.person_id)
    return frozenset(touched)


def _write_again(tx: Transaction, row: WantedEvent) -> None:
    """The calendar holds an entry too many: the worker shall put that right."""
    assert row.id is not None
    row.delivery = Delivery.PENDING
    tx.db.add(row)
    tx.look_at(WorkKind.WRITE, row.id)


def _flag(tx: Transaction, session: Session, row: WantedEvent, events: Iterable[OwnEvent]) -> bool:
    """Mark a session whose event was deleted or moved in the calendar; unmark it once the event is back in place.

    Whether it is marked now and was not so before.
    """
    event = next(iter(events), None)
    whose = PartyName.COACH if row.person_id == session.coach_id else PartyName.AGENT
    where = f"in the {whose.value}'s {row.provider.label} calendar."  # both may have one of the same provider
    if event is None:
        details = f"The event was deleted {where}"
    elif (event.starts, event.ends) != (row.starts, row.ends):
        details = f"The event was moved {where}"
    else:
        if session.attention is Attention.EVENT_CHANGED and session.attention_details.endswith(where):
            session.attention, session.attention_details, session.best_at = None, "", None
            tx.db.add(session)
            tx.changed(Topic.COACHING)
        return False
    if session.attention not in (None, Attention.EVENT_CHANGED) or session.attention_details == details:
        return False
    session.attention, session.attention_details = Attention.EVENT_CHANGED, details
    tx.db.add(session)
    tx.audit(Verb.SESSION_FLAGGED, f"session:{session.code}", reason=Attention.EVENT_CHANGED.value)
    tx.changed(Topic.COACHING)
    return True


def _id(connection: Connection) -> int:
    assert connection.id is not None
    return connection.id

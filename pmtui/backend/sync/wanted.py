"""What the calendars should hold of a session: rows written in the session's own transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from pmtui.backend.states import Delivery, Provider, SessionState, TeamRole, Topic, Wanted, WorkKind
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts

UNDELIVERED_AFTER = timedelta(days=1)
"""How long an event may wait to be written before that is somebody's business."""

_KEPT = (SessionState.SCHEDULED, SessionState.DONE, SessionState.MISSED)
_PREVIOUS = aliased(Connection)


def want(tx: Transaction, session: Session) -> None:
    """Make the wanted events of `session` follow from its state and its people's calendars, now.

    Scheduled sessions are wanted in every connected calendar; sessions that ended otherwise are wanted
    nowhere. Whatever differs from what was delivered is given to the worker. Safe to repeat.
    """
    tx.db.flush()
    assert session.id is not None
    rows = {row.person_id: row for row in _rows(tx, session.id)}
    people = _people(tx, session.id)
    connections = facts.connections_that_count(tx, people.keys())
    for person_id in people:
        others = [name for other, name in people.items() if other != person_id]
        _want_of(tx, session, person_id, others[0], rows.get(person_id), connections.get(person_id))


def want_upcoming(tx: Transaction, *connections: Connection) -> None:
    """Let these live calendars hold what is ahead of their people: a few queries, however many they are.

    Scheduled sessions that are not wanted there yet become so; events that were left behind when the same account
    was connected before, and are not wanted any more, are taken up again to be removed.
    """
    ids = [connection.id for connection in connections]
    sessions = {session.id: session for session in (*_not_wanted_yet(tx, ids), *_left_behind(tx, ids))}
    for session_id in sorted(sessions, key=lambda found: found or 0):
        want(tx, sessions[session_id])


def want_gone(tx: Transaction, seen: Mapping[int, Collection[str]]) -> None:
    """Have events removed that stand in a calendar though their session is off and the calendar's row is elsewhere.

    So it is when a person changed to another calendar and back, and the session was cancelled between. `seen` are the
    codes of the sessions whose events were found, by connection id.
    """
    codes = {code for some in seen.values() for code in some}
    if not codes:
        return
    own = (col(WantedEvent.session_id) == col(Session.id)) & (col(WantedEvent.person_id) == col(Participant.person_id))
    rows = tx.db.exec(
        select(Session, Connection, WantedEvent)
        .join(Participant, col(Participant.session_id) == col(Session.id))
        .join(Connection, col(Connection.person_id) == col(Participant.person_id))
        .join(WantedEvent, own, isouter=True)
        .where(
            Session.tenant_id == tx.tenant_id,
            col(Session.code).in_(codes),
            col(Session.state).not_in(_KEPT),
            Session.ends > tx.now,
            col(Connection.id).in_(seen),
            or_(col(WantedEvent.id).is_(None), col(WantedEvent.connection_id) != col(Connection.id)),
        )
    ).all()
    for session, connection, known in rows:
        assert connection.id is not None
        if session.code in seen[connection.id]:
            _remove_from(tx, session, connection, known)


def _remove_from(tx: Transaction, session: Session, connection: Connection, known: WantedEvent | None) -> None:
    row = known or _new_row(tx, session, connection.person_id, connection)
    assert connection.id is not None
    row.connection_id, row.provider, row.provider_id = connection.id, connection.provider, None
    row.wanted, row.delivery, row.delivered_at = Wanted.ABSENT, Delivery.PENDING, None
    tx.db.add(row)
    tx.db.flush()
    assert row.id is not None
    tx.look_at(WorkKind.WRITE, row.id)


def try_again(tx: Transaction, *which: ColumnElement[bool]) -> None:
    """Have the worker try again what was refused and is `which`: something has changed that may help."""
    refused = select(WantedEvent).where(
        WantedEvent.tenant_id == tx.tenant_id,
        WantedEvent.delivery == Delivery.REFUSED,
        WantedEvent.ends > tx.now,
        *which,
    )
    for row in tx.db.exec(refused.order_by(col(WantedEvent.id)).with_for_update()).all():
        assert row.id is not None
        row.delivery = Delivery.PENDING
        tx.db.add(row)
        tx.look_at(WorkKind.WRITE, row.id)
        tx.changed(Topic.COACHING)


def undelivered(tx: Transaction) -> ColumnElement[bool]:
    """Picks the events ahead that a connected calendar refuses, or that could not be written there for a day."""
    live = select(Connection.id).where(Connection.tenant_id == tx.tenant_id, col(Connection.ended_at).is_(None))
    since = tx.now - UNDELIVERED_AFTER
    waiting = (col(WantedEvent.delivery) == Delivery.PENDING) & (col(WantedEvent.wanted_at) <= since)
    late = or_(waiting, col(WantedEvent.delivery) == Delivery.REFUSED)
    return (col(WantedEvent.ends) > tx.now) & late & col(WantedEvent.connection_id).in_(live)


def title_of(provider: Provider, title: str, other: str) -> str:
    """An event's title: in the WFM, which others can look into, the session's title only."""
    return title if provider is Provider.WFM else f"{title}: {other}"


def _not_wanted_yet(tx: Transaction, connection_ids: Collection[int | None]) -> Iterable[Session]:
    """Scheduled sessions ahead that are not wanted in a calendar of these of one of their people."""
    there = exists().where(
        col(WantedEvent.session_id) == col(Session.id),
        col(WantedEvent.person_id) == col(Connection.person_id),
        col(WantedEvent.connection_id) == col(Connection.id),
    )
    return tx.db.exec(
        select(Session)
        .join(Participant, col(Participant.session_id) == col(Session.id))
        .join(Connection, col(Connection.person_id) == col(Participant.person_id))
        .where(
            Session.tenant_id == tx.tenant_id,
            col(Connection.id).in_(connection_ids),
            Session.state == SessionState.SCHEDULED,
            Session.starts > tx.now,
            ~there,
        )
    ).all()


def _left_behind(tx: Transaction, connection_ids: Collection[int | None]) -> Iterable[Session]:
    """Sessions with an event to be removed that was left behind in the very account of one of these calendars."""
    return tx.db.exec(
        select(Session)
        .join(WantedEvent, col(WantedEvent.session_id) == col(Session.id))
        .join(_PREVIOUS, col(_PREVIOUS.id) == col(WantedEvent.connection_id))
        .join(Connection, col(Connection.person_id) == col(WantedEvent.person_id))
        .where(
            Session.tenant_id == tx.tenant_id,
            col(Connection.id).in_(connection_ids),
            WantedEvent.wanted == Wanted.ABSENT,
            WantedEvent.delivery == Delivery.LEFT_BEHIND,
            WantedEvent.ends > tx.now,
            col(_PREVIOUS.id) != col(Connection.id),
            col(_PREVIOUS.provider) == col(Connection.provider),
            col(_PREVIOUS.external_id) == col(Connection.external_id),
        )
    ).all()


def _rows(tx: Transaction, session_id: int) -> list[WantedEvent]:
    wanted = select(WantedEvent).where(WantedEvent.tenant_id == tx.tenant_id, WantedEvent.session_id == session_id)
    return list(tx.db.exec(wanted).all())


def _people(tx: Transaction, session_id: int) -> dict[int, str]:
    rows = tx.db.exec(
        select(Participant.person_id, Person.name, Participant.role)
        .join(Person, col(Person.id) == col(Participant.person_id))
        .where(Participant.tenant_id == tx.tenant_id, Participant.session_id == session_id)
    ).all()
    return {person_id: name for person_id, name, role in sorted(rows, key=lambda row: row[2] is TeamRole.AGENT)}


def _want_of(
    tx: Transaction,
    session: Session,
    person_id: int,
    other: str,
    row: WantedEvent | None,
    connection: Connection | None,
) -> None:
    present = session.state in _KEPT
    fresh = True
    if row is None:
        if connection is None or session.state is not SessionState.SCHEDULED:
            return
        row = _new_row(tx, session, person_id, connection)
    elif connection is None or row.connection_id != connection.id:
        if not _moved(tx, row, connection, present):
            return
    else:
        fresh = row.delivery is Delivery.REFUSED
    wished = (
        Wanted.PRESENT if present else Wanted.ABSENT,
        title_of(row.provider, session.title, other),
        session.starts,
        session.ends,
        max(row.generation, session.generation),
    )
    if not fresh and wished == (row.wanted, row.title, row.starts, row.ends, row.generation):
        return
    row.wanted, row.title, row.starts, row.ends, row.generation = wished
    row.delivery, row.error_code, row.wanted_at = Delivery.PENDING, None, tx.now
    tx.db.add(row)
    tx.db.flush()
    assert row.id is not None
    tx.look_at(WorkKind.WRITE, row.id)


def _moved(tx: Transaction, row: WantedEvent, connection: Connection | None, present: bool) -> bool:
    """Lead a row whose calendar is no longer the person's to the present one; False where there is nothing to do.

    What was written in the old calendar stays behind. The same account, connected again, takes its events up
    by their ids; in another calendar a session that is still wanted is made anew.
    """
    previous = tx.db.get(Connection, row.connection_id)
    if connection is None or previous is None or not (present or _same_account(previous, connection)):
        leave_behind(tx, row, Wanted.PRESENT if present else Wanted.ABSENT)
        return False
    if not _same_account(previous, connection):
        row.provider_id = None
    assert connection.id is not None
    row.connection_id, row.provider, row.delivered_at = connection.id, connection.provider, None
    return True


def leave_behind(tx: Transaction, row: WantedEvent, wanted: Wanted) -> None:
    """The row's calendar is out of reach: an event written there is noted as left behind, else the row goes."""
    if row.delivered_at is None and row.provider_id is None:
        tx.db.delete(row)
        return
    row.wanted, row.delivery = wanted, Delivery.LEFT_BEHIND
    tx.db.add(row)


def _same_account(one: Connection, other: Connection) -> bool:
    return (one.provider, one.external_id) == (other.provider, other.external_id)


def _new_row(tx: Transaction, session: Session, person_id: int, connection: Connection) -> WantedEvent:
    assert session.id is not None
    assert connection.id is not None
    return WantedEvent(
        tenant_id=tx.tenant_id,
        session_id=session.id,
        person_id=person_id,
        connection_id=connection.id,
        provider=connection.provider,
        wanted=Wanted.PRESENT,
        title="",
        starts=session.starts,
        ends=session.ends,
        wanted_at=tx.now,
    )

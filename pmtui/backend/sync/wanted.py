"""What the calendars should hold of a session: rows written in the session's own transaction."""

from sqlmodel import col, select

from pmtui.backend.states import Delivery, Provider, SessionState, TeamRole, Wanted, WorkKind
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts

_KEPT = (SessionState.SCHEDULED, SessionState.DONE, SessionState.MISSED)


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


def want_upcoming(tx: Transaction, connection: Connection) -> None:
    """Scheduled sessions of a person that are not wanted in this, their present calendar become so."""
    missing = (
        select(Session)
        .join(Participant, col(Participant.session_id) == col(Session.id))
        .where(
            Session.tenant_id == tx.tenant_id,
            Participant.person_id == connection.person_id,
            Session.state == SessionState.SCHEDULED,
            Session.starts > tx.now,
            col(Session.id).not_in(
                select(WantedEvent.session_id).where(
                    WantedEvent.person_id == connection.person_id, WantedEvent.connection_id == connection.id
                )
            ),
        )
    )
    for session in tx.db.exec(missing).all():
        want(tx, session)


def title_of(provider: Provider, title: str, other: str) -> str:
    """An event's title: in the WFM, which others can look into, the session's title only."""
    return title if provider is Provider.WFM else f"{title}: {other}"


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

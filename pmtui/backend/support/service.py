"""Connections as support sees them: the list, one person, and a test reading. Whoever looks never sees another tenant.

Needs Support View Access or either Administer; scope limits who is shown.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, select

from pmtui.backend.actor import Actor
from pmtui.backend.config import Config
from pmtui.backend.errors import Conflict, NotFound
from pmtui.backend.people import access
from pmtui.backend.people.membership import team_named
from pmtui.backend.states import ConnectionState, Delivery, External, Verb, Wanted, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.support import choosing, gathering, standing, trail, words
from pmtui.backend.support.figures import alarms, figures
from pmtui.backend.support.known import Organisation
from pmtui.backend.support.records import (
    ConnectionsPage,
    EndedRecord,
    EventRecord,
    Filter,
    PersonDetail,
    PersonRecord,
    ReadingRecord,
    Standing,
)
from pmtui.backend.sync.wanted import undelivered
from pmtui.backend.sync.words import reason


class Connections:
    """Everybody's connections."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._app = config.microsoft_app_name

    def page(self, actor: Actor, wanted: Filter | None = None) -> ConnectionsPage:
        """The people of `wanted` (everybody in scope), with counts, alarms and figures. NotFound for an unknown team.

        A dozen queries, however many people there are.
        """
        wanted = wanted or Filter()
        with self._database.read(actor) as tx:
            access.require(tx, *trail.MAY_LOOK)
            if wanted.team is not None:
                wanted = replace(wanted, team=team_named(tx, wanted.team).name)
            organisation = gathering.organisation(tx, self._app)
            whom = gathering.everybody if wanted.agents else gathering.coaches(tx)
            everybody = self._people(tx, organisation, whom)
            counts = Counter(person.state for person in everybody)
            stored = figures(tx)
            return ConnectionsPage(
                now=tx.now,
                timezone=trail.own_clock(tx),
                people=choosing.chosen(everybody, wanted),
                counts=tuple((state, counts[state]) for state in Standing if counts[state]),
                alarms=alarms(tx, everybody, stored),
                approval=organisation.approval if organisation.external is External.OUTLOOK else None,
                figures=stored,
            )

    def person(self, actor: Actor, email: str) -> PersonDetail:
        """One person, with their events that are not as they should be, and the history.

        NotFound for nobody here, and for who neither has nor may have a connection; NotAllowed out of scope.
        """
        with self._database.read(actor) as tx:
            person_id = _found(tx, email)
            shown = self._one(tx, person_id)
            return PersonDetail(
                now=tx.now,
                shown_timezone=trail.own_clock(tx),
                person=shown,
                ended=_ended(tx, person_id) if shown.provider is None else None,
                events=_events(tx, person_id),
                history=trail.of_person(tx, person_id, self._app),
            )

    @repeated
    def test(self, actor: Actor, email: str) -> ReadingRecord:
        """Have the worker read this person's calendar once, now; `test_result` says how it went.

        Raises as `person` does, and Conflict where nothing is connected.
        """
        with self._database.write(actor) as tx:
            person_id = _found(tx, email)
            connection = _live(tx, person_id)
            assert connection.id is not None
            tx.look_at(WorkKind.READ, connection.id)
            tx.audit(Verb.CALENDAR_TESTED, f"person:{person_id}", provider=connection.provider.value)
            tx.db.flush()
            return self._tested(tx, person_id, connection, tx.now)

    def test_result(self, actor: Actor, email: str, asked_at: datetime) -> ReadingRecord:
        """How the test reading stands that was asked for at `asked_at`."""
        with self._database.read(actor) as tx:
            person_id = _found(tx, email)
            return self._tested(tx, person_id, _live(tx, person_id), asked_at)

    def _people(self, tx: Transaction, organisation: Organisation, whom: gathering.Whom) -> list[PersonRecord]:
        people = gathering.people(tx, organisation, whom)
        rest = gathering.rest(tx, whom)
        return [standing.record(tx.now, known, organisation, rest, self._app) for known in people]

    def _one(self, tx: Transaction, person_id: int) -> PersonRecord:
        found = self._people(tx, gathering.organisation(tx, self._app), gathering.only(person_id))
        if not found:
            person = tx.db.get_one(Person, person_id)
            why = "is disabled" if person.disabled_at is not None else "neither coaches nor can be linked to the WFM"
            raise NotFound("no_connection", f"{person.name} {why}.", "pmtui people list shows what they may do.")
        return found[0]

    def _tested(self, tx: Transaction, person_id: int, connection: Connection, asked_at: datetime) -> ReadingRecord:
        """A reading is over when a good one began after it was asked for, or when the worker has put it off or away."""
        work = tx.db.exec(
            select(Work).where(
                Work.tenant_id == tx.tenant_id, Work.kind == WorkKind.READ, Work.subject == connection.id
            )
        ).first()
        ok = connection.last_read_at is not None and connection.last_read_at >= asked_at
        failed = work is None or (work.leased_until is None and work.attempts > 0)
        person, trouble = tx.db.get_one(Person, person_id), None
        if failed and not ok:
            code = connection.error_code or (work.last_error if work is not None else None)
            fallback = ConnectionState.NEEDS_RECONNECTING.value
            trouble = words.reading(connection.provider, code or fallback, connection.failing_since_at)
        return ReadingRecord(
            email=person.email,
            name=person.name,
            provider=connection.provider,
            asked_at=asked_at,
            finished=ok or failed,
            ok=ok,
            read_at=connection.last_read_at,
            trouble=trouble,
        )


def _found(tx: Transaction, email: str) -> int:
    """The id of the person with this address, whom the actor may look at."""
    access.require(tx, *trail.MAY_LOOK)
    person_id = access.find(tx, email).id
    assert person_id is not None
    access.require_in_scope(tx, person_id)
    return person_id


def _live(tx: Transaction, person_id: int) -> Connection:
    row = tx.db.exec(
        select(Connection).where(
            Connection.tenant_id == tx.tenant_id, Connection.person_id == person_id, col(Connection.ended_at).is_(None)
        )
    ).first()
    if row is None:
        name = tx.db.get_one(Person, person_id).name
        raise Conflict("not_connected", f"{name} has no calendar connected.", "There is nothing to read.")
    return row


def _ended(tx: Transaction, person_id: int) -> EndedRecord | None:
    row = tx.db.exec(
        select(Connection, Person.name)
        .join(Person, col(Person.id) == col(Connection.ended_by_id), isouter=True)
        .where(
            Connection.tenant_id == tx.tenant_id,
            Connection.person_id == person_id,
            col(Connection.ended_at).is_not(None),
        )
        .order_by(col(Connection.ended_at).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    connection, name = row
    assert connection.ended_at is not None
    assert connection.ended_why is not None
    by = name if connection.ended_by_id != person_id else None
    return EndedRecord(connection.provider, connection.account, connection.ended_at, connection.ended_why, by)


def _events(tx: Transaction, person_id: int) -> tuple[EventRecord, ...]:
    """Events ahead that are undelivered or left behind, by start; the session's code, never its title."""
    left_behind = (col(WantedEvent.delivery) == Delivery.LEFT_BEHIND) & (col(WantedEvent.ends) > tx.now)
    rows = tx.db.exec(
        select(WantedEvent, Session.code)
        .join(Session, col(Session.id) == WantedEvent.session_id)
        .where(
            WantedEvent.tenant_id == tx.tenant_id,
            WantedEvent.person_id == person_id,
            undelivered(tx) | left_behind,
        )
        .order_by(col(WantedEvent.starts), col(WantedEvent.id))
    ).all()
    return tuple(
        EventRecord(
            session=code,
            starts_at=row.starts,
            provider=row.provider,
            wanted=row.wanted is Wanted.PRESENT,
            delivery=row.delivery,
            since_at=row.wanted_at,
            code=row.error_code or "",
            reason=reason(row.error_code or ""),
        )
        for row, code in rows
    )

"""The organisation's WFM service: whether it works, and agents' links to it by email."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete
from sqlmodel import col, select

from pmtui.backend.actor import worker
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.calendars.wfm import NO_ACTIVITY
from pmtui.backend.errors import PmtuiError
from pmtui.backend.states import ConnectionState, Permission, Provider, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import CalendarAccess, Connection, WfmService
from pmtui.backend.storage.tables.people import Person, PersonPermission, Tenant
from pmtui.backend.storage.tables.sync import CalendarFacts, WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.opening import Link, link_of
from pmtui.backend.sync.wanted import try_again

_AT_ONCE = 200  # people linked in one transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of the organisation's WFM: `on`, whether its agents are to be linked."""

    on: bool


def wanted(tx: Transaction) -> Wanted | None:
    """See `Wanted`; None for an organisation without a WFM service."""
    if tx.db.exec(select(WfmService.tenant_id).where(WfmService.tenant_id == tx.tenant_id)).first() is None:
        return None
    return Wanted(_is_on(tx))


@repeated
def note_service(database: Database, tenant_id: int, error: PmtuiError | None) -> None:
    """Note how the last call with the organisation's token went; what is only temporary says nothing about it."""
    if isinstance(error, Temporary):
        return
    with database.write(worker(tenant_id)) as tx:
        row = tx.db.exec(select(WfmService).where(WfmService.tenant_id == tenant_id).with_for_update()).first()
        if row is None:
            return
        if row.works is not (error is None) or row.checked_at is None:
            tx.changed(Topic.INTEGRATIONS)
            if error is None:  # set anew, or repaired: what the WFM refused it may take now
                try_again(tx, col(WantedEvent.provider) == Provider.WFM)
        row.works, row.checked_at = error is None, tx.now
        tx.db.add(row)


@repeated
def note_activity(database: Database, tenant_id: int) -> None:
    """The WFM has an activity for sessions: what was refused only for want of one is tried again."""
    with database.write(worker(tenant_id)) as tx:
        try_again(tx, col(WantedEvent.provider) == Provider.WFM, col(WantedEvent.error_code) == NO_ACTIVITY)


def connect_agents(database: Database, tenant_id: int, people: Mapping[str, str]) -> int:
    """Link everybody the WFM knows by email who has no calendar and no Coach View Access; how many that were.

    `people` are the WFM's person ids by email (lower case). Who was linked under an id that the WFM no longer
    knows is led to the new one.
    """
    _correct(database, tenant_id, people)
    with database.read(worker(tenant_id)) as tx:
        ids = sorted(person_id for person_id, email in _unlinked(tx) if email in people)
    return sum(
        _connect(database, tenant_id, ids[first : first + _AT_ONCE], people) for first in range(0, len(ids), _AT_ONCE)
    )


@repeated
def _correct(database: Database, tenant_id: int, people: Mapping[str, str]) -> None:
    """Lead automatic links that failed for good to the id under which the WFM knows the address by now."""
    with database.write(worker(tenant_id)) as tx:
        failed = tx.db.exec(
            select(Connection, Person.email)
            .join(Person, col(Person.id) == col(Connection.person_id))
            .where(
                Connection.tenant_id == tenant_id,
                Connection.provider == Provider.WFM,
                Connection.state == ConnectionState.NEEDS_RECONNECTING,
                col(Connection.automatic),
                col(Connection.ended_at).is_(None),
            )
        ).all()
        for row, email in failed:
            if people.get(email, row.external_id) != row.external_id:
                row.external_id, row.connected_at, row.state = people[email], tx.now, ConnectionState.READY
                row.failing_since_at = row.error_code = None
                tx.db.add(row)
                tx.db.execute(delete(CalendarFacts).where(col(CalendarFacts.person_id) == row.person_id))
                tx.audit(Verb.CONNECTED, f"person:{row.person_id}", provider=Provider.WFM.value)
                tx.changed(Topic.INTEGRATIONS, Topic.COACHING)


def wfm_links(database: Database, tenant_id: int) -> list[Link]:
    """Every live WFM connection of the organisation."""
    with database.read(worker(tenant_id)) as tx:
        rows = tx.db.exec(
            select(Connection, Person.timezone, Tenant.timezone)
            .join(Person, col(Person.id) == col(Connection.person_id))
            .join(Tenant, col(Tenant.id) == col(Connection.tenant_id))
            .where(
                Connection.tenant_id == tenant_id,
                Connection.provider == Provider.WFM,
                col(Connection.ended_at).is_(None),
            )
            .order_by(col(Connection.id))
        ).all()
        return [link_of(row, own or tenants) for row, own, tenants in rows]


@repeated
def _connect(database: Database, tenant_id: int, person_ids: Collection[int], people: Mapping[str, str]) -> int:
    """One transaction: everything is looked at again in it, since access may be sent or a person change any time."""
    with database.write(worker(tenant_id)) as tx:
        if not _is_on(tx, lock=True):
            return 0
        linked = 0
        for person_id, email in _unlinked(tx, col(Person.id).in_(person_ids)):
            if email in people:
                tx.db.add(_link(tx, person_id, email, people[email]))
                tx.audit(Verb.CONNECTED, f"person:{person_id}", provider=Provider.WFM.value)
                linked += 1
        if linked:
            tx.changed(Topic.INTEGRATIONS, Topic.COACHING)
        return linked


def _is_on(tx: Transaction, *, lock: bool = False) -> bool:
    """Whether WFM access is sent and on. Locked, it stays so until the transaction ends."""
    query = select(CalendarAccess).where(CalendarAccess.tenant_id == tx.tenant_id)
    row = tx.db.exec(query.with_for_update() if lock else query).first()
    return row is not None and row.wfm and row.sent_at is not None


def _unlinked(tx: Transaction, *conditions: ColumnElement[bool]) -> list[tuple[int, str]]:
    """Id and email of the people who would be linked if the WFM knows them."""
    coaches = select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id, PersonPermission.permission == Permission.COACH
    )
    connected = select(Connection.person_id).where(
        Connection.tenant_id == tx.tenant_id, col(Connection.ended_at).is_(None)
    )
    rows = tx.db.exec(
        select(Person.id, Person.email).where(
            Person.tenant_id == tx.tenant_id,
            col(Person.disabled_at).is_(None),
            col(Person.id).not_in(coaches),
            col(Person.id).not_in(connected),
            *conditions,
        )
    ).all()
    return [(person_id, email) for person_id, email in rows if person_id is not None]


def _link(tx: Transaction, person_id: int, email: str, external_id: str) -> Connection:
    return Connection(
        tenant_id=tx.tenant_id,
        person_id=person_id,
        uid=secrets.token_hex(16),
        provider=Provider.WFM,
        account=email,
        external_id=external_id,
        automatic=True,
        connected_at=tx.now,
    )

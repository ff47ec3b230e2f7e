"""What sending calendar access would do, in numbers: two queries, however many people."""

from collections import Counter

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from pmtui.backend.integrations.records import Access, Consequences
from pmtui.backend.states import Permission, Provider
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person, PersonPermission
from pmtui.backend.storage.transaction import Transaction


def removed(access: Access) -> tuple[Provider, ...]:
    """The calendars that `access` does not allow, in a fixed order."""
    return tuple(provider for provider in Provider if not access.allows(provider))


def live_of(tx: Transaction, providers: tuple[Provider, ...]) -> ColumnElement[bool]:
    """The condition that picks the tenant's live connections to these calendars."""
    return (
        (col(Connection.tenant_id) == tx.tenant_id)
        & col(Connection.ended_at).is_(None)
        & col(Connection.provider).in_(providers)
    )


def consequences(tx: Transaction, access: Access) -> Consequences:
    """What would happen if `access` were sent now. Links of people without Coach View Access count as agents'."""
    coach = (
        select(PersonPermission.person_id)
        .where(PersonPermission.tenant_id == tx.tenant_id, PersonPermission.permission == Permission.COACH)
        .scalar_subquery()
    )
    coaches = col(Connection.person_id).in_(coach)
    rows = tx.db.exec(
        select(Connection.provider, coaches, func.count())
        .where(live_of(tx, removed(access)))
        .group_by(col(Connection.provider), coaches)
    ).all()
    ended: Counter[Provider] = Counter()
    agents = 0
    for provider, coaching, count in rows:
        if coaching:
            ended[Provider(provider)] += count
        else:
            agents += count
    return Consequences(
        ended=tuple((provider, ended[provider]) for provider in Provider if ended[provider]),
        agents=agents,
        asked=_asked(tx, access),
    )


def _asked(tx: Transaction, access: Access) -> int:
    """Coaches who may connect and would have no connection: those who will see the banner."""
    allowed = tuple(provider for provider in Provider if access.allows(provider))
    if not allowed:
        return 0
    keeps = select(Connection.person_id).where(live_of(tx, allowed))
    return tx.db.exec(
        select(func.count())
        .select_from(PersonPermission)
        .join(Person, col(Person.id) == PersonPermission.person_id)
        .where(
            PersonPermission.tenant_id == tx.tenant_id,
            PersonPermission.permission == Permission.COACH,
            col(Person.disabled_at).is_(None),
            col(PersonPermission.person_id).not_in(keeps),
        )
    ).one()

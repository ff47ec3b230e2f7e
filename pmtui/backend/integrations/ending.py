"""Ending connections, one or thousands: a handful of statements in the caller's transaction."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, insert, not_, or_, select, update
from sqlmodel import col

from pmtui.backend.signin import grants
from pmtui.backend.states import Delivery, EndedWhy, Outcome, Topic, Verb, Wanted, WorkKind
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.tables.sync import CalendarFacts, WantedEvent, Work
from pmtui.backend.storage.transaction import Transaction

SHOWN = (Topic.INTEGRATIONS, Topic.AVAILABILITY, Topic.COACHING)
"""Where an ended or new connection is seen."""

_AT_ONCE = 5_000  # ids in one statement; both databases take many more parameters


def end(tx: Transaction, which: ColumnElement[bool], why: EndedWhy) -> int:
    """End the live connections of the tenant that `which` picks; how many.

    Their tokens and what was known of the calendars are wiped; Google's tokens move on, to be revoked. What is written
    in the calendars stays there and is noted as left behind. Sessions stay as they are.
    """
    tx.db.flush()
    ended = tx.db.execute(
        update(Connection)
        .where(col(Connection.tenant_id) == tx.tenant_id, col(Connection.ended_at).is_(None), which)
        .values(ended_at=tx.now, ended_why=why, ended_by_id=tx.actor.person_id)
        .returning(col(Connection.id), col(Connection.person_id), col(Connection.provider))
        .execution_options(synchronize_session=False)
    ).all()
    if not ended:
        return 0
    ids = [connection_id for connection_id, _, _ in ended]
    for start in range(0, len(ids), _AT_ONCE):
        _wipe(tx, ids[start : start + _AT_ONCE])
    tx.db.execute(
        insert(AuditEntry),
        [
            {
                "tenant_id": tx.tenant_id,
                "at": tx.now,
                "actor": tx.actor.kind,
                "person_id": tx.actor.person_id,
                "surface": tx.actor.surface,
                "verb": Verb.DISCONNECTED,
                "subject": f"person:{person_id}",
                "outcome": Outcome.OK,
                "details": {"provider": provider.value, "why": why.value},
            }
            for _, person_id, provider in ended
        ],
    )
    tx.db.expire_all()  # rows read before don't know yet
    tx.changed(*SHOWN)
    return len(ended)


def _wipe(tx: Transaction, ids: Sequence[int]) -> None:
    events = col(WantedEvent.connection_id).in_(ids)
    event_ids = select(col(WantedEvent.id)).where(events)
    grants.hand_over(tx, ids)
    tx.db.execute(delete(ConnectionToken).where(col(ConnectionToken.connection_id).in_(ids)))
    tx.db.execute(delete(CalendarFacts).where(col(CalendarFacts.connection_id).in_(ids)))
    tx.db.execute(
        delete(Work).where(
            or_(
                and_(col(Work.kind) == WorkKind.READ, col(Work.subject).in_(ids)),
                and_(col(Work.kind) == WorkKind.WRITE, col(Work.subject).in_(event_ids)),
            )
        )
    )
    refused = and_(
        col(WantedEvent.delivery) == Delivery.REFUSED,
        col(WantedEvent.delivered_at).is_(None),
        col(WantedEvent.provider_id).is_(None),
    )  # never stood in the calendar; everything else does, or may
    tx.db.execute(
        update(WantedEvent)
        .where(
            events,
            or_(
                and_(col(WantedEvent.wanted) == Wanted.PRESENT, col(WantedEvent.ends) > tx.now, not_(refused)),
                and_(col(WantedEvent.wanted) == Wanted.ABSENT, col(WantedEvent.delivery) != Delivery.DELIVERED),
            ),
        )
        .values(delivery=Delivery.LEFT_BEHIND)
        .execution_options(synchronize_session=False)
    )

"""Making calendars hold what is wanted of sessions: exactly one event a session and calendar, whatever crashes.

Safe to repeat from any point: the calendar is looked at before anything is made, and every id follows from the
session and the generation.
"""

import asyncio
from dataclasses import dataclass

from sqlmodel import select

from pmtui.backend.actor import worker
from pmtui.backend.calendars.protocol import Event, Refused, Vanished
from pmtui.backend.errors import NeedsReconnecting, PmtuiError
from pmtui.backend.slots.values import PartyName
from pmtui.backend.states import Delivery, Outcome, Topic, Verb, Wanted
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import reading
from pmtui.backend.sync.opening import Link, Opening, live_link
from pmtui.backend.sync.wanted import leave_behind


@dataclass(frozen=True, slots=True)
class _Job:
    """One wanted event as it stood when work on it began."""

    event_id: int
    link: Link
    wanted: Wanted
    event: Event


class Writer:
    """Delivers wanted events."""

    def __init__(self, database: Database, opening: Opening) -> None:
        self._database = database
        self._opening = opening

    async def write(self, tenant_id: int, event_id: int) -> None:
        """Make the calendar hold what this wanted event says, and note it. Safe to repeat.

        What the calendar refuses is noted and not tried again. Raises what may go better later.
        """
        job = await asyncio.to_thread(self._begin, tenant_id, event_id)
        if job is None:
            return
        try:
            provider_id = await self._deliver(job)
        except Refused as error:
            await asyncio.to_thread(self._refused, job, error)
        except PmtuiError as error:
            await asyncio.to_thread(self._failed, job, error)
            raise
        else:
            await asyncio.to_thread(self._delivered, job, provider_id)

    async def _deliver(self, job: _Job) -> str | None:
        calendar = await self._opening.calendar(job.link)
        if job.wanted is Wanted.PRESENT:
            return await calendar.put(job.event)
        await calendar.remove(job.event)
        return None

    @repeated
    def _begin(self, tenant_id: int, event_id: int) -> _Job | None:
        """What there is to do; None if nothing. An event whose calendar is out of reach is left behind here."""
        with self._database.write(worker(tenant_id)) as tx:
            row = _row(tx, event_id)
            if row is None or row.delivery is not Delivery.PENDING:
                return None
            link = live_link(tx, row.connection_id)
            if link is None:
                leave_behind(tx, row, row.wanted)
                tx.changed(Topic.COACHING)
                return None
            session = tx.db.get_one(Session, row.session_id)
            whose = PartyName.COACH if row.person_id == session.coach_id else PartyName.AGENT
            event = Event(session.code, whose, row.generation, row.title, row.starts, row.ends, row.provider_id)
            return _Job(event_id, link, row.wanted, event)

    @repeated
    def _delivered(self, job: _Job, provider_id: str | None) -> None:
        with self._database.write(worker(job.link.tenant_id)) as tx:
            row = _row(tx, job.event_id)
            if row is None:
                return
            if row.connection_id != job.link.connection_id:
                return  # led to another calendar meanwhile: what was written stays behind in the old one
            row.provider_id = provider_id
            tx.db.add(row)
            if not _unchanged(row, job):
                return  # wanted differently meanwhile: the same transaction asked to look again
            row.delivered_at, row.error_code = tx.now, None
            if row.delivery is not Delivery.LEFT_BEHIND or job.wanted is Wanted.ABSENT:
                row.delivery = Delivery.DELIVERED  # disconnected meanwhile, only what is gone is not left behind
            verb = Verb.EVENT_WRITTEN if job.wanted is Wanted.PRESENT else Verb.EVENT_REMOVED
            tx.audit(verb, f"session:{job.event.session}", provider=job.link.provider.value, person_id=row.person_id)
            tx.changed(Topic.COACHING)

    @repeated
    def _refused(self, job: _Job, error: Refused) -> None:
        with self._database.write(worker(job.link.tenant_id)) as tx:
            row = _row(tx, job.event_id)
            if row is None or row.delivery is not Delivery.PENDING or not _unchanged(row, job):
                return
            row.delivery, row.error_code = Delivery.REFUSED, error.code
            tx.db.add(row)
            tx.audit(
                Verb.EVENT_WRITTEN if job.wanted is Wanted.PRESENT else Verb.EVENT_REMOVED,
                f"session:{job.event.session}",
                Outcome.REFUSED,
                provider=job.link.provider.value,
                person_id=row.person_id,
                code=error.code,
            )
            tx.changed(Topic.COACHING)

    @repeated
    def _failed(self, job: _Job, error: PmtuiError) -> None:
        """Note why it did not work yet; an event somebody deleted gets a new generation, to be made once more."""
        with self._database.write(worker(job.link.tenant_id)) as tx:
            row = _row(tx, job.event_id)
            if row is not None:
                if isinstance(error, Vanished) and row.generation == job.event.generation:
                    row.generation += 1
                if row.error_code != error.code:
                    tx.changed(Topic.COACHING)
                row.error_code = error.code
                tx.db.add(row)
            if isinstance(error, NeedsReconnecting):
                reading.fail(tx, job.link, error)


def _row(tx: Transaction, event_id: int) -> WantedEvent | None:
    return tx.db.exec(
        select(WantedEvent).where(WantedEvent.tenant_id == tx.tenant_id, WantedEvent.id == event_id).with_for_update()
    ).first()


def _unchanged(row: WantedEvent, job: _Job) -> bool:
    """Whether the event is still wanted as it was when work on it began."""
    event = job.event
    return (row.connection_id, row.wanted, row.title, row.starts, row.ends, row.generation) == (
        job.link.connection_id,
        job.wanted,
        event.title,
        event.starts,
        event.ends,
        event.generation,
    )

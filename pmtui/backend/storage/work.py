"""Taking what is due from the table `work`, and putting it back.

A claim is a lease: one conditional UPDATE that only one worker wins. Whoever dies keeps nothing: a lease
that has run out is simply claimed again. While a thing is leased its `due_at` stands at the end of time, so
that a `look_at` made meanwhile moves it forward and is still there when the work is handed back.

Leases go by the database's clock, which all machines share: none takes another's work because its own clock is
wrong. When a thing is due goes by the injected clock, as all that follows from the tables does.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlmodel import col, select

from pmtui.backend.actor import worker
from pmtui.backend.states import WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction

LEASE = timedelta(minutes=2)
"""How long a claim lasts unless it is renewed."""

LONGEST_WAIT = timedelta(hours=1)
_FIRST_WAIT = timedelta(seconds=2)
_NOT_DUE = datetime(9999, 1, 1, tzinfo=UTC)

WAITS_SINCE = func.coalesce(col(Work.leased_until), col(Work.due_at))
"""From when on a thing waits to be taken: since it is due, or since the lease of whoever did not come back ran out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to look at, leased to `holder`. `attempts` counts this try, 1 for the first."""

    work_id: int
    tenant_id: int
    kind: WorkKind
    subject: int
    attempts: int
    holder: str


@repeated
def due(database: Database) -> frozenset[WorkKind]:
    """The kinds of which something is due. Only reads, so that an idle worker takes no lock."""
    with database.read(worker()) as tx:
        kinds = tx.db.exec(select(Work.kind).where(waiting(tx)).distinct()).all()
        return frozenset(WorkKind(kind) for kind in kinds)


@repeated
def claim(database: Database, holder: str, limit: int, kinds: Collection[WorkKind] = ()) -> tuple[Claim, ...]:
    """Lease to `holder` up to `limit` things that are due, of `kinds` (all of them if empty), the oldest first.

    `holder` must be unique to the process.
    """
    with database.write(worker()) as tx:
        free = waiting(tx)
        claimed = [_take(tx, holder, work_id, free) for work_id in _due(tx, limit, kinds, free)]
        return tuple(claim for claim in claimed if claim is not None)


@repeated
def renew(database: Database, claimed: Claim) -> bool:
    """Lease it for another `LEASE`. False when the lease was lost: stop working on it."""
    with database.write(worker()) as tx:
        held = update(Work).where(*_ours(claimed)).values(leased_until=tx.database_now() + LEASE)
        return bool(tx.db.connection().execute(held).rowcount)


@repeated
def done(database: Database, claimed: Claim, again_at: datetime | None = None) -> None:
    """The thing was looked at: gone, or due again at `again_at`, or sooner if somebody has asked meanwhile."""
    with database.write(worker()) as tx:
        # Locked first: who asks in this very moment is waited for, and seen below.
        tx.db.exec(select(Work.id).where(*_ours(claimed)).with_for_update()).all()
        if again_at is not None:
            tx.db.execute(update(Work).where(*_ours(claimed), col(Work.due_at) > again_at).values(due_at=again_at))
        asked_again = update(Work).where(*_ours(claimed), col(Work.due_at) < _NOT_DUE)
        tx.db.execute(asked_again.values(leased_until=None, leased_by=None, attempts=0, last_error=None))
        tx.db.execute(delete(Work).where(*_ours(claimed)))


@repeated
def retry_later(
    database: Database,
    claimed: Claim,
    error_code: str,
    *,
    retry_at: datetime | None = None,
    chance: Callable[[], float] = random.random,
) -> datetime:
    """It failed with `error_code`: look again after a wait that doubles with each try, up to an hour, and is jittered.

    `retry_at` (aware) is the earliest that makes sense. Returns when it is due; sooner if somebody asked meanwhile.
    """
    with database.write(worker()) as tx:
        due_at = max(tx.now + backoff(claimed.attempts, chance), retry_at or tx.now)
        released = update(Work).where(*_ours(claimed))
        tx.db.execute(released.where(col(Work.due_at) == _NOT_DUE).values(due_at=due_at))
        tx.db.execute(released.values(leased_until=None, leased_by=None, last_error=error_code))
        return due_at


@repeated
def release(database: Database, claimed: Claim) -> None:
    """Hand it back unfinished and due at once: a worker that stops."""
    with database.write(worker()) as tx:
        tx.db.execute(
            update(Work)
            .where(*_ours(claimed))
            .values(due_at=tx.now, leased_until=None, leased_by=None, attempts=claimed.attempts - 1)
        )


def backoff(attempts: int, chance: Callable[[], float] = random.random) -> timedelta:
    """How long to wait after the `attempts`-th failure: doubling from 2 s to an hour, between half and all of it."""
    longest = min(_FIRST_WAIT * (1 << min(attempts, 20)), LONGEST_WAIT)
    return longest / 2 + longest / 2 * chance()


def waiting(tx: Transaction, since: timedelta = timedelta()) -> ColumnElement[bool]:
    """What waits to be taken, for as long as `since`: due and not leased, or leased by somebody who did not come back.

    Read the database's clock once for a transaction: keep the answer.
    """
    free = and_(col(Work.leased_until).is_(None), col(Work.due_at) <= tx.now - since)
    return or_(free, col(Work.leased_until) <= tx.database_now() - since)


def _due(tx: Transaction, limit: int, kinds: Collection[WorkKind], free: ColumnElement[bool]) -> list[int]:
    wanted = select(Work.id).where(free)
    if kinds:
        wanted = wanted.where(col(Work.kind).in_(kinds))
    # Whoever asks at the same moment passes over what this one is taking, and takes the next instead.
    first = wanted.order_by(col(Work.due_at), col(Work.id)).limit(limit).with_for_update(skip_locked=True)
    return [found for found in tx.db.exec(first).all() if found]


def _take(tx: Transaction, holder: str, work_id: int, free: ColumnElement[bool]) -> Claim | None:
    until = tx.database_now() + LEASE
    row = tx.db.execute(
        update(Work)
        .where(col(Work.id) == work_id, free)
        .values(leased_until=until, leased_by=holder, due_at=_NOT_DUE, attempts=col(Work.attempts) + 1)
        .returning(col(Work.tenant_id), col(Work.kind), col(Work.subject), col(Work.attempts))
    ).one_or_none()
    if row is None:
        return None
    tenant_id, kind, subject, attempts = row
    return Claim(work_id, tenant_id, WorkKind(kind), subject, attempts, holder)


def _ours(claimed: Claim) -> tuple[ColumnElement[bool], ...]:
    return col(Work.id) == claimed.work_id, col(Work.leased_by) == claimed.holder

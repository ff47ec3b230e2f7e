"""Figures per organisation and provider: what the worker counted, added up in one small table."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import case, delete
from sqlmodel import col

from pmtui.backend.actor import worker
from pmtui.backend.calendars.tally import Count, Key, Tally
from pmtui.backend.errors import PmtuiError
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.sync import ProviderCalls

KEPT = timedelta(days=2)
"""How long figures are kept."""

_log = logging.getLogger(__name__)


async def keep(database: Database, tally: Tally) -> None:
    """Store what was counted since the last time. What can't be stored now is counted on, and stored the next time."""
    counts = tally.take()
    if not counts:
        return
    try:
        await asyncio.to_thread(add, database, counts)
    except Exception as error:  # figures never stop the worker
        tally.give_back(counts)
        said = error.line if isinstance(error, PmtuiError) else type(error).__name__
        _log.warning("figures can't be stored now: %s", said)


@repeated
def add(database: Database, counts: Mapping[Key, Count]) -> None:
    """Add counts to those of whichever worker, and prune what is old."""
    with database.write(worker()) as tx:
        rows = [
            {
                "tenant_id": key.tenant_id,
                "provider": key.provider,
                "quarter_at": key.quarter_at,
                "code": key.code,
                "calls": count.calls,
                "last_at": count.last_at,
            }
            for key, count in sorted(counts.items(), key=_order)
        ]
        new = tx.insert(ProviderCalls).values(rows)
        said, stored = new.excluded, col(ProviderCalls.last_at)
        tx.db.execute(
            new.on_conflict_do_update(
                index_elements=["tenant_id", "provider", "quarter_at", "code"],
                set_={
                    "calls": ProviderCalls.calls + said.calls,
                    "last_at": case((said.last_at > stored, said.last_at), else_=stored),
                },
            )
        )
        tx.db.execute(delete(ProviderCalls).where(col(ProviderCalls.quarter_at) < tx.now - KEPT))


def _order(row: tuple[Key, Count]) -> tuple[int, str, str, str]:
    """One order for every worker, so that two never wait for each other's rows."""
    key = row[0]
    return key.tenant_id, key.provider.value, key.quarter_at.isoformat(), key.code

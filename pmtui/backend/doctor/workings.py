"""Whether a worker does what is due, what could not be done, and how each organisation's WFM answers."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import col, select

from pmtui.backend.actor import operator
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.wfm import Wfm
from pmtui.backend.config import Config
from pmtui.backend.doctor.records import Finding, ok, problem, warning
from pmtui.backend.errors import PmtuiError
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin.vault import Sealed, Vault
from pmtui.backend.states import ConnectionState
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.people import Tenant
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.backend.storage.work import WAITS_SINCE, waiting
from pmtui.backend.sync import words
from pmtui.backend.sync.wanted import undelivered

_OVERDUE = timedelta(minutes=2)
_PATIENCE_SECONDS = 15


def work(database: Database, config: Config) -> Iterator[Finding]:
    """Whether somebody looks at what is due, and what does not come right."""
    with database.read(operator()) as tx:
        overdue, oldest = tx.db.exec(
            select(func.count(), func.min(WAITS_SINCE)).where(waiting(tx, since=_OVERDUE))
        ).one()
        retrying = tx.db.exec(select(func.count()).where(col(Work.last_error).is_not(None))).one()
        states = Counter(tx.db.exec(select(Connection.state).where(col(Connection.ended_at).is_(None))).all())
        tenants = tx.db.exec(select(Tenant.id)).all()
    undelivered_events = sum(_undelivered(database, tenant_id) for tenant_id in tenants)
    if overdue:
        step = "Open the app (it runs the worker)." if config.embedded_worker else "See that `pmtui worker` runs."
        yield problem(
            "worker", f"Work that is due waits: {overdue:,}, the oldest since {oldest:%Y-%m-%d %H:%M} UTC.", step
        )
    else:
        yield ok("worker", "Nothing that is due waits.")
    if retrying:
        yield warning("worker", f"Work that failed and is tried again: {retrying:,}.", "Run: pmtui connections")
    ready = states.pop(ConnectionState.READY, 0)
    trouble = ", ".join(
        f"{count:,} {ConnectionState(state).value.replace('_', ' ')}" for state, count in sorted(states.items())
    )
    if trouble:
        yield warning("connections", f"{ready:,} ready, {trouble}.", "Run: pmtui connections")
    else:
        yield ok("connections", f"{ready:,} ready.")
    if undelivered_events:
        said = f"Not in their calendars, refused or not written for a day: {undelivered_events:,}."
        yield warning("events", said, "Run: pmtui connections")


def _undelivered(database: Database, tenant_id: int | None) -> int:
    with database.read(operator(tenant_id)) as tx:
        return tx.db.exec(select(func.count()).select_from(WantedEvent).where(undelivered(tx))).one()


async def wfm(database: Database, config: Config) -> list[Finding]:
    """Each organisation's WFM: its token opens and is accepted, and it has an activity for sessions."""
    services = await asyncio.to_thread(_services, database)
    if not services:
        return [ok("WFM", "No organisation has one set up.")]
    calls = Calls(database.clock, insecure=config.insecure_endpoints)
    try:
        found = await asyncio.gather(*(_one(calls, config, tenant, row) for tenant, row in services))
    finally:
        await calls.close()
    return list(found)


def _services(database: Database) -> list[tuple[str, WfmService]]:
    with database.read(operator()) as tx:
        rows = tx.db.exec(
            select(Tenant.subdomain, WfmService).join(Tenant, col(Tenant.id) == col(WfmService.tenant_id))
        ).all()
        return [(name, row) for name, row in rows]


async def _one(calls: Calls, config: Config, tenant: str, row: WfmService) -> Finding:
    area = f"WFM of {tenant}"
    try:
        vault = await asyncio.to_thread(Vault.load, config.keys)
        token = vault.open(Sealed(row.sealed_token, row.key_id), service_seal(row.tenant_id)).decode()
        client = Wfm(
            calls,
            row.url,
            token,
            business_unit_id=row.business_unit_id,
            scenario_id=row.scenario_id,
            coaching_activity_id=row.coaching_activity_id,
        )
        async with asyncio.timeout(_PATIENCE_SECONDS):
            activity = await client.find_coaching_activity()
    except TimeoutError:
        return problem(area, f"{row.url}: it does not answer in time.", "Check the network and the address.")
    except PmtuiError as error:
        step = "Set it anew: pmtui integrations wfm-service"
        return problem(area, f"{row.url}: {words.reason(error.code)} ({error.code}).", step)
    if activity is None:
        return warning(
            area,
            f"{row.url} accepts the token, but has no activity for sessions.",
            "Have an activity named Coaching made in the WFM, or name one with --activity.",
        )
    return ok(area, f"{row.url} accepts the token and has an activity for sessions.")

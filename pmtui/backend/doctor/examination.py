"""Everything an installation needs, looked at: each thing by itself, so that one that fails hides no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from pmtui.backend.calendars.reaching import Reaching
from pmtui.backend.clock import Clock, SystemClock
from pmtui.backend.config import InForce
from pmtui.backend.doctor import installation, providers, workings
from pmtui.backend.doctor.records import Finding, Level, Report, problem
from pmtui.backend.errors import PmtuiError
from pmtui.backend.storage.database import Database


def examine(found: InForce, clock: Clock | None = None) -> Report:
    """Look at everything; takes as long as the slowest address, some seconds at most. Changes nothing."""
    clock = clock or SystemClock()
    database = Database(found.config.url, clock)
    try:
        findings = asyncio.run(_examine(found, database, clock))
    finally:
        database.close()
    return Report(all(one.level is not Level.PROBLEM for one in findings), tuple(findings))


async def _examine(found: InForce, database: Database, clock: Clock) -> list[Finding]:
    findings = await _all("configuration", lambda: installation.configuration(found))
    stored = await _all("database", lambda: installation.database(found, database))
    usable = all(one.level is not Level.PROBLEM for one in stored)
    async with Reaching(clock) as reaching:
        keys, outside, wfm, work = await asyncio.gather(
            _all("keys", lambda: installation.keys(found, database if usable else None)),
            _guarded("providers", lambda: providers.examine(found.config, reaching, clock.now())),
            _guarded("WFM", lambda: workings.wfm(database, found.config)) if usable else _nothing(),
            _all("worker", lambda: workings.work(database, found.config)) if usable else _nothing(),
        )
    return [*findings, *stored, *keys, *outside, *wfm, *work]


async def _all(area: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What it finds, in a thread: databases and files make one wait."""
    return await _guarded(area, lambda: asyncio.to_thread(lambda: list(look())))


async def _guarded(area: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """What it finds. A look that fails in a way nobody thought of is a finding itself: the others still count."""
    try:
        return await look()
    except PmtuiError as error:
        return [problem(area, f"{error.where}: {error.title}" if error.where else error.title, error.next_step)]
    except Exception as error:
        said = f"This could not be looked at ({type(error).__name__})."
        return [problem(area, said, "Tell the makers of pmtui what you see here.")]


async def _nothing() -> list[Finding]:
    return []

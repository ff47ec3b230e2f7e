"""Reading calendars, and the organisation's WFM as a whole. The worker's side; nothing waits inside a transaction."""

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from pmtui.backend.actor import worker
from pmtui.backend.calendars.protocol import Busy, Minutes
from pmtui.backend.calendars.wfm import PEOPLE_AT_ONCE, Wfm, unknown_person
from pmtui.backend.errors import NeedsReconnecting, PmtuiError
from pmtui.backend.settings.service import meaning_of_reads
from pmtui.backend.slots.values import DAY_MINUTES, to_minute
from pmtui.backend.states import Provider
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import linking, reading
from pmtui.backend.sync.opening import Link, Opening, live_link

EVERY = timedelta(minutes=15)
AHEAD_DAYS = 43
"""How far ahead calendars are read: the longest look-ahead is 42 days, counted to the end of the last one."""


Changed = Callable[[Transaction, Collection[int]], None]
"""Told, in the transaction that stores a read, of the people (by id) whose calendar is another now."""


class Reader:
    """Reads what is connected and stores what is known. `chance` jitters the times of the next reads."""

    def __init__(
        self,
        database: Database,
        opening: Opening,
        changed: Changed,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._opening = opening
        self._changed = changed
        self._chance = chance

    async def read(self, tenant_id: int, connection_id: int) -> datetime | None:
        """Read one connection and store it. When it is to be read next; None if it has ended or needs reconnecting.

        People's WFM schedules are read together by `link`, so these have no next read of their own.
        Raises what may go better later, after noting it on the connection.
        """
        link = await asyncio.to_thread(self._link, tenant_id, connection_id)
        if link is None:
            return None
        read_at = self._now()
        meaning = await asyncio.to_thread(self._meaning, tenant_id, link.provider)
        try:
            busy = await (await self._opening.calendar(link)).busy(self._window(read_at))
        except PmtuiError as error:
            await asyncio.to_thread(self.note_failure, (link,), error)
            if isinstance(error, NeedsReconnecting):
                return None  # only its person can help, and connecting reads at once
            raise
        if not await asyncio.to_thread(self._keep, link.provider, tenant_id, {connection_id: busy}, read_at, meaning):
            return self._now()
        return None if link.provider is Provider.WFM else self._next()

    async def link(self, tenant_id: int) -> datetime | None:
        """See that the organisation's WFM works, link its agents by email, and read everybody's schedule.

        When to do so next; None for an organisation without a WFM. Raises what the WFM raised.
        """
        wanted = await asyncio.to_thread(self._linking, tenant_id)
        if wanted is None:
            return None
        meaning = await asyncio.to_thread(self._meaning, tenant_id, Provider.WFM)
        try:
            wfm = await self._opening.wfm(tenant_id)
            if wanted.on:
                people = await wfm.people()
                await asyncio.to_thread(linking.connect_agents, self._database, tenant_id, people)
            else:
                await wfm.activities()
        except PmtuiError as error:
            await asyncio.to_thread(linking.note_service, self._database, tenant_id, error)
            links = await asyncio.to_thread(linking.wfm_links, self._database, tenant_id)
            if links:
                await asyncio.to_thread(self.note_failure, links, error)
            raise
        await asyncio.to_thread(linking.note_service, self._database, tenant_id, None)
        if not await self._read_all(tenant_id, wfm, meaning):
            return self._now()
        if await wfm.find_coaching_activity() is not None:
            await asyncio.to_thread(linking.note_activity, self._database, tenant_id)
        return self._next()

    @repeated
    def note_failure(self, links: Sequence[Link], error: PmtuiError) -> None:
        """Mark connections (of one organisation, at least one) as failing with `error`."""
        with self._database.write(worker(links[0].tenant_id)) as tx:
            for link in links:
                reading.fail(tx, link, error)

    async def _read_all(self, tenant_id: int, wfm: Wfm, meaning: object) -> bool:
        """Every live WFM connection of the organisation, some at a time; a part that fails does not undo the rest.

        False, and the rest is left, once the settings mean something else than when it began.
        """
        links = await asyncio.to_thread(linking.wfm_links, self._database, tenant_id)
        for first in range(0, len(links), PEOPLE_AT_ONCE):
            some = links[first : first + PEOPLE_AT_ONCE]
            read_at = self._now()
            try:
                found = await wfm.schedules([link.external_id for link in some], self._window(read_at))
            except PmtuiError as error:
                await asyncio.to_thread(self.note_failure, links[first:], error)
                raise
            known = {link.connection_id: found[link.external_id] for link in some if link.external_id in found}
            unknown = [link for link in some if link.external_id not in found]
            if not await asyncio.to_thread(self._keep, Provider.WFM, tenant_id, known, read_at, meaning):
                return False
            if unknown:
                await asyncio.to_thread(self.note_failure, unknown, unknown_person())
        return True

    @repeated
    def _keep(
        self, provider: Provider, tenant_id: int, reads: dict[int, Busy], read_at: datetime, meaning: object
    ) -> bool:
        """Store what was read; False, and nothing is stored, where settings have changed what such reads mean."""
        with self._database.write(worker(tenant_id)) as tx:
            if meaning_of_reads(tx, provider) != meaning:
                return False
            changed = reading.keep(tx, reads, read_at)
            if changed:
                self._changed(tx, changed)
            return True

    def _meaning(self, tenant_id: int, provider: Provider) -> object:
        with self._database.read(worker(tenant_id)) as tx:
            return meaning_of_reads(tx, provider)

    def _link(self, tenant_id: int, connection_id: int) -> Link | None:
        with self._database.read(worker(tenant_id)) as tx:
            return live_link(tx, connection_id)

    def _linking(self, tenant_id: int) -> linking.Wanted | None:
        with self._database.read(worker(tenant_id)) as tx:
            return linking.wanted(tx)

    def _now(self) -> datetime:
        return self._database.clock.now()

    def _window(self, now: datetime) -> Minutes:
        return to_minute(now) - DAY_MINUTES, to_minute(now) + AHEAD_DAYS * DAY_MINUTES

    def _next(self) -> datetime:
        """About a quarter of an hour from now, so that calendars connected together are not read together for ever."""
        return self._now() + EVERY * (0.9 + 0.2 * self._chance())

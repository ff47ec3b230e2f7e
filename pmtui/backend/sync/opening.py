"""From a connection's row to the calendar behind it: which client, whose token. For the worker only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlmodel import select

from pmtui.backend.actor import worker
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.outlook import Outlook
from pmtui.backend.calendars.protocol import Calendar, Misconfigured
from pmtui.backend.calendars.wfm import Wfm, WfmCalendar
from pmtui.backend.config import Config
from pmtui.backend.settings.records import Settings
from pmtui.backend.settings.service import settings_of
from pmtui.backend.states import Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.people import Person, Tenant
from pmtui.backend.storage.transaction import Transaction

ConnectionToken = Callable[[int, bool], Awaitable[str]]
"""The access token of a connection (by id). True: the last one was refused, get a newer one."""

WfmToken = Callable[[WfmService], str]
"""Opens the sealed token of an organisation's WFM."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the worker needs of a live connection once no transaction is open.

    `uid` changes when the person signs in anew; `timezone` is the person's.
    """

    connection_id: int
    tenant_id: int
    uid: str
    provider: Provider
    external_id: str
    timezone: str


def live_link(tx: Transaction, connection_id: int) -> Link | None:
    """The connection, or None once it has ended."""
    row = tx.db.get(Connection, connection_id)
    if row is None or row.ended_at is not None or row.tenant_id != tx.tenant_id:
        return None
    person, tenant = tx.db.get_one(Person, row.person_id), tx.db.get_one(Tenant, row.tenant_id)
    return link_of(row, person.timezone or tenant.timezone)


def link_of(row: Connection, timezone: str) -> Link:
    """The link of a connection's row."""
    assert row.id is not None
    return Link(row.id, row.tenant_id, row.uid, row.provider, row.external_id, timezone)


class Opening:
    """Makes the client for a connection, with what it needs to sign each call."""

    def __init__(
        self,
        database: Database,
        config: Config,
        calls: Calls,
        connection_token: ConnectionToken,
        wfm_token: WfmToken,
    ) -> None:
        self._database = database
        self._config = config
        self._calls = calls
        self._connection_token = connection_token
        self._wfm_token = wfm_token

    async def calendar(self, link: Link) -> Calendar:
        """The calendar behind a connection. Raises Misconfigured where the organisation's WFM is not set up."""
        if link.provider is Provider.WFM:
            return WfmCalendar(await self.wfm(link.tenant_id), link.external_id)
        if link.provider is Provider.OUTLOOK:
            settings = await asyncio.to_thread(self._settings, link.tenant_id)
            return Outlook(
                self._calls,
                self._config.graph_url,
                lambda newer: self._connection_token(link.connection_id, newer),
                account=link.external_id,
                timezone=link.timezone,
                tentative_is_busy=settings.tentative_is_busy,
            )
        return GoogleCalendar(
            self._calls,
            self._config.google_calendar_url,
            lambda newer: self._connection_token(link.connection_id, newer),
            account=link.external_id,
            timezone=link.timezone,
        )

    async def wfm(self, tenant_id: int) -> Wfm:
        """The organisation's WFM. Raises Misconfigured where it is not set up."""
        return await asyncio.to_thread(self._wfm, tenant_id)

    def _wfm(self, tenant_id: int) -> Wfm:
        with self._database.read(worker(tenant_id)) as tx:
            row = tx.db.exec(select(WfmService).where(WfmService.tenant_id == tenant_id)).first()
            settings = settings_of(tx)
        if row is None:
            raise Misconfigured(
                "no_wfm",
                "The organisation's WFM is not set up.",
                "Ask an administrator to enter its address and token.",
            )
        return Wfm(
            self._calls,
            row.url,
            self._wfm_token(row),
            business_unit_id=row.business_unit_id,
            scenario_id=row.scenario_id,
            coaching_activity_id=row.coaching_activity_id,
            coachable=settings.coachable_activities,
        )

    def _settings(self, tenant_id: int) -> Settings:
        with self._database.read(worker(tenant_id)) as tx:
            return settings_of(tx)

"""Ending, at Google, the grants of connections that ended here. Worker side; safe to repeat from any point.

Google ends a person's whole grant, so whatever waits is settled before that person signs in anew, and what a newer
grant stands on is never revoked.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from pmtui.backend.actor import worker
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.signin import grants
from pmtui.backend.signin.google import ENDED, Google
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import Outcome, Provider
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.signin import Revocation

_log = logging.getLogger(__name__)
_AT_ONCE = 100
_LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One token to be revoked."""

    revocation_id: int
    bound_to: str
    sealed: Sealed = field(repr=False)


class Revoker:
    """Settles what `grants` handed over."""

    def __init__(self, database: Database, vault: Callable[[], Vault], google: Google) -> None:
        self._database = database
        self._vault = vault
        self._google = google

    async def settle(self, tenant_id: int, person_id: int | None = None) -> datetime | None:
        """Revoke what waits in an organisation, or of one person; when to look again, if something has to wait.

        Raises Temporary where Google could not be asked, or refused for another reason than that the grant has ended
        (that one is tried again, and holds up nobody's sign-in); what is older than a day is erased all the same.
        """
        waiting, again_at = await asyncio.to_thread(self._begin, tenant_id, person_id)
        refused = [code for one in waiting if (code := await self._revoke(tenant_id, one)) is not None]
        if refused and person_id is None:
            raise Temporary(refused[0], Provider.GOOGLE)
        return again_at

    async def _revoke(self, tenant_id: int, one: _Waiting) -> str | None:
        """Revoke it. None when it is settled, else Google's word for why not."""
        try:
            refresh_token = TokenSet.from_bytes(
                self._vault().open(one.sealed, one.bound_to), self._database.clock.now()
            ).refresh_token
        except CannotOpen as error:
            await asyncio.to_thread(self._settled, tenant_id, one, Outcome.FAILED, error.code)
            return None
        if refresh_token is None:
            await asyncio.to_thread(self._settled, tenant_id, one, Outcome.OK, "no_token")
            return None
        try:
            refused = await self._google.revoke(refresh_token)
        except Temporary:
            await asyncio.to_thread(self._tried, tenant_id, one)
            raise
        if refused not in (None, ENDED):
            await asyncio.to_thread(self._tried, tenant_id, one)
            _log.warning("a Google grant can't be ended yet: Google says %s", refused)
            return refused
        outcome, why = (Outcome.OK, "revoked") if refused is None else (Outcome.REFUSED, "already_ended")
        await asyncio.to_thread(self._settled, tenant_id, one, outcome, why)
        return None

    @repeated
    def _begin(self, tenant_id: int, person_id: int | None) -> tuple[tuple[_Waiting, ...], datetime | None]:
        """What is to be revoked now, the longest untried first; the overdue and the superseded are erased here."""
        with self._database.write(worker(tenant_id)) as tx:
            found = select(Revocation).where(Revocation.tenant_id == tenant_id)
            if person_id is not None:
                found = found.where(Revocation.person_id == person_id)
            order = (col(Revocation.tried_at).is_not(None), col(Revocation.tried_at), col(Revocation.id))
            rows = tx.db.exec(found.order_by(*order).limit(_AT_ONCE)).all()
            waiting: list[_Waiting] = []
            again_at: datetime | None = None
            for row in rows:
                assert row.id is not None
                if row.created_at <= tx.now - grants.KEPT:
                    grants.settle(tx, row.id, Outcome.FAILED, "too_old")
                elif grants.in_use(tx, row):
                    grants.settle(tx, row.id, Outcome.OK, "superseded")
                elif grants.signing_in(tx, row):
                    again_at = again_at or tx.now + _LOOK_AGAIN
                else:
                    bound = associated(row.tenant_id, row.person_id, row.provider, row.uid)
                    waiting.append(_Waiting(row.id, bound, Sealed(row.sealed, row.key_id)))
            return tuple(waiting), tx.now if len(rows) == _AT_ONCE and waiting else again_at

    @repeated
    def _tried(self, tenant_id: int, one: _Waiting) -> None:
        with self._database.write(worker(tenant_id)) as tx:
            row = tx.db.get(Revocation, one.revocation_id, with_for_update=True)
            if row is not None:
                row.tried_at = tx.now
                tx.db.add(row)

    @repeated
    def _settled(self, tenant_id: int, one: _Waiting, outcome: Outcome, why: str) -> None:
        with self._database.write(worker(tenant_id)) as tx:
            grants.settle(tx, one.revocation_id, outcome, why)

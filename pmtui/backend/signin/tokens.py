"""Access tokens of connections, refreshed when they must be: by one process at a time, on whatever host. Worker side.

The lease is one conditional UPDATE with an expiry, by the database's clock; no transaction waits for the network.
"""

import asyncio
import hashlib
import logging
import secrets
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, or_, update
from sqlmodel import col, select

from pmtui.backend.actor import worker
from pmtui.backend.calendars.protocol import Misconfigured, Refused, Temporary
from pmtui.backend.config import Config
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.signin import refusals
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.oauth import Denied, OAuth
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import ConnectionState, Outcome, Provider, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.transaction import Transaction

_log = logging.getLogger(__name__)
_LEASE = timedelta(seconds=60)  # longer than any refresh takes to time out
_MARGIN = timedelta(minutes=2)  # a token this close to its end is not handed out any more
_WAIT = timedelta(milliseconds=200)
_LOOKS = 150  # how often a refresh of somebody else's is waited for: half a minute


@dataclass(frozen=True, slots=True)
class _Kept:
    """A live connection and its sealed tokens, as read."""

    connection_id: int
    tenant_id: int
    uid: str
    provider: Provider
    bound_to: str
    sealed: Sealed = field(repr=False)
    expires_at: datetime


class Tokens:
    """Hands out access tokens. One for a whole worker, used in one event loop."""

    def __init__(
        self,
        database: Database,
        config: Config,
        vault: Callable[[], Vault],
        *,
        microsoft: Microsoft | None = None,
        google: Google | None = None,
    ) -> None:
        self._database = database
        self._clock = database.clock
        self._vault = vault
        self._services: dict[Provider, OAuth[Any]] = {
            Provider.OUTLOOK: microsoft or Microsoft(config, database.clock),
            Provider.GOOGLE: google or Google(config, database.clock),
        }
        self._handed: dict[int, bytes] = {}
        self._locks: weakref.WeakValueDictionary[int, asyncio.Lock] = weakref.WeakValueDictionary()

    async def access_token(self, connection_id: int, newer: bool = False) -> str:
        """A token that is good for a while; `newer`: the last one was refused (401), so one that is not that one.

        Raises NeedsReconnecting (marked on the connection), Temporary, Refused or Misconfigured.
        """
        refused = self._handed.get(connection_id) if newer else None
        lock = self._locks.setdefault(connection_id, asyncio.Lock())
        async with lock:
            token = await self._good_token(connection_id, refused, newer)
        self._handed[connection_id] = _digest(token)
        return token

    async def _good_token(self, connection_id: int, refused: bytes | None, newer: bool) -> str:
        holder, provider = secrets.token_hex(8), Provider.OUTLOOK
        for _ in range(_LOOKS):
            kept = await asyncio.to_thread(self._read, connection_id)
            tokens, provider = await self._opened(kept), kept.provider
            if newer and refused is None:
                refused = _digest(tokens.access_token)
            if self._is_good(tokens, refused):
                return tokens.access_token
            if not await asyncio.to_thread(self._lease, kept, holder):
                await self._clock.sleep(_WAIT)
                continue
            try:
                token = await self._leased(connection_id, holder, refused)
            finally:
                await asyncio.to_thread(self._release, kept, holder)
            if token is not None:
                return token
        raise Temporary("refresh_under_way", provider)

    async def _leased(self, connection_id: int, holder: str, refused: bytes | None) -> str | None:
        """With the lease in hand: look again, and only then refresh. None if the lease was lost on the way."""
        kept = await asyncio.to_thread(self._read, connection_id)
        tokens = await self._opened(kept)
        if self._is_good(tokens, refused):
            return tokens.access_token
        try:
            refreshed = await self._refreshed(kept.provider, tokens)
        except NeedsReconnecting as error:
            if not await asyncio.to_thread(self._lost, kept, error, holder):
                return None
            raise
        stored = await asyncio.to_thread(self._store, kept, holder, refreshed)
        return refreshed.access_token if stored else None

    async def _refreshed(self, provider: Provider, tokens: TokenSet) -> TokenSet:
        service = self._services[provider]
        name = service.service.name
        if tokens.refresh_token is None:
            raise NeedsReconnecting("no_refresh_token", f"{name} gave no lasting access.")
        try:
            return await service.refresh(tokens)
        except Denied as error:
            detail = error.number or error.error
            if refusals.operators_fault(error.error, error.number):
                _log.error("the configuration for %s is refused (%s)", name, detail)
                raise Misconfigured(
                    f"operator:{detail}", f"This pmtui is not set up correctly for {name}.", "Tell whoever runs it."
                ) from None
            if refusals.reconnect(error.error):
                title = f"{name} no longer accepts this sign-in."
                raise NeedsReconnecting(f"signed_out:{detail}", title, error.claims) from None
            raise Refused(detail, provider) from None

    def _is_good(self, tokens: TokenSet, refused: bytes | None) -> bool:
        return tokens.expires_at > self._clock.now() + _MARGIN and _digest(tokens.access_token) != refused

    async def _opened(self, kept: _Kept) -> TokenSet:
        """The tokens. A value that does not open leaves the connection needing reconnecting.

        Unless it has been sealed anew since it was read: then it is only too early to say.
        """
        try:
            return TokenSet.from_bytes(self._vault().open(kept.sealed, kept.bound_to), kept.expires_at)
        except CannotOpen as error:
            if not await asyncio.to_thread(self._lost, kept, error):
                raise Temporary("sealed_anew", kept.provider) from None
            raise

    def _read(self, connection_id: int) -> _Kept:
        with self._database.read(worker()) as tx:
            found = (
                select(Connection, ConnectionToken)
                .join(ConnectionToken, col(ConnectionToken.connection_id) == Connection.id)
                .where(Connection.id == connection_id, col(Connection.ended_at).is_(None))
            )
            row = tx.db.exec(found).first()
            if row is None:
                raise NeedsReconnecting("disconnected", "This calendar is not connected any more.")
            connection, token = row
            if connection.state is ConnectionState.NEEDS_RECONNECTING:
                raise NeedsReconnecting(
                    connection.error_code or "needs_reconnecting", "This calendar can't be reached."
                )
            return _Kept(
                connection_id=connection_id,
                tenant_id=connection.tenant_id,
                uid=connection.uid,
                provider=connection.provider,
                bound_to=associated(connection.tenant_id, connection.person_id, connection.provider, connection.uid),
                sealed=Sealed(token.sealed, token.key_id),
                expires_at=token.expires_at,
            )

    @repeated
    def _lease(self, kept: _Kept, holder: str) -> bool:
        """Whether the right to refresh is this holder's now."""
        with self._database.write(worker(kept.tenant_id)) as tx:
            now = tx.database_now()
            free = or_(col(ConnectionToken.leased_until).is_(None), col(ConnectionToken.leased_until) <= now)
            leased = update(ConnectionToken).where(col(ConnectionToken.connection_id) == kept.connection_id, free)
            return _changes(tx, leased.values(leased_until=now + _LEASE, leased_by=holder))

    @repeated
    def _store(self, kept: _Kept, holder: str, tokens: TokenSet) -> bool:
        """Keep the newer tokens before anybody uses them. False if the lease ran out or somebody reconnected."""
        with self._database.write(worker(kept.tenant_id)) as tx:
            tx.hold_keys()
            sealed = self._vault().seal(tokens.to_bytes(), kept.bound_to)
            stored = update(ConnectionToken).where(*_held(kept, holder))
            return _changes(
                tx,
                stored.values(
                    sealed=sealed.data,
                    key_id=sealed.key_id,
                    expires_at=tokens.expires_at,
                    leased_until=None,
                    leased_by=None,
                ),
            )

    @repeated
    def _release(self, kept: _Kept, holder: str) -> None:
        with self._database.write(worker(kept.tenant_id)) as tx:
            tx.db.execute(update(ConnectionToken).where(*_held(kept, holder)).values(leased_until=None, leased_by=None))

    @repeated
    def _lost(self, kept: _Kept, error: NeedsReconnecting, holder: str | None = None) -> bool:
        """Mark the connection, unless it has ended or was made anew.

        False if its tokens are other ones by now, or the lease is no longer this `holder`'s: a refresh is refused
        when somebody else has used the refresh token meanwhile.
        """
        with self._database.write(worker(kept.tenant_id)) as tx:
            token = tx.db.get(ConnectionToken, kept.connection_id, with_for_update=True)
            if token is not None and holder is not None and token.leased_by != holder:
                return False
            if token is not None and holder is None and token.sealed != kept.sealed.data:
                return False
            mark_lost(tx, kept.connection_id, kept.uid, error.code, error.claims)
            return True


def mark_lost(tx: Transaction, connection_id: int, uid: str, code: str, claims: str | None = None) -> None:
    """The connection needs reconnecting, because of `code`; nothing if it has ended or was made anew meanwhile.

    `claims` are what the provider wants of the next sign-in.
    """
    row = tx.db.exec(
        select(Connection)
        .where(Connection.id == connection_id, Connection.uid == uid, col(Connection.ended_at).is_(None))
        .with_for_update()
    ).first()
    if row is None or row.state is ConnectionState.NEEDS_RECONNECTING:
        return
    row.state, row.error_code = ConnectionState.NEEDS_RECONNECTING, code
    row.failing_since_at = row.failing_since_at or tx.now
    row.claims = claims
    tx.db.add(row)
    tx.audit(Verb.CALENDAR_READ, f"person:{row.person_id}", Outcome.FAILED, provider=row.provider.value, code=code)
    tx.changed(Topic.INTEGRATIONS, Topic.AVAILABILITY, Topic.COACHING)


def _held(kept: _Kept, holder: str) -> tuple[ColumnElement[bool], ...]:
    return col(ConnectionToken.connection_id) == kept.connection_id, col(ConnectionToken.leased_by) == holder


def _changes(tx: Transaction, statement: Update) -> bool:
    return tx.db.connection().execute(statement).rowcount == 1


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

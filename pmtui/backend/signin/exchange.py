"""The worker's side of a sign-in: makes the link, exchanges the code, proves the account, seals the tokens.

Each step is stored before the next begins, so that a worker that dies, or a provider that does not answer, costs
at most a repetition. No transaction is open while the network is waited for.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import col, select, update

from pmtui.backend.actor import worker
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.clock import Clock
from pmtui.backend.config import Config
from pmtui.backend.errors import AlreadyConnected, BadInput, NotAllowed, Unavailable
from pmtui.backend.signin import attempts, grants
from pmtui.backend.signin.endpoints import redirect_uri
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import Account, Mailbox, NotProven
from pmtui.backend.signin.machine import Action, Event
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.oauth import Denied, OAuth
from pmtui.backend.signin.refusals import Verdict, verdict_of
from pmtui.backend.signin.revocation import Revoker
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import AttemptState, Provider, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.transaction import Transaction

_log = logging.getLogger(__name__)
_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=30)
_WITHDRAWN = {"access_not_sent": "access_removed", "missing_permission": "person_gone"}


class WfmPeople(Protocol):
    """Who the WFM knows."""

    async def people(self) -> dict[str, str]:
        """The WFM's person ids by email address, lower case."""


Directory = Callable[[int], Awaitable[WfmPeople]]
"""The WFM of a tenant. Raises Misconfigured where there is none."""

Connect = Callable[[Transaction, int], object]
"""Makes the connection of a verified sign-in (by id), in the open transaction."""


class SignInWorker:
    """Advances sign-ins. One for a whole worker; the lease in the table `work` keeps each sign-in to one at a time."""

    def __init__(
        self,
        database: Database,
        config: Config,
        vault: Callable[[], Vault],
        calls: Calls,
        directory: Directory,
        connect: Connect,
        *,
        microsoft: Microsoft | None = None,
        google: Google | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`vault` is called when first needed. `chance` (0 to 1) spreads repetitions."""
        self._database = database
        self._config = config
        self._vault = vault
        self._calls = calls
        self._directory = directory
        self._connect = connect
        self._clock: Clock = database.clock
        google = google or Google(config, database.clock)
        self._services: dict[Provider, OAuth[Any]] = {
            Provider.OUTLOOK: microsoft or Microsoft(config, database.clock),
            Provider.GOOGLE: google,
        }
        self._revoker = Revoker(database, vault, google)
        self._chance = chance

    async def advance(self, attempt_id: int) -> None:
        """Do whatever this sign-in waits for; safe to repeat at any time.

        When to look again is noted in the table `work`. Raises only what is nobody's expectation.
        """
        attempt = await asyncio.to_thread(self._look, attempt_id)
        if attempt is None:
            return
        try:
            await self._step(attempt)
        except Temporary as error:
            await asyncio.to_thread(self._later, attempt, error)
        except (NotProven, Unavailable, BadInput) as error:
            await self._end(attempt, _meaning(error, attempt.provider))

    async def _step(self, attempt: Attempt) -> None:
        if attempt.state is AttemptState.STARTING:
            await (self._ask_wfm(attempt) if attempt.provider is Provider.WFM else self._make_link(attempt))
        elif attempt.state is AttemptState.EXCHANGING:
            tokens = await self._tokens(attempt)
            await self._verify(attempt, tokens)

    @repeated
    def _look(self, attempt_id: int) -> Attempt | None:
        """The sign-in as it stands, its code claimed if one is in; None when there is nothing to do."""
        with self._database.read(worker()) as tx:
            tenant_id = tx.db.exec(select(Attempt.tenant_id).where(Attempt.id == attempt_id)).first()
        if tenant_id is None:
            return None
        with self._database.write(worker(tenant_id)) as tx:
            attempts.end_overdue(tx)
            attempt = attempts.load(tx, attempt_id)
            if attempt.state.over:
                return None
            if tx.now >= attempt.expires_at:
                attempts.move(tx, attempt, Event.TIME_UP, attempts.overdue(attempt))
                return None
            return attempt if attempt.code is None or self._claim(tx, attempt) else None

    def _claim(self, tx: Transaction, attempt: Attempt) -> bool:
        """Take the code out of the clear: one conditional UPDATE wipes it and the link, and seals it in."""
        try:
            kept = self._unsealed(attempt, attempt.sealed_verifier)
            sealed = self._sealed(attempt, json.dumps({**json.loads(kept), "code": attempt.code}).encode())
        except (CannotOpen, BadInput) as error:
            said = _meaning(error, attempt.provider)
            attempts.move(tx, attempt, said.event, said.code)
            return False
        claimed = (
            update(Attempt)
            .where(
                col(Attempt.id) == attempt.id,
                col(Attempt.state) == AttemptState.EXCHANGING,
                col(Attempt.code).is_not(None),
            )
            .values(code=None, link=None, sealed_verifier=sealed.data, key_id=sealed.key_id)
        )
        won = tx.db.connection().execute(claimed).rowcount == 1
        tx.db.refresh(attempt)
        return won

    async def _make_link(self, attempt: Attempt) -> None:
        service = self._services[attempt.provider]
        if attempt.provider is Provider.GOOGLE:  # it would end the grant that is about to be made
            await self._revoker.settle(attempt.tenant_id, attempt.person_id)
        where = redirect_uri(self._config, attempt.way, attempt.port, attempt.provider)
        link = await service.link(where)
        sealed = self._sealed(attempt, json.dumps({"verifier": link.verifier}).encode())

        def store(row: Attempt) -> None:
            row.redirect_uri, row.scopes, row.link = where, " ".join(service.service.scopes), link.url
            row.state_digest, row.nonce = attempts.digest(link.state), link.nonce
            row.sealed_verifier, row.key_id = sealed.data, sealed.key_id

        await asyncio.to_thread(self._change, attempt, store, Event.LINK_MADE)

    async def _tokens(self, attempt: Attempt) -> TokenSet:
        """The tokens: those stored by an earlier try, else the code's, stored before anything is done with them."""
        if attempt.sealed_tokens is not None and attempt.tokens_expire_at is not None:
            return TokenSet.from_bytes(self._unsealed(attempt, attempt.sealed_tokens), attempt.tokens_expire_at)
        secret = json.loads(self._unsealed(attempt, attempt.sealed_verifier))
        service = self._services[attempt.provider]
        tokens = await service.exchange(secret["code"], secret["verifier"], attempt.redirect_uri or "")
        sealed = self._sealed(attempt, tokens.to_bytes())

        def store(row: Attempt) -> None:
            row.sealed_tokens, row.key_id, row.tokens_expire_at = sealed.data, sealed.key_id, tokens.expires_at
            row.sealed_verifier = None

        await asyncio.to_thread(self._change, attempt, store)
        return tokens

    async def _verify(self, attempt: Attempt, tokens: TokenSet) -> None:
        service = self._services[attempt.provider]
        account = service.prove(tokens.id_token, await service.keys(), attempt.nonce or "")
        lacking = service.lacks(tokens)
        if lacking:
            raise NotProven(f"scope_missing:{', '.join(lacking)}")
        mailbox = await service.look(self._calls, tokens.access_token, account)
        await asyncio.to_thread(self._verified, attempt, tokens, account, mailbox)

    @repeated
    def _verified(self, attempt: Attempt, tokens: TokenSet, account: Account, mailbox: Mailbox) -> None:
        sealed = self._sealed(attempt, replace(tokens, id_token=None).to_bytes())
        with self._database.write(worker(attempt.tenant_id)) as tx:
            row = attempts.load(tx, attempts.id_of(attempt))
            if row.state.over:
                return
            row.account = mailbox.name_for(_email(tx, row))
            row.external_id, row.timezone = account.external_id, mailbox.timezone
            row.sealed_tokens, row.key_id, row.tokens_expire_at = sealed.data, sealed.key_id, tokens.expires_at
            row.nonce = None
            attempts.move(tx, row, Event.VERIFIED)
            grants.supersede(tx, row.person_id, account.external_id)

    async def _ask_wfm(self, attempt: Attempt) -> None:
        email = await asyncio.to_thread(self._own_email, attempt)
        known = await (await self._directory(attempt.tenant_id)).people()
        person_id = known.get(email.lower())
        if person_id is None:
            await self._end(attempt, Verdict(Event.REFUSED, "wfm_unknown"))
            return
        try:
            await asyncio.to_thread(self._connect_wfm, attempt, email, person_id)
        except AlreadyConnected:
            await self._end(attempt, Verdict(Event.REFUSED, "already_connected"))
        except NotAllowed as error:
            code = _WITHDRAWN.get(error.code, f"refused:{error.code}")
            await self._end(attempt, Verdict(Event.WITHDRAWN, code))

    def _own_email(self, attempt: Attempt) -> str:
        with self._database.read(worker(attempt.tenant_id)) as tx:
            return _email(tx, attempt)

    @repeated
    def _connect_wfm(self, attempt: Attempt, email: str, person_id: str) -> None:
        """There is no account to choose in the WFM, so nothing to confirm: found and connected are one transaction."""
        with self._database.write(worker(attempt.tenant_id)) as tx:
            row = attempts.load(tx, attempts.id_of(attempt))
            row.account, row.external_id = email, person_id
            if attempts.move(tx, row, Event.FOUND) is Action.ASK:
                tx.db.flush()
                self._connect(tx, attempts.id_of(row))

    @repeated
    def _change(self, attempt: Attempt, store: Callable[[Attempt], None], event: Event | None = None) -> None:
        """Write what was learned, unless the sign-in moved on meanwhile."""
        with self._database.write(worker(attempt.tenant_id)) as tx:
            row = attempts.load(tx, attempts.id_of(attempt))
            if row.state is not attempt.state:
                return
            store(row)
            tx.db.add(row)
            if event is not None:
                attempts.move(tx, row, event)

    @repeated
    def _later(self, attempt: Attempt, error: Temporary) -> None:
        """The same again, after a wait that grows with the time already spent; never beyond the sign-in's own end."""
        with self._database.write(worker(attempt.tenant_id)) as tx:
            row = attempts.load(tx, attempts.id_of(attempt))
            if attempts.move(tx, row, Event.TROUBLE, error.code) is Action.RETRY:
                due_at = _due(row.answered_at or row.created_at, tx.now, self._chance())
                due_at = min(max(due_at, error.retry_at or due_at), row.expires_at)
                tx.look_at(WorkKind.ATTEMPT, attempts.id_of(row), due_at)

    async def _end(self, attempt: Attempt, said: Verdict) -> None:
        if said.code.startswith("operator:"):
            name = self._services[attempt.provider].service.name
            _log.error("sign-in %s: the configuration for %s is refused (%s)", attempt.id, name, said.code)
        await asyncio.to_thread(self._ended, attempt, said)

    @repeated
    def _ended(self, attempt: Attempt, said: Verdict) -> None:
        with self._database.write(worker(attempt.tenant_id)) as tx:
            attempts.move(tx, attempts.load(tx, attempts.id_of(attempt)), said.event, said.code)

    def _sealed(self, attempt: Attempt, plain: bytes) -> Sealed:
        return self._vault().seal(plain, _bound(attempt))

    def _unsealed(self, attempt: Attempt, data: bytes | None) -> bytes:
        return self._vault().open(Sealed(data or b"", attempt.key_id or ""), _bound(attempt))


def _meaning(error: NotProven | Unavailable | BadInput, provider: Provider) -> Verdict:
    """How an error that repetition does not mend ends the sign-in."""
    if isinstance(error, NotProven):
        return error.verdict
    if isinstance(error, Denied):
        return verdict_of(provider, error.error, error.suberror, error.number)
    if provider is Provider.WFM:
        return Verdict(Event.REFUSED, "wfm_not_ready")
    if isinstance(error, CannotOpen):
        return Verdict(Event.REFUSED, error.code)
    return Verdict(Event.REFUSED, f"operator:{error.code}")  # endpoint, client id, secret or key file


def _due(since: datetime, now: datetime, chance: float) -> datetime:
    wait = min(max((now - since) / 2, _SHORTEST_WAIT), _LONGEST_WAIT)
    return now + wait / 2 + wait / 2 * chance


def _bound(attempt: Attempt) -> str:
    return associated(attempt.tenant_id, attempt.person_id, attempt.provider, attempt.uid)


def _email(tx: Transaction, attempt: Attempt) -> str:
    return tx.db.get_one(Person, attempt.person_id).email

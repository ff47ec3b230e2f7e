"""The worker's side of a sign-in: makes the link, exchanges the code, proves the account; `progress` keeps it.

Each step is stored before the next begins, so that a worker that dies, or a provider that does not answer, costs
at most a repetition. No transaction is open while the network is waited for.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

from pmtui.backend.actor import worker
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.clock import Clock
from pmtui.backend.config import Config
from pmtui.backend.errors import AlreadyConnected, BadInput, NotAllowed, Unavailable
from pmtui.backend.signin import attempts, grants
from pmtui.backend.signin.device import DeviceCodes
from pmtui.backend.signin.endpoints import redirect_uri
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import Account, Mailbox, NotProven
from pmtui.backend.signin.machine import Action, Event
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.oauth import OAuth
from pmtui.backend.signin.progress import Progress, meaning
from pmtui.backend.signin.refusals import Verdict
from pmtui.backend.signin.revocation import Revoker
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import AnswerWay, AttemptState, Provider
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.transaction import Transaction

_log = logging.getLogger(__name__)
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
        self._calls = calls
        self._directory = directory
        self._connect = connect
        self._clock: Clock = database.clock
        google = google or Google(config, database.clock)
        microsoft = microsoft or Microsoft(config, database.clock)
        self._services: dict[Provider, OAuth[Any]] = {Provider.OUTLOOK: microsoft, Provider.GOOGLE: google}
        self._progress = Progress(database, vault, chance)
        self._devices = DeviceCodes(microsoft, self._progress, database.clock)
        self._revoker = Revoker(database, vault, google)

    async def advance(self, attempt_id: int) -> None:
        """Do whatever this sign-in waits for; safe to repeat at any time.

        When to look again is noted in the table `work`. Raises only what is nobody's expectation.
        """
        attempt = await asyncio.to_thread(self._progress.look, attempt_id)
        if attempt is None:
            return
        try:
            await self._step(attempt)
        except Temporary as error:
            await asyncio.to_thread(self._progress.later, attempt, error)
        except (NotProven, Unavailable, BadInput) as error:
            await self._end(attempt, meaning(error, attempt.provider), getattr(error, "claims", None))

    async def _step(self, attempt: Attempt) -> None:
        if attempt.state is AttemptState.STARTING:
            await self._start(attempt)
        elif attempt.state is AttemptState.AWAITING and attempt.way is AnswerWay.DEVICE:
            await self._devices.poll(attempt)
        elif attempt.state is AttemptState.EXCHANGING:
            tokens = await self._tokens(attempt)
            await self._verify(attempt, tokens)

    async def _start(self, attempt: Attempt) -> None:
        if attempt.provider is Provider.WFM:
            await self._ask_wfm(attempt)
        elif attempt.way is AnswerWay.DEVICE:
            await self._devices.begin(attempt)
        else:
            await self._make_link(attempt)

    async def _make_link(self, attempt: Attempt) -> None:
        service = self._services[attempt.provider]
        if attempt.provider is Provider.GOOGLE:  # it would end the grant that is about to be made
            await self._revoker.settle(attempt.tenant_id, attempt.person_id)
        where = redirect_uri(self._config, attempt.way, attempt.port, attempt.provider)
        link = await service.link(where, await asyncio.to_thread(self._progress.claims, attempt))

        def store(row: Attempt) -> None:
            sealed = self._progress.sealed(attempt, json.dumps({"verifier": link.verifier}).encode())
            row.redirect_uri, row.scopes, row.link = where, " ".join(service.service.scopes), link.url
            row.state_digest, row.nonce = attempts.digest(link.state), link.nonce
            row.sealed_verifier, row.key_id = sealed.data, sealed.key_id

        await asyncio.to_thread(self._progress.change, attempt, store, Event.LINK_MADE)

    async def _tokens(self, attempt: Attempt) -> TokenSet:
        """The tokens: those stored by an earlier try, else the code's, stored before anything is done with them."""
        if attempt.sealed_tokens is not None and attempt.tokens_expire_at is not None:
            return TokenSet.from_bytes(
                self._progress.unsealed(attempt, attempt.sealed_tokens), attempt.tokens_expire_at
            )
        secret = json.loads(self._progress.unsealed(attempt, attempt.sealed_verifier))
        service = self._services[attempt.provider]
        tokens = await service.exchange(secret["code"], secret["verifier"], attempt.redirect_uri or "")
        await asyncio.to_thread(self._progress.keep_tokens, attempt, tokens)
        return tokens

    async def _verify(self, attempt: Attempt, tokens: TokenSet) -> None:
        service = self._services[attempt.provider]
        nonce = None if attempt.way is AnswerWay.DEVICE else attempt.nonce or ""
        account = service.prove(tokens.id_token, await service.keys(), nonce)
        lacking = service.lacks(tokens)
        if lacking:
            raise NotProven(f"scope_missing:{', '.join(lacking)}")
        mailbox = await service.look(self._calls, tokens.access_token, account)
        await asyncio.to_thread(self._verified, attempt, tokens, account, mailbox)

    @repeated
    def _verified(self, attempt: Attempt, tokens: TokenSet, account: Account, mailbox: Mailbox) -> None:
        with self._database.write(worker(attempt.tenant_id)) as tx:
            tx.hold_keys()
            row = attempts.load(tx, attempts.id_of(attempt))
            if row.state.over:
                return
            sealed = self._progress.sealed(attempt, replace(tokens, id_token=None).to_bytes())
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

    async def _end(self, attempt: Attempt, said: Verdict, claims: str | None = None) -> None:
        if said.code.startswith("operator:"):
            name = self._services[attempt.provider].service.name
            _log.error("sign-in %s: the configuration for %s is refused (%s)", attempt.id, name, said.code)
        await asyncio.to_thread(self._progress.end, attempt, said, claims)


def _email(tx: Transaction, attempt: Attempt) -> str:
    return tx.db.get_one(Person, attempt.person_id).email

"""The worker, put together: which kind of work is done by which backend function."""

import asyncio
import functools
from collections.abc import Callable
from datetime import datetime

from pmtui.backend.build import Services
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin.exchange import SignInWorker
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.revocation import Revoker
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.signin.vault import Sealed, Vault
from pmtui.backend.states import WorkKind
from pmtui.backend.storage.tables.integrations import WfmService
from pmtui.backend.storage.work import Claim
from pmtui.backend.sync.opening import Opening
from pmtui.backend.sync.reader import Reader
from pmtui.backend.sync.writer import Writer
from pmtui.worker.loop import GRACE_SECONDS, Handler, Loop


class Worker:
    """Everything that speaks to the calendars, for all organisations. Holds the keys, opened when first needed."""

    def __init__(self, services: Services, *, grace_seconds: float = GRACE_SECONDS) -> None:
        config, database = services.config, services.database
        vault = functools.cache(lambda: Vault.load(config.keys))
        self.calls = Calls(services.clock, insecure=config.insecure_endpoints)
        google = Google(config, services.clock)
        tokens = Tokens(database, config, vault, google=google)
        revoker = Revoker(database, vault, google)
        opening = Opening(database, config, self.calls, tokens.access_token, _opener(vault))
        signin = SignInWorker(
            database, config, vault, self.calls, opening.wfm, services.integrations.connect, google=google
        )
        coaching = services.coaching
        reader = Reader(database, opening, coaching.calendars_changed)
        writer = Writer(database, opening)

        async def advance(claim: Claim) -> datetime | None:
            await signin.advance(claim.subject)
            return None

        async def write(claim: Claim) -> datetime | None:
            await writer.write(claim.tenant_id, claim.subject)
            return None

        async def finish_approval(claim: Claim) -> datetime | None:
            await asyncio.to_thread(coaching.finish_approval, claim.subject)
            return None

        async def expire(claim: Claim) -> datetime | None:
            await asyncio.to_thread(coaching.expire, claim.subject)
            return None

        handlers: dict[WorkKind, Handler] = {
            WorkKind.ATTEMPT: advance,
            WorkKind.READ: lambda claim: reader.read(claim.tenant_id, claim.subject),
            WorkKind.LINK: lambda claim: reader.link(claim.tenant_id),
            WorkKind.WRITE: write,
            WorkKind.APPROVE: finish_approval,
            WorkKind.EXPIRE: expire,
            WorkKind.REVOKE: lambda claim: revoker.settle(claim.tenant_id),
        }
        self._loop = Loop(database, handlers, grace_seconds=grace_seconds)

    def nudge(self) -> None:
        """Look at once: something was just asked for. From any thread."""
        self._loop.nudge()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then end gracefully."""
        try:
            await self._loop.run(stop)
        finally:
            await self.calls.close()

    async def once(self) -> int:
        """Do what is due, and what follows from it at once; how many things that were."""
        return await self._loop.once()


def _opener(vault: Callable[[], Vault]) -> Callable[[WfmService], str]:
    def open_(row: WfmService) -> str:
        sealed = Sealed(row.sealed_token, row.key_id)
        return vault().open(sealed, service_seal(row.tenant_id)).decode()

    return open_

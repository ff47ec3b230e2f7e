"""The worker, put together: which kind of work is done by which backend function."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

import httpx2

from pmtui.backend.build import Services
from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Misconfigured
from pmtui.backend.calendars.tally import Tally, on_behalf_of
from pmtui.backend.errors import PmtuiError
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin import rotation
from pmtui.backend.signin.exchange import SignInWorker
from pmtui.backend.signin.google import Google
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.revocation import Revoker
from pmtui.backend.signin.tokens import Tokens
from pmtui.backend.signin.vault import CannotOpen, Keys, Sealed, Vault
from pmtui.backend.states import WorkKind
from pmtui.backend.storage.tables.integrations import WfmService
from pmtui.backend.storage.work import Claim
from pmtui.backend.sync import figures
from pmtui.backend.sync.opening import Opening
from pmtui.backend.sync.reader import Reader
from pmtui.backend.sync.writer import Writer
from pmtui.worker.collecting import collect_seldom
from pmtui.worker.loop import GRACE_SECONDS, Handler, Loop

FIGURES_SECONDS = 10.0
"""How often figures are stored while the worker runs."""

_log = logging.getLogger(__name__)


class Worker:
    """Everything that speaks to the calendars, for all organisations. Holds the keys, opened when first needed.

    With `transport` every request to a provider goes through it.
    """

    def __init__(
        self,
        services: Services,
        *,
        grace_seconds: float = GRACE_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        config, database = services.config, services.database
        vault = Keys(config.keys).vault
        self._database, self._vault, self._tally = database, vault, Tally(services.clock)
        self.calls = Calls(services.clock, insecure=config.insecure_endpoints, transport=transport, tally=self._tally)
        google = Google(config, services.clock, transport, tally=self._tally)
        microsoft = Microsoft(config, services.clock, transport, tally=self._tally)
        tokens = Tokens(database, config, vault, microsoft=microsoft, google=google)
        revoker = Revoker(database, vault, google)
        opening = Opening(database, config, self.calls, tokens.access_token, _opener(vault))
        signin = SignInWorker(
            database,
            config,
            vault,
            self.calls,
            opening.wfm,
            services.integrations.connect,
            microsoft=microsoft,
            google=google,
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

        async def begin_run(claim: Claim) -> datetime | None:
            await asyncio.to_thread(services.runs.begin, claim.tenant_id, claim.subject)
            return None

        async def plan_block(claim: Claim) -> datetime | None:
            await asyncio.to_thread(services.runs.plan_block, claim.tenant_id, claim.subject)
            return None

        handlers: dict[WorkKind, Handler] = {
            WorkKind.ATTEMPT: advance,
            WorkKind.READ: lambda claim: reader.read(claim.tenant_id, claim.subject),
            WorkKind.LINK: lambda claim: reader.link(claim.tenant_id),
            WorkKind.WRITE: write,
            WorkKind.APPROVE: finish_approval,
            WorkKind.EXPIRE: expire,
            WorkKind.RUN: begin_run,
            WorkKind.RUN_BLOCK: plan_block,
            WorkKind.REVOKE: lambda claim: revoker.settle(claim.tenant_id),
        }
        for_tenants = {kind: _for_its_tenant(handler) for kind, handler in handlers.items()}
        self._loop = Loop(database, for_tenants, grace_seconds=grace_seconds)

    def nudge(self) -> None:
        """Look at once: something was just asked for. From any thread."""
        self._loop.nudge()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then end gracefully."""
        collect_seldom()
        await asyncio.to_thread(self._recover)
        ended = asyncio.Event()
        storing = asyncio.create_task(self._store_figures(ended))
        try:
            await self._loop.run(stop)
        finally:
            ended.set()
            await storing
            await self.calls.close()

    async def once(self) -> int:
        """Do what is due, and what follows from it at once; how many things that were."""
        count = await self._loop.once()
        await figures.keep(self._database, self._tally)
        return count

    def _recover(self) -> None:
        """Keys that were missing when a worker last looked may be back."""
        try:
            rotation.recover(self._database, self._vault())
        except PmtuiError as error:
            _log.warning("the worker has no keys (yet): %s", error.line)

    async def _store_figures(self, ended: asyncio.Event) -> None:
        """Every few seconds, in real time (the clock of the work may stand still), and once more at the end."""
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIGURES_SECONDS):
                    await ended.wait()
            await figures.keep(self._database, self._tally)


def _for_its_tenant(handler: Handler) -> Handler:
    """The same, with what is asked of providers counted as the organisation's."""

    async def handle(claim: Claim) -> datetime | None:
        with on_behalf_of(claim.tenant_id):
            return await handler(claim)

    return handle


def _opener(vault: Callable[[], Vault]) -> Callable[[WfmService], str]:
    def open_(row: WfmService) -> str:
        sealed = Sealed(row.sealed_token, row.key_id)
        try:
            return vault().open(sealed, service_seal(row.tenant_id)).decode()
        except CannotOpen as error:  # nobody's calendar is lost by it: the organisation's token is
            raise Misconfigured(
                f"wfm_{error.code}",
                "The organisation's WFM token can't be opened: its key is gone, or it was damaged.",
                "Ask an administrator to set the WFM token again.",
            ) from None

    return open_

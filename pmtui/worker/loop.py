"""The worker's loop: takes what is due under leases, does it, and hands it back. Knows nothing of what the work is."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from pmtui.backend.errors import PmtuiError, Unavailable
from pmtui.backend.states import WorkKind
from pmtui.backend.storage import work
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.work import Claim

Handler = Callable[[Claim], Awaitable[datetime | None]]
"""Does one thing, safe to repeat. Returns when to look at it again (None: only when somebody asks)."""

AT_ONCE: Mapping[WorkKind, int] = {
    WorkKind.ATTEMPT: 8,
    WorkKind.READ: 8,
    WorkKind.LINK: 2,
    WorkKind.WRITE: 8,
    WorkKind.APPROVE: 4,
    WorkKind.EXPIRE: 4,
    WorkKind.REVOKE: 2,
    WorkKind.RUN: 1,
    WorkKind.RUN_BLOCK: 1,  # it computes: more at a time would only hold up the rest
}
"""How many things of a kind are worked on at a time, so that slow reads never hold up a sign-in."""

POLL_SECONDS = 0.15
"""How long a request waits at most before it is seen, without a nudge."""
GRACE_SECONDS = 5.0
"""How long work under way may go on once the loop is to stop."""
_RENEW_SECONDS = work.LEASE.total_seconds() / 3
_TROUBLE_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Loop:
    """Runs `handlers` on what is due. Waiting is in real time; what is due is by the database's clock."""

    def __init__(
        self, database: Database, handlers: Mapping[WorkKind, Handler], *, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._grace_seconds = grace_seconds
        self._holder = secrets.token_hex(8)
        self._running: dict[asyncio.Task[None], WorkKind] = {}
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def nudge(self) -> None:
        """Look at once: something was just asked for. From any thread."""
        event_loop = self._event_loop
        if event_loop is not None and not event_loop.is_closed():
            event_loop.call_soon_threadsafe(self._woken.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what is under way within the time of grace, and hand the rest back."""
        self._event_loop = asyncio.get_running_loop()
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._woken.set())
        try:
            while not stop.is_set():
                self._woken.clear()
                if not await self._take():
                    await self._pause(POLL_SECONDS)
        finally:
            stopping.cancel()
            await self._finish()

    async def once(self) -> int:
        """Do everything that is due now, and what that makes due; how many things that were. For tests and tools."""
        count = 0
        while await self._take():
            count += len(self._running)
            await asyncio.gather(*self._running)
        return count

    async def _take(self) -> int:
        """Start on what is due, as far as there is room; how many things."""
        running = Counter(self._running.values())
        try:
            claimed = await asyncio.to_thread(self._claim, running)
        except Exception as error:  # whatever is wrong with the database, the worker is there when it is back
            said = error.line if isinstance(error, PmtuiError) else type(error).__name__
            _log.warning("the worker can't see what is due: %s", said)
            await self._pause(_TROUBLE_SECONDS)
            return 0
        for claim in claimed:
            task = asyncio.create_task(self._one(claim))
            self._running[task] = claim.kind
            task.add_done_callback(self._ended)
        return len(claimed)

    def _claim(self, running: Counter[WorkKind]) -> list[Claim]:
        """Lease what is due, of each kind as much as there is room for."""
        claimed: list[Claim] = []
        for kind in sorted(work.due(self._database) & self._handlers.keys()):
            room = AT_ONCE[kind] - running[kind]
            if room > 0:
                claimed += work.claim(self._database, self._holder, room, (kind,))
        return claimed

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._running[task]
        self._woken.set()  # there is room again, and what was done may have made something due
        if not task.cancelled() and task.exception() is not None:
            _log.error("the worker could not hand work back; its lease runs out", exc_info=task.exception())

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _one(self, claim: Claim) -> None:
        """One thing: done, or put off with the reason. Whatever it raises, the loop goes on."""
        try:
            again_at = await self._leased(claim)
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.to_thread(work.release, self._database, claim))
            raise
        except Unavailable as error:
            _log.info("%s %s: %s (try %s)", claim.kind.value, claim.subject, error.code, claim.attempts)
            await asyncio.to_thread(work.retry_later, self._database, claim, error.code, retry_at=error.retry_at)
        except PmtuiError as error:
            _log.warning("%s %s: %s (try %s)", claim.kind.value, claim.subject, error.line, claim.attempts)
            await asyncio.to_thread(work.retry_later, self._database, claim, error.code)
        except Exception as error:
            _log.exception("%s %s failed (try %s)", claim.kind.value, claim.subject, claim.attempts)
            await asyncio.to_thread(work.retry_later, self._database, claim, f"internal:{type(error).__name__}")
        else:
            await asyncio.to_thread(work.done, self._database, claim, again_at)

    async def _leased(self, claim: Claim) -> datetime | None:
        """The handler, with the lease renewed while it takes its time; given up when the lease was lost."""
        task = asyncio.ensure_future(self._handlers[claim.kind](claim))
        try:
            while True:
                finished, _ = await asyncio.wait({task}, timeout=_RENEW_SECONDS)
                if finished:
                    return task.result()
                if not await asyncio.to_thread(work.renew, self._database, claim):
                    _log.warning("%s %s: another worker took over", claim.kind.value, claim.subject)
                    return None
        finally:
            task.cancel()

    async def _finish(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self._grace_seconds)
        rest = list(self._running)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

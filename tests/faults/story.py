"""One run: connect, book, move, lose the event by hand, move again, cancel, disconnect, while one call goes wrong.

Checked on the way, against what the sandbox itself remembers: the calendars hold exactly what is wanted, no event
twice, no session lost, no minute booked that was not free.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.errors import Conflict, PmtuiError
from pmtui.backend.slots.values import Hours, Week
from pmtui.backend.states import AttemptState, Attention, ConnectionState, Delivery, Provider, SessionState
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.signin import Revocation
from pmtui.backend.storage.tables.sync import CalendarFacts, WantedEvent
from pmtui.backend.sync.reader import EVERY
from pmtui.sandbox.faults import Fault
from tests.faults.stage import ADMIN, Failed, Inline, Stage

_WEEK = Week("America/Chicago", ((Hours(9 * 60, 17 * 60),),) * 7)
_FOR_GOOD = timedelta(hours=2)  # so long is what fails for good left alone, unless it is known as lost before
_READ_AGAIN = EVERY * 1.1  # in so long every calendar is read
_STALE = timedelta(minutes=5, seconds=1)
_TRIES = 130  # of 5 s: longer than a sign-in lives
_OVER = (AttemptState.FAILED, AttemptState.REJECTED, AttemptState.EXPIRED, AttemptState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Told:
    """How a run went: which calls it made (routes, as often as made), whether the fault struck, how it showed."""

    calls: tuple[str, ...]
    struck: bool
    lost: str = ""


async def tell(provider: Provider, seed: int, fault: Fault | None) -> Told:
    """Run it once. Raises Failed, with what must never be."""
    asyncio.get_running_loop().set_default_executor(Inline())
    stage = Stage(provider, Random(seed))
    try:
        return await _Story(stage, Random(seed + 1), fault).tell()
    finally:
        await stage.close()


class _Story:
    def __init__(self, stage: Stage, random: Random, fault: Fault | None) -> None:
        self.stage, self.random, self.fault = stage, random, fault
        self.services = stage.services
        self.coach, self.ada = stage.actor(stage.coach), stage.actor(ADMIN)
        self.lost = ""
        self.struck_at: datetime | None = None
        if fault is not None:
            stage.world.faults.append(fault)

    async def tell(self) -> Told:
        stage = self.stage
        await self.until("the agent is linked", lambda: self._reads() >= 1)
        await self.connect()
        if stage.provider is not Provider.WFM:
            self.services.availability.save(self.coach, _WEEK, 0)
        await self.until("both calendars are read", lambda: self._reads() == 2)
        session = await self.book()
        await self.delivered(session)
        stage.clock.at += timedelta(minutes=70)  # nobody worked meanwhile, and tokens have ended
        session = await self.move(session)
        await self.delivered(session)
        await self.lose_the_event(session)
        session = await self.move(session)
        await self.delivered(session)
        self.services.coaching.cancel(self.coach, session.code)
        await self.delivered(None)
        self.services.integrations.disconnect(self.coach)
        await self.until("the grant is revoked", lambda: not stage.rows(Revocation))
        await self.delivered(None)
        log = stage.world.requests
        return Told(tuple(entry.route for entry in log), any(entry.fault for entry in log), self.lost)

    async def until(self, what: str, done: Callable[[], bool]) -> None:
        """Let time pass until it is so; what is lost for good is mended by people on the way."""
        for _ in range(_TRIES):
            await self.stage.work()
            await self.mend()
            if done():
                return
            due, now = self.stage.next_due(), self.stage.clock.now()
            wait = timedelta(minutes=5) if due is None else max(due - now, timedelta(seconds=1))
            await self.stage.pass_time(min(wait, timedelta(minutes=30)))
        raise Failed(f"never: {what}")

    async def mend(self) -> None:
        """Do what people do: find out that a calendar is lost, put the reason right, connect it again."""
        connections = [row for row in self.stage.rows(Connection) if row.ended_at is None]
        lost = [row for row in connections if row.state is ConnectionState.NEEDS_RECONNECTING]
        if lost and not self.for_good:
            raise Failed(f"needs reconnecting after {self.fault} ({lost[0].error_code})")
        if lost:
            self.heal("needs reconnecting")
            if lost[0].provider is not Provider.WFM:
                await self.connect()
        if self.for_good and not self.stage.rows(WfmService)[0].works:
            self.heal("WFM token refused")
        if any(entry.fault for entry in self.stage.world.requests):
            self.struck_at = self.struck_at or self.stage.clock.now()
        if self.for_good and self.struck_at and self.stage.clock.now() - self.struck_at > _FOR_GOOD:
            self.heal("degraded")

    @property
    def for_good(self) -> bool:
        return self.fault is not None and self.fault.kind == "401-for-good"

    def heal(self, how: str) -> None:
        """What failed for good works again; `how` it had shown."""
        if self.stage.world.faults:
            self.lost = self.lost or how
        self.stage.world.faults.clear()

    async def connect(self) -> None:
        """Sign in, as often as it takes; somebody who is refused has the reason put right before trying again."""
        for _ in range(_TRIES):
            if await self.signed_in():
                return
            if self.for_good:
                self.heal("sign-in refused")
            await self.stage.pass_time(timedelta(minutes=1))
        raise Failed("never connected")

    async def signed_in(self) -> bool:
        """One sign-in from the start to the connection; False if it ended otherwise."""
        signin, stage = self.services.signin, self.stage
        attempt = signin.start(self.coach, stage.provider)
        for _ in range(_TRIES):
            await stage.work()
            attempt = signin.attempt(self.coach, attempt.attempt_id)
            if attempt.state is AttemptState.AWAITING and attempt.link is not None:
                signin.answer(self.coach, attempt.attempt_id, await stage.browse(attempt.link))
            elif attempt.state is AttemptState.CONFIRMING:
                self.services.integrations.confirm(self.coach, attempt.attempt_id)
                return True
            elif attempt.state is AttemptState.CONNECTED:
                return True
            elif attempt.state.over:
                return False
            else:
                await stage.pass_time(timedelta(seconds=5))
        raise Failed("a sign-in without an end")

    async def book(self) -> SessionRecord:
        """Find, propose, approve; half of the time something is put on top first, which must be seen."""
        coaching = self.services.coaching
        for _ in range(_TRIES):
            found = coaching.search(self.coach, self.stage.coach, self.stage.agent).starts_at
            starts = self.choose(found)
            if starts is None:
                await self.wait()
                continue
            session = coaching.propose(self.coach, self.stage.coach, self.stage.agent, starts)
            on_top = self.put_on_top(session.starts_at, session.ends_at)
            session = coaching.approve(self.ada, session.code)
            while session.state is SessionState.APPROVING:
                await self.wait(timedelta(seconds=1))
                session = coaching.session(self.ada, session.code)
            if session.state is SessionState.SCHEDULED:
                self.require_free(session, on_top)
                return session
            coaching.reject(self.ada, session.code)
            await self.wait()
        raise Failed("never booked")

    async def move(self, session: SessionRecord) -> SessionRecord:
        """Give it another time, chosen and put on top of in the same way."""
        coaching = self.services.coaching
        for _ in range(_TRIES):
            starts = self.choose(coaching.search_again(self.coach, session.code).starts_at, session.starts_at)
            if starts is None:
                await self.wait()
                continue
            on_top = self.put_on_top(starts, starts + timedelta(minutes=30))
            for _ in range(_TRIES):
                try:
                    session = coaching.reschedule(self.coach, session.code, starts)
                except Conflict:
                    break
                except PmtuiError:
                    await self.wait(timedelta(seconds=1))
                else:
                    self.require_free(session, on_top)
                    return session
            await self.wait()
        raise Failed("never moved")

    async def lose_the_event(self, session: SessionRecord) -> None:
        """The coach deletes the event by hand, and the session says so once the calendar was read."""
        self.stage.delete_ours()

        def noticed() -> bool:
            found = self.services.coaching.session(self.coach, session.code)
            return found.attention is Attention.EVENT_CHANGED

        await self.until("the deleted event is noticed", noticed)

    async def delivered(self, session: SessionRecord | None) -> None:
        """The calendars hold exactly this session, or nothing, for good."""

        def written() -> bool:
            return all(row.delivery is Delivery.DELIVERED for row in self.stage.rows(WantedEvent))

        await self.until("everything is written", written)
        await self.stage.pass_time(_READ_AGAIN)  # nothing may come of that
        await self.until("everything stays written", written)
        wanted = []
        if session is not None:
            found = self.services.coaching.session(self.coach, session.code)
            if found.state is not SessionState.SCHEDULED or found.starts_at != session.starts_at:
                raise Failed(f"the session was lost: {found}")
            wanted = sorted(
                (email, session.starts_at, session.ends_at) for email in (self.stage.coach, self.stage.agent)
            )
        if self.stage.written() != wanted:
            raise Failed(f"the calendars hold {self.stage.written()}, wanted was {wanted}")

    def choose(self, offered: tuple[datetime, ...], present: datetime | None = None) -> datetime | None:
        """One of the times from the day after tomorrow on; None if there is none, as while a calendar is unknown.

        Not on the session as it stands at `present`: something put on top of that is another story.
        """
        earliest = self.stage.clock.now() + timedelta(days=2)
        apart = timedelta(minutes=45)
        found = [start for start in offered if start > earliest and (not present or abs(start - present) >= apart)]
        return self.random.choice(found) if found else None

    def put_on_top(self, starts: datetime, ends: datetime) -> bool:
        """Perhaps something else comes into the coach's calendar there; in any case what was read is old by now."""
        on_top = self.random.random() < 0.5
        if on_top:
            self.stage.occupy(starts, ends)
        self.stage.clock.at += _STALE
        return on_top

    def require_free(self, session: SessionRecord, on_top: bool) -> None:
        """Failed if that time was not free."""
        if on_top or not self.stage.is_free(session.starts_at, session.ends_at):
            raise Failed(f"booked at {session.starts_at}, which was not free (put on top: {on_top})")

    async def wait(self, wait: timedelta = timedelta(minutes=10)) -> None:
        """Time passes, and people mend."""
        await self.stage.pass_time(wait)
        await self.mend()

    def _reads(self) -> int:
        """How many people's calendars have been read."""
        return len(self.stage.rows(CalendarFacts))

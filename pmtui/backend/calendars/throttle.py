"""How fast a provider may be called: for one account, and for the whole application.

Limits (developers.google.com/workspace/calendar/api/guides/quota; learn.microsoft.com/graph/throttling-limits,
Outlook; the WFM's own reference) are kept to before the provider has to ask, by each worker process for itself. A
provider that asks to wait slows down whom it names, nobody else.
"""

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.clock import Clock
from pmtui.backend.states import Provider

PATIENCE = timedelta(minutes=1)
"""How long a call waits for its turn. Longer than that, the work is put off instead."""

_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=1)
_GRAIN = timedelta(milliseconds=1)  # instants here are floats: never wake up a hair too early
_APPLICATION = ""  # the account that stands for all of them
_SWEEP = 1000  # so many accounts are remembered before those that have been quiet are forgotten


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls within any stretch of that length."""

    calls: int
    within: timedelta


_MINUTE = timedelta(minutes=1)
OF_ACCOUNT: Mapping[Provider, tuple[Rate, ...]] = {
    Provider.GOOGLE: (Rate(600, _MINUTE),),
    Provider.OUTLOOK: (Rate(10_000, 10 * _MINUTE),),  # a mailbox and this application
    Provider.WFM: (Rate(500, _MINUTE), Rate(10_000, 60 * _MINUTE)),  # an organisation's service user
}
OF_APPLICATION: Mapping[Provider, tuple[Rate, ...]] = {
    Provider.GOOGLE: (Rate(10_000, _MINUTE),),
    Provider.OUTLOOK: (),
    Provider.WFM: (),
}


@dataclass(slots=True)
class _Pace:
    """One account's calls of late (instants as seconds, oldest first), and until when the provider wants none."""

    rates: tuple[Rate, ...]
    made: deque[float] = field(default_factory=deque)
    held_until: float = 0.0
    strikes: int = 0

    def ready_at(self, now: float) -> float:
        """The first second at which a call is allowed."""
        ready = max(now, self.held_until)
        for rate in self.rates:
            if len(self.made) >= rate.calls:
                ready = max(ready, self.made[-rate.calls] + rate.within.total_seconds())
        return ready

    def note(self, now: float) -> None:
        """A call is made."""
        if self.rates:
            self.made.append(now)
            if len(self.made) > max(rate.calls for rate in self.rates):
                self.made.popleft()

    def quiet(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        longest = max((rate.within.total_seconds() for rate in self.rates), default=0.0)
        return self.held_until <= now and (not self.made or self.made[-1] + longest <= now)


class Throttle:
    """The pace of every account and application, for one worker. `chance` (0 to 1) jitters pauses."""

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._chance = chance
        self._paces: dict[tuple[Provider, str], _Pace] = {}
        self._sweep_at = _SWEEP

    async def turn(self, provider: Provider, account: str) -> None:
        """Return when a call for this account may be made, and count it. Raises Temporary if that takes too long."""
        while (wait := self._wait(provider, account)) > timedelta():
            if wait > PATIENCE:
                raise Temporary("throttled", provider, self._clock.now() + wait)
            await self._clock.sleep(wait + _GRAIN)
        for name in (account, _APPLICATION):
            self._pace(provider, name).note(self._now())

    def _wait(self, provider: Provider, account: str) -> timedelta:
        """How long until a call is allowed."""
        now = self._now()
        ready = max(self._pace(provider, name).ready_at(now) for name in (account, _APPLICATION))
        return timedelta(seconds=ready - now)

    def slow(self, provider: Provider, account: str | None, until: datetime | None = None) -> datetime:
        """The provider has had enough of this account (None: of the application) `until` then; when to go on.

        Where it names no time, the pause doubles with each time it says so in a row.
        """
        pace, now = self._pace(provider, account or _APPLICATION), self._now()
        if now >= pace.held_until:  # several calls under way hear of it together: that is once
            pace.strikes += 1
        if until is None:
            longest = min(_FIRST_PAUSE * (1 << min(pace.strikes - 1, 16)), _LONGEST_PAUSE)
            until = self._clock.now() + longest / 2 + longest / 2 * self._chance()
        pace.held_until = max(pace.held_until, until.timestamp())
        return datetime.fromtimestamp(pace.held_until, UTC)

    def eased(self, provider: Provider, account: str) -> None:
        """The provider has answered a call for this account."""
        for name in (account, _APPLICATION):
            self._pace(provider, name).strikes = 0

    def _pace(self, provider: Provider, account: str) -> _Pace:
        pace = self._paces.get((provider, account))
        if pace is None:
            if len(self._paces) >= self._sweep_at:
                self._sweep()
            rates = (OF_ACCOUNT if account != _APPLICATION else OF_APPLICATION)[provider]
            pace = self._paces[provider, account] = _Pace(rates)
        return pace

    def _sweep(self) -> None:
        now = self._now()
        self._paces = {key: pace for key, pace in self._paces.items() if not pace.quiet(now)}
        self._sweep_at = max(_SWEEP, 2 * len(self._paces))

    def _now(self) -> float:
        return self._clock.now().timestamp()

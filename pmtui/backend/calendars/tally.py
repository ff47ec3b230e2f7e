"""How the providers answered, counted per organisation: each request once, whoever makes it.

Whoever takes up a piece of work says for which organisation (`on_behalf_of`); everything asked of a provider inside
counts there, so that nobody sees what another organisation's calendars cost. What is counted outside is nobody's.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from pmtui.backend.clock import Clock
from pmtui.backend.states import Provider

QUARTER = timedelta(minutes=15)
"""How finely calls are counted."""
GOOD = ""
"""The code of a request that was answered as it should be."""
THROTTLED = frozenset(
    {"http_429", "keys_429", "rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}
)
"""The codes that ask for fewer requests."""

_tenant: ContextVar[int | None] = ContextVar("tenant", default=None)


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted together. `quarter_at` is when the quarter of an hour began; `code` is GOOD or an error's."""

    tenant_id: int
    provider: Provider
    quarter_at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many requests, and when the last of them ended."""

    calls: int
    last_at: datetime


@contextmanager
def on_behalf_of(tenant_id: int) -> Iterator[None]:
    """What is asked of providers inside, in this task and those it starts, is that organisation's."""
    before = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(before)


class Tally:
    """Counts requests until somebody takes the counts to store them. One for a whole worker, used in its event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[Key, Count] = {}

    def note(self, provider: Provider, code: str = GOOD) -> None:
        """A request ended, well or with the code of an error."""
        tenant_id = _tenant.get()
        if tenant_id is None:
            return
        now = self._clock.now()
        minutes = QUARTER // timedelta(minutes=1)
        quarter_at = now.replace(minute=now.minute // minutes * minutes, second=0, microsecond=0)
        self._add(Key(tenant_id, provider, quarter_at, code), Count(1, now))

    def take(self) -> dict[Key, Count]:
        """What was counted since the last time."""
        counts, self._counts = self._counts, {}
        return counts

    def give_back(self, counts: Mapping[Key, Count]) -> None:
        """What could not be stored is counted on."""
        for key, count in counts.items():
            self._add(key, count)

    def _add(self, key: Key, count: Count) -> None:
        before = self._counts.get(key)
        if before is not None:
            count = Count(before.calls + count.calls, max(before.last_at, count.last_at))
        self._counts[key] = count

"""The one place that knows what time it is."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""

    async def sleep(self, wait: timedelta) -> None:
        """Return after `wait`."""


class SystemClock:
    """The machine's clock, shifted by `offset` (the demo and the tests move time)."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return datetime.now(UTC) + self.offset  # noqa: TID251 (the clock itself)

    async def sleep(self, wait: timedelta) -> None:
        """Return after `wait` of real time."""
        await asyncio.sleep(wait.total_seconds())  # noqa: TID251 (the clock itself)

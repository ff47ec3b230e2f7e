"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)  # a Monday


class ManualClock:
    """`now` is what the test says; `sleep` moves it and returns at once."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        """The test's instant."""
        return self.at

    async def sleep(self, wait: timedelta) -> None:
        """Move on by `wait`."""
        self.at += wait

    def advance(self, **wait: float) -> None:
        """Move on, as in `advance(minutes=5)`."""
        self.at += timedelta(**wait)

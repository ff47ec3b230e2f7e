"""One sandbox for these tests, fresh before each, and clients that count their calls."""

from collections.abc import AsyncIterator, Iterator

import pytest

from pmtui.backend.calendars.calls import Calls
from tests.clock import ManualClock
from tests.stand_in import StandIn, calls_of, standing_in


@pytest.fixture(scope="session")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(_stand_in: StandIn, clock: ManualClock) -> StandIn:
    """The sandbox, as at its start, on Monday 2027-03-01, 08:00 UTC."""
    return _stand_in.fresh(clock)


@pytest.fixture
async def calls(stand_in: StandIn) -> AsyncIterator[Calls]:
    """What the clients call through."""
    calls = calls_of(stand_in.clock)
    yield calls
    await calls.close()

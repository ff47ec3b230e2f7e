"""One sandbox for all of these tests, reset before each, with a clock that stands still unless moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from pmtui.sandbox.server import Running, serve
from pmtui.sandbox.world import World
from tests.sandbox import google_browser
from tests.sandbox.google_client import DANA, pull

START = datetime(2027, 3, 10, 15, 30, tzinfo=UTC)  # a Wednesday; US clocks go forward on the Sunday after


@dataclass
class Hands:
    """The hands of the sandbox's clock."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(scope="session")
def _served() -> Iterator[tuple[Running, Hands]]:
    hands = Hands()
    with serve(World(hands.now)) as running:
        yield running, hands


@pytest.fixture
def hands(_served: tuple[Running, Hands]) -> Hands:
    """The clock; tests move it."""
    _served[1].at = START
    return _served[1]


@pytest.fixture
def world(_served: tuple[Running, Hands], hands: Hands) -> World:
    """The sandbox's memory, fresh."""
    _served[0].world.reset()
    return _served[0].world


@pytest.fixture
def base_url(_served: tuple[Running, Hands], world: World) -> str:
    """Where the sandbox answers."""
    return _served[0].base_url


@pytest.fixture
def http(base_url: str) -> Iterator[httpx2.Client]:
    """A client of the sandbox that does not follow redirects."""
    # Nothing here is TLS; without `verify=False` each client reads all the machine's certificates first.
    with httpx2.Client(base_url=base_url, timeout=10, verify=False) as client:
        yield client


@pytest.fixture
def dana(http: httpx2.Client) -> httpx2.Client:
    """A client signed in to Google as Dana, whose calendar there is empty."""
    http.headers["authorization"] = "Bearer " + google_browser.sign_in(http, DANA)["access_token"]
    pull(http, "google_clear_events", DANA)
    return http

"""What the tests of screens share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual.screen import Screen

from pmtui.app import PmtuiApp
from tests import snapshots
from tests.at_rest import press, settled
from tests.screens.stand_in import SIZE, StandIn


class Pressed:
    """An app under test: `keys` presses and waits until everything came to rest."""

    def __init__(self, app: PmtuiApp, pilot: Any) -> None:
        self.app = app
        self.pilot = pilot

    async def keys(self, *keys: str) -> None:
        for key in keys:
            await press(self.app, key)
            await self.rest()

    async def typed(self, text: str) -> None:
        await self.keys(*text)

    async def look(self) -> None:
        """The app notices what others changed."""
        await self.app.background.look()
        await self.rest()

    def shows(self, kind: type[Screen[Any]]) -> bool:
        return isinstance(self.app.screen, kind)

    async def rest(self) -> None:
        await settled(self.app)


Open = Callable[..., AbstractAsyncContextManager[Pressed]]
Colourless = Callable[..., Awaitable[None]]


@pytest.fixture
def opened() -> Open:
    """`async with opened(stand_in, size=..., **options) as pressed:` runs the app on it."""

    @asynccontextmanager
    async def run(stand_in: StandIn, size: tuple[int, int] = SIZE, **options: Any) -> AsyncIterator[Pressed]:
        app = stand_in.app(**options)
        async with app.run_test(size=size) as pilot:
            pressed = Pressed(app, pilot)
            await pressed.rest()
            yield pressed

    return run


@pytest.fixture
def colourless(opened: Open, monkeypatch: pytest.MonkeyPatch) -> Colourless:
    """`await colourless(make, *keys)`: NO_COLOR leaves the same text, no colour, and a cursor that can be seen."""

    async def look(make: Callable[[], StandIn], *keys: str) -> None:
        async with opened(make()) as pressed:
            await pressed.keys(*keys)
            coloured = snapshots.text(pressed.app)
            assert snapshots.has_colours(pressed.app)
        monkeypatch.setenv("NO_COLOR", "1")
        async with opened(make()) as pressed:
            await pressed.keys(*keys)
            assert snapshots.text(pressed.app) == coloured
            assert not snapshots.has_colours(pressed.app)
            assert "reverse" in snapshots.picture(pressed.app)

    return look

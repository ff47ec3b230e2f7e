"""Keys in order: each is handled whole before the next one is looked at.

Textual hands a key to the widget that has the focus when the key *arrives*. In a burst (a slow link
delivers many keys at once, fast hands, a paste of keys) the second key arrives before the first has
moved the focus or opened a window, and acts on the wrong thing.
"""

import asyncio
from collections import deque
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen

_PATIENCE_SECONDS = 0.25
"""A handler that takes longer does not hold up the keys behind it."""


@runtime_checkable
class Opening(Protocol):
    """A screen that keys wait for: until it shows what they are meant for."""

    async def at_rest(self) -> None:
        """Return once it does, or when that takes too long."""


class OrderedKeys(App[None], inherit_bindings=False):
    """An app that handles keys one after the other."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._held: deque[events.Key] = deque()
        self._handling: asyncio.Task[None] | None = None

    @property
    def keys_under_way(self) -> bool:
        """Whether a key, or what it led to, is not done with yet."""
        return self._handling is not None

    async def on_event(self, event: events.Event) -> None:
        """Take a key up at once, or hold it until those before it are done with."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._handling is not None:
            self._held.append(event)
        else:
            await self._take_up(event)

    async def _take_up(self, event: events.Key) -> None:
        target = self.focused or self.screen
        await super().on_event(event)
        self._handling = asyncio.create_task(self._handled(target))

    async def _handled(self, target: MessagePump) -> None:
        """Wait until the key, and what it led to, has gone from `target` up to the app."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                pump: MessagePump | None = target
                while pump is not None:
                    await _turn(pump)  # the key itself,
                    await _turn(pump)  # and a message that it made its widget send
                    pump = pump._parent
        except TimeoutError:
            pass
        await self._screen_at_rest()
        self.call_later(self._next)

    async def _screen_at_rest(self) -> None:
        """Wait for the screen that the key led to, and for those that come of it."""
        screen: Screen[Any] | None = None
        while screen is not self.screen:
            screen = self.screen
            if isinstance(screen, Opening):
                await screen.at_rest()

    async def _next(self) -> None:
        self._handling = None
        if self._held:
            await self._take_up(self._held.popleft())


async def _turn(pump: MessagePump) -> None:
    """Return when everything that stood in the pump's queue has been handled."""
    done = asyncio.Event()
    if pump.call_later(done.set):
        await done.wait()

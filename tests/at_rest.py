"""Waiting for an app under test: exactly as long as it has something to do, however fast the machine is.

Textual's pilot looks whether the process uses the processor, a few hundredths of a second at a time: a process that
gets no turn of the processor seems to rest, and one that rests is waited for several times a key. Here the event loop
itself is asked. Nothing is ready in it only if every widget waits for a message, and only a thread, a timer or the
network can bring more.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from textual.app import App

from pmtui.app import PmtuiApp
from pmtui.backend.clock import SystemClock
from pmtui.screens.dialogs.booking import ASKING

_LASTING = ("attempt", ASKING)
"""The groups of workers that wait for somebody: a listener, an answer."""
_A_MOMENT = timedelta(milliseconds=1)
_real = SystemClock()


async def idle(*_: float) -> None:
    """Return once nothing is ready in the event loop. Stands in for Textual's `wait_for_idle` (see `conftest.py`)."""
    loop: Any = asyncio.get_running_loop()
    ready = loop._ready  # what the loop would run next; nobody's face, but the only exact answer
    while True:
        await _real.sleep(timedelta())
        if not ready:
            return


async def press(app: App[Any], *keys: str) -> None:
    """Press keys, each once the one before it has done what it does at once."""
    await app._press_keys(keys)


async def until(app: App[Any], reached: Callable[[], bool]) -> None:
    """Wait for what a thread or a timer brings about, and everything that follows from it at once."""
    while True:
        await idle()
        _draw(app)
        if reached():
            return
        await _real.sleep(_A_MOMENT)


async def settled(app: PmtuiApp) -> None:
    """Wait until nothing is under way behind the screen (but a listener, or an answer awaited) and all is drawn."""
    while not app._exit:
        await idle()
        if _draw(app):
            continue
        if not _under_way(app):
            return
        await _real.sleep(_A_MOMENT)


def _under_way(app: PmtuiApp) -> bool:
    """Whether a thread, a timer or an animation will bring more."""
    animated: Any = app.animator
    return (
        app.keys_under_way
        or app.background.calls_under_way > 0
        or any(worker.group not in _LASTING and not worker.is_finished for worker in app.workers)
        or not animated._complete_event.is_set()
        or app._batch_count > 0
        or app._resize_timer is not None
    )


def _draw(app: App[Any]) -> bool:
    """Draw at once what Textual would draw with its next round, a sixtieth of a second later; whether there was any."""
    screens: list[Any] = app.screen_stack
    due = [screen for screen in screens if screen._update_timer._active.is_set()]
    for screen in due:
        screen._on_timer_update()
    return bool(due)

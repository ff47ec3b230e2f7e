"""The worker inside another process: one event loop in a thread, beside the app."""

import asyncio
import logging
import threading

from pmtui.backend.build import Services
from pmtui.worker.run import Worker

_GRACE_SECONDS = 0.5  # the app leaves at once; what is not finished is taken up again by its lease
_STOP_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Embedded:
    """Runs a worker in a thread from `start` to `stop`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._thread = threading.Thread(target=self._run, name="pmtui worker", daemon=True)
        self._ready = threading.Event()
        self._worker: Worker | None = None
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._asked_to_stop = False

    @property
    def died(self) -> bool:
        """Whether it has ended though nobody asked it to; the log says why."""
        started = self._thread.ident is not None
        return started and not self._thread.is_alive() and not self._asked_to_stop

    def start(self) -> None:
        """Start; returns at once."""
        self._thread.start()

    def nudge(self) -> None:
        """Something was just asked for."""
        if self._worker is not None:
            self._worker.nudge()

    def stop(self) -> None:
        """Finish what is under way, as far as that goes quickly, and end. Safe to call twice."""
        if not self._thread.is_alive():
            return
        self._asked_to_stop = True
        self._ready.wait(_STOP_SECONDS)
        if self._event_loop is not None and self._stop is not None and not self._event_loop.is_closed():
            self._event_loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception:
            _log.exception("the worker inside this process ended")
        finally:
            self._ready.set()

    async def _work(self) -> None:
        self._event_loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._worker = Worker(self._services, grace_seconds=_GRACE_SECONDS)
        self._ready.set()
        await self._worker.run(self._stop)

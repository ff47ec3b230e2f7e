"""The app's one door to the backend: calls off the message loop, watching for changes, and the one error route.

The backend is imported in a thread, after the first frame is written. Imports that stand inside functions stand
here and in the command line's table, nowhere else.
"""

import asyncio
import gc
import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.widget import Widget
from textual.worker import Worker

from pmtui.backend.actor import Actor, Surface
from pmtui.backend.clock import Clock
from pmtui.backend.errors import BadInput, NotAllowed, PmtuiError, Unavailable, Whose
from pmtui.backend.people.records import DEFAULTS, Me, Preferences
from pmtui.backend.states import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pmtui.backend.build import Services

R = TypeVar("R")
Stop = Callable[[], None]

LOOK_SECONDS = 0.5
"""How often the numbers of what changed are read."""
_PATIENCE_SECONDS = 0.2
"""A wait shorter than this shows nothing."""
_THREADS = 4
_MADE_BETWEEN = 10_000
"""How many objects are made before the youngest are looked at for garbage. With Python's own 700 the hundred thousand
people of a large organisation, read at once, are all looked at while they are read: a tenth of a second in which no key
is answered.
"""
_WORKER_DIED = (
    "Calendars are not read or written any more: pmtui's worker has ended.",
    "Leave pmtui and start it again. If it happens again, tell the operator of this machine: its log says why.",
)
_log = logging.getLogger("pmtui.app")


@dataclass(frozen=True, slots=True)
class Opened:
    """The backend, open: the services, who acts, and how to see that something changed.

    `numbers` reads the present number of each topic. `close` ends what was started with it. `log_folder` is where the
    log is, and where crash files go. `worker_died` says whether a worker inside this process ended by itself.
    """

    services: "Services"
    actor: Actor
    me: Me
    numbers: Callable[[], Mapping[Topic, int]]
    close: Stop
    log_folder: Path | None = None
    worker_died: Callable[[], bool] = lambda: False
    preferences: Preferences = DEFAULTS


class Front(Protocol):
    """What the error route needs of the app."""

    def told(self, title: str, next_step: str, *, warning: bool) -> None:
        """Show a toast."""

    def explain(self, title: str, next_step: str) -> None:
        """Show a dialog that has to be read."""

    def stopped(self, title: str, next_step: str) -> None:
        """Nothing can be done any more: show why, and only why."""


class Background:
    """Calls the backend from the app's message loop. `open` makes it, in a thread."""

    def __init__(self, open_: Callable[[], Opened], front: Front) -> None:
        self._open = open_
        self._front = front
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="pmtui-call")
        self._opened: Opened | None = None
        self._waiting: list[Callable[[], None]] = []
        self._watches: dict[object, tuple[frozenset[Topic], Callable[[], None]]] = {}
        self._seen: dict[Topic, int] | None = None
        self._looking = False
        self._lost = False
        self.calls_under_way = 0
        """How many calls are in a thread now."""
        self._worker_told = False

    @property
    def opened(self) -> Opened:
        """The open backend. LookupError before `open`."""
        if self._opened is None:
            raise LookupError("the backend is not open yet")
        return self._opened

    @property
    def is_open(self) -> bool:
        """Whether the backend can be called."""
        return self._opened is not None

    async def open(self) -> Opened | None:
        """Import and build the backend; None if that failed (and the person was told)."""
        try:
            self._opened = await self.aside(self._open)
        except Exception as error:
            self._front.stopped(*self.words(error))
            return None
        for ready in self._waiting:
            ready()
        self._waiting.clear()
        return self._opened

    def close(self) -> None:
        """End what runs behind the app. Calls under way are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._opened is not None:
            self._opened.close()

    def when_open(self, ready: Callable[[], None]) -> None:
        """Call `ready` as soon as the backend can be called; at once if it can."""
        if self.is_open:
            ready()
        else:
            self._waiting.append(ready)

    async def call(self, ask: "Callable[[Services], R]") -> R:
        """`ask(services)` in a thread; what it raises is raised here."""
        services = self.opened.services
        return await self.aside(lambda: ask(services))

    async def aside(self, work: Callable[[], R]) -> R:
        """`work()` in a thread, for what waits but needs no services."""
        self.calls_under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self.calls_under_way -= 1

    def start(
        self,
        node: DOMNode,
        work: Coroutine[Any, Any, None],
        *,
        group: str = "call",
        exclusive: bool = False,
        loading: Widget | None = None,
    ) -> Worker[None]:
        """Run `work` beside the message loop, for as long as `node` lives; errors take the error route.

        `exclusive` ends what runs in this `group` of the node. `loading` shows that it waits, if it takes longer
        than 200 ms.
        """
        return node.run_worker(
            self._guarded(node, work, loading), group=group, exclusive=exclusive, exit_on_error=False
        )

    async def _guarded(self, node: DOMNode, work: Coroutine[Any, Any, None], loading: Widget | None) -> None:
        try:
            with _shown(node, loading):
                await work
        except NoMatches as error:  # a screen loses its widgets first and what runs for it only then
            if node.screen in node.app.screen_stack:
                self.report(error)
        except Exception as error:
            self.report(error)

    def report(self, error: Exception) -> None:
        """The error route: a toast for what can be tried again, a dialog for what must be read; always the log."""
        title, next_step = self.words(error)
        if isinstance(error, BadInput) or (isinstance(error, Unavailable) and error.whose is not Whose.OPERATOR):
            self._front.told(title, next_step, warning=True)
        else:
            self._front.explain(title, next_step)

    def words(self, error: Exception) -> tuple[str, str]:
        """Title and next step, and a line in the log. What nobody expected gets a number, to be found there."""
        if isinstance(error, PmtuiError):
            _log.warning("%s: %s", error.code, error.line)
            return error.title, error.next_step
        incident = os.urandom(3).hex().upper()
        _log.error("incident %s", incident, exc_info=error)
        return (
            f"Something went wrong in pmtui (incident {incident}).",
            "Try again; if it happens again, give the operator of this machine that number.",
        )

    def watch(self, topics: Iterable[Topic], changed: Callable[[], None]) -> Stop:
        """Call `changed` on the message loop whenever one of the topics changed. Call the result to end it."""
        key = object()
        self._watches[key] = (frozenset(topics), changed)
        return lambda: self._watches.pop(key, None) and None

    async def look(self) -> None:
        """Read the numbers once and call whoever watches what changed. Never more than one at a time.

        Says so, once, when the worker inside this process has died.
        """
        if self._looking or not self.is_open:
            return
        if not self._worker_told and self.opened.worker_died():
            self._worker_told = True
            self._front.explain(*_WORKER_DIED)
        self._looking = True
        try:
            numbers = dict(await self.aside(self.opened.numbers))
        except Exception as error:
            if not self._lost:  # once, not twice a second
                self.report(error)
            self._lost = True
            return
        finally:
            self._looking = False
        self._lost = False
        before, self._seen = self._seen, numbers
        if before is None:
            return
        changed = {topic for topic, number in numbers.items() if before.get(topic) != number}
        for topics, call in list(self._watches.values()):
            if topics & changed:
                call()


@contextmanager
def _shown(node: DOMNode, widget: Widget | None) -> "Iterator[None]":
    if widget is None:
        yield
        return
    timer = node.set_timer(_PATIENCE_SECONDS, partial(setattr, widget, "loading", True))
    try:
        yield
    finally:
        timer.stop()
        widget.loading = False


def open_backend(flags: Mapping[str, object], as_email: str | None, tenant: str | None, clock: Clock) -> Opened:
    """Import the backend and open it as one person. Runs in a thread; takes the time SQLModel takes to import.

    From then on garbage is collected (see `__main__`), but not looked for in what has been loaded.
    """
    try:
        return _open(flags, as_email, tenant, clock)
    finally:
        gc.freeze()
        gc.set_threshold(_MADE_BETWEEN)
        gc.enable()


def _open(flags: Mapping[str, object], as_email: str | None, tenant: str | None, clock: Clock) -> Opened:
    if as_email is None:
        raise NotAllowed("who", "pmtui does not know who you are.", "Start it with: pmtui --as YOUR-EMAIL")
    from pmtui.backend import log
    from pmtui.backend.build import build
    from pmtui.backend.config import load
    from pmtui.backend.storage.changes import numbers

    config = load(flags)
    log.start(config)
    services = build(config, clock)
    actor = services.people.actor_for(as_email, Surface.APP, tenant)
    me = services.people.me(actor)
    opened = Opened(
        services,
        actor,
        me,
        lambda: numbers(services.database, actor),
        services.database.close,
        config.log.parent,
        preferences=services.preferences.show(actor),
    )
    return with_worker(opened) if config.embedded_worker else opened


def with_worker(opened: Opened) -> Opened:
    """The same with a worker inside this process, which ends with it."""
    from pmtui.worker.embedded import Embedded

    embedded = Embedded(opened.services)
    embedded.start()

    def stop() -> None:
        embedded.stop()
        opened.close()

    return replace(opened, close=stop, worker_died=lambda: embedded.died)

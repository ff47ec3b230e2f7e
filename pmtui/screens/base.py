"""What every screen and dialog is made of: the frame around a body, and the way it learns of changes."""

import asyncio
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerError

from pmtui.actions import Action, bindings
from pmtui.backend.states import Topic
from pmtui.background import Stop
from pmtui.host import Host
from pmtui.screens.places import HELP, JUMP
from pmtui.widgets.connect_banner import ConnectBanner
from pmtui.widgets.header_line import HeaderLine
from pmtui.widgets.key_line import KeyLine

R = TypeVar("R")

_PATIENCE_SECONDS = 0.5
"""How long keys wait for what they are meant for: a screen that opens, the next list of a window."""

BACK = Action("back", "q,escape", "back", "back", "Go back to the screen you came from.", footer=False)
CLOSE = Action("close", "escape,q", "close", "close", "Close this window without doing anything.", key_display="Esc")
TOO_SMALL = "This terminal is too small for pmtui (it needs 60x20): make it larger, or use the command  {command}"


class _Watching(Screen[R]):
    """Reads what it shows once the backend is open, and again whenever one of its topics changes."""

    TOPICS: ClassVar[tuple[Topic, ...]] = ()

    app = getters.app(Host)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._at_rest = asyncio.Event()
        self._coming_to_rest: asyncio.Task[None] | None = None

    async def at_rest(self) -> None:
        """Return once what it shows was read for the first time, and what `keys_wait` was called for is done.

        Or when that takes too long for keys to wait; at once before the backend is open.
        """
        if self.app.background.is_open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._at_rest.wait(), _PATIENCE_SECONDS)
            self._at_rest.set()

    def keys_wait(self) -> None:
        """Hold the keys that follow for what was started here, and what comes of it: they are meant for that."""
        self._at_rest.clear()
        self._coming_to_rest = asyncio.create_task(self._come_to_rest())

    def on_mount(self) -> None:
        """Start watching, and take up the actions handed in from outside for this screen."""
        self._stop: Stop = self.app.background.watch(self.TOPICS, self.look_soon)
        self._extras = {extra.action.id: extra for extra in self.app.extras if extra.screen == type(self).__name__}
        added = [extra.binding for extra in self._extras.values()]
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(added)])
        self.refresh_bindings()
        self.app.background.when_open(self.look_soon)

    def on_unmount(self) -> None:
        """Stop watching; no key waits for it any more."""
        self._stop()
        self._at_rest.set()

    def look_soon(self) -> None:
        """Have `look` called on this screen's own message loop."""
        if self.is_attached:
            self.call_later(self._look)

    def _look(self) -> None:
        self.look()
        if self._coming_to_rest is None:
            self.keys_wait()

    async def _come_to_rest(self) -> None:
        waited: set[Worker[Any]] = set()
        while started := {worker for worker in self.workers if worker.node is self} - waited:
            for worker in started:
                with suppress(WorkerError):  # what went wrong was told; what another has outdated is done
                    await worker.wait()
            waited |= started
        if self._coming_to_rest is asyncio.current_task():  # else keys wait for more by now
            self._at_rest.set()

    def look(self) -> None:
        """Read what is shown, with `self.app.background.start`. The backend is open."""

    def action_extra(self, action_id: str) -> None:
        """Perform an action that was handed in from outside."""
        self.app.background.start(self, self._extras[action_id].perform(self), group="extra", exclusive=True)


class PmtuiScreen(_Watching[None]):
    """A screen: header line, banner, body, footer.

    A screen names its place (`TRAIL`), the topics it shows (`TOPICS`) and the command that does the same without
    the full screen (`COMMAND`), yields its body in `compose_body`, and reads what it shows in `look`.
    """

    TRAIL: ClassVar[tuple[str, ...]] = ()
    COMMAND: ClassVar[str] = "pmtui --help"
    AUTO_FOCUS = ""
    BINDINGS = bindings(BACK)

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Static(TOO_SMALL.format(command=self.COMMAND), id="too-small", markup=False)
        yield HeaderLine(self.TRAIL)
        yield ConnectBanner()
        with Vertical(id="body"):
            yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """What stands between banner and footer."""
        yield from ()

    def header_right(self) -> str | None:
        """What stands at the right of the header line, if not organisation and person."""
        return None

    def on_mount(self) -> None:
        """Count as standing."""
        self.app.standing.add(self)

    def on_unmount(self) -> None:
        """Count no more."""
        self.app.standing.discard(self)

    def may_quit(self) -> str | None:
        """What would be lost if the app ended now, as a question; None if nothing."""
        return None

    def action_back(self) -> None:
        """Go back to the screen before."""
        self.app.back()


class PmtuiDialog(_Watching[R], ModalScreen[R]):
    """A window over a screen: a title, a body, a footer of its own. Every Esc has the letter twin q."""

    TITLE: ClassVar[str] = ""
    BINDINGS = bindings(
        CLOSE,
        HELP,
        JUMP,
        Action("dialog.next", "right", "app.focus_next", "next", "Go to the next thing.", footer=False),
        Action("dialog.previous", "left", "app.focus_previous", "previous", "Go to the thing before.", footer=False),
    )

    def compose(self) -> ComposeResult:
        """The window."""
        yield Static(TOO_SMALL.format(command="pmtui --help"), id="too-small", markup=False)
        with Vertical(id="dialog"):
            if title := self.title or self.TITLE:
                yield Static(title, id="dialog-title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                yield from self.compose_body()
            yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """What stands in the window."""
        yield from ()

    def action_close(self) -> None:
        """Close the window without doing anything."""
        self.dismiss(None)

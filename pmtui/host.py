"""What screens and widgets may ask of the app they stand in."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import RenderableType
from rich.text import Text
from textual._compositor import ChopsUpdate
from textual.reactive import var
from textual.screen import Screen

from pmtui.actions import Extra
from pmtui.backend.actor import Actor
from pmtui.backend.clock import Clock
from pmtui.backend.people import locales
from pmtui.backend.people.records import DEFAULTS, Me, Preferences
from pmtui.background import Background
from pmtui.key_order import OrderedKeys
from pmtui.loading import load
from pmtui.partial_update import PartialUpdate
from pmtui.terminal import Terminal

if TYPE_CHECKING:
    from pmtui.backend.integrations.records import BannerRecord

CRASH = "pmtui.crash:keep"


class Standing(Protocol):
    """A screen that can say what would be lost with it."""

    def may_quit(self) -> str | None:
        """The loss in a sentence, if any."""

    def look_soon(self) -> None:
        """Read what is shown again."""


class Host(OrderedKeys, inherit_bindings=False):
    """The app as its screens see it. `me` is None until the backend is open; `banner` until one applies.

    `preferences` are the person's own, the defaults until the backend is open.
    """

    me: var[Me | None] = var(None)
    banner: "var[BannerRecord | None]" = var(None)
    preferences: var[Preferences] = var(DEFAULTS)

    background: Background
    clock: Clock
    terminal: Terminal
    extras: tuple[Extra, ...] = ()
    standing: set[Standing]
    """The screens that live now, shown or not."""

    @property
    def actor(self) -> Actor:
        """Who acts. LookupError before the backend is open."""
        return self.background.opened.actor

    @property
    def clock24(self) -> bool:
        """Whether times are shown on a clock of 24 hours."""
        return locales.clock24(self.preferences, self.terminal.locale)

    @property
    def first_day(self) -> int:
        """The weekday that weeks begin with; 0 is Monday."""
        return locales.first_day(self.preferences, self.terminal.locale)

    @abstractmethod
    def show_theme(self, name: str) -> None:
        """Show the colours of that name, the default ones if it is empty. Under NO_COLOR none."""

    @abstractmethod
    def go(self, name: str) -> None:
        """Show the screen of that name (`integrations`), keeping the present one as it is."""

    @abstractmethod
    def back(self) -> None:
        """Show the screen that was shown before."""

    @abstractmethod
    def banner_words(self, record: "BannerRecord") -> str:
        """The banner's sentence, with times in the person's zone."""

    @abstractmethod
    def follow_banner(self) -> None:
        """Go where the banner points."""

    @abstractmethod
    def explain(self, title: str, next_step: str) -> None:
        """Show a dialog that has to be read."""

    def told(self, title: str, next_step: str = "", *, warning: bool = False) -> None:
        """Show a toast; the words may be a person's own."""
        text = f"{title} {next_step}".strip()
        self.notify(text, severity="warning" if warning else "information", markup=False)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, PartialUpdate.of(renderable) if isinstance(renderable, ChopsUpdate) else renderable)

    def _handle_exception(self, error: Exception) -> None:
        """Leave, saying where to look. Textual would print every local variable of every frame."""
        if self.return_code:
            return  # one crash is told, not what follows from it
        folder = self.background.opened.log_folder if self.background.is_open else None
        self.panic(Text(load(CRASH)(error, folder)))
        self._return_code, self._exception = 1, error
        self._exception_event.set()

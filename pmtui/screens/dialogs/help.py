"""Help: what the focused thing is, and every key that does something now."""

from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from pmtui.actions import offers
from pmtui.screens.base import PmtuiDialog

_KEYS_WIDTH = 14


class HelpDialog(PmtuiDialog[None]):
    """Drawn once, from the screen it was asked on."""

    CSS_PATH = "help.tcss"
    TITLE = "Help"
    AUTO_FOCUS = "#keys"

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        focused = screen.focused
        texts = (screen.HELP, focused.HELP if focused is not None else None)
        self._about = "\n\n".join(text for text in dict.fromkeys(texts) if text)
        self._rows = [
            f"{', '.join(offer.keys):<{_KEYS_WIDTH}} {offer.binding.tooltip or offer.binding.description}"
            for offer in offers(screen)
        ]

    def compose_body(self) -> ComposeResult:
        """The text, then the keys."""
        if self._about:
            yield Static(self._about, id="about", markup=False)
        with VerticalScroll(id="keys"):
            yield Static("\n".join(self._rows), markup=False)

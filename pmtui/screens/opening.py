"""What stands while everything else is loaded: the frame of the first screen, and that it is being opened."""

import asyncio
from typing import Any

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from pmtui.widgets.header_line import HeaderLine
from pmtui.widgets.key_line import KeyLine

TRAIL = ("Performance Management", "Settings", "Configuration", "Integrations")


class OpeningScreen(Screen[Any]):
    """Needs neither the backend nor what a screen that shows something needs."""

    HELP = "pmtui is being opened: it reads who you are and which calendar you have."

    def __init__(self) -> None:
        super().__init__()
        self._front = asyncio.Event()

    def compose(self) -> ComposeResult:
        """One line between header and footer."""
        yield HeaderLine(TRAIL)
        yield Static("Opening ...", id="opening")
        yield KeyLine()

    def on_screen_resume(self) -> None:
        """It is in front."""
        self._front.set()

    def on_screen_suspend(self) -> None:
        """A window stands over it."""
        self._front.clear()

    async def in_front(self) -> None:
        """Return once no window stands over it."""
        await self._front.wait()

"""Typing a file's name into the window that asks for it."""

from pathlib import Path

from textual.widgets import Input

from tests.screens.conftest import Pressed


async def write(pressed: Pressed, file: Path) -> None:
    """Type it over the one suggested, and Enter."""
    pressed.app.screen.query_one("#file", Input).value = str(file)
    await pressed.keys("enter")

"""Some lines to read, however many."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from pmtui.screens.base import PmtuiDialog


class LinesDialog(PmtuiDialog[None]):
    """A title and lines, scrolled with the arrows."""

    CSS_PATH = "lines.tcss"
    AUTO_FOCUS = "#all"

    def __init__(self, title: str, lines: Iterable[str]) -> None:
        super().__init__()
        self.title = title
        self._text = "\n".join(lines)

    def compose_body(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="all"):
            yield Static(self._text, id="lines", markup=False)

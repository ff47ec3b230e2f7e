"""A line across the screen with a title in it, and something at its right: `─ Title ──────── * unsaved ─`."""

from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

_RULE = "─"


class _Title(Widget, can_focus=False):
    text: reactive[str] = reactive("")

    def render(self) -> RenderResult:
        return Content((f"{_RULE} {self.text} " if self.text else "").ljust(self.size.width, _RULE))


class _Note(Widget, can_focus=False):
    text: reactive[str] = reactive("")

    def render(self) -> RenderResult:
        return Content((f" {self.text} {_RULE}" if self.text else "").rjust(self.size.width, _RULE))


class TitledRule(Horizontal, can_focus=False):
    """One line. The note is a widget of its own, so that a changed note does not paint the line before it."""

    title: reactive[str] = reactive("", init=False, repaint=False)
    note: reactive[str] = reactive("", init=False, repaint=False)

    def __init__(self, title: str = "", note: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(TitledRule.title, title)
        self.set_reactive(TitledRule.note, note)

    def compose(self) -> ComposeResult:
        """Both ends."""
        left, right = _Title(id="rule-title"), _Note(id="rule-note")
        left.text, right.text = self.title, self.note
        yield left
        yield right

    def watch_title(self, title: str) -> None:
        """Draw the left end."""
        self.query_one(_Title).text = title

    def watch_note(self, note: str) -> None:
        """Draw the right end."""
        self.query_one(_Note).text = note

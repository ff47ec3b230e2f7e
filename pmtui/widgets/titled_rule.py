"""A line across the screen with a title in it, and something at its right: `─ Title ──────── * unsaved ─`."""

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class TitledRule(Widget, can_focus=False):
    """One line."""

    title: reactive[str] = reactive("")
    note: reactive[str] = reactive("")

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(TitledRule.title, title)

    def render(self) -> RenderResult:
        """The line at the present width."""
        left = f"─ {self.title} " if self.title else ""
        right = f" {self.note} ─" if self.note else ""
        return Content(left + "─" * max(0, self.size.width - len(left) - len(right)) + right)

"""Painting only what changed."""

from collections.abc import Iterable

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


def difference(old: str, new: str) -> tuple[int, int] | None:
    """The columns `[start, end)` outside which two lines are the same; None if they are. One cell a character."""
    length = max(len(old), len(new))
    old, new = old.ljust(length), new.ljust(length)
    differ = [at for at in range(length) if old[at] != new[at]]
    return (differ[0], differ[-1] + 1) if differ else None


class PaintedLines(Widget, can_focus=False):
    """Plain lines of text, of which only the stretches that change are painted."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []

    def render_line(self, y: int) -> Strip:
        """One line."""
        text = self._lines[y] if y < len(self._lines) else ""
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)

    def paint(self, lines: Iterable[str]) -> None:
        """Show these lines."""
        before, self._lines = self._lines, list(lines)
        height = max(len(before), len(self._lines))
        old, new = (lines + [""] * (height - len(lines)) for lines in (before, self._lines))
        differ = [(y, difference(old[y], new[y])) for y in range(height)]
        regions = [Region(found[0], y, found[1] - found[0], 1) for y, found in differ if found]
        if regions and self.size:
            self.refresh(*regions)

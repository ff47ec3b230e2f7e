"""Painting only what changed: the stretches of a line that differ."""

from collections.abc import Iterable, Mapping, Sequence

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Stretches = tuple[tuple[int, int], ...]
"""Columns `[start, end)` of one line, from left to right."""

_NEAR = 12  # to paint so many cells again costs less than to move the terminal's cursor over them


def stretches(old: Sequence[object], new: Sequence[object]) -> Stretches:
    """The columns in which two lines differ, near ones as one. One cell an element."""
    if old == new:
        return ()
    both = min(len(old), len(new))
    differ = [at for at in range(both) if old[at] != new[at]]
    differ += range(both, max(len(old), len(new)))
    found: list[list[int]] = []
    for at in differ:
        if found and at - found[-1][1] < _NEAR:
            found[-1][1] = at + 1
        else:
            found.append([at, at + 1])
    return tuple((start, end) for start, end in found)


def regions(lines: Mapping[int, Stretches]) -> tuple[Region, ...]:
    """What to refresh, by line."""
    return tuple(Region(start, y, end - start, 1) for y, found in lines.items() for start, end in found)


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
        changed = regions({y: stretches(old[y], new[y]) for y in range(height)})
        if changed and self.size:
            self.refresh(*changed)

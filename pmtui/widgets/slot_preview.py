"""The starts a week would offer, day by day, in as few lines as fit."""

from datetime import date, timedelta

from textual.reactive import reactive

from pmtui.backend.availability.hours import DAY_NAMES, format_time
from pmtui.backend.availability.shown import Days
from pmtui.widgets.painting import PaintedLines

_WIDE = 112  # from this width on every day has a column
_LABEL = 8
_NOTHING = "closed"


class SlotPreview(PaintedLines):
    """Draws `found`: the Monday of the week, and per day runs of (first, last) start.

    `note` is said instead, if there is one.
    """

    found: reactive[tuple[date, Days] | None] = reactive(None, repaint=False)
    note: reactive[str] = reactive("", repaint=False)

    def watch_found(self) -> None:
        """Paint what changed."""
        self.paint(self._draw())

    def watch_note(self) -> None:
        """Paint what changed."""
        self.paint(self._draw())

    def on_resize(self) -> None:
        """Another width, another layout."""
        self.paint(self._draw())

    def _draw(self) -> list[str]:
        if self.note or self.found is None:
            return [f" {self.note}"]
        first, days = self.found
        names = [f"{DAY_NAMES[day]} {(first + timedelta(days=day)).day}" for day in range(7)]
        runs = [[_run(first_start, last_start) for first_start, last_start in stretches] for stretches in days]
        return _columns(names, runs, self.size) if self.size.width >= _WIDE else _halves(names, runs, self.size)


def _run(first: int, last: int) -> str:
    return format_time(first) if first == last else f"{format_time(first)}-{format_time(last)}"


def _columns(names: list[str], runs: list[list[str]], size: tuple[int, int]) -> list[str]:
    """A column a day."""
    width, height = size[0] // 7, size[1]
    columns = [_cut([name, *(found or [_NOTHING])], height) for name, found in zip(names, runs, strict=True)]
    rows = range(max(len(column) for column in columns))
    return [" " + "".join((c[row] if row < len(c) else "").ljust(width) for c in columns).rstrip() for row in rows]


def _halves(names: list[str], runs: list[list[str]], size: tuple[int, int]) -> list[str]:
    """Two columns of days, as many days in the first as fit."""
    half, height = size[0] // 2, size[1]
    room = max(1, (half - _LABEL - 1) // 12)
    blocks: list[list[str]] = []
    closed = [name for name, found in zip(names, runs, strict=True) if not found]
    for name, found in zip(names, runs, strict=True):
        rows = [" ".join(found[at : at + room]) for at in range(0, len(found), room)]
        if rows:
            blocks.append([(name if not at else "").ljust(_LABEL) + row for at, row in enumerate(rows)])
    if closed:
        blocks.append([f"{' '.join(name.split()[0] for name in closed)}  {_NOTHING}"])
    left: list[str] = []
    while blocks and len(left) + len(blocks[0]) <= height:
        left += blocks.pop(0)
    right = _cut([line for block in blocks for line in block], height)
    rows_needed = range(max(len(left), len(right)))
    return [
        " " + ((left[row] if row < len(left) else "").ljust(half) + (right[row] if row < len(right) else "")).rstrip()
        for row in rows_needed
    ]


def _cut(lines: list[str], height: int) -> list[str]:
    return lines if len(lines) <= height else [*lines[: height - 1], "..."]

"""The starts a week would offer, day by day, in as few lines as fit; focused, one day after the other in full."""

from dataclasses import dataclass
from datetime import date, timedelta

from textual.message import Message
from textual.reactive import reactive

from pmtui.actions import Action, bindings
from pmtui.backend.availability.hours import DAY_NAMES, format_time
from pmtui.backend.availability.shown import Days
from pmtui.backend.slots.clock import minute_text
from pmtui.widgets.painting import PaintedLines

_WIDE = 112  # from this width on every day has a column
_LABEL = 8
_NOTHING = "closed"


class SlotPreview(PaintedLines, can_focus=True):
    """Draws `found`: the first day of the week, and per day runs of (first, last) start.

    `note` is said instead, if there is one. While it has the focus, `day` is shown in full, with `reasons` under it.
    """

    HELP = "The times Auto Coaching would find with these hours, and why not others. Another week: < and >."
    BINDINGS = bindings(
        Action("found.day_before", "left,up,h,k", "day(-1)", "day before", "The day before."),
        Action("found.day_after", "right,down,l,j", "day(1)", "day after", "The day after."),
        Action("found.there", "enter", "there", "to its hours", "Go to the day's hours."),
        Action("found.leave", "escape", "leave", "to the hours", "Go back to the hours.", key_display="Esc"),
    )

    found: reactive[tuple[date, Days] | None] = reactive(None, repaint=False)
    note: reactive[str] = reactive("", repaint=False)
    day: reactive[int] = reactive(0, repaint=False)
    reasons: reactive[str] = reactive("", repaint=False)
    clock24: reactive[bool] = reactive(True, repaint=False)

    @dataclass
    class Browsing(Message):
        """A day is shown in full: its reasons are wanted."""

        day: int

    @dataclass
    class Left(Message):
        """The person goes back to the hours, of the weekday `day` if they chose one."""

        day: int | None

    def watch_found(self) -> None:
        """Paint what changed; the reasons may be others too."""
        self._draw()
        if self.has_focus:
            self.post_message(self.Browsing(self.day))

    def watch_clock24(self) -> None:
        """Paint what changed."""
        self._draw()

    def watch_note(self) -> None:
        """Paint what changed."""
        self._draw()

    def watch_reasons(self) -> None:
        """Paint what changed."""
        self._draw()

    def watch_day(self) -> None:
        """Paint what changed, and ask for the reasons."""
        self._draw()
        self.post_message(self.Browsing(self.day))

    def watch_has_focus(self, value: bool) -> None:
        """Show one day, or all of them."""
        super().watch_has_focus(value)
        self._draw()
        if value:
            self.post_message(self.Browsing(self.day))

    def on_resize(self) -> None:
        """Another width, another layout."""
        self._draw()

    def action_day(self, by: int) -> None:
        """Show another day in full."""
        self.day = (self.day + by) % 7

    def action_there(self) -> None:
        """Go to the hours of the day."""
        weekday = (self.found[0] + timedelta(days=self.day)).weekday() if self.found is not None else None
        self.post_message(self.Left(weekday))

    def action_leave(self) -> None:
        """Go to the hours."""
        self.post_message(self.Left(None))

    def _draw(self) -> None:
        self.paint(self._lines_to_show())

    def _lines_to_show(self) -> list[str]:
        if self.found is None:
            return [f" {self.note}"]
        first, days = self.found
        shown = [first + timedelta(days=day) for day in range(7)]
        names = [f"{DAY_NAMES[on.weekday()]} {on.day}" for on in shown]
        runs = [[_run(*stretch, self.clock24) for stretch in stretches] for stretches in days]
        if self.has_focus:
            return self._one_day(names[self.day], runs[self.day])
        if self.note:
            return [f" {self.note}"]
        return _columns(names, runs, self.size) if self.size.width >= _WIDE else _halves(names, runs, self.size)

    def _one_day(self, name: str, runs: list[str]) -> list[str]:
        room = max(1, (self.size.width - _LABEL - 2) // (12 if self.clock24 else 16))
        rows = [" ".join(runs[at : at + room]) for at in range(0, len(runs), room)] or ["no start"]
        height = self.size.height - bool(self.reasons)
        lines = [f" {'' if at else name:<{_LABEL}}{row}" for at, row in enumerate(rows)]
        return [*_cut(lines, height), *([f" {self.reasons}"] if self.reasons else [])]


def _run(first: int, last: int, clock24: bool) -> str:
    if clock24:
        return format_time(first) if first == last else f"{format_time(first)}-{format_time(last)}"
    begins, ends = (minute_text(minute, clock24=False, compact=True) for minute in (first, last))
    return begins if first == last else f"{begins}-{ends}"


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

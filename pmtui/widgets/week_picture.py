"""A week of hours as lines of text: days are rows, time runs right. What the availability grid paints."""

from dataclasses import dataclass
from typing import NamedTuple

from pmtui.backend.availability import edits
from pmtui.backend.availability.hours import DAY_NAMES, format_day, format_days, format_time, weekdays_from
from pmtui.backend.slots.values import DAY_MINUTES, Hours, Week, merged

OPEN, BUSY, PARTLY, CLOSED = "█", "▒", "▌", "·"
LEFT = 5  # cells before the first column: marker, day, space
LINES_AROUND = 3  # header, what is said of the cursor, legend
_LEGEND = f"{OPEN} open   {BUSY} open but busy   {PARTLY} open in part   {CLOSED} closed"
_MORE_LEGEND = "   the cursor is reversed"
_MOUSE = "      mouse: click toggles, drag paints"
_AFTER = 2  # cells between the last column and the hours


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A stretch of a day of the shown week that is taken, in clock minutes; `why` finishes "open, but ..."."""

    start: int
    end: int
    why: str


NOTHING_BUSY: tuple[tuple[BusyTime, ...], ...] = ((),) * 7


class Block(NamedTuple):
    """The same stretch of clock minutes on `days` weekdays in a row, from `day` (0 is Monday; it follows Sunday)."""

    day: int
    start: int
    end: int
    days: int = 1


class Line(NamedTuple):
    """One line, and which of its columns are reversed."""

    text: str
    reversed: range = range(0)


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """What is drawn. `block` is the cursor's cell, or what is selected around it.

    `size` is the minutes a column stands for, `width` the cells of a line. Rows begin with the weekday `first_day`.
    With `roomy` each day has a second line for its busy times. `marked` says whether the block is to be seen. `note`
    stands in place of what is said of it. `locked` hours are not the person's to change.
    """

    week: Week
    busy: tuple[tuple[BusyTime, ...], ...]
    cursor_day: int
    block: Block
    size: int
    width: int
    roomy: bool
    marked: bool
    note: str
    clock24: bool = True
    first_day: int = 0
    locked: bool = False

    @property
    def columns(self) -> int:
        """How many columns a day has."""
        return DAY_MINUTES // self.size

    def lines(self) -> list[Line]:
        """Header, days, what is said of the cursor, legend."""
        lines = [Line(self._header())]
        for day in weekdays_from(self.first_day):
            lines.append(self._day(day))
            if self.roomy:
                taken = merged(Hours(busy.start, busy.end) for busy in self.busy[day])
                lines.append(Line(f"{' ' * LEFT}busy {self._hours(taken)}" if taken else ""))
        more = f"{_MORE_LEGEND}{'' if self.locked else _MOUSE}"
        more = more if len(_LEGEND) + len(more) < self.width else ""
        return [*lines, Line(self._said()), Line(f" {_LEGEND}{more}")]

    def _header(self) -> str:
        hours = 2 if self.size == 30 else 1
        marks = "".join(self._hour(hour).ljust(4) for hour in range(0, 24, hours))
        return f"{' ' * LEFT}{marks}{' ' * _AFTER}Hours"

    def _hour(self, hour: int) -> str:
        return f"{hour:02}" if self.clock24 else f"{(hour + 11) % 12 + 1}{'p' if hour >= 12 else 'a'}"

    def _hours(self, hours: tuple[Hours, ...]) -> str:
        return format_day(hours, clock24=self.clock24)

    def _day(self, day: int) -> Line:
        hours = self.week.days[day]
        typed = self._fitting(self._hours(hours) if hours else "-")
        marker = ">" if day == self.cursor_day else " "
        inside = self.marked and (day - self.block.day) % 7 < self.block.days
        under = range(LEFT + self.block.start // self.size, LEFT + self.block.end // self.size) if inside else range(0)
        return Line(f"{marker}{DAY_NAMES[day]} {self._cells(day)}{' ' * _AFTER}{typed}", under)

    def _fitting(self, text: str) -> str:
        room = max(1, self.width - LEFT - _AFTER - self.columns)
        return text if len(text) <= room else f"{text[: room - 1]}…"

    def _cells(self, day: int) -> str:
        opened = edits.open_mask(self.week) >> day * DAY_MINUTES & (1 << DAY_MINUTES) - 1
        taken = 0
        for busy in self.busy[day]:
            taken |= (1 << busy.end) - (1 << busy.start)
        whole = (1 << self.size) - 1
        marks = []
        for start in range(0, DAY_MINUTES, self.size):
            here = opened >> start & whole
            if not here:
                marks.append(CLOSED)
            elif here != whole:
                marks.append(PARTLY)
            else:
                marks.append(BUSY if taken >> start & whole else OPEN)
        return "".join(marks)

    def _said(self) -> str:
        left = f" {self.note or self._about_block()}"
        right = f"{self.week.minutes / 60:.4g} h a week "
        return left + right.rjust(max(1, self.width - len(left)))

    def _about_block(self) -> str:
        day, start, end, days = self.block
        count = edits.open_count(self.week, *self.block)
        whole = (end - start) * days
        said = "open" if count == whole else "closed" if not count else f"open for {_spell(count)}"
        if count and days == 1:
            if start < edits.night_before(self.week, day):
                said += f", {DAY_NAMES[day - 1]}'s night"
            why = next((busy.why for busy in self.busy[day] if busy.start < end and start < busy.end), None)
            said += f", but {why}" if why else ""
        elif 0 < count < whole:
            said += f" of {_spell(whole)}"
        start_text, end_text = (format_time(minute, clock24=self.clock24) for minute in (start, end))
        return f"{format_days(range(day, day + days))} {start_text}-{end_text}   {said}"


def _spell(minutes: int) -> str:
    hours, past = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{past} minutes" if not hours else f"{past} min"] * bool(past))

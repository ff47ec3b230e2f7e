"""One line of typed hours, with the days it is for: `tue-thu 9-12, 13-17`, `weekdays +14-15`, `2026-12-24 none`.

Pure, standard library only. Every line of `hours.format_week` reads back as it was.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from pmtui.backend.availability import edits
from pmtui.backend.availability.hours import DAY_NAMES, format_day, format_time
from pmtui.backend.availability.typed import CLOSED_WORDS, OPEN_WORDS, Item, scan, tidy
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import Hours, Week

_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {
    "weekdays": range(5),
    "weekday": range(5),
    "weekend": range(5, 7),
    "weekends": range(5, 7),
    "all": range(7),
    "daily": range(7),
}
_NOT_DAYS = CLOSED_WORDS | OPEN_WORDS | {"noon", "midnight"}
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?=$|[\s,:])[\s,:]*")
_DAYS = re.compile(r"([a-z]+)(?:\s*-\s*([a-z]+))?(?=$|[\s,:])[\s,:]*")
_CLAUSES = re.compile(r"[;·\n]")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line was understood as.

    `days` (0 is Monday) and `dates` are what it names, `week` is the week with it applied, `echo` says it
    in full. With a `question` nothing is applied: `week` is as it was.
    """

    days: tuple[int, ...]
    dates: tuple[date, ...]
    week: Week
    echo: str
    question: str | None = None

    @property
    def hours(self) -> tuple[Hours, ...]:
        """The hours of the first day or date named."""
        if self.days:
            return self.week.days[self.days[0]]
        return dict(self.week.overrides).get(self.dates[0], ())


def parse_entry(text: str, week: Week, day: int | None = None, *, clock24: bool = True) -> Entry:
    """Read `[days] ranges` and apply it to `week`; without days it is for `day`.

    Several lines may stand in one, with `;` between. BadInput names what is not understood and the
    nearest thing that would be.
    """
    days: list[int] = []
    dates: list[date] = []
    changed = week
    for clause in (part for part in _CLAUSES.split(text) if part.strip()):
        named_days, named_dates, rest = _named(tidy(clause))
        if not named_days and not named_dates:
            if day is None:
                raise BadInput("hours_days", "It does not say which days.", f"Try mon-fri {rest or '9-17'}.")
            named_days = [day]
        if not rest:
            raise BadInput("hours", "There are no hours yet.", f"Try {tidy(clause).rstrip(' ,:-')} 9-12, 13-17.")
        items = scan(rest)
        question = next((item.question for item in items if item.question), None)
        if question:
            return Entry(tuple(named_days), tuple(named_dates), week, question, question)
        for named in named_days:
            changed = _apply_day(changed, named, items)
        for on in named_dates:
            changed = _apply_date(changed, on, items)
        days += (named for named in named_days if named not in days)
        dates += (on for on in named_dates if on not in dates)
    if not days and not dates:
        raise BadInput("hours", "There are no hours yet.", "Try 9-12, 13-17, or none.")
    return Entry(tuple(days), tuple(dates), changed, _echo(week, changed, days, dates, clock24))


def _named(text: str) -> tuple[list[int], list[date], str]:
    """The days and dates a line begins with, and the rest of it."""
    days: list[int] = []
    dates: list[date] = []
    while True:
        if match := _DATE.match(text):
            dates.append(_date(match[1]))
        elif (match := _DAYS.match(text)) and not _is_hours(match, text):
            days += (day for day in _day_range(match[1], match[2]) if day not in days)
        else:
            return days, dates, text
        text = text[match.end() :]


def _is_hours(match: re.Match[str], text: str) -> bool:
    """Whether the word is one of the hours: `none`, `noon-5`, and `all` unless hours follow."""
    return match[1] in _NOT_DAYS and not (match[1] == "all" and match.end() < len(text))


def _day_range(first: str, last: str | None) -> Iterable[int]:
    if last is None:
        return _GROUPS.get(first) or (_day(first),)
    start, end = _day(first), _day(last)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _day(word: str) -> int:
    if len(word) > 1:
        for day, full in enumerate(_FULL):
            if full.startswith(word) or word in (full[:4], f"{full[:3]}s"):
                return day
    short = [name.lower() for name in DAY_NAMES]
    near = get_close_matches(word, short, 1) or get_close_matches(word, [*_FULL, *_GROUPS], 1, 0.5)
    raise BadInput("hours_days", f"“{word}” is not a day.", f"Try {near[0] if near else 'mon, tue-thu or weekdays'}.")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("hours_days", f"“{text}” is not a date.", "Try one such as 2027-03-01.") from None


def _apply_day(week: Week, day: int, items: tuple[Item, ...]) -> Week:
    if any(not item.sign for item in items):
        week = edits.set_day(week, day, (item.hours for item in items if item.hours and not item.sign))
    for item in items:
        if item.sign and item.hours:
            edit = edits.open_ if item.sign == "+" else edits.close
            week = edit(week, day, item.hours.start, item.hours.start + item.hours.length)
    return week


def _apply_date(week: Week, on: date, items: tuple[Item, ...]) -> Week:
    """A date's own hours; `+` and `-` start from those it has, else from its weekday's."""
    day = on.weekday()
    before = dict(week.overrides).get(on, week.days[day])
    alone = _apply_day(edits.set_day(Week(week.timezone), day, before), day, items)
    if any(hours for other, hours in enumerate(alone.days) if other != day):
        raise BadInput("hours", "This leaves hours that start on the next day.", "Write both dates' hours in full.")
    return edits.set_date(week, on, alone.days[day])


def _echo(before: Week, after: Week, days: list[int], dates: list[date], clock24: bool) -> str:
    """`Tue Wed Thu  09:00-12:00, 13:00-17:00   no change`, days with the same outcome together."""
    outcomes: dict[tuple[Hours, ...], list[str]] = {}
    for day in days:
        outcomes.setdefault(after.days[day], []).append(DAY_NAMES[day])
    for on in dates:
        outcomes.setdefault(dict(after.overrides).get(on, ()), []).append(on.isoformat())
    parts = [
        f"{' '.join(names)}  {format_day(hours, compact=False, clock24=clock24) if hours else 'closed'}"
        for hours, names in outcomes.items()
    ]
    if before == after:
        parts.append("no change")
    nights = [(day, edits.night_before(after, day)) for day in days]
    late = [
        f"{DAY_NAMES[day - 1]}'s night stays open until {DAY_NAMES[day]} {format_time(until, clock24=clock24)}"
        for day, until in nights
        if until
    ]
    return "   ".join([*parts, *late[:1]])

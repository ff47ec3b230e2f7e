"""Hours as people read them, and a week as it is stored. What people type is read by `typed` and `entry`.

Pure, standard library only. `week_from_text(week_to_text(week)) == week` for every week there is.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from pmtui.backend.errors import BadInput
from pmtui.backend.slots.clock import minute_text
from pmtui.backend.slots.values import DAY_MINUTES, Hours, Week, merged
from pmtui.backend.slots.zones import zone

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WHOLE_DAY = Hours(0, DAY_MINUTES)
_KEYS = tuple(name.lower() for name in DAY_NAMES)
_NEXT_STEP = "Correct it and try again."


def format_day(hours: tuple[Hours, ...], *, compact: bool = True, clock24: bool = True) -> str:
    """A day's hours: `9-12, 13-17`, or in full `09:00-12:00, 13:00-17:00`; past midnight `22-2+1`; `none`."""
    return ", ".join(_range(h, compact, clock24) for h in hours) or "none"


def _range(hours: Hours, compact: bool, clock24: bool) -> str:
    start, end = (minute_text(minute, clock24=clock24, compact=compact) for minute in (hours.start, hours.end))
    return f"{start}-{end}+1" if hours.overnight else f"{start}-{end}"


def format_time(minute: int, *, clock24: bool = True) -> str:
    """A clock minute (0..1440) as `09:00` or `9:00am`."""
    return minute_text(minute, clock24=clock24)


def weekdays_from(first_day: int) -> tuple[int, ...]:
    """The weekdays (0 is Monday) in the order of a week that begins with `first_day`."""
    return tuple((first_day + day) % 7 for day in range(7))


def format_days(days: Iterable[int]) -> str:
    """Weekdays (0 is Monday; 7 is Monday again) in words: `Mon-Thu`, `Mon Wed`, `Sat Sun`."""
    runs: list[list[int]] = []
    for day in sorted({day % 7 for day in days}):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    named = (f"{DAY_NAMES[r[0]]}-{DAY_NAMES[r[-1]]}" if len(r) > 2 else " ".join(DAY_NAMES[d] for d in r) for r in runs)
    return " ".join(named)


def summary(week: Week, *, clock24: bool = True) -> str:
    """The week in a line, neighbouring days with equal hours together: `Mon-Thu 9-12, 13-17 · Fri 9-12:30`."""
    parts = [f"{format_days(days)} {format_day(h, clock24=clock24)}" for days, h in _groups(week) if h]
    if not parts:
        parts.append("closed every day")
    if week.overrides:
        parts.append(f"{len(week.overrides)} other {'date' if len(week.overrides) == 1 else 'dates'}")
    return " · ".join(parts)


def format_week(week: Week, *, clock24: bool = True) -> tuple[str, ...]:
    """The week in lines that `entry.parse_entry` reads, closed days and date overrides included."""
    weekly = [f"{format_days(days)} {format_day(h, clock24=clock24)}" for days, h in _groups(week)]
    return (*weekly, *(f"{on.isoformat()} {format_day(h, clock24=clock24)}" for on, h in week.overrides))


def _groups(week: Week) -> Iterator[tuple[range, tuple[Hours, ...]]]:
    first = 0
    for day in range(1, 8):
        if day == 7 or week.days[day] != week.days[first]:
            yield range(first, day), week.days[first]
            first = day


def week_to_text(week: Week) -> str:
    """The week as JSON, in the form case files use for an availability. The same week gives the same bytes."""
    return json.dumps(week_document(week))


def week_document(week: Week) -> dict[str, Any]:
    """The week as JSON values: what `read_week` reads."""
    weekly: dict[Hours, list[str]] = {}
    for key, hours in zip(_KEYS, week.days, strict=True):
        for h in hours:
            weekly.setdefault(h, []).append(key)
    return {
        "timezone": week.timezone,
        "weekly": [{"days": days, **_row(h)} for h, days in sorted(weekly.items())],
        "overrides": [{"date": on.isoformat(), "hours": [_row(h) for h in hours]} for on, hours in week.overrides],
    }


def _row(hours: Hours) -> dict[str, str]:
    return {"start": format_time(hours.start), "end": format_time(hours.end)}


def week_from_text(text: str) -> Week:
    """The week in `text`; BadInput with the place (`overrides[0].hours[1].end`) of the first thing wrong."""
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _wrong("", "This is not JSON.") from error
    return read_week(document, "")


class _Twice(dict[str, Any]):
    """An object that named `key` more than once; refused where its place is known."""

    key = ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = _Twice(pairs) if len({key for key, _ in pairs}) < len(pairs) else dict(pairs)
    if isinstance(found, _Twice):
        keys = [key for key, _ in pairs]
        found.key = next(key for at, key in enumerate(keys) if key in keys[:at])
    return found


def read_week(document: object, where: str) -> Week:
    """The week in a parsed JSON object found at `where`."""
    fields = _object(document, where, {"timezone", "weekly", "overrides"})
    name = fields["timezone"]
    if not isinstance(name, str) or not _is_zone(name):
        raise _wrong(_at(where, "timezone"), f"“{name}” is not a time zone.")
    days: list[list[Hours]] = [[] for _ in range(7)]
    for index, row in enumerate(_list(fields["weekly"], _at(where, "weekly"))):
        here = f"{_at(where, 'weekly')}[{index}]"
        for day in _days(_object(row, here, {"days", "start", "end"})["days"], f"{here}.days"):
            days[day].append(_hours(row, here))
    overrides: dict[date, tuple[Hours, ...]] = {}
    for index, row in enumerate(_list(fields["overrides"], _at(where, "overrides"))):
        here = f"{_at(where, 'overrides')}[{index}]"
        on = _date(_object(row, here, {"date", "hours"})["date"], f"{here}.date")
        if on in overrides:
            raise _wrong(f"{here}.date", f"{on} is there twice.")
        rows = enumerate(_list(row["hours"], f"{here}.hours"))
        found = [(_object(r, f"{here}.hours[{i}]", {"start", "end"}), f"{here}.hours[{i}]") for i, r in rows]
        overrides[on] = merged(_hours(r, place) for r, place in found)
    return Week(name, tuple(merged(hours) for hours in days), tuple(sorted(overrides.items())))


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True


def _object(value: object, where: str, keys: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "This must be an object.")
    if isinstance(value, _Twice):
        raise _wrong(_at(where, value.key), "This is there twice.")
    for key in value:
        if key not in keys:
            raise _wrong(_at(where, key), "This key is not known.")
    for key in sorted(keys):
        if key not in value:
            raise _wrong(_at(where, key), "This is missing.")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(where, "This must be a list.")
    return value


def _days(value: object, where: str) -> list[int]:
    names = _list(value, where)
    if not names:
        raise _wrong(where, "There must be a day.")
    found: list[int] = []
    for index, name in enumerate(names):
        if not isinstance(name, str) or name not in _KEYS:
            raise _wrong(f"{where}[{index}]", f"A day must be one of {', '.join(_KEYS)}.")
        if _KEYS.index(name) in found:
            raise _wrong(f"{where}[{index}]", f"{name} is there twice.")
        found.append(_KEYS.index(name))
    return found


def _hours(row: dict[str, Any], where: str) -> Hours:
    start, end = _minute(row["start"], f"{where}.start", 1439), _minute(row["end"], f"{where}.end", 1440)
    end = end or DAY_MINUTES if start else end
    if start == end:
        raise _wrong(f"{where}.end", "A range must not end where it starts.")
    return Hours(start, end)


def _minute(value: object, where: str, latest: int) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-5][0-9]", value):
        minute = int(value[:2]) * 60 + int(value[3:])
        if minute <= latest:
            return minute
    raise _wrong(where, f"This must be a time from 00:00 to {format_time(latest)}.")


def _date(value: object, where: str) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong(where, "This must be a date such as 2027-03-02.")


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _wrong(where: str, title: str) -> BadInput:
    return BadInput("availability", title, _NEXT_STEP, where or None)

"""Reading a strict JSON document so that the first thing wrong is named by its path.

A reader takes a value and its path and returns what it means, or raises CaseError. Objects are read
member by member as they stand in the text, so that errors come in document order.
"""

import json
import re
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from pmtui.backend.slots.schedule import MINUTE, Instant
from pmtui.backend.slots.values import DAY_MINUTES, EPOCH
from pmtui.backend.slots.zones import zone

Reader = Callable[[Any, str], Any]

ROOT = "case"
"""The path of the document as a whole."""

_LONGEST_INTEGER = 18  # digits; longer ones are out of every range

_INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]{1,30}))?)?"
    r"(?:Z|(?P<sign>[+-])(?P<ahead_hours>[01][0-9]|2[0-3]):(?P<ahead_minutes>[0-5][0-9]))"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")


class CaseError(ValueError):
    """What is wrong with a case, and where: `path` such as `coach.busy[0].end`, and a message in one line."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class _Members:
    """An object as it stands in the text: pairs in order, duplicates kept."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def parse(text: str) -> Any:
    """The document for a reader. Raises CaseError for anything that is not JSON."""
    try:
        return json.loads(text, object_pairs_hook=_Members, parse_int=_integer_or_inf)
    except json.JSONDecodeError as error:
        raise CaseError(ROOT, f"is not JSON: {error.msg}, line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise CaseError(ROOT, "is nested too deeply") from None


def _integer_or_inf(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float("inf")


def member(path: str, key: str) -> str:
    """The path of a member; a key that can't be printed in a line is escaped."""
    shown = key if key and key.isprintable() else json.dumps(key)
    return shown if path == ROOT else f"{path}.{shown}"


def record(required: dict[str, Reader], optional: dict[str, Reader]) -> Reader:
    """Reads an object into a dict of the members given, in the text's order."""
    readers = required | optional

    def read(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, _Members):
            raise CaseError(path, "must be an object")
        found: dict[str, Any] = {}
        for key, item in value.pairs:
            place = member(path, key)
            if key not in readers:
                raise CaseError(place, "unknown key")
            if key in found:
                raise CaseError(place, "given twice")
            found[key] = readers[key](item, place)
        for key in required:
            if key not in found:
                raise CaseError(member(path, key), "is missing")
        return found

    return read


def list_of(reader: Reader, unique: Callable[[Any, str], tuple[Hashable, str]] | None = None) -> Reader:
    """Reads a list. `unique` gives of an entry and its path what no two may share, and the path to name."""

    def read(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise CaseError(path, "must be a list")
        found: list[Any] = []
        seen: set[Hashable] = set()
        for index, item in enumerate(value):
            place = f"{path}[{index}]"
            found.append(reader(item, place))
            if unique is not None:
                mark, named = unique(found[-1], place)
                if mark in seen:
                    raise CaseError(named, "is there twice")
                seen.add(mark)
        return found

    return read


def integer(low: int, high: int) -> Reader:
    """Reads a JSON integer from `low` to `high`."""

    def read(value: Any, path: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise CaseError(path, f"must be an integer from {low} to {high}")
        return value

    return read


def one_of(words: Iterable[str]) -> Reader:
    """Reads one of some words."""
    allowed = tuple(words)

    def read(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise CaseError(path, f"must be one of {', '.join(allowed)}")
        return value

    return read


def boolean(value: Any, path: str) -> bool:
    """Reads true or false."""
    if not isinstance(value, bool):
        raise CaseError(path, "must be true or false")
    return value


def text(value: Any, path: str) -> str:
    """Reads a string that can be written out again as UTF-8."""
    if not isinstance(value, str):
        raise CaseError(path, "must be a string")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise CaseError(path, "holds half a character (a lone surrogate)")
    return value


def zone_name(value: Any, path: str) -> str:
    """Reads a name of the tz database."""
    try:
        return zone(text(value, path)).key
    except CaseError:
        raise
    except ValueError:
        raise CaseError(path, "is not a time zone of the tz database") from None


def day(value: Any, path: str) -> date:
    """Reads a date `YYYY-MM-DD`."""
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # such as February 30th: told like any other wrong date
    raise CaseError(path, "must be a date such as 2027-03-01")


def clock(ends: bool) -> Reader:
    """Reads a clock time `HH:MM` as minutes after local midnight; `24:00` only where a range `ends`."""

    def read(value: Any, path: str) -> int:
        if ends and value == "24:00":
            return DAY_MINUTES
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise CaseError(path, f"must be a clock time such as {'17:00 or 24:00' if ends else '09:00'}")
        return int(match["hour"]) * 60 + int(match["minute"])

    return read


def instant(value: Any, path: str) -> Instant:
    """Reads `YYYY-MM-DDTHH:MM[:SS[.f]]` with `Z` or `±HH:MM` as exact microseconds."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise CaseError(path, "must be an instant such as 2027-03-01T09:00Z or 2027-03-01T09:00:00+01:00")
    try:
        days = date.fromisoformat(match["date"]).toordinal() - EPOCH.toordinal()
    except ValueError:
        raise CaseError(path, f"there is no date {match['date']}") from None
    minutes = days * DAY_MINUTES + int(match["hour"]) * 60 + int(match["minute"])
    if match["sign"]:
        ahead = int(match["ahead_hours"]) * 60 + int(match["ahead_minutes"])
        minutes += ahead if match["sign"] == "-" else -ahead
    digits = match["fraction"] or ""
    seconds = int(match["second"] or 0) * 1_000_000
    if len(digits) <= 6:
        return minutes * MINUTE + seconds + int(digits.ljust(6, "0"))
    return minutes * MINUTE + seconds + Fraction(int(digits), 10 ** (len(digits) - 6))

"""Reading a strict JSON document so that the first thing wrong is named by its path, and its JSON Schema.

A reader takes a value and its path and returns what it means, or raises CaseError. Objects are read
member by member as they stand in the text, so that errors come in document order. Every reader carries the
JSON Schema of what it takes; checks that a schema can't express are its reader's alone.
"""

import json
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from pmtui.backend.slots.schedule import MINUTE, Instant
from pmtui.backend.slots.values import DAY_MINUTES, EPOCH
from pmtui.backend.slots.zones import zone

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one kind of value; `schema` describes it."""

    read: Callable[[Any, str], Any]
    schema: Schema

    def __call__(self, value: Any, path: str) -> Any:
        return self.read(value, path)

    def described(self, description: str) -> "Reader":
        """The same, with a sentence in its schema."""
        return Reader(self.read, {**self.schema, "description": description})


ROOT = "case"
"""The path of the document as a whole."""

_LONGEST_INTEGER = 18  # digits; longer ones are out of every range

_DATE_TEXT = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK_TEXT = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]{1,30}))?)?"
    r"(?:Z|(?P<sign>[+-])(?P<ahead_hours>[01][0-9]|2[0-3]):(?P<ahead_minutes>[0-5][0-9]))"
)
_INSTANT_TEXT = rf"{_DATE_TEXT}T{_CLOCK_TEXT}(?::[0-5][0-9](?:\.[0-9]{{1,30}})?)?(?:Z|[+-]{_CLOCK_TEXT})"
_DATE = re.compile(_DATE_TEXT)
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
    reads = {key: reader.read for key, reader in readers.items()}

    def read(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, _Members):
            raise CaseError(path, "must be an object")
        found: dict[str, Any] = {}
        for key, item in value.pairs:
            place = member(path, key)
            if key not in reads:
                raise CaseError(place, "unknown key")
            if key in found:
                raise CaseError(place, "given twice")
            found[key] = reads[key](item, place)
        for key in required:
            if key not in found:
                raise CaseError(member(path, key), "is missing")
        return found

    schema = {
        "type": "object",
        "properties": {key: reader.schema for key, reader in readers.items()},
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }
    return Reader(read, schema)


def list_of(
    reader: Reader, unique: Callable[[Any, str], tuple[Hashable, str]] | None = None, at_least: int = 0
) -> Reader:
    """Reads a list. `unique` gives of an entry and its path what no two may share, and the path to name."""
    read_one = reader.read

    def read(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise CaseError(path, "must be a list")
        found: list[Any] = []
        seen: set[Hashable] = set()
        for index, item in enumerate(value):
            place = f"{path}[{index}]"
            found.append(read_one(item, place))
            if unique is not None:
                mark, named = unique(found[-1], place)
                if mark in seen:
                    raise CaseError(named, "is there twice")
                seen.add(mark)
        if len(found) < at_least:
            raise CaseError(path, f"must have at least {at_least} entry")
        return found

    return Reader(read, {"type": "array", "items": reader.schema, **({"minItems": at_least} if at_least else {})})


def integer(low: int, high: int) -> Reader:
    """Reads a JSON integer from `low` to `high`."""

    def read(value: Any, path: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise CaseError(path, f"must be an integer from {low} to {high}")
        return value

    return Reader(read, {"type": "integer", "minimum": low, "maximum": high})


def or_null(reader: Reader) -> Reader:
    """Reads null as None, anything else as `reader` does."""

    def read(value: Any, path: str) -> Any:
        return None if value is None else reader.read(value, path)

    return Reader(read, {"anyOf": [reader.schema, {"type": "null"}]})


def one_of(words: Iterable[str]) -> Reader:
    """Reads one of some words."""
    allowed = tuple(words)

    def read(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise CaseError(path, f"must be one of {', '.join(allowed)}")
        return value

    return Reader(read, {"enum": list(allowed)})


def _boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise CaseError(path, "must be true or false")
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise CaseError(path, "must be a string")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise CaseError(path, "holds half a character (a lone surrogate)")
    return value


def _zone_name(value: Any, path: str) -> str:
    try:
        return zone(_text(value, path)).key
    except CaseError:
        raise
    except ValueError:
        raise CaseError(path, "is not a time zone of the tz database") from None


def _day(value: Any, path: str) -> date:
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

    pattern = f"^(?:{_CLOCK_TEXT}{'|24:00' if ends else ''})$"
    return Reader(read, {"type": "string", "pattern": pattern})


def read_instant(value: Any, path: str) -> Instant:
    """Reads `YYYY-MM-DDTHH:MM[:SS[.f]]` with `Z` or `±HH:MM` as exact microseconds."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise CaseError(path, "must be an instant such as 2027-03-01T09:00Z or 2027-03-01T09:00:00+01:00")
    day_text, hour, minute, second, fraction, sign, ahead_hours, ahead_minutes = match.groups()
    try:
        days = _days(day_text)
    except ValueError:
        raise CaseError(path, f"there is no date {day_text}") from None
    minutes = days * DAY_MINUTES + int(hour) * 60 + int(minute)
    if sign:
        ahead = int(ahead_hours) * 60 + int(ahead_minutes)
        minutes += ahead if sign == "-" else -ahead
    at = minutes * MINUTE + int(second or 0) * 1_000_000
    if not fraction:
        return at
    if len(fraction) <= 6:
        return at + int(fraction.ljust(6, "0"))
    return at + Fraction(int(fraction), 10 ** (len(fraction) - 6))


@lru_cache(maxsize=1024)
def _days(text: str) -> int:
    """Days from 1970-01-01 to a date; a document has many instants of few dates."""
    return date.fromisoformat(text).toordinal() - EPOCH.toordinal()


def instants(read: Callable[[Any, str], Instant] = read_instant) -> Reader:
    """Reads an instant by `read`, which may ask for more than its form."""
    return Reader(read, {"type": "string", "pattern": f"^{_INSTANT_TEXT}$"})


boolean = Reader(_boolean, {"type": "boolean"})
"""Reads true or false."""
text = Reader(_text, {"type": "string"})
"""Reads a string that can be written out again as UTF-8."""
zone_name = Reader(_zone_name, {"type": "string", "minLength": 1})
"""Reads a name of the tz database."""
day = Reader(_day, {"type": "string", "pattern": f"^{_DATE_TEXT}$"})
"""Reads a date `YYYY-MM-DD`."""
instant = instants()
"""Reads any instant."""

"""The time zones to choose from, with the words people look for them by.

Pure, standard library only. Making the list reads every zone's file once: do it beside the message loop.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources

from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.zones import zone, zone_names


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """One zone. `words` is what it is found by, in lower case: city, country, abbreviations of both seasons, offset."""

    name: str
    words: str
    local_time: str
    offset: str


def zone_choices(now: datetime, clock24: bool = True) -> tuple[ZoneChoice, ...]:
    """Every zone, with its local time and offset at `now` (aware), sorted by name."""
    return tuple(_choice(name, now, clock24) for name in zone_names())


def matching(choices: tuple[ZoneChoice, ...], query: str) -> list[ZoneChoice]:
    """Those that have every word of `query` in their words, whole words first."""
    wanted = query.lower().replace("_", " ").replace("/", " ").split()
    found = [choice for choice in choices if all(word in choice.words for word in wanted)]
    return sorted(found, key=lambda choice: -sum(word in choice.words.split() for word in wanted))


def _choice(name: str, now: datetime, clock24: bool) -> ZoneChoice:
    local = now.astimezone(zone(name))
    offset = _offset(local)
    seasons = [datetime(now.year, month, 1, tzinfo=UTC).astimezone(zone(name)) for month in (1, 7)]
    words = [name.replace("_", " ").replace("/", " "), *_countries().get(name, ()), offset, offset[3:]]
    words += dict.fromkeys(season.tzname() or "" for season in seasons)
    return ZoneChoice(name, " ".join(words).lower(), time_text(local, clock24), offset)


def _offset(local: datetime) -> str:
    text = local.strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"


@lru_cache(maxsize=1)
def _countries() -> dict[str, tuple[str, ...]]:
    """The countries of each zone, by the tables that come with the tz database."""
    folder = resources.files("tzdata") / "zoneinfo"
    names = dict(row[:2] for row in _rows((folder / "iso3166.tab").read_text("utf-8")))
    found: dict[str, tuple[str, ...]] = {}
    for codes, _, name, *_ in _rows((folder / "zone1970.tab").read_text("utf-8")):
        found[name] = tuple(names[code] for code in codes.split(","))
    for code, _, name, *_ in _rows((folder / "zone.tab").read_text("utf-8")):
        found.setdefault(name, (names[code],))
    return found


def _rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]

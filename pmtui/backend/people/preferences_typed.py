"""What people type about their preferences, made into values, and back. Standard library only.

Whether a theme or an action of that name exists knows the app alone: `pmtui.themes` and `pmtui.keymap` say so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from pmtui.backend.errors import BadInput
from pmtui.backend.people.locales import WEEKDAYS

DEFAULT = "default"
KEYS = "keys."
"""What stands before an action's id."""

_THEME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ACTION = re.compile(r"[a-z_]{1,40}(?:\.[a-z0-9_]{1,40}){0,3}")
_KEY = re.compile(r"\S{1,40}")
_MOST_KEYS = 4


@dataclass(frozen=True, slots=True)
class Preference:
    """One preference. `field` is its name in `records.Preferences`."""

    field: str
    what: str
    default: str
    parse: Callable[[str], str]


def parse(name: str, text: str) -> tuple[str, str]:
    """The preference called `name`, in full, and the value that `text` stands for; empty is the default.

    BadInput names what is wrong.
    """
    wanted, clean = name.strip().lower().replace("_", "-"), text.strip()
    if wanted.startswith(KEYS):
        action = name.strip()[len(KEYS) :]
        if not _ACTION.fullmatch(action):
            raise BadInput(
                "no_action",
                f"{action[:40]!r} is no action's id.",
                "Write it like keys.coaching.approve.",
                where="name",
            )
        return f"{KEYS}{action}", "" if clean.lower() in ("", DEFAULT) else _keys(action, clean)
    if wanted not in PREFERENCES:
        near = get_close_matches(wanted, PREFERENCES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(PREFERENCES)} and keys.ACTION."
        raise BadInput("no_preference", f"There is no preference {name.strip()[:40]!r}.", hint, where="name")
    return wanted, "" if clean.lower() in ("", DEFAULT) else PREFERENCES[wanted].parse(clean.lower())


def _theme(text: str) -> str:
    if not _THEME.fullmatch(text):
        raise BadInput("bad_theme", f"{text[:40]!r} is no theme.", "Write a name like dark or light.", where="theme")
    return text


def _clock(text: str) -> str:
    hours = text.removesuffix("h").removesuffix("-hour").strip()
    if text == "locale":
        return ""
    if hours not in ("12", "24"):
        raise BadInput("bad_clock", f"{text[:40]!r} is no clock.", "Write 24, 12 or locale.", where="clock")
    return hours


def _first_day(text: str) -> str:
    if text == "locale":
        return ""
    found = [day for day in WEEKDAYS if len(text) > 1 and day.startswith(text)]
    if len(found) != 1:
        raise BadInput(
            "bad_first_day", f"{text[:40]!r} is no weekday.", "Write one, like sunday, or locale.", where="first-day"
        )
    return found[0]


def _keys(action: str, text: str) -> str:
    """Keys with commas between; the comma itself is called `comma`."""
    keys = tuple(dict.fromkeys(key.strip() for key in text.split(",")))
    if len(keys) > _MOST_KEYS or not all(_KEY.fullmatch(key) and key.isprintable() for key in keys):
        raise BadInput(
            "bad_key",
            f"{text[:40]!r} is no key.",
            f"Write a key like g, ctrl+g, f2 or comma; up to {_MOST_KEYS} with commas between.",
            where=f"{KEYS}{action}",
        )
    return ",".join(keys)


PREFERENCES = {
    "theme": Preference("theme", "the colours of the app", "pmtui-dark", _theme),
    "clock": Preference("clock", "times on a clock of 24 hours or of 12", "locale", _clock),
    "first-day": Preference("first_day", "the day a week begins with", "locale", _first_day),
}
"""Every preference by the name it is typed by, but for the keys."""

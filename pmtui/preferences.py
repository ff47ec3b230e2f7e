"""What a person chooses for themselves, checked against what the app has: its themes, its actions, their keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pmtui import keymap
from pmtui.backend.people import preferences_typed as typed
from pmtui.backend.people.records import Preferences
from pmtui.themes import theme_named


@dataclass(frozen=True, slots=True)
class Shown:
    """One preference to show, as it would be typed: its name, its value, what it is by default, and what it means.

    `own` says whether the person has set it.
    """

    name: str
    value: str
    default: str
    what: str
    own: bool


def prepared(values: Mapping[str, str], preferences: Preferences) -> dict[str, str]:
    """`values` by name, as typed, made what is stored over `preferences`. BadInput names the first that is wrong."""
    found = dict(typed.parse(name, text) for name, text in values.items())
    if found.get("theme"):
        found["theme"] = theme_named(found["theme"])
    given = {name.removeprefix(typed.KEYS): text for name, text in found.items() if name.startswith(typed.KEYS)}
    given = {action: keymap.keys_for(action, text) if text else _known(action) for action, text in given.items()}
    together = {action: keys for action, keys in {**dict(preferences.keys), **given}.items() if keys}
    keymap.check(together, given)
    return found | {f"{typed.KEYS}{action}": keys for action, keys in given.items()}


def _known(action: str) -> str:
    """No keys of its own, for an action there is."""
    keymap.action(action)
    return ""


def general(preferences: Preferences, clock24: bool, first_day: str) -> Iterator[Shown]:
    """Everything but the keys. `clock24` and `first_day` are what the locale says."""
    by_locale = {"clock": f"locale ({24 if clock24 else 12})", "first-day": f"locale ({first_day})"}
    for name, one in typed.PREFERENCES.items():
        value = getattr(preferences, one.field)
        default = by_locale.get(name, one.default)
        yield Shown(name, value or default, default, one.what, bool(value))


def keys(preferences: Preferences) -> Iterator[Shown]:
    """Every action with the keys in force, by its id; those the person has set first."""
    own = dict(preferences.keys)
    for action in sorted(keymap.catalogue().values(), key=lambda one: one.id not in own):
        default = keymap.all_shown(action.keys)
        mine = own.get(action.id)
        value = keymap.all_shown(mine.split(",")) if mine else default
        yield Shown(f"{typed.KEYS}{action.id}", value, default, action.help, mine is not None)

"""Keys of a person's own: the actions there are, which keys they can be given, and what becomes of a clash.

Textual takes a keymap by the ids of bindings (`App.set_keymap`). It lets go of every action whose key another one was
given, and of those that share a key with one that got another; so what it is given is made here.
"""

import importlib
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import ModuleType
from typing import NamedTuple

from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.keys import Keys, format_key, key_to_character
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from pmtui.backend.errors import BadInput

_OURS = "pmtui."
_RESERVED = {
    "ctrl+q": "it always leaves pmtui",
    "ctrl+c": "terminals send it to interrupt",
    "escape": "it always leads back",
    "tab": "it goes from thing to thing",
    "shift+tab": "it goes from thing to thing",
    "enter": "it acts on what has the focus",
    "ctrl+a": "GNU screen takes it",
    "ctrl+b": "tmux takes it",
    "ctrl+o": "multiplexers take it",
    "ctrl+s": "some terminals stop at it",
    "ctrl+j": "terminals send it for Enter",
    "ctrl+m": "terminals send it for Enter",
    "ctrl+i": "terminals send it for Tab",
    "ctrl+h": "terminals send it for Backspace",
}
_MODIFIERS = frozenset({"ctrl", "alt", "shift"})
_SPECIAL = frozenset(key.value for key in Keys)
_SPELLED = {"spc": "space", "esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One action: its id, its own keys in Textual's names, the footer's word, the sentence of help, and the classes
    that declare it.
    """

    id: str
    keys: tuple[str, ...]
    name: str
    help: str
    places: tuple[type[DOMNode], ...]
    priority: bool


class Clash(NamedTuple):
    """Two actions that would want the same key in the same place."""

    key: str
    one: Declared
    other: Declared


def shown(key: str) -> str:
    """A key as the footer writes it: `^g`, `?`, `f2`."""
    *modifiers, plain = key.split("+")
    before = "".join("^" if one == "ctrl" else f"{one}+" for one in modifiers)
    return f"{before}{format_key(plain)}"


def all_shown(keys: Iterable[str]) -> str:
    """Several keys, with commas between."""
    return ", ".join(shown(key) for key in keys)


# The actions there are


def declaring() -> Iterator[type[DOMNode]]:
    """Each class that declares actions of its own. Loads every screen, window and widget: not on the message loop."""
    importlib.import_module("pmtui.app")
    for name in ("pmtui.screens", "pmtui.widgets"):
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            importlib.import_module(module.name)
    yield from (one for one in _below(DOMNode) if one.__module__.startswith(_OURS) and actions(one))


def actions(one: type[DOMNode]) -> list[Binding]:
    """The actions that a class declares itself, in its order."""
    declared = one.__dict__.get("BINDINGS", ())
    return [binding for binding in declared if isinstance(binding, Binding) and binding.id is not None]


def _below(one: type[DOMNode]) -> list[type[DOMNode]]:
    found: dict[type[DOMNode], None] = {}
    waiting = [one]
    while waiting:
        for below in waiting.pop().__subclasses__():
            if below not in found:
                found[below] = None
                waiting.append(below)
    return list(found)


@cache
def catalogue() -> dict[str, Declared]:
    """Every action by its id."""
    declared: defaultdict[str, list[tuple[type[DOMNode], Binding]]] = defaultdict(list)
    for one in declaring():
        for binding in actions(one):
            declared[binding.id or ""].append((one, binding))
    return {
        name: Declared(
            name,
            tuple(dict.fromkeys(key for _, binding in found for key in _named(binding.key))),
            found[0][1].description,
            found[0][1].tooltip,
            tuple(dict.fromkeys(place for place, _ in found)),
            any(binding.priority for _, binding in found),
        )
        for name, found in sorted(declared.items())
    }


def _named(keys: str) -> tuple[str, ...]:
    """Keys as Textual names them: `?` is `question_mark`."""
    return tuple(BindingsMap([Binding(keys, "x")]).key_to_bindings)


# Which keys can be given


def action(name: str) -> Declared:
    """The action of that id; BadInput with the nearest one."""
    found = catalogue().get(name)
    if found is None:
        near = get_close_matches(name, catalogue(), n=1)
        hint = f"Did you mean keys.{near[0]}?" if near else "pmtui preferences keys lists them all."
        raise BadInput("no_action", f"There is no action {name[:40]!r}.", hint, where="name")
    return found


def keys_for(name: str, text: str) -> str:
    """The keys that `text` names for the action `name`, in Textual's names with commas between; empty if they are its
    own by default. BadInput for what is no key, or taken by terminals.
    """
    wanted = action(name)
    keys = tuple(dict.fromkeys(_key(name, one.strip(), wanted) for one in text.split(",")))
    return "" if keys == wanted.keys else ",".join(keys)


def _key(name: str, text: str, wanted: Declared) -> str:
    def bad(title: str, next_step: str = "Choose another key.") -> BadInput:
        return BadInput("bad_key", title, next_step, where=f"keys.{name}")

    plain = f"ctrl+{text[1:]}" if text.startswith("^") and len(text) > 1 else text
    plain = plain if len(plain) == 1 else plain.lower()
    plain = _SPELLED.get(plain, plain)
    if not plain or (len(plain) == 1 and not plain.isprintable()):
        raise bad(f"{text[:20]!r} is no key.", "Write a key like g, ctrl+g or f2.")
    key = _named(plain)[0]
    if key in wanted.keys:
        return key
    if key in _RESERVED:
        raise bad(f"{shown(key)} can't be given away: {_RESERVED[key]}.")
    *modifiers, base = key.split("+")
    letter = len(base) == 1 and base.isprintable()
    if modifiers == ["shift"] and letter:
        raise bad(f"Terminals don't send {text[:20]}.", f"Write the capital letter {base.upper()}.")
    special = base in _SPECIAL
    if not set(modifiers) <= _MODIFIERS or not (letter or special or (not modifiers and key_to_character(base))):
        raise bad(f"{text[:20]!r} is no key.", "Write a key like g, ctrl+g, f2 or question_mark.")
    return key


def check(keys: Mapping[str, str], changed: Iterable[str]) -> None:
    """Refuse (BadInput) if one of the actions `changed` clashes with another; both are named."""
    for clash in clashes(keys):
        if clash.one.id in changed or clash.other.id in changed:
            mine, theirs = (clash.one, clash.other) if clash.one.id in changed else (clash.other, clash.one)
            raise BadInput(
                "key_clash",
                f"{shown(clash.key)} is {theirs.name!r} already ({theirs.id}), in the same place as {mine.name!r}"
                f" ({mine.id}).",
                "Choose another key, or give that one another first.",
                where=f"keys.{mine.id}",
            )


def clashes(keys: Mapping[str, str]) -> list[Clash]:
    """Where actions with keys of the person's own want a key that another has in the same place."""
    every = catalogue()
    holders: defaultdict[str, list[Declared]] = defaultdict(list)
    for one in every.values():
        for key in _in_force(one, keys):
            holders[key].append(one)
    found = []
    for name in keys:
        for key in _in_force(every[name], keys) if name in every else ():
            found += [
                Clash(key, every[name], other)
                for other in holders[key]
                if other.id != name and not _alternatives(every[name], other) and _meet(every[name], other)
            ]
    return found


def _in_force(one: Declared, keys: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(keys[one.id].split(",")) if one.id in keys else one.keys


def _alternatives(one: Declared, other: Declared) -> bool:
    """Whether they share a key by design: only one of them can be done at a time."""
    return bool(set(one.keys) & set(other.keys) and set(one.places) & set(other.places))


def _meet(one: Declared, other: Declared) -> bool:
    return any(_together(here, there, one, other) for here in one.places for there in other.places)


def _together(here: type[DOMNode], there: type[DOMNode], one: Declared, other: Declared) -> bool:
    """Whether both may stand in the way of one key."""
    if issubclass(here, there) or issubclass(there, here) or set(_below(here)) & set(_below(there)):
        return True
    for app, place, action in ((here, there, one), (there, here, other)):
        if issubclass(app, App):
            return action.priority or not issubclass(place, ModalScreen)
    return any(
        issubclass(whole, Widget)
        and not issubclass(part, Screen)
        and any(part in _parts(kind) for kind in (whole, *_below(whole)))
        for whole, part in ((here, there), (there, here))
    )


@cache
def _parts(whole: type[DOMNode]) -> frozenset[type[DOMNode]]:
    """The widgets that a screen, window or widget may hold: those its modules name, and theirs."""
    found: set[type[DOMNode]] = set()
    waiting: list[type[DOMNode]] = [whole]
    while waiting:
        for one in _named_by(waiting.pop()):
            if one not in found:
                found.update(base for base in one.__mro__ if issubclass(base, Widget))
                waiting.append(one)
    return frozenset(found)


def _named_by(one: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for base in one.__mro__:
        module: ModuleType | None = sys.modules.get(base.__module__) if base.__module__.startswith(_OURS) else None
        for value in vars(module).values() if module is not None else ():
            widget = isinstance(value, type) and issubclass(value, Widget) and not issubclass(value, Screen)
            if widget and value.__module__.startswith(_OURS) and value is not one:
                yield value


# What Textual is given


def in_force(keys: Mapping[str, str]) -> tuple[dict[str, str], tuple[Clash, ...]]:
    """The keymap for Textual, and the clashes in what is stored: those actions keep their own keys.

    Saved keys clash only if an action came since, or went elsewhere.
    """
    every = catalogue()
    good = {name: value for name, value in keys.items() if name in every}
    left: list[Clash] = []
    while found := clashes(good):
        left.append(found[0])
        del good[found[0].one.id]
    given = dict(good)
    for name in good:
        for other in every.values():
            if other.id not in given and _alternatives(every[name], other):
                given[other.id] = ",".join(other.keys)
    return given, tuple(left)

"""Actions: each is declared once, and gives its key, the footer's word, the palette's line and the help's row."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any

from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do with a key.

    `id` is stable and unique (`integrations.send`); keys are remapped by it. `keys` are Textual's names,
    separated by commas. `run` is the action's method on the screen or widget that declares it, without
    `action_`, with arguments in parentheses if any. `name` is the footer's word, `help` the sentence of
    help and palette. `key_display` is how the footer writes the key; `footer` is False for keys that
    need no reminder. `priority` keys work while a field is being typed in.
    """

    id: str
    keys: str
    run: str
    name: str
    help: str
    footer: bool = True
    key_display: str | None = None
    priority: bool = False

    @property
    def binding(self) -> Binding:
        """The action as Textual knows it."""
        return Binding(
            self.keys,
            self.run,
            self.name,
            show=self.footer,
            key_display=self.key_display,
            priority=self.priority,
            tooltip=self.help,
            id=self.id,
        )


def bindings(*actions: Action) -> list[BindingType]:
    """What to write as `BINDINGS` of the screen or widget that performs these actions."""
    return [action.binding for action in actions]


@dataclass(frozen=True, slots=True)
class Extra:
    """An action that stands outside the app's own screens and is handed in at the start.

    `screen` is the class name of the screen or dialog it appears in. `perform` gets that screen and runs as a
    background call: what it raises takes the app's error route. `action.run` counts for nothing.
    """

    screen: str
    action: Action
    perform: Callable[[Any], Coroutine[Any, Any, None]]

    @property
    def binding(self) -> Binding:
        """The action, performed by the screen's `action_extra`."""
        return replace(self.action.binding, action=f"screen.extra({self.action.id!r})")


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that can be done now: where it is declared, and its binding. `keys` lists all its keys as shown."""

    node: DOMNode
    binding: Binding
    keys: tuple[str, ...]


def offers(screen: Screen[Any]) -> Iterator[Offer]:
    """What can be done on the screen now, the focused thing's first. An action with several keys comes once."""
    found: dict[tuple[DOMNode, str], list[Binding]] = {}
    focused = screen.focused
    for node, binding, enabled, _ in screen.active_bindings.values():
        # Textual leaves out what the focused field would write, but not where a person gave the action that key.
        written = focused is not None and node is not focused and _writes(focused, binding.key)
        if enabled and binding.id is not None and not written:
            found.setdefault((node, binding.action), []).append(binding)
    for (node, _), same in found.items():
        keys = tuple(dict.fromkeys(screen.app.get_key_display(binding) for binding in same))
        yield Offer(node, same[0], keys)


def key_of(screen: Screen[Any], action_id: str) -> str:
    """The key that does this on the screen now, as the footer writes it; empty where it can't be done."""
    return next((offer.keys[0] for offer in offers(screen) if offer.binding.id == action_id), "")


def keys_of(screen: Screen[Any], *action_ids: str, between: str = "   ") -> str:
    """The keys and words of those of these actions that can be done on the screen now: `u undo   U redo`."""
    known = {offer.binding.id: offer for offer in offers(screen)}
    found = (known[action_id] for action_id in action_ids if action_id in known)
    return between.join(f"{offer.keys[0]} {offer.binding.description}" for offer in found)


def _writes(focused: Widget, key: str) -> bool:
    return focused.check_consume_key(key, key_to_character(key))


class ActionCommands(Provider):
    """The palette: every action that can be done now, by its words."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for offer in offers(self.screen):
            yield DiscoveryHit(self._line(offer), self._command(offer), help=offer.binding.tooltip)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for offer in offers(self.screen):
            line = self._line(offer)
            score = max(matcher.match(line), matcher.match(offer.binding.tooltip))
            if score > 0:
                yield Hit(score, matcher.highlight(line), self._command(offer), help=offer.binding.tooltip)

    def _line(self, offer: Offer) -> str:
        return f"{offer.binding.description}  ({', '.join(offer.keys)})"

    def _command(self, offer: Offer) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.app.run_action(offer.binding.action, offer.node)

        return run

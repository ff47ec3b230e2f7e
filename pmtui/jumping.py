"""Jump mode: what on a screen can be gone to, and the letter of each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from textual.errors import NoWidget
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

LETTERS = "asdfghjklwertyuiopzxcvbnmASDFGHJKLWERTYUIOPZXCVBNM"
"""Those under the fingers first. Not `q`, which leaves."""

Go = Callable[[], None]


@runtime_checkable
class HasParts(Protocol):
    """A widget that has more to go to than itself."""

    def jump_parts(self) -> Iterable[tuple[int, Go]]:
        """Its lines in sight that can be gone to, from its own top, and what goes there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A letter, the cell of the screen it stands in, and what going there does."""

    letter: str
    at: Offset
    go: Go


def targets(screen: Screen[Any]) -> tuple[Target, ...]:
    """What can be gone to on the screen now, as one reads it: whatever takes the focus, and the parts in sight.

    Where letters run out, the last parts have none.
    """
    wholes: list[tuple[Offset, Go]] = []
    parts: list[tuple[Offset, Go]] = []
    focusable = set(screen.focus_chain)
    for widget in screen.walk_children(Widget):
        if isinstance(widget, HasParts):
            parts += _parts(screen, widget)
        elif widget in focusable and (seen := _seen(screen, widget)) is not None:
            wholes.append((seen, _focus(screen, widget)))
    found = sorted((*wholes, *parts[: len(LETTERS) - len(wholes)]), key=lambda one: (one[0].y, one[0].x))
    return tuple(Target(letter, at, go) for letter, (at, go) in zip(LETTERS, found, strict=False))


def _seen(screen: Screen[Any], widget: Widget) -> Offset | None:
    """The cell before the widget where there is one, so that nothing is covered; None if it is out of sight."""
    try:
        region = screen.find_widget(widget).visible_region
    except NoWidget:
        return None
    return Offset(max(0, region.x - 1), region.y) if region else None


def _focus(screen: Screen[Any], widget: Widget) -> Go:
    return lambda: screen.set_focus(widget)


def _parts(screen: Screen[Any], widget: Widget) -> Iterator[tuple[Offset, Go]]:
    """The parts of a widget: their letters stand in its own margin."""
    assert isinstance(widget, HasParts)
    try:
        region = screen.find_widget(widget).visible_region
    except NoWidget:
        return
    for line, go in widget.jump_parts():
        at = Offset(widget.region.x, widget.region.y + line)
        if region.contains_point(at):
            yield at, _both(screen, widget, go)


def _both(screen: Screen[Any], widget: Widget, go: Go) -> Go:
    def both() -> None:
        if widget.focusable:
            screen.set_focus(widget)
        go()

    return both

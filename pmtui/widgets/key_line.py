"""The footer: the keys of the focused thing, on one line."""

from typing import Any

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from pmtui.actions import Offer, offers

_LAST = ("close", "help")
_BETWEEN = "  "


class KeyLine(Widget, can_focus=False):
    """As many keys as fit, the focused thing's first, always those for closing and help. A click presses the key."""

    def on_mount(self) -> None:
        """Follow the focus and what is allowed."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[Any]) -> None:
        self.refresh()

    def render(self) -> RenderResult:
        """The line at the present width."""
        shown = [offer for offer in offers(self.screen) if offer.binding.show]
        last = [offer for offer in shown if offer.binding.id in _LAST]
        chosen: list[Offer] = []
        room = self.size.width - 2 + len(_BETWEEN) - sum(_width(offer) for offer in last)
        for offer in shown:
            if offer not in last and _width(offer) <= room:
                chosen.append(offer)
                room -= _width(offer)
        pieces: list[Content] = [_piece(offer) for offer in (*chosen, *last)]
        return Content(" ") + Content(_BETWEEN).join(pieces)


def _width(offer: Offer) -> int:
    return cell_len(f"{offer.keys[0]} {offer.binding.description}{_BETWEEN}")


def _piece(offer: Offer) -> Content:
    press = Style.from_meta({"@click": f"app.simulate_key('{offer.binding.key}')"})
    word = Content(f" {offer.binding.description}")
    return (Content.styled(offer.keys[0], "bold") + word).stylize(press)

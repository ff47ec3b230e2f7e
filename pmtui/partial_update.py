"""What goes to the terminal when parts of the screen change: these parts, and nothing before them on their lines."""

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate


class PartialUpdate(ChopsUpdate):
    """Textual's own update, but each stretch begins where what changed begins.

    Textual's begins at the left end of the widget, which costs a long line several times where several stretches of it
    changed.
    """

    @classmethod
    def of(cls, update: ChopsUpdate) -> "PartialUpdate":
        """The same update."""
        return cls(update.chops, update.spans, update.chop_ends)

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        pieces: list[str] = []
        for y, start, end in self.spans:
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                low, high = max(x, start), min(chop_end, end)
                if strip is not None and low < high:
                    pieces += Control.move_to(low, y).segment.text, strip.crop(low - x, high - x).render(console)
        return "".join(pieces)

"""How long a session shall be: `< 30 min >`."""

from dataclasses import dataclass

from textual.app import RenderResult
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from pmtui.actions import Action, bindings

LENGTHS = (15, 30, 45, 60)
"""Minutes."""


class LengthChoice(Widget, can_focus=True):
    """One of a few lengths, changed with the arrow keys."""

    HELP = "How long the session shall be."
    BINDINGS = bindings(
        Action("length.shorter", "left,h,minus", "step(-1)", "shorter", "A shorter session.", key_display="←"),
        Action("length.longer", "right,l,plus,space", "step(1)", "longer", "A longer session.", key_display="→"),
    )

    @dataclass
    class Chosen(Message):
        """Another length was chosen."""

        minutes: int

    minutes = reactive(0, layout=True)
    """0 until the organisation's own length is known."""

    def render(self) -> RenderResult:
        """The length between its arrows."""
        return f"< {self.minutes} min >" if self.minutes else ""

    def action_step(self, by: int) -> None:
        """A neighbouring length."""
        if not self.minutes:
            return
        self.minutes = LENGTHS[max(0, min(len(LENGTHS) - 1, LENGTHS.index(self.minutes) + by))]
        self.post_message(self.Chosen(self.minutes))

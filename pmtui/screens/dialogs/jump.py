"""Jump mode as it is seen: a letter on everything that can be gone to, over the screen as it stands."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.jumping import Target

LEAVE = Action("jump.leave", "escape,q,ctrl+g", "leave", "stay", "Stay where you were.", priority=True)
_SAID = "Press the letter of where you want to go, or click it.   Esc stay"


class JumpDialog(ModalScreen[Target]):
    """Dismisses with what was chosen; None for staying."""

    CSS_PATH = "jump.tcss"
    AUTO_FOCUS = ""
    BINDINGS = bindings(LEAVE)

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._size_known: Size | None = None
        self._targets = {target.letter: target for target in targets}

    def compose(self) -> ComposeResult:
        """The letters, and what to do with them."""
        for target in self._targets.values():
            letter = Static(target.letter, classes="letter", markup=False)
            letter.offset = target.at
            yield letter
        yield Static(_SAID, id="said", markup=False)

    def on_key(self, event: events.Key) -> None:
        """Go there; any other key waits for a letter."""
        event.stop()
        if event.character in self._targets:
            self.dismiss(self._targets[event.character])

    def on_click(self, event: events.Click) -> None:
        """A letter can be clicked; a click beside them stays."""
        at = event.screen_offset
        self.dismiss(next((target for target in self._targets.values() if target.at == at), None))

    def on_resize(self, event: events.Resize) -> None:
        """In a terminal of another size the letters would stand elsewhere."""
        if self._size_known is not None and event.size != self._size_known:
            self.dismiss(None)
        self._size_known = event.size

    def action_leave(self) -> None:
        """Stay."""
        self.dismiss(None)

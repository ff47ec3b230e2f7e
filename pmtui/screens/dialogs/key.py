"""Another key for an action: pressed, not spelled."""

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Static

from pmtui import preferences
from pmtui.backend.errors import BadInput
from pmtui.backend.people.preferences_typed import KEYS
from pmtui.preferences import Shown
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton


class KeyCatcher(Widget, can_focus=True):
    """Takes the next key, whatever it does elsewhere; those that lead away from here excepted."""

    HELP = "Press the key that shall perform the action; Tab goes to the buttons."
    _AWAY = frozenset({"escape", "tab", "shift+tab", "enter", "f1", "ctrl+q", "ctrl+c"})

    def render(self) -> str:
        """What to do."""
        return "Press a key." if self.has_focus else "Tab, to press a key."

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every other key is for this."""
        return key not in self._AWAY

    async def on_key(self, event: events.Key) -> None:
        """Hand it on."""
        if event.key not in self._AWAY:
            event.stop()
            event.prevent_default()
            if isinstance(self.screen, KeyDialog):
                self.screen.pressed(event.key)


class KeyDialog(PmtuiDialog[None]):
    """Waits for a key, saves it, and closes; what is wrong with it stands there."""

    CSS_PATH = "key.tcss"
    AUTO_FOCUS = "KeyCatcher"
    HELP = "The key takes the place of all the action's keys. pmtui preferences set gives it several."

    problem = getters.query_one("#problem", Static)

    def __init__(self, one: Shown) -> None:
        super().__init__()
        self.title = one.name.removeprefix(KEYS)
        self._one = one

    def compose_body(self) -> ComposeResult:
        """What the action does, the keys it has, and where the key is pressed."""
        one = self._one
        own = f", by default {one.default}" if one.own else ""
        yield Static(f"{one.what}\n\nNow {one.value}{own}.", markup=False)
        yield KeyCatcher()
        yield Static(id="problem", markup=False)
        with Horizontal(classes="buttons"):
            if one.own:
                yield PlainButton(f"As by default: {one.default}", id="default")
            yield PlainButton("Cancel", id="cancel")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#default")
    def _as_by_default(self) -> None:
        self.pressed("")

    def pressed(self, key: str) -> None:
        """Give the action this key; its own keys if it is empty."""
        self.problem.update("")
        self.app.background.start(self, self._save(key), group="save", exclusive=True)

    async def _save(self, key: str) -> None:
        actor, mine, asked = self.app.actor, self.app.preferences, {self._one.name: key}
        try:
            values = await self.app.background.aside(lambda: preferences.prepared(asked, mine))
            found = await self.app.background.call(lambda services: services.preferences.change(actor, values))
        except BadInput as error:
            self.problem.update(f"! {error.title} {error.next_step}")
            return
        self.app.preferences = found
        self.dismiss(None)

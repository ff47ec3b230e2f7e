"""Choosing one of a few values for a preference. Colours are shown while they are chosen."""

from collections.abc import Callable

from textual import getters, on
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pmtui.backend.people.locales import WEEKDAYS
from pmtui.host import Host
from pmtui.preferences import Shown
from pmtui.screens.base import PmtuiDialog
from pmtui.themes import DARK, NAMES

_NO_COLOURS = "NO_COLOR is set: whatever you choose shows where it is not."
_LOOK = "The colours change as you move. Enter keeps them, Esc brings the earlier ones back."


class PreferenceDialog(PmtuiDialog[str]):
    """A list to choose from. `looked_at` is told the value under the cursor at once; `left` that none was chosen.

    Saves what is chosen and dismisses with it.
    """

    CSS_PATH = "preference.tcss"
    AUTO_FOCUS = "#values"
    HELP = "Choose with the arrows and Enter; a letter is not needed."

    values = getters.query_one("#values", OptionList)

    def __init__(
        self,
        name: str,
        what: str,
        values: dict[str, str],
        now: str,
        *,
        looked_at: Callable[[str], None] = lambda _: None,
        left: Callable[[], None] = lambda: None,
    ) -> None:
        """`values` are each with the words it is chosen by."""
        super().__init__()
        self.title = name
        self._preference, self._what, self._values, self._now = name, what, values, now
        self._looked_at, self._left = looked_at, left

    def compose_body(self) -> ComposeResult:
        """What it is, and what there is to choose."""
        yield Static(self._what, id="what", markup=False)
        yield OptionList(*(Option(words, id=value) for value, words in self._values.items()), id="values", markup=False)

    def on_mount(self) -> None:
        """The cursor stands on what holds now."""
        self.values.highlighted = list(self._values).index(self._now) if self._now in self._values else 0

    @on(OptionList.OptionHighlighted)
    def _looks(self, message: OptionList.OptionHighlighted) -> None:
        self._looked_at(message.option.id or "")

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.app.background.start(self, self._save(message.option.id or ""), group="save", exclusive=True)

    async def _save(self, value: str) -> None:
        actor, values = self.app.actor, {self._preference: value}
        try:
            self.app.preferences = await self.app.background.call(
                lambda services: services.preferences.change(actor, values)
            )
        except Exception:
            self._left()
            raise
        self.dismiss(value)

    def action_close(self) -> None:
        """Nothing was chosen."""
        self._left()
        self.dismiss(None)


def choose_theme(app: Host) -> None:
    """Ask for colours, showing them; Esc brings the earlier ones back."""
    now = app.preferences.theme or DARK.name
    what = _NO_COLOURS if app.no_color else _LOOK
    more = {DARK.name: "  (default)"} | {name: "  (the terminal's own colours)" for name in NAMES if "ansi" in name}
    values = {name: name + more.get(name, "") for name in NAMES}
    app.push_screen(
        PreferenceDialog(
            "theme", what, values, now, looked_at=app.show_theme, left=lambda: app.show_theme(app.preferences.theme)
        )
    )


def choose(app: Host, one: Shown) -> None:
    """Ask for the clock or the first day of the week."""
    locale = {"locale": f"as the locale says: {one.default.partition('(')[2].rstrip(')')}"}
    values = locale | {"24": "24 hours: 14:05", "12": "12 hours: 2:05pm"}
    if one.name == "first-day":
        values = locale | {day: day.capitalize() for day in WEEKDAYS}
    what = f"{one.what[:1].upper()}{one.what[1:]}."
    app.push_screen(PreferenceDialog(one.name, what, values, one.value if one.own else "locale"))

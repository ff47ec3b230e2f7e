"""An app as its person prefers it: colours, keys, clock, first day of the week."""

from pmtui.backend.people.records import Preferences
from pmtui.host import Host
from pmtui.loading import load
from pmtui.themes import DARK

_THEME_DIALOG = "pmtui.screens.dialogs.preference:choose_theme"
_IN_FORCE, _SHOWN = "pmtui.keymap:in_force", "pmtui.keymap:shown"


class Preferred(Host, inherit_bindings=False):
    """Follows `preferences`, whoever sets them: this app, another one of the person's, or a command."""

    def look_at_preferences(self) -> None:
        """Read them again."""
        self.background.start(self, self._read_preferences(), group="preferences", exclusive=True)

    async def _read_preferences(self) -> None:
        actor = self.actor
        self.preferences = await self.background.call(lambda services: services.preferences.show(actor))

    def watch_preferences(self, before: Preferences, after: Preferences) -> None:
        """Colours at once; keys when it is clear what they can be; times and weeks are drawn anew."""
        self.show_theme(after.theme)
        if before.keys != after.keys:
            self.background.start(self, self._take_keys(dict(after.keys)), group="keys", exclusive=True)
        if (before.clock, before.first_day) != (after.clock, after.first_day):
            for screen in self.standing:
                screen.look_soon()

    def show_theme(self, name: str) -> None:
        """Show these colours, the app's own dark ones where it knows none of that name. Under NO_COLOR none."""
        if not self.no_color:
            self.theme = name if name in self.available_themes else DARK.name

    def action_choose_theme(self) -> None:
        """Choose colours by looking at them."""
        load(_THEME_DIALOG)(self)

    async def _take_keys(self, keys: dict[str, str]) -> None:
        given, clashes = await self.background.aside(lambda: load(_IN_FORCE)(keys)) if keys else ({}, ())
        self.set_keymap(given)
        for clash in clashes:
            self.told(
                f"{load(_SHOWN)(clash.key)} is {clash.other.name!r} ({clash.other.id}): {clash.one.name!r}"
                f" ({clash.one.id}) has its own keys again.",
                "Preferences gives it others.",
                warning=True,
            )

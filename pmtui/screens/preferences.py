"""Preferences: what a person sets for themselves, the keys of every action among them."""

from collections.abc import Callable, Sequence

from textual import on

from pmtui import preferences
from pmtui.actions import Action, bindings
from pmtui.backend.people import locales
from pmtui.backend.people import preferences_typed as typed
from pmtui.backend.people.records import DEFAULTS
from pmtui.backend.states import Topic
from pmtui.preferences import Shown
from pmtui.screens.dialogs.key import KeyDialog
from pmtui.screens.dialogs.preference import choose, choose_theme
from pmtui.screens.table_screen import TableScreen
from pmtui.widgets.rows_table import Column, RowsTable


class PreferencesScreen(TableScreen[Shown]):
    """Every preference, then every action with its keys. Enter changes the one under the cursor."""

    TRAIL = ("Performance Management", "Preferences")
    TOPICS = (Topic.PREFERENCES,)
    COMMAND = "pmtui preferences show"
    NOTHING = "No preference and no action has these words."
    HELP = "What you set for yourself: it holds for you alone, wherever you open pmtui."
    BINDINGS = bindings(
        Action("preferences.change", "e", "change", "change", "Choose another value, or another key."),
        Action("preferences.reset", "x", "reset", "reset", "Back to what holds by default."),
        Action("preferences.reset_keys", "X", "reset_keys", "all keys", "Give every action its own keys again."),
    )

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def on_mount(self) -> None:
        """Whatever is set, here or elsewhere, shows at once."""
        self.watch(self.app, "preferences", self.rearrange, init=False)

    def make_table(self) -> RowsTable[Shown]:
        """The table."""
        columns: tuple[Column[Shown], ...] = (
            Column("Preference", 28, lambda one: one.name, most=36),
            Column("Value", 19, lambda one: one.value, most=24, role=lambda one: "warning" if one.own else ""),
            Column("What it is", 29, lambda one: one.what, most=80, rank=1),
            Column("By default", 14, lambda one: one.default, rank=2),
        )
        return RowsTable(columns, lambda one: one.name)

    async def read(self) -> None:
        """What is stored now."""
        actor = self.app.actor
        self.app.preferences = await self.app.background.call(lambda services: services.preferences.show(actor))

    def choice(self) -> Callable[[], Sequence[Shown]]:
        """Those with the words typed."""
        mine, locale, wanted = self.app.preferences, self.app.terminal.locale, self._words.casefold().split()

        def rows() -> list[Shown]:
            first = locales.WEEKDAYS[locales.first_day(DEFAULTS, locale)]
            every = [*preferences.general(mine, locales.clock24(DEFAULTS, locale), first), *preferences.keys(mine)]
            return [one for one in every if all(word in f"{one.name} {one.what}".casefold() for word in wanted)]

        return rows

    def words_typed(self, words: str) -> None:
        """Names and what they mean."""
        self._words = words

    def said(self) -> str:
        """Where there is no pane, what the one under the cursor is; else how many were set."""
        one: Shown | None = self.table.current
        if one is not None and not self.query_one("#detail").display:
            return _sentence(one.what)
        mine = self.app.preferences
        count = sum(map(bool, (mine.theme, mine.clock, mine.first_day))) + len(mine.keys)
        return f"Yours alone · {count or 'nothing'} not as by default · / finds an action by its words"

    def pane(self) -> str:
        """The one under the cursor."""
        one = self.table.current
        if one is None:
            return ""
        return f"{one.name}\n{_sentence(one.what)}\n\nNow         {one.value}\nBy default  {one.default}"

    @on(RowsTable.Moved)
    def _told(self) -> None:
        self.draw()

    def kind(self) -> tuple[bool, bool, bool]:
        """Whether there is something to change, and something to reset."""
        one: Shown | None = self.table.current
        return one is not None, one is not None and one.own, bool(self.app.preferences.keys)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is set can be reset."""
        if action in ("change", "reset", "reset_keys"):
            return self.is_mounted and self.kind()[("change", "reset", "reset_keys").index(action)]
        return super().check_action(action, parameters)

    @on(RowsTable.Chosen)
    def action_change(self) -> None:
        """Choose another value, or press another key."""
        one: Shown | None = self.table.current
        if one is None:
            return
        if one.name == "theme":
            choose_theme(self.app)
        elif one.name in typed.PREFERENCES:
            choose(self.app, one)
        else:
            self.app.push_screen(KeyDialog(one))

    def action_reset(self) -> None:
        """The one under the cursor as by default."""
        one: Shown | None = self.table.current
        if one is not None:
            self._set({one.name: ""})

    def action_reset_keys(self) -> None:
        """Every action's own keys."""
        self._set({f"{typed.KEYS}{action}": "" for action, _ in self.app.preferences.keys})

    def _set(self, values: dict[str, str]) -> None:
        self.app.background.start(self, self._save(values), group="save")

    async def _save(self, values: dict[str, str]) -> None:
        actor = self.app.actor
        self.app.preferences = await self.app.background.call(
            lambda services: services.preferences.change(actor, values)
        )


def _sentence(text: str) -> str:
    text = f"{text[:1].upper()}{text[1:]}"
    return text if text.endswith((".", "?")) else f"{text}."

"""Another value for one setting of the organisation."""

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from pmtui.backend.errors import BadInput
from pmtui.backend.settings.records import SettingRecord
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox


class SettingDialog(PmtuiDialog[tuple[SettingRecord, ...]]):
    """One line to type; what is wrong with it stands under it. Dismisses with every setting as it is then."""

    CSS_PATH = "setting.tcss"
    AUTO_FOCUS = "#value"
    HELP = "Type a value as it is shown, and Enter. The setting counts for the whole organisation, from now on."

    box = getters.query_one("#value", Input)
    problem = getters.query_one("#problem", Static)

    def __init__(self, setting: SettingRecord) -> None:
        super().__init__()
        self.title = setting.name
        self._setting = setting

    def compose_body(self) -> ComposeResult:
        """What it is, the value, what is wrong with it."""
        yield Static(f"{self._setting.what[:1].upper()}{self._setting.what[1:]}.", id="what", markup=False)
        box = WordsBox("", id="value")
        box.value = self._setting.value
        yield box
        yield Static(id="problem", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Save", id="save")
            if self._setting.name != "timezone":
                yield PlainButton(f"As by default: {self._setting.default or 'none'}", id="default")
            yield PlainButton("Cancel", id="cancel")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#default")
    def _as_by_default(self) -> None:
        self.box.value = self._setting.default
        self._asked()

    @on(Button.Pressed, "#save")
    @on(Input.Submitted)
    def _asked(self) -> None:
        self.problem.update("")
        self.app.background.start(self, self._save(self.box.value), group="save", exclusive=True)

    async def _save(self, text: str) -> None:
        actor, name = self.app.actor, self._setting.name
        try:
            settings = await self.app.background.call(lambda services: services.settings.change(actor, {name: text}))
        except BadInput as error:
            self.problem.update(f"! {error.title} {error.next_step}")
            return
        self.dismiss(settings)

"""Writing what is known into a file, to keep with a ticket."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from pmtui.backend.errors import BadInput
from pmtui.files import write_new
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox

if TYPE_CHECKING:
    from pmtui.backend.build import Services


class ExportDialog(PmtuiDialog[str]):
    """Asks for the file. `make` makes its text, in a thread. Dismisses with what was done, in words."""

    CSS_PATH = "export.tcss"
    TITLE = "Export"
    AUTO_FOCUS = "#file"
    HELP = "The file is written on the machine pmtui runs on. One that is there already is left alone."

    problem = getters.query_one("#problem", Static)

    def __init__(self, what: str, suggested: str, make: "Callable[[Services], str]") -> None:
        """`what` says what will be written, `suggested` is the file's name."""
        super().__init__()
        self._what, self._suggested, self._make = what, suggested, make

    def compose_body(self) -> ComposeResult:
        """What, where to, and what is wrong with that."""
        yield Static(self._what, id="what", markup=False)
        yield Static("A file on the machine pmtui runs on, for your eyes only:", id="where", markup=False)
        box = WordsBox("", id="file")
        box.value = f"~/{self._suggested}"
        yield box
        yield Static(id="problem", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Write", id="write")
            yield PlainButton("Cancel", id="cancel")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#write")
    @on(Input.Submitted)
    def _asked(self) -> None:
        self.problem.update("")
        place = self.query_one("#file", Input).value
        self.app.background.start(self, self._write(place), group="write", exclusive=True, loading=self.problem)

    async def _write(self, place: str) -> None:
        text = await self.app.background.call(self._make)
        try:
            path = await self.app.background.aside(lambda: write_new(place, text))
        except BadInput as error:
            self.problem.update(f"! {error.title} {error.next_step}")
            return
        self.dismiss(f"Written: {path}, {len(text.encode()):,} bytes.")

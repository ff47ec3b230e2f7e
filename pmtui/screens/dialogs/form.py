"""A form: a line a field, each typed as for the command that does the same."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.errors import PmtuiError
from pmtui.screens.base import PmtuiDialog
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Field:
    """One line. `name` is what an error's `where` calls it; `hint` stands in it while it is empty.

    What is typed into a `secret` one stays unseen; a `fixed` one can't be typed in.
    """

    name: str
    hint: str
    value: str = ""
    label: str = ""
    secret: bool = False
    fixed: bool = False


class FormDialog(PmtuiDialog[R]):
    """Dismisses with what `save` returned. What is wrong is said under the fields, and nothing typed is lost."""

    CSS_PATH = "form.tcss"
    HELP = "Arrows and Tab go from field to field; Enter goes on, and in the last one saves. ctrl+s saves anywhere."
    BINDINGS = bindings(
        Action("form.save", "ctrl+s,f2", "save", "save", "Save what is typed.", key_display="F2", priority=True),
        Action("form.down", "down", "app.focus_next", "next", "The next field.", footer=False),
        Action("form.up", "up", "app.focus_previous", "previous", "The field before.", footer=False),
    )

    problem = getters.query_one("#problem", Static)

    def __init__(self, title: str, fields: tuple[Field, ...]) -> None:
        super().__init__()
        self.title = title
        self._fields = fields
        self._before: dict[str, str] = {}

    @abstractmethod
    async def save(self, texts: Mapping[str, str]) -> R:
        """Save what is typed, by the fields' names."""

    def compose_body(self) -> ComposeResult:
        """The fields, what is wrong, and two buttons."""
        for field in self._fields:
            with Horizontal(classes="field"):
                yield Static(field.label or field.name.capitalize(), classes="label", markup=False)
                box = WordsBox(field.hint, id=f"field-{field.name}", secret=field.secret)
                box.value = field.value
                box.disabled = field.fixed
                yield box
        yield Static(id="problem", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Save", id="save")
            yield PlainButton("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin with the first field that can be typed in."""
        next(box for box in self._boxes() if not box.disabled).focus()
        self._before = self._texts()

    def _boxes(self) -> Iterator[Input]:
        return (self.query_one(f"#field-{field.name}", Input) for field in self._fields)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        if message.input.id == f"field-{self._fields[-1].name}":
            self.action_save()
        else:
            self.focus_next()

    def _texts(self) -> dict[str, str]:
        return {field.name: box.value for field, box in zip(self._fields, self._boxes(), strict=True)}

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        """Close the form; what was typed in it is asked about."""
        if self._texts() == self._before:
            self.dismiss(None)
            return
        question = ConfirmDialog("Leave the form?", ("What you typed is not saved.",), "Throw it away", "Go on typing")
        self.app.push_screen(question, self._left)

    def _left(self, sure: bool | None) -> None:
        if sure:
            self.dismiss(None)

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Save what is typed."""
        self.problem.update("")
        self.app.background.start(self, self._save(self._texts()), group="save", exclusive=True)

    async def _save(self, texts: dict[str, str]) -> None:
        try:
            saved = await self.save(texts)
        except PmtuiError as error:  # all of it can be put right here
            self.problem.update(f"! {error.title} {error.next_step}")
            if error.where in texts:
                self.query_one(f"#field-{error.where}", Input).focus()
            return
        self.dismiss(saved)

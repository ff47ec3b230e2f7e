"""A form for a rule of Auto Coaching: every field as one would type it for the command."""

from collections.abc import Iterator

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching import rules_typed
from pmtui.backend.coaching.records import RuleRecord
from pmtui.backend.errors import PmtuiError
from pmtui.screens.base import PmtuiDialog
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox

_HINTS = {
    "name": "what it is called",
    "metric": "as it is imported: quality",
    "when": "below 80, at most 5, above 300, at least 3",
    "priority": "high, medium or low; nothing is medium",
    "title": "what its sessions are called",
    "description": "what it is about, if you like",
    "teams": "with ; between; no teams and no groups: every agent",
    "groups": "groups of teams, with ; between",
    "target": "85 in 30 days, if there is one",
    "minutes": "15, 30, 45 or 60; nothing: as the organisation has set",
    "look-ahead": "days to look ahead; nothing: as the organisation has set",
    "cooldown": "days an agent is left alone afterwards",
}


class RuleDialog(PmtuiDialog[RuleRecord]):
    """A new rule, or `changed` anew. What is wrong is said under the form. Dismisses with the rule as it was saved."""

    CSS_PATH = "rule.tcss"
    HELP = "Arrows and Tab go from field to field; Enter goes on, and in the last one saves. ctrl+s saves anywhere."
    BINDINGS = bindings(
        Action("rule.save", "ctrl+s,f2", "save", "save", "Save the rule.", key_display="F2", priority=True),
        Action("rule.down", "down", "app.focus_next", "next", "The next field.", footer=False),
        Action("rule.up", "up", "app.focus_previous", "previous", "The field before.", footer=False),
    )

    problem = getters.query_one("#problem", Static)

    def __init__(self, changed: RuleRecord | None = None) -> None:
        super().__init__()
        self._changed = changed
        self._before: dict[str, str] = {}
        self.title = f"Change {changed.rule.name}" if changed is not None else "New rule"

    def compose_body(self) -> ComposeResult:
        """A line a field, what is wrong, and two buttons."""
        typed = rules_typed.typed(self._changed.rule) if self._changed is not None else {}
        for field in rules_typed.FIELDS:
            with Horizontal(classes="field"):
                yield Static(field.capitalize(), classes="label", markup=False)
                box = WordsBox(_HINTS[field], id=f"field-{field}")
                box.value = typed.get(field, "")
                box.disabled = field == "name" and self._changed is not None
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
        return (self.query_one(f"#field-{field}", Input) for field in rules_typed.FIELDS)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        if message.input.id == f"field-{rules_typed.FIELDS[-1]}":
            self.action_save()
        else:
            self.focus_next()

    def _texts(self) -> dict[str, str]:
        return {field: box.value for field, box in zip(rules_typed.FIELDS, self._boxes(), strict=True)}

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
        actor, version = self.app.actor, self._changed.version if self._changed is not None else 0
        try:
            draft = rules_typed.draft(texts)
            saved = await self.app.background.call(lambda services: services.rules.save(actor, draft, version))
        except PmtuiError as error:  # all of it can be put right here, and nothing typed is lost
            self.problem.update(f"! {error.title} {error.next_step}")
            if error.where in rules_typed.FIELDS:
                self.query_one(f"#field-{error.where}", Input).focus()
            return
        self.dismiss(saved)

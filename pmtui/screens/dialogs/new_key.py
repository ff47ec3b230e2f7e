"""Pasting an SSH public key. Nothing that is pasted is shown: it may be the private one by mistake."""

from dataclasses import dataclass

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Button, Input, Static

from pmtui.backend.errors import BadInput
from pmtui.backend.people.records import SshKeyRecord
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox

_WHAT = (
    "Paste the line of your public key's file, which ends in .pub (cat ~/.ssh/id_ed25519.pub shows it). What you paste"
    " is not shown; what it is stands below."
)


class KeyBox(WordsBox):
    """A masked box that hands on what is pasted, all its lines, instead of taking the first."""

    @dataclass
    class Pasted(Message):
        """Something was pasted."""

        text: str

    def on_paste(self, event: events.Paste) -> None:
        """Have it looked at first."""
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted(event.text))


class NewKeyDialog(PmtuiDialog[SshKeyRecord]):
    """Says what was understood of the key before it is added. Dismisses with the key added."""

    CSS_PATH = "new_key.tcss"
    TITLE = "A new key"
    AUTO_FOCUS = "#key"
    HELP = "Only the public key belongs here. A private one is refused, and nothing of it is kept or shown."

    box = getters.query_one("#key", KeyBox)
    said = getters.query_one("#said", Static)

    def __init__(self) -> None:
        super().__init__()
        self._warned = False

    def compose_body(self) -> ComposeResult:
        """What to paste, the box, what it is, the buttons."""
        yield Static(_WHAT, markup=False)
        yield KeyBox("", id="key", secret=True)
        yield Static(id="said", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Add", id="add")
            yield PlainButton("Cancel", id="cancel")

    @on(KeyBox.Pasted)
    def _pasted(self, message: KeyBox.Pasted) -> None:
        message.stop()
        self.app.background.start(self, self._understand(message.text, paste=True), group="look", exclusive=True)

    @on(Input.Changed, "#key")
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self.app.background.start(self, self._understand(message.value, paste=False), group="look", exclusive=True)

    async def _understand(self, text: str, *, paste: bool) -> None:
        if not text.strip():
            return
        try:
            key = await self.app.background.call(lambda services: services.ssh_keys.understood(text))
        except BadInput as error:
            self._refused(error)
            return
        self._warned = False
        if paste:
            self.box.value = f"{key.kind} {key.body} {key.comment}".strip()
        name = f", {key.comment}" if key.comment else ""
        self.said.remove_class("-wrong")
        self.said.update(f"= {key.kind}, {key.bits} bits{name}\n  {key.fingerprint}")

    def _refused(self, error: BadInput) -> None:
        if error.code == "private_key":
            self.box.clear()
            self._warned = True
        elif self._warned:
            return  # the rest of the private key, line by line: the warning stays until there is a key
        self.said.add_class("-wrong")
        self.said.update(f"! {error.title} {error.next_step}")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#add")
    @on(Input.Submitted, "#key")
    def _asked(self) -> None:
        self.app.background.start(self, self._add(self.box.value), group="add", exclusive=True)

    async def _add(self, text: str) -> None:
        actor = self.app.actor
        try:
            added = await self.app.background.call(lambda services: services.ssh_keys.add(actor, text))
        except BadInput as error:
            self._refused(error)
            return
        self.dismiss(added)

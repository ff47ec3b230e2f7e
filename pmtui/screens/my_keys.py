"""My keys: the SSH public keys that sign a person in."""

from collections.abc import Callable, Sequence
from datetime import datetime

from textual import on

from pmtui.actions import Action, bindings
from pmtui.backend.people.records import SshKeyRecord
from pmtui.backend.states import Topic
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.dialogs.new_key import NewKeyDialog
from pmtui.screens.table_screen import TableScreen
from pmtui.widgets.moments import moment
from pmtui.widgets.rows_table import Column, RowsTable

_NEVER = "never"
_NO_NAME = "(no name)"


class MyKeysScreen(TableScreen[SshKeyRecord]):
    """A row a key. What is removed signs nobody in any more."""

    TRAIL = ("Performance Management", "My keys")
    TOPICS = (Topic.PREFERENCES,)
    COMMAND = "pmtui ssh key list"
    HELP = (
        "Who holds the private key of one of these signs in over SSH as you. Only the public one is kept here; the"
        " fingerprint is what ssh-keygen -l shows."
    )
    BINDINGS = bindings(
        Action("keys.add", "n", "add", "new key", "Add a public key: paste its line."),
        Action("keys.remove", "x,delete", "remove", "remove", "Remove this key (asks)."),
    )

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[SshKeyRecord, ...] | None = None
        self._words = ""

    def make_table(self) -> RowsTable[SshKeyRecord]:
        """The table."""
        wide = 12 if self.app.clock24 else 14
        columns: tuple[Column[SshKeyRecord], ...] = (
            Column("Name", 18, _name, most=40),
            Column("Kind", 19, lambda one: one.kind, most=34),
            Column("Last used", wide, lambda one: self._moment(one.last_used_at)),
            Column("Added", wide, lambda one: self._moment(one.added_at), rank=1),
            Column("Fingerprint", 50, lambda one: one.fingerprint, rank=2),
        )
        return RowsTable(columns, lambda one: one.fingerprint)

    def _moment(self, at: datetime | None) -> str:
        zone = self.app.me.timezone if self.app.me is not None else "UTC"
        return moment(at, zone, self.app.clock.now(), self.app.clock24) if at is not None else _NEVER

    async def read(self) -> None:
        """The person's keys."""
        actor = self.app.actor
        self._found = await self.app.background.call(lambda services: services.ssh_keys.list(actor))

    def choice(self) -> Callable[[], Sequence[SshKeyRecord]]:
        """Those with the words typed."""
        keys, typed = self._found or (), self._words.casefold().split()
        return lambda: [
            one
            for one in keys
            if all(word in f"{one.comment} {one.kind} {one.fingerprint}".casefold() for word in typed)
        ]

    def words_typed(self, words: str) -> None:
        """Name, kind and fingerprint."""
        self._words = words

    def said(self) -> str:
        """The fingerprint of the key under the cursor where no column has it; else how many there are."""
        one: SshKeyRecord | None = self.table.current
        if self._found is None:
            return "Reading ..."
        if one is not None and not self.query_one("#detail").display:
            return one.fingerprint
        return f"{len(self._found)} {'key signs' if len(self._found) == 1 else 'keys sign'} you in over SSH"

    def nothing(self) -> str:
        """How to begin."""
        if self._found:
            return "No key has these words."
        return "No key signs you in over SSH yet. n adds one: paste the line of your ~/.ssh/id_ed25519.pub."

    def pane(self) -> str:
        """The key under the cursor."""
        return "\n".join(self._about(self.table.current)) if self.table.current is not None else ""

    def _about(self, one: SshKeyRecord) -> tuple[str, ...]:
        return (
            _name(one),
            f"{one.kind}, {one.bits} bits",
            one.fingerprint,
            f"Added      {self._moment(one.added_at)}",
            f"Last used  {self._moment(one.last_used_at)}",
        )

    @on(RowsTable.Moved)
    def _told(self) -> None:
        self.draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There has to be a key under the cursor."""
        if action == "remove":
            return self.is_mounted and self.table.current is not None
        return super().check_action(action, parameters)

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        one: SshKeyRecord | None = self.table.current
        if one is not None:
            title, *lines = self._about(one)
            self.app.push_screen(LinesDialog(title, lines))

    def action_add(self) -> None:
        """Paste a public key."""
        self.app.push_screen(NewKeyDialog(), lambda one: self._done(f"Added: {_name(one)}.") if one else None)

    def action_remove(self) -> None:
        """Remove the key under the cursor, after asking."""
        one: SshKeyRecord | None = self.table.current
        if one is None:
            return
        sentences = (
            f"{_name(one)}: {one.kind}",
            one.fingerprint,
            "Its private key signs you in no more. Who is signed in with it stays so until they leave.",
        )
        dialog = ConfirmDialog("Remove this key?", sentences, "Remove", "Keep it")
        self.app.push_screen(dialog, lambda yes: self._remove(one) if yes else None)

    def _remove(self, one: SshKeyRecord) -> None:
        self.app.background.start(self, self._removing(one), group="remove")

    async def _removing(self, one: SshKeyRecord) -> None:
        actor = self.app.actor
        await self.app.background.call(lambda services: services.ssh_keys.remove(actor, one.fingerprint))
        self._done(f"Removed: {_name(one)}.")

    def _done(self, said: str) -> None:
        self.app.told(said)
        self.look()


def _name(one: SshKeyRecord) -> str:
    return one.comment or _NO_NAME

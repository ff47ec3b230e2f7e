"""A calendar's window: connect it, or disconnect it with the warning. One class for all three."""

from enum import StrEnum

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.backend.integrations.records import ConnectionRecord
from pmtui.backend.integrations.words import DISCONNECT, DISCONNECT_WARNING
from pmtui.backend.states import ConnectionState
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.calendar_rows import condition
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.provider_words import ProviderWords


class Wish(StrEnum):
    """What the person chose."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"


class ProviderDialog(PmtuiDialog[Wish]):
    """`connection` is the person's own with this calendar, if there is one: then the window offers Disconnect, with
    the focus on Cancel. Dismisses with what was chosen, or None.
    """

    CSS_PATH = "provider.tcss"
    AUTO_FOCUS = ""

    def __init__(self, words: ProviderWords, connection: ConnectionRecord | None, timezone: str) -> None:
        super().__init__()
        self.title = words.window
        self._words = words
        self._connection = connection
        self._timezone = timezone
        self._again = connection is not None and connection.state is ConnectionState.NEEDS_RECONNECTING

    def on_mount(self) -> None:
        """The focus is on what destroys nothing."""
        self.query_one("#connect" if self._connection is None or self._again else "#cancel").focus()

    def compose_body(self) -> ComposeResult:
        """What connecting means, or what disconnecting means."""
        if self._connection is None:
            yield Static(self._words.about, markup=False)
        else:
            now = self.app.clock.now()
            yield Static(f"{self._words.connected}: {condition(self._connection, self._timezone, now)}", markup=False)
            yield Static(DISCONNECT_WARNING, id="warning", markup=False)
        with Horizontal(classes="buttons"):
            if self._connection is None or self._again:
                yield PlainButton(self._words.enable, id="connect")
            yield PlainButton("Cancel", id="cancel")
            if self._connection is not None:
                yield PlainButton(DISCONNECT, id="disconnect", classes="destructive")

    @on(Button.Pressed, "#connect")
    def _connect(self) -> None:
        self.dismiss(Wish.CONNECT)

    @on(Button.Pressed, "#disconnect")
    def _disconnect(self) -> None:
        self.dismiss(Wish.DISCONNECT)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

"""A calendar's window: connect it, or disconnect it with the warning. One class for all three."""

from enum import StrEnum

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.backend.integrations.records import IntegrationsPage
from pmtui.backend.integrations.words import DISCONNECT, DISCONNECT_WARNING, approval_first
from pmtui.backend.states import ConnectionState, Provider, Topic
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.calendar_rows import condition
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.provider_words import ProviderWords


class Wish(StrEnum):
    """What the person chose."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"


class ProviderDialog(PmtuiDialog[Wish]):
    """Where the page's connection is with this calendar, the window offers Disconnect, with the focus on Cancel.
    Before a link to Microsoft it says what its administrator has to do first. Dismisses with what was chosen, or None.
    """

    CSS_PATH = "provider.tcss"
    TOPICS = (Topic.INTEGRATIONS,)
    AUTO_FOCUS = ""

    def __init__(self, words: ProviderWords, page: IntegrationsPage) -> None:
        super().__init__()
        self.title = words.window
        connection = page.connection if page.connection and page.connection.provider is words.provider else None
        self._words = words
        self._page = page
        self._connection = connection
        self._again = connection is not None and connection.state is ConnectionState.NEEDS_RECONNECTING

    def on_mount(self) -> None:
        """The focus is on what destroys nothing."""
        self._draw_first(self._page)
        self.query_one("#connect" if self._connection is None or self._again else "#cancel").focus()

    def compose_body(self) -> ComposeResult:
        """What connecting means, or what disconnecting means."""
        if self._connection is None:
            yield Static(self._words.about, markup=False)
        else:
            now = self.app.clock.now()
            yield Static(
                f"{self._words.connected}: {condition(self._connection, self._page.timezone, now, self.app.clock24)}",
                markup=False,
            )
            yield Static(DISCONNECT_WARNING, id="warning", markup=False)
        yield Static(id="first", markup=False)
        with Horizontal(classes="buttons"):
            if self._connection is None or self._again:
                yield PlainButton(self._words.enable, id="connect")
            yield PlainButton("Cancel", id="cancel")
            if self._connection is not None:
                yield PlainButton(DISCONNECT, id="disconnect", classes="destructive")

    def look(self) -> None:
        """Something changed: the approval, perhaps."""
        self.app.background.start(self, self._read(), group="page", exclusive=True)

    async def _read(self) -> None:
        actor = self.app.actor
        self._draw_first(await self.app.background.call(lambda services: services.integrations.page(actor)))

    def _draw_first(self, page: IntegrationsPage) -> None:
        connects = self._words.provider is Provider.OUTLOOK and (self._connection is None or self._again)
        text = approval_first(page.approval, page.timezone) if connects else ""
        first = self.query_one("#first", Static)
        first.display = bool(text)
        first.update(text)

    @on(Button.Pressed, "#connect")
    def _connect(self) -> None:
        self.dismiss(Wish.CONNECT)

    @on(Button.Pressed, "#disconnect")
    def _disconnect(self) -> None:
        self.dismiss(Wish.DISCONNECT)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

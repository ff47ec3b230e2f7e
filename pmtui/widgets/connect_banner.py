"""The banner under the header line, on every screen while it applies."""

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.backend.integrations.records import BannerRecord
from pmtui.backend.integrations.words import BANNER_BUTTONS
from pmtui.host import Host
from pmtui.widgets.plain_button import PlainButton


class ConnectBanner(Horizontal):
    """Draws the app's banner; its button, and the key `c` anywhere, follow it. Takes no room while none applies."""

    app = getters.app(Host)

    def compose(self) -> ComposeResult:
        """A sentence and a button, if there is a banner."""
        record = self.app.banner
        if record is not None:
            yield Static(f"! {self.app.banner_words(record)}", id="banner-sentence", markup=False)
            yield PlainButton(BANNER_BUTTONS[record.banner], id="banner-button")

    def on_mount(self) -> None:
        """Follow the app's banner."""
        self.set_class(self.app.banner is not None, "-stands")
        self.watch(self.app, "banner", self._show, init=False)

    def _show(self, record: BannerRecord | None) -> None:
        self.set_class(record is not None, "-stands")
        self.refresh(recompose=True)

    @on(Button.Pressed, "#banner-button")
    def _follow(self, event: Button.Pressed) -> None:
        event.stop()
        self.app.follow_banner()

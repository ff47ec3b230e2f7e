"""The banner under the header line, on every screen while it applies."""

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.backend.integrations.records import Banner, BannerRecord
from pmtui.backend.integrations.words import BANNER_BUTTONS
from pmtui.host import Host
from pmtui.widgets.plain_button import PlainButton


class ConnectBanner(Horizontal):
    """Draws the app's banner; its button, and the key `c` anywhere, follow it. Takes no room while none applies."""

    app = getters.app(Host)
    sentence = getters.query_one("#banner-sentence", Static)
    button = getters.query_one("#banner-button", PlainButton)

    def compose(self) -> ComposeResult:
        """A sentence and a button."""
        yield Static(id="banner-sentence", markup=False)
        yield PlainButton(BANNER_BUTTONS[Banner.CONNECT], id="banner-button")

    def on_mount(self) -> None:
        """Follow the app's banner."""
        self.watch(self.app, "banner", self._show)

    def _show(self, record: BannerRecord | None) -> None:
        self.set_class(record is not None, "-stands")
        if record is not None:
            self.sentence.update(f"! {self.app.banner_words(record)}")
            self.button.words = BANNER_BUTTONS[record.banner]

    @on(Button.Pressed, "#banner-button")
    def _follow(self, event: Button.Pressed) -> None:
        event.stop()
        self.app.follow_banner()

"""A window that gives a link out: alone on the terminal, to its clipboard, as a QR code, or to be clicked."""

import sys
from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from textual.app import ComposeResult, SuspendNotSupported
from textual.content import Content
from textual.screen import ModalScreen
from textual.style import Style
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.loading import load
from pmtui.screens.base import PmtuiDialog
from pmtui.terminal import alone, uninterrupted
from pmtui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from textual.geometry import Size

R = TypeVar("R")
QUIET = 2
"""Light modules around the code: fewer than the standard's four, and enough for a telephone."""
_LONGEST = 2_953  # bytes in the largest code, ISO/IEC 18004 version 40-L
_FRAME = 1  # the line of keys below


class LinkDialog(PmtuiDialog[R]):
    """Says which link in `given`, and shows it in a `LinkLine`."""

    BINDINGS = bindings(
        Action("link.alone", "o", "show_link", "link alone", "Leave the full screen and print the link alone."),
        Action("link.copy", "y", "copy", "copy", "Send the link to the terminal's clipboard, if it allows that."),
        Action("link.code", "v", "qr", "QR code", "Show the link as a QR code, where it fits."),
    )

    @abstractmethod
    def given(self) -> str | None:
        """The link to give out now."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for the link exist while there is one, and for its code where that fits."""
        if action in ("show_link", "copy"):
            return self.given() is not None
        if action == "qr":
            link = self.given()
            return link is not None and qr_code(link, self.app.size) is not None
        return super().check_action(action, parameters)

    def action_show_link(self) -> None:
        """Leave the full screen and print the link alone, unwrapped, until Enter."""
        if (link := self.given()) is not None:
            self.app.background.start(self.app, self._link_alone(link), group="alone", exclusive=True)

    async def _link_alone(self, link: str) -> None:
        """The app goes on meanwhile (the browser may come back), but draws nothing."""
        app = self.app
        try:
            with app.batch_update(), app.suspend(), uninterrupted():
                print(alone(link), end="", flush=True)
                await app.background.aside(sys.stdin.readline)
        except SuspendNotSupported:
            app.told("This terminal can't leave the full screen.", warning=True)

    def action_copy(self) -> None:
        """Offer the link to the terminal's clipboard; nobody can tell whether it took it."""
        if (link := self.given()) is not None:
            self.app.copy_to_clipboard(link)
            self.app.told(self.app.terminal.copied)

    def action_qr(self) -> None:
        """Show the link as a QR code until a key is pressed."""
        if (link := self.given()) is not None and (code := qr_code(link, self.app.size)) is not None:
            self.app.push_screen(QrScreen(code))


class LinkLine(Static):
    """A link on one line; terminals that know hyperlinks open the whole of it."""

    DEFAULT_CSS = """
    LinkLine {
        height: 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        text-style: underline;
    }
    """

    def show(self, link: str | None) -> None:
        """Show this link, or nothing."""
        self.display = link is not None
        self.update(Content.styled(link, Style(link=link)) if link else "")


class QrScreen(ModalScreen[None]):
    """A QR code over everything, dark on light whatever the theme, until a key is pressed."""

    DEFAULT_CSS = """
    QrScreen {
        align: center middle;
        background: $background;
    }
    QrScreen #code {
        width: auto;
        height: auto;
        color: black;
        background: white;
    }
    """
    BINDINGS = bindings(
        Action("qr.close", "escape,q,v,enter,space", "app.pop_screen", "close", "Close.", key_display="Esc")
    )

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code

    def compose(self) -> ComposeResult:
        """The code and the key that ends it."""
        yield Static(self._code, id="code", markup=False)
        yield KeyLine()


def qr_code(link: str, size: "Size") -> str | None:
    """The link as a QR code in half blocks, a character wide and half a line high a module; None if it does not fit."""
    if len(link.encode()) > _LONGEST:
        return None
    code = load("segno:make")(link, error="l", micro=False, boost_error=False)
    width = code.symbol_size(border=QUIET)[0]
    if width > size.width or (width + 1) // 2 > size.height - _FRAME:
        return None
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
    rows += [[False] * width] * (len(rows) % 2)
    return "\n".join(
        "".join(_HALVES[upper, lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )


_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}

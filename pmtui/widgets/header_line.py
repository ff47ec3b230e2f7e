"""The header line: product, where one is, organisation and person."""

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from pmtui.backend.people.records import Me

PRODUCT = "pmtui"
_SEPARATOR = " > "
_GAP = 2


class HeaderLine(Widget, can_focus=False):
    """One line. The trail loses its beginning where it does not fit; organisation and person never do."""

    def __init__(self, trail: tuple[str, ...]) -> None:
        super().__init__()
        self._trail = trail

    def on_mount(self) -> None:
        """Follow the person, who is known only after the first frame."""
        self.watch(self.app, "me", self._known)

    def _known(self, me: Me | None) -> None:
        self.refresh()

    def render(self) -> RenderResult:
        """The line at the present width."""
        right = self._right()
        room = self.size.width - cell_len(PRODUCT) - cell_len(right) - 2 * _GAP - 1
        left = f"{PRODUCT}  {fitting(self._trail, room)}"
        gap = max(1, self.size.width - 2 - cell_len(left) - cell_len(right))
        return Content.assemble(" ", (PRODUCT, "bold"), left[len(PRODUCT) :], " " * gap, right, " ")

    def _right(self) -> str:
        chosen = getattr(self.screen, "header_right", lambda: None)()
        if chosen is not None:
            return str(chosen)
        me = getattr(self.app, "me", None)
        return f"{me.subdomain} · {me.name}" if me is not None else ""


def fitting(trail: tuple[str, ...], room: int) -> str:
    """The trail in at most `room` cells, its beginning replaced by `...` as needed; the last name always stands."""
    for start in range(len(trail)):
        text = _SEPARATOR.join((("...",) if start else ()) + trail[start:])
        if cell_len(text) <= room:
            return text
    return trail[-1] if trail else ""

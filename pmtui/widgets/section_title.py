"""The first line of a section: its name at the left, a remark at the right."""

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class SectionTitle(Widget, can_focus=False):
    """A name and a remark on one line; the remark goes where both do not fit."""

    remark = reactive("")

    def __init__(self, title: str, remark: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self.set_reactive(SectionTitle.remark, remark)

    def render(self) -> RenderResult:
        """The line at the present width."""
        room = self.size.width - cell_len(self._title) - cell_len(self.remark)
        if room < 2:
            return Content.styled(self._title, "bold")
        return Content.assemble((self._title, "bold"), " " * room, (self.remark, "$text-muted"))

"""What the screens that are a table share: words to look for, order, choice of rows, a pane about the row."""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import timedelta
from typing import ClassVar, Generic, TypeVar

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from pmtui.actions import Action, bindings
from pmtui.screens.base import PmtuiScreen
from pmtui.screens.dialogs.facets import Facet, FacetsDialog
from pmtui.widgets.rows_table import RowsTable
from pmtui.widgets.words_box import WordsBox

T = TypeVar("T")

_REST_A_ROW = timedelta(microseconds=200)
"""How long nothing is read again after a reading, for each row: what changes all the time takes no machine whole."""
_PAUSE = timedelta(milliseconds=150)
"""How long the cursor rests on a row before more is read about it."""

FILTER = Action("table.filter", "slash", "filter", "filter", "Show only rows with the words typed.", key_display="/")
SORT = Action("table.sort", "s", "sort", "sort", "The next order.")
FACETS = Action("table.facets", "f", "facets", "which", "Choose which rows are shown.")
PANE = Action("table.pane", "p", "pane", "pane", "Show or hide what stands beside the table.", footer=False)


class TableScreen(PmtuiScreen, Generic[T]):
    """A table and, where there is room, a pane about the row under the cursor; Enter opens that as a window.

    A screen makes its table, reads what it shows in `read`, keeps it, and returns the rows to show in `choice`, which
    runs in a thread after every reading and whenever `rearrange` is called.
    """

    AUTO_FOCUS = "RowsTable"
    NOTHING: ClassVar[str] = "Nothing here."
    BINDINGS = bindings(FILTER, PANE)

    table = getters.query_one(RowsTable)
    filter_box = getters.query_one("#filter", Input)

    def __init__(self) -> None:
        super().__init__()
        self._reading = self._again = self._stale = False
        self._kind: Hashable = None

    @abstractmethod
    def make_table(self) -> RowsTable[T]:
        """The table."""

    @abstractmethod
    async def read(self) -> None:
        """Read what is shown, and keep it."""

    @abstractmethod
    def choice(self) -> Callable[[], Sequence[T]]:
        """What makes the rows to show of what was read, called in a thread."""

    @abstractmethod
    def said(self) -> str:
        """The line above the table: which rows, in which order."""

    def noticed(self) -> str:
        """A second line, where something needs to be seen; else empty."""
        return ""

    def nothing(self) -> str:
        """What is said where there are no rows."""
        return self.NOTHING

    def pane(self) -> str:
        """What the pane says of the row under the cursor, at once."""
        return ""

    async def read_pane(self) -> str:
        """What it says when the cursor has rested there; by default the same."""
        return self.pane()

    def kind(self) -> Hashable:
        """What of the row under the cursor decides which keys do something."""
        return self.table.current is not None

    def words_typed(self, words: str) -> None:
        """Other words to look for."""

    def compose_body(self) -> ComposeResult:
        """Words, table and pane."""
        yield Static(id="arrangement", markup=False)
        yield Static(id="notice", markup=False)
        yield WordsBox("words to look for", id="filter")
        with Horizontal(id="both"):
            yield self.make_table()
            with VerticalScroll(id="detail", can_focus=False):
                yield Static(id="detail-text", markup=False)
        yield Static(id="nothing", markup=False)

    # Reading and drawing

    def look(self) -> None:
        """Read, or read again after the reading under way. What nobody sees is read when it is shown again."""
        if not self.is_current:
            self._stale = True
            return
        if self._reading:
            self._again = True
            return
        self._reading = True
        self.app.background.start(self, self._read(), group="read", loading=self.table if not self.table.rows else None)

    def on_screen_resume(self) -> None:
        """Something changed while another screen or a window was shown."""
        if self._stale:
            self._stale = False
            self.look()

    async def _read(self) -> None:
        try:
            again = True
            while again:
                self._again = False
                await self.read()
                await self._arranged()
                await self.app.clock.sleep(_REST_A_ROW * len(self.table.rows))
                again = self._again
        finally:
            self._reading = False

    def rearrange(self) -> None:
        """Other rows of what was read, or the same in another order."""
        self.app.background.start(self, self._arranged(), group="arrange", exclusive=True)

    async def _arranged(self) -> None:
        rows = await self.app.background.aside(self.choice())
        self.table.show(rows)
        self.draw()

    def draw(self) -> None:
        """The lines around the table."""
        self.query_one("#arrangement", Static).update(self.said(), layout=False)
        notice = self.query_one("#notice", Static)
        notice.update(self.noticed(), layout=False)
        notice.display = bool(self.noticed())
        nothing = self.query_one("#nothing", Static)
        nothing.update(self.nothing())
        nothing.display = not self.table.rows
        self._keys()

    def _keys(self) -> None:
        """The footer is drawn anew only if other keys do something now."""
        kind = self.kind()
        if kind != self._kind:
            self._kind = kind
            self.refresh_bindings()

    @on(RowsTable.Moved)
    def _moved(self) -> None:
        pane = self.query_one("#detail")
        if pane.display:
            self.query_one("#detail-text", Static).update(self.pane())
            pane.scroll_home(animate=False)
            self.app.background.start(self, self._rested(), group="pane", exclusive=True)
        self._keys()

    async def _rested(self) -> None:
        await self.app.clock.sleep(_PAUSE)
        text = await self.read_pane()
        self.query_one("#detail-text", Static).update(text)

    def on_resize(self) -> None:
        """What a terminal that is too small has hidden lost the focus: the keys are for the table again."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        if self.focused is None:
            self.table.focus()
        self._moved()  # there may be room for the pane now

    # Which rows

    def action_filter(self) -> None:
        """Type words."""
        self.filter_box.display = True
        self.set_focus(self.filter_box)

    @on(Input.Changed, "#filter")
    def _typed(self, message: Input.Changed) -> None:
        self.words_typed(message.value.strip())
        self.rearrange()

    @on(Input.Submitted, "#filter")
    def _filtered(self) -> None:
        self.filter_box.display = bool(self.filter_box.value)
        self.table.focus()

    def action_back(self) -> None:
        """Out of the filter first, then to the screen before."""
        if self.filter_box.display:
            self.filter_box.clear()
            self.filter_box.display = False
            self.table.focus()
        else:
            super().action_back()

    async def choose_facets(
        self,
        title: str,
        facets: Callable[[], Iterable[Facet]],
        chosen: frozenset[Hashable],
        done: Callable[[frozenset[Hashable]], None],
    ) -> None:
        """Ask which rows shall be shown; `done` gets what was chosen. `facets` counts what there is, in a thread."""
        there = await self.app.background.aside(lambda: tuple(facets()))

        def taken(found: frozenset[Hashable] | None) -> None:
            if found is not None:
                done(found)
                self.rearrange()

        self.app.push_screen(FacetsDialog(title, there, chosen & {facet.key for facet in there}), taken)

    def action_pane(self) -> None:
        """Show or hide the pane."""
        self.toggle_class("-without-pane")
        self.call_after_refresh(self._moved)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a pane only where there is room."""
        return self.has_class("-wide") if action == "pane" else True

"""Choosing one line of a list by typing a part of it."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from pmtui.actions import Action, bindings
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.rows_table import Column, RowsTable
from pmtui.widgets.words_box import WordsBox

R = TypeVar("R")
T = TypeVar("T")


class NarrowedDialog(PmtuiDialog[R], Generic[R, T]):
    """A question, a box to type in and a list, which is moved from the box; Enter takes the marked line.

    A dialog makes its table, calls `offer` with what can be chosen, and takes it in `take`. Narrowing runs in a thread:
    what is taken always fits what was typed.
    """

    CSS_PATH = "narrowed.tcss"
    AUTO_FOCUS = "#words"
    PLACEHOLDER = "type to narrow the list"
    BINDINGS = bindings(
        Action("narrowed.choose", "enter", "choose", "choose", "Choose what is marked.", key_display="Enter"),
        Action("narrowed.up", "up", "move(-1)", "up", "The line above.", footer=False),
        Action("narrowed.down", "down", "move(1)", "down", "The line below.", footer=False),
        Action("narrowed.page_up", "pageup", "page(-1)", "page up", "A screenful up.", footer=False),
        Action("narrowed.page_down", "pagedown", "page(1)", "page down", "A screenful down.", footer=False),
    )

    words = getters.query_one("#words", Input)
    table = getters.query_one(RowsTable)

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[tuple[str, T]] = ()
        self._marked: T | None = None

    @abstractmethod
    def columns(self) -> Iterable[Column[T]]:
        """The columns of the list."""

    @abstractmethod
    def text(self, row: T) -> str:
        """What the words typed are looked for in."""

    @abstractmethod
    def take(self, row: T) -> None:
        """A line was chosen."""

    def meant(self, words: str) -> Sequence[T] | None:
        """The lines where the words say whole what is wanted: perhaps none. None: those with the words in them."""
        return None

    def take_words(self, words: str) -> None:
        """Enter was pressed where no line has the words typed."""

    def beside_question(self) -> Iterable[Widget]:
        """What stands at the right of the question."""
        return ()

    def why(self, rows: Sequence[T], words: str) -> str:
        """What is said under the rows shown, or instead of them."""
        return ""

    def compose_body(self) -> ComposeResult:
        """What was chosen before, the question, the box, the list."""
        yield Static(id="chosen", markup=False)
        with Horizontal(id="ask"):
            yield Static(id="question", markup=False)
            yield from self.beside_question()
        yield WordsBox(self.PLACEHOLDER, id="words")
        yield RowsTable(self.columns(), lambda row: row)
        yield Static(id="why", markup=False)

    def on_mount(self) -> None:
        """The list is moved from the box."""
        self.table.can_focus = False

    def offer(self, rows: Sequence[T], marked: T | None = None) -> None:
        """Other lines to choose from; `marked` is marked at first."""
        self._lines, self._marked = (), marked
        # A group of its own: a word typed meanwhile ends other narrowing, and would leave no lines at all.
        self.app.background.start(self, self._offered(rows), group="offer", exclusive=True)

    async def _offered(self, rows: Sequence[T]) -> None:
        self._lines = await self.app.background.aside(lambda: [(self.text(row).casefold(), row) for row in rows])
        await self._narrow()
        if self._marked is not None:
            self.table.point_at(self._marked)

    async def _narrow(self) -> None:
        while True:
            lines, typed = self._lines, self.words.value
            rows = await self._with(lines, typed)
            if lines is self._lines and typed == self.words.value:
                break
        self.table.show(rows)
        why = self.why(rows, typed.strip())
        said = self.query_one("#why", Static)
        said.update(why)
        said.display = bool(why)
        self.table.display = bool(rows)

    async def _with(self, lines: Sequence[tuple[str, T]], typed: str) -> Sequence[T]:
        """The rows of these lines that the words typed leave."""
        meant = self.meant(typed.strip())
        if meant is not None:
            return meant
        words = typed.casefold().split()
        return await self.app.background.aside(
            lambda: [row for line, row in lines if all(word in line for word in words)]
        )

    @on(Input.Changed, "#words")
    def _typed(self) -> None:
        self.app.background.start(self, self._narrow(), group="narrow", exclusive=True)

    @on(RowsTable.Chosen)
    @on(Input.Submitted, "#words")
    def action_choose(self) -> None:
        """Take the marked line."""
        self.app.background.start(self, self._choose(), group="choose", exclusive=True)
        self.keys_wait()

    async def _choose(self) -> None:
        await self._narrow()
        row, typed = self.table.current, self.words.value.strip()
        if row is not None:
            self.take(row)
        elif typed:
            self.take_words(typed)

    def action_move(self, by: int) -> None:
        """Mark another line."""
        self.table.action_step(by)

    def action_page(self, by: int) -> None:
        """A screenful on."""
        self.table.action_page(by)

"""Choosing which rows of a table are shown."""

from collections.abc import Hashable
from dataclasses import dataclass

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from pmtui.actions import Action, bindings
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.rows_table import Column, RowsTable


@dataclass(frozen=True, slots=True)
class Facet:
    """Something rows can be chosen by. Of a group that is `single` one is chosen at most. `count` None is not known."""

    group: str
    key: Hashable
    label: str
    count: int | None = None
    single: bool = False


class FacetsDialog(PmtuiDialog[frozenset[Hashable]]):
    """Rows of any of those chosen in a group, and of every group, are shown. Dismisses with the keys chosen."""

    CSS_PATH = "facets.tcss"
    AUTO_FOCUS = "RowsTable"
    HELP = (
        "Space chooses a line or leaves it. Of one kind, any that is chosen will do; of several kinds, each has to fit."
        " Nothing chosen shows everything."
    )
    BINDINGS = bindings(
        Action("facets.pick", "space", "pick", "choose", "Choose this line, or leave it.", key_display="spc"),
        Action("facets.clear", "c", "clear", "everything", "Choose nothing: show everything."),
        Action("facets.show", "enter", "show", "show", "Show these rows.", key_display="Enter", priority=True),
    )

    table = getters.query_one(RowsTable)

    def __init__(self, title: str, facets: tuple[Facet, ...], chosen: frozenset[Hashable]) -> None:
        super().__init__()
        self.title = title
        self._facets = facets
        self._chosen = chosen

    def compose_body(self) -> ComposeResult:
        """The lines, and two buttons."""
        columns: tuple[Column[Facet], ...] = (
            Column("", 3, lambda facet: "[x]" if facet.key in self._chosen else "[ ]"),
            Column("", 10, lambda facet: facet.group),
            Column("", 24, lambda facet: facet.label, most=40),
            Column("", 6, lambda facet: f"{facet.count:,}" if facet.count is not None else "", right=True),
        )
        yield RowsTable(columns, lambda facet: facet.key, rows=self._facets)
        with Horizontal(classes="buttons"):
            yield PlainButton("Show", id="show")
            yield PlainButton("Everything", id="everything")

    def action_pick(self) -> None:
        """Choose the line, or leave it."""
        facet = self.table.current
        if facet is None:
            return
        if facet.key in self._chosen:
            self._chosen -= {facet.key}
        else:
            others = {one.key for one in self._facets if facet.single and one.group == facet.group}
            self._chosen = self._chosen - others | {facet.key}
        self.table.show(self._facets)

    @on(RowsTable.Chosen)
    def _clicked(self) -> None:
        self.action_pick()

    @on(Button.Pressed, "#everything")
    def action_clear(self) -> None:
        """Choose nothing."""
        self._chosen = frozenset()
        self.table.show(self._facets)

    @on(Button.Pressed, "#show")
    def action_show(self) -> None:
        """Take what is chosen."""
        if isinstance(self.focused, PlainButton) and self.focused.id == "everything":
            self.action_clear()
        else:
            self.dismiss(self._chosen)

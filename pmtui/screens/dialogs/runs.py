"""The runs of Auto Coaching there were, to look at one again."""

from textual import getters, on
from textual.app import ComposeResult
from textual.widgets import Static

from pmtui.backend.coaching import run_words
from pmtui.backend.coaching.records import RunRecord
from pmtui.backend.states import Topic
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.moments import moment
from pmtui.widgets.rows_table import Column, RowsTable


class RunsDialog(PmtuiDialog[RunRecord]):
    """The newest first. Dismisses with the one chosen."""

    CSS_PATH = "facets.tcss"
    TITLE = "Runs"
    TOPICS = (Topic.COACHING,)
    AUTO_FOCUS = "RowsTable"
    HELP = "Enter shows what came of every agent of a run."

    table = getters.query_one(RowsTable)

    def compose_body(self) -> ComposeResult:
        """The runs."""
        columns: tuple[Column[RunRecord], ...] = (
            Column(
                "Asked for",
                12 if self.app.clock24 else 14,
                lambda run: moment(run.asked_at, self._zone, self.app.clock.now(), self.app.clock24),
            ),
            Column("By", 14, lambda run: run.asked_by, most=20),
            Column("How far", 36, run_words.progress, most=60),
        )
        yield RowsTable(columns, lambda run: run.code)
        yield Static("No run was asked for yet.", id="nothing")

    @property
    def _zone(self) -> str:
        return self.app.me.timezone if self.app.me is not None else "UTC"

    def look(self) -> None:
        """Read them."""
        self.app.background.start(self, self._read(), group="read", exclusive=True, loading=self.table)

    async def _read(self) -> None:
        actor = self.app.actor
        runs = await self.app.background.call(lambda services: services.runs.list(actor))
        self.table.show(runs)
        self.query_one("#nothing").display = not runs

    @on(RowsTable.Chosen)
    def _chosen(self) -> None:
        self.dismiss(self.table.current)

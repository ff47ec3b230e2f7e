"""One run of Auto Coaching: how far it is, and what came of every agent; for administrators."""

from collections.abc import Callable, Hashable, Sequence

from textual import on

from pmtui.actions import Action, bindings
from pmtui.backend.coaching import run_words
from pmtui.backend.coaching.records import RunAgentRecord, RunRecord, RunReport
from pmtui.backend.plain import json_text
from pmtui.backend.states import RunOutcome, RunState, Topic
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.facets import Facet
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.table_screen import FACETS, TableScreen
from pmtui.widgets.moments import moment
from pmtui.widgets.progress import bar
from pmtui.widgets.rows_table import Column, RowsTable

_GLYPHS = {RunOutcome.PROPOSED: ("✓", "success"), RunOutcome.NOT_PLANNED: ("-", "muted"), None: ("~", "muted")}
_OVER = (RunState.DONE, RunState.CANCELLED)


class RunScreen(TableScreen[RunAgentRecord]):
    """Follows the run; who was in it is read when it is over, or at a key. Back leads to the rules."""

    TRAIL = ("Performance Management", "Auto Coaching", "Run")
    TOPICS = (Topic.COACHING,)
    COMMAND = "pmtui coaching report"
    HELP = (
        "What came of every agent who falls under a rule: a session is proposed, or why not. Proposals wait under"
        " Coaching for approval. While the run goes on, what has come so far can be read."
    )
    BINDINGS = bindings(
        FACETS,
        Action("run.cancel", "x", "cancel_run", "cancel", "Cancel the run: what is proposed stays."),
        Action("run.read", "f5", "read_report", "read", "Show what has come so far.", key_display="F5"),
        Action("run.export", "X", "export", "export", "Write the report into a file.", footer=False),
    )

    def __init__(self, run: RunRecord) -> None:
        super().__init__()
        self.run = run
        self._report: RunReport | None = None
        self._wanted: frozenset[RunOutcome] = frozenset()
        self._words = ""

    def make_table(self) -> RowsTable[RunAgentRecord]:
        """The table."""
        columns: tuple[Column[RunAgentRecord], ...] = (
            Column("Agent", 18, lambda one: one.agent, most=26),
            Column("Rule", 13, lambda one: one.rule, most=24, rank=2),
            Column("Coach", 15, lambda one: one.coach or "-", most=24, rank=1),
            Column("What came of it", 29, self._outcome, most=120, role=_role),
        )
        return RowsTable(columns, lambda one: one.agent_email)

    def _outcome(self, one: RunAgentRecord) -> str:
        glyph = _GLYPHS.get(one.outcome, ("!", ""))[0]
        if one.outcome is RunOutcome.PROPOSED and one.starts_at is not None:
            return f"{glyph} {moment(one.starts_at, one.timezone, self.app.clock.now(), self.app.clock24)}"
        return f"{glyph} {one.reason}"

    # What is shown

    async def read(self) -> None:
        """How far it is; everything once it is over."""
        actor, code = self.app.actor, self.run.code
        self.run = await self.app.background.call(lambda services: services.runs.run(actor, code))
        if self.run.state in _OVER:
            await self._read_report()

    async def _read_report(self) -> None:
        actor, code = self.app.actor, self.run.code
        self._report = await self.app.background.call(lambda services: services.runs.report(actor, code))

    def choice(self) -> Callable[[], Sequence[RunAgentRecord]]:
        """The agents with the words typed, of the outcomes wanted."""
        agents = self._report.agents if self._report is not None else ()
        wanted, typed = self._wanted, self._words.casefold().split()
        return lambda: [
            one
            for one in agents
            if (not wanted or one.outcome in wanted) and (not typed or all(word in _text(one) for word in typed))
        ]

    def words_typed(self, words: str) -> None:
        """Agent, coach and rule."""
        self._words = words

    def said(self) -> str:
        """How far it is, with a bar while it goes on."""
        progress = run_words.progress(self.run)
        if self.run.state in _OVER:
            return f"Run {self.run.code} · {progress}"
        return f"{bar(self.run.done, self.run.agents)} {progress}"

    def noticed(self) -> str:
        """How many came to what."""
        report = self._report
        if report is None:
            return ""
        return ", ".join(f"{count:,} {run_words.OUTCOMES[outcome]}" for outcome, count in report.outcomes)

    def nothing(self) -> str:
        """While it goes on, nobody is read."""
        return (
            "Nobody like that was in it." if self.run.state in _OVER else "The agents are shown when the run is over."
        )

    def pane(self) -> str:
        """The agent under the cursor."""
        one = self.table.current
        return "\n".join(run_words.agent(one, self.app.clock24)) if one is not None else ""

    def kind(self) -> Hashable:
        """Whether it can be cancelled still."""
        return self.run.state, self._report is not None, self.table.current is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run that is over can't be cancelled."""
        if action == "cancel_run":
            return self.run.state in (RunState.WAITING, RunState.RUNNING)
        if action == "read_report":
            return self.run.state not in _OVER
        if action in ("export", "facets"):
            return self._report is not None
        return super().check_action(action, parameters)

    # What is done

    async def action_facets(self) -> None:
        """What came of them."""
        outcomes = self._report.outcomes if self._report is not None else ()
        facets = [Facet("outcome", outcome, run_words.OUTCOMES[outcome], count) for outcome, count in outcomes]
        await self.choose_facets("Who is shown", lambda: facets, frozenset(self._wanted), self._chosen)

    def _chosen(self, picked: frozenset[Hashable]) -> None:
        self._wanted = frozenset(one for one in picked if isinstance(one, RunOutcome))

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        one: RunAgentRecord | None = self.table.current
        if one is not None:
            self.app.push_screen(LinesDialog(one.agent, run_words.agent(one, self.app.clock24)))

    def action_read_report(self) -> None:
        """What has come so far."""
        self.app.background.start(self, self._so_far(), group="report", exclusive=True, loading=self.table)

    async def _so_far(self) -> None:
        await self._read_report()
        self.rearrange()

    def action_cancel_run(self) -> None:
        """Cancel it, after asking."""
        sentences = (
            f"{run_words.progress(self.run)}.",
            "The agents whose turn has not come get nothing. What is proposed already stays held.",
        )
        self.app.push_screen(
            ConfirmDialog("Cancel this run?", sentences, "Cancel the run", "Let it go on"), self._answered
        )

    def _answered(self, sure: bool | None) -> None:
        if sure:
            self.app.background.start(self, self._cancel(), group="cancel", exclusive=True)

    async def _cancel(self) -> None:
        actor, code = self.app.actor, self.run.code
        try:
            self.run = await self.app.background.call(lambda services: services.runs.cancel(actor, code))
        finally:
            self.look()

    def action_export(self) -> None:
        """The whole report."""
        report = self._report
        if report is None:
            return
        name = f"pmtui-run-{self.run.code}.json"
        what = f"The {len(report.agents):,} agents of run {self.run.code}, as JSON: as of pmtui coaching report --json."
        window = ExportDialog(what, name, lambda _: json_text(report))
        self.app.push_screen(window, lambda said: self.app.told(said) if said else None)

    def action_back(self) -> None:
        """Out of the filter, then back to the rules."""
        if self.filter_box.display:
            super().action_back()
        else:
            self.dismiss(None)


def _role(one: RunAgentRecord) -> str:
    return _GLYPHS.get(one.outcome, ("!", ""))[1]


def _text(one: RunAgentRecord) -> str:
    return " ".join((one.agent, one.agent_email, one.coach, one.rule, one.reason)).casefold()

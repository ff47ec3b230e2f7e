"""Auto Coaching: the rules that say who is to be coached, about what, how soon; for administrators."""

from collections.abc import Callable, Hashable, Sequence

from textual import on

from pmtui.actions import Action, bindings
from pmtui.backend.coaching import rule_words
from pmtui.backend.coaching.records import RuleRecord, RunRecord
from pmtui.backend.states import Priority, Topic
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.dialogs.rule import RuleDialog
from pmtui.screens.dialogs.runs import RunsDialog
from pmtui.screens.run import RunScreen
from pmtui.screens.table_screen import TableScreen
from pmtui.widgets.rows_table import Column, RowsTable

_PRIORITIES = {Priority.HIGH: "!! high", Priority.MEDIUM: "!  medium", Priority.LOW: "-  low"}
_MOST_NAMED = 1_000
_MOST_BESIDE = 50
"""How many agents are named at most: in a window, and beside the table, where they are drawn at every rest."""


class AutoCoachingScreen(TableScreen[RuleRecord]):
    """The rules in the order in which they count, with how many agents fall under each now."""

    TRAIL = ("Performance Management", "Auto Coaching")
    TOPICS = (Topic.COACHING, Topic.PEOPLE)
    COMMAND = "pmtui coaching rules list"
    NOTHING = "No rules here. n makes one: whom to coach, and which value of which metric calls for it."
    HELP = (
        "A rule says which agents are to be coached, by a metric. An agent falls under one rule: the one of the highest"
        " priority, then the one missed most. Metrics come from pmtui import metrics."
    )
    BINDINGS = bindings(
        Action("rules.new", "n", "new", "new", "Make a rule."),
        Action("rules.edit", "e", "edit", "edit", "Change this rule."),
        Action("rules.run", "r", "run", "run", "Look for sessions for everybody who falls under a rule."),
        Action("rules.runs", "v", "runs", "runs", "The runs there were, and what came of them."),
        Action("rules.remove", "x", "remove", "remove", "Take this rule away; sessions that exist stay."),
    )

    def __init__(self) -> None:
        super().__init__()
        self._rules: tuple[RuleRecord, ...] | None = None
        self._words = ""

    def make_table(self) -> RowsTable[RuleRecord]:
        """The table."""
        columns: tuple[Column[RuleRecord], ...] = (
            Column("Priority", 9, lambda one: _PRIORITIES[one.rule.priority]),
            Column("Rule", 18, lambda one: one.rule.name, most=30),
            Column("Calls for coaching", 22, lambda one: rule_words.calls_for(one.rule), most=34),
            Column("Who", 18, lambda one: rule_words.whom(one.rule), most=40, rank=1),
            Column("Agents", 6, lambda one: f"{one.agents:,}", right=True),
        )
        return RowsTable(columns, lambda one: one.rule.name)

    async def read(self) -> None:
        """Every rule."""
        actor = self.app.actor
        self._rules = await self.app.background.call(lambda services: services.rules.list(actor))

    def choice(self) -> Callable[[], Sequence[RuleRecord]]:
        """Those with the words typed, in the order in which they count."""
        rules, typed = self._rules or (), self._words.casefold().split()
        return lambda: [one for one in rules if all(word in _text(one) for word in typed)]

    def words_typed(self, words: str) -> None:
        """Name, metric, teams."""
        self._words = words

    def said(self) -> str:
        """How many rules, for how many agents."""
        if self._rules is None:
            return "Reading ..."
        count, agents = len(self._rules), sum(one.agents for one in self._rules)
        return f"{count:,} {'rule' if count == 1 else 'rules'} · {agents:,} agents fall under one now"

    def pane(self) -> str:
        """The rule under the cursor."""
        one = self.table.current
        return "\n".join((one.rule.name, *rule_words.about(one))) if one is not None else ""

    async def read_pane(self) -> str:
        """The same with the agents who fall under it."""
        one: RuleRecord | None = self.table.current
        return "\n".join((one.rule.name, *await self._whole(one, _MOST_BESIDE))) if one is not None else ""

    async def _whole(self, one: RuleRecord, most: int) -> tuple[str, ...]:
        actor, name = self.app.actor, one.rule.name
        found = await self.app.background.call(lambda services: services.rules.matches(actor, name))
        named = [f"{each.agent}: {each.value:g}, misses by {each.miss:.0%}" for each in found[:most]]
        more = [f"and {len(found) - most:,} more"] if len(found) > most else []
        return (*rule_words.about(one), *([""] if found else []), *named, *more)

    def kind(self) -> Hashable:
        """Whether there is a rule to change."""
        return self.table.current is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There has to be a rule under the cursor."""
        if action in ("edit", "remove", "run"):
            return self.is_mounted and bool(self.table.rows)
        return super().check_action(action, parameters)

    # What is done

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        one: RuleRecord | None = self.table.current
        if one is not None:
            self.app.background.start(self, self._open(one), group="open", exclusive=True)
            self.keys_wait()

    async def _open(self, one: RuleRecord) -> None:
        self.app.push_screen(LinesDialog(one.rule.name, await self._whole(one, _MOST_NAMED)))

    def action_new(self) -> None:
        """A form for a rule."""
        self.app.push_screen(RuleDialog(), self._saved)

    def action_edit(self) -> None:
        """The form, with this rule."""
        if self.table.current is not None:
            self.app.push_screen(RuleDialog(self.table.current), self._saved)

    def _saved(self, one: RuleRecord | None) -> None:
        if one is not None:
            self.app.told(f"The rule {one.rule.name} is saved: {one.agents:,} agents fall under it.")
            self.app.background.start(self, self._show(one.rule.name), group="saved", exclusive=True)

    async def _show(self, name: str) -> None:
        await self.read()
        self.rearrange()
        self.call_after_refresh(self.table.point_at, name)

    def action_remove(self) -> None:
        """Take it away, after asking."""
        one: RuleRecord | None = self.table.current
        if one is None:
            return
        name = one.rule.name
        sentences = (
            f"{name}: {rule_words.calls_for(one.rule)}, {rule_words.whom(one.rule)}.",
            f"{one.agents:,} agents fall under it now. Sessions that exist stay.",
        )

        def answered(sure: bool | None) -> None:
            if sure:
                self.app.background.start(self, self._remove(name), group="remove")

        self.app.push_screen(ConfirmDialog("Remove this rule?", sentences, "Remove", "Keep it"), answered)

    async def _remove(self, name: str) -> None:
        actor = self.app.actor
        await self.app.background.call(lambda services: services.rules.remove(actor, name))
        self.app.told(f"The rule {name} is removed.")
        self.look()

    # Runs

    def action_run(self) -> None:
        """A run for every rule, after saying for how many agents."""
        agents = sum(one.agents for one in self._rules or ())
        sentences = (
            f"{agents:,} {'agent falls' if agents == 1 else 'agents fall'} under a rule now.",
            "A session is proposed to each who has a time with their coach. Proposals hold their time until approved.",
        )
        self.app.push_screen(ConfirmDialog("Run Auto Coaching?", sentences, "Run"), self._run_answered)

    def _run_answered(self, sure: bool | None) -> None:
        if sure:
            self.app.background.start(self, self._run(), group="run", exclusive=True)

    async def _run(self) -> None:
        actor = self.app.actor
        run = await self.app.background.call(lambda services: services.runs.ask(actor))
        self.app.push_screen(RunScreen(run))

    def action_runs(self) -> None:
        """Choose one to look at."""
        self.app.push_screen(RunsDialog(), lambda run: self._look_at(run) if run is not None else None)

    def _look_at(self, run: RunRecord) -> None:
        self.app.push_screen(RunScreen(run))


def _text(one: RuleRecord) -> str:
    rule = one.rule
    return " ".join((rule.name, rule.title, rule_words.calls_for(rule), rule_words.whom(rule))).casefold()

"""Why a coach and an agent have no time together: the search as the engine makes it, in words."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.widgets import Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import CoachableRecord
from pmtui.backend.slots import words
from pmtui.backend.slots.case import Case
from pmtui.backend.slots.case_writer import document
from pmtui.backend.slots.explain import change
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import PartyName
from pmtui.backend.support.records import PersonRecord
from pmtui.screens.base import PmtuiDialog
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.widgets.rows_table import Column, RowsTable
from pmtui.widgets.session_words import CALENDARS
from pmtui.widgets.words_box import WordsBox

if TYPE_CHECKING:
    from pmtui.backend.build import Services

_COLUMNS: tuple[Column[CoachableRecord], ...] = (
    Column("Name", 20, lambda other: other.name, most=30),
    Column("Team", 16, lambda other: other.team, most=24),
    Column("Calendar", 11, lambda other: CALENDARS[other.calendar]),
    Column("Address", 24, lambda other: other.email, rank=1, most=40),
)


class WhyNoSlotsDialog(PmtuiDialog[None]):
    """First the other of the two is chosen, then it is said what a search finds and what stands in the way."""

    CSS_PATH = "connection.tcss"
    TITLE = "Why no slots"
    AUTO_FOCUS = "#words"
    HELP = (
        "Type to narrow the list, choose with Enter. Then x writes the case into a file, without names, for"
        " pmtui slots explain. Esc goes a step back."
    )
    BINDINGS = bindings(
        Action("why.choose", "enter", "choose", "choose", "Choose this person.", key_display="Enter"),
        Action("why.up", "up", "move(-1)", "up", "The line above.", footer=False),
        Action("why.down", "down", "move(1)", "down", "The line below.", footer=False),
        Action("why.page_up", "pageup", "page(-1)", "page up", "A screenful up.", footer=False),
        Action("why.page_down", "pagedown", "page(1)", "page down", "A screenful down.", footer=False),
        Action("why.export", "x", "export", "case file", "Write the case into a file, without names."),
    )

    chosen: reactive[CoachableRecord | None] = reactive(None, init=False)

    table = getters.query_one(RowsTable)
    words_box = getters.query_one("#words", Input)

    def __init__(self, person: PersonRecord) -> None:
        super().__init__()
        self._person = person
        self._others: tuple[CoachableRecord, ...] = ()
        self._case: Case | None = None

    def compose_body(self) -> ComposeResult:
        """The question, the box, the list, the answer."""
        yield Static(id="question", markup=False)
        yield WordsBox("type to narrow the list", id="words")
        yield RowsTable(_COLUMNS, lambda other: other.email)
        with VerticalScroll(id="all"):
            yield Static(id="lines", markup=False)

    def on_mount(self) -> None:
        """The list is moved from the box."""
        self.table.can_focus = False
        self._draw()

    def look(self) -> None:
        """Read who the other can be."""
        self.app.background.start(self, self._read(), group="read", exclusive=True, loading=self.table)

    async def _read(self) -> None:
        actor, person = self.app.actor, self._person
        coaches, agents = await self.app.background.call(lambda services: services.coaching.coachable_to_see(actor))
        others = agents if person.coach else coaches
        self._others = tuple(
            sorted(
                (other for other in others if other.email != person.email),
                key=lambda other: other.team not in person.teams,
            )
        )
        self._narrow()
        if not self._others:
            self.query_one("#question", Static).update(f"{person.name}. There is nobody in your scope to look with.")

    # Drawing

    def _draw(self) -> None:
        asking = self.chosen is None
        who = "the agent" if self._person.coach else "the coach"
        with_ = f" and {self.chosen.name}" if self.chosen is not None else f". Who is {who}?"
        self.query_one("#question", Static).update(f"{self._person.name}{with_}")
        self.words_box.display = self.table.display = asking
        self.query_one("#all").display = not asking
        (self.words_box if asking else self.query_one("#all")).focus()
        self.refresh_bindings()

    def watch_chosen(self) -> None:
        """Ask, or answer."""
        self._case = None
        self.query_one("#lines", Static).update("Looking for a time ...")
        self._draw()

    @on(Input.Changed, "#words")
    def _narrow(self) -> None:
        typed = self.words_box.value.casefold().split()
        self.table.show([other for other in self._others if all(word in _text(other) for word in typed)])

    # What the person does

    @on(Input.Submitted, "#words")
    @on(RowsTable.Chosen)
    def action_choose(self) -> None:
        """Take the marked line, and look why."""
        if self.table.current is not None:
            self.chosen = self.table.current
            self.app.background.start(self, self._explain(self.chosen), group="explain", exclusive=True)

    async def _explain(self, other: CoachableRecord) -> None:
        actor, person = self.app.actor, self._person
        coach, agent = (person, other) if person.coach else (other, person)
        try:
            case = await self.app.background.call(
                lambda services: services.coaching.case(actor, coach.email, agent.email)
            )
        except Exception:
            self.chosen = None
            raise
        names = {PartyName.COACH: coach.name, PartyName.AGENT: agent.name}
        clock24 = self.app.clock24
        lines = await self.app.background.aside(lambda: _explained(case, names, clock24))
        self._case = case
        self.query_one("#lines", Static).update("\n".join(lines))
        self.refresh_bindings()

    def action_move(self, by: int) -> None:
        """Mark another line."""
        self.table.action_step(by)

    def action_page(self, by: int) -> None:
        """A screenful on."""
        self.table.action_page(by)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Moving and choosing while it is asked, the case file once there is one."""
        if action == "export":
            return self._case is not None
        return self.chosen is None if action in ("choose", "move", "page") else True

    def action_close(self) -> None:
        """A step back, or out."""
        if self.chosen is None:
            self.dismiss(None)
        else:
            self.chosen = None

    def action_export(self) -> None:
        """Write the case into a file."""
        case = self._case
        if case is None:
            return

        def make(services: "Services") -> str:
            return json.dumps(document(case), ensure_ascii=False, indent=2) + "\n"

        name = f"pmtui-case-{self.app.clock.now():%Y%m%d-%H%M}.json"
        what = "The case as the engine sees it, without names: pmtui slots explain FILE says the same as here."
        self.app.push_screen(ExportDialog(what, name, make), lambda said: self.app.told(said) if said else None)


def _text(other: CoachableRecord) -> str:
    return f"{other.name} {other.email} {other.team}".casefold()


def _explained(case: Case, names: words.Names, clock24: bool) -> Sequence[str]:
    two = case.search, case.coach, case.agent
    answer = solve(*two)
    return words.explained(case, answer, None if answer.slots else change(*two), names, clock24)

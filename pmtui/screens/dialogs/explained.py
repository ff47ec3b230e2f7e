"""The search for a coach and an agent as the engine makes it, in words."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.slots import words
from pmtui.backend.slots.case import Case
from pmtui.backend.slots.case_writer import document
from pmtui.backend.slots.explain import change
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import PartyName
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.lines import LinesDialog

if TYPE_CHECKING:
    from pmtui.backend.build import Services


class ExplainedDialog(LinesDialog):
    """What a search finds, how many starts each reason rules out, and the one change that would give a time."""

    HELP = "What the search finds. The case can be written into a file, without names, for pmtui slots explain."
    BINDINGS = bindings(Action("why.export", "x", "export", "case file", "Write the case into a file, without names."))

    def __init__(self, coach: str, coach_name: str, agent: str, agent_name: str) -> None:
        super().__init__(f"Why no slots: {coach_name} and {agent_name}", ("Looking for a time ...",))
        self._emails = coach, agent
        self._names = {PartyName.COACH: coach_name, PartyName.AGENT: agent_name}
        self._case: Case | None = None

    def look(self) -> None:
        """Search."""
        self.app.background.start(self, self._explain(), group="explain", exclusive=True)

    async def _explain(self) -> None:
        actor, (coach, agent) = self.app.actor, self._emails
        try:
            case = await self.app.background.call(lambda services: services.coaching.case(actor, coach, agent))
        except Exception:
            self.dismiss(None)
            raise
        names, clock24 = self._names, self.app.clock24
        lines = await self.app.background.aside(lambda: _explained(case, names, clock24))
        self._case = case
        self.query_one("#lines", Static).update("\n".join(lines))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The case file once there is one."""
        return self._case is not None if action == "export" else super().check_action(action, parameters)

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


def _explained(case: Case, names: words.Names, clock24: bool) -> Sequence[str]:
    two = case.search, case.coach, case.agent
    answer = solve(*two)
    return words.explained(case, answer, None if answer.slots else change(*two), names, clock24)

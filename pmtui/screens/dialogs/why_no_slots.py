"""Why a coach and an agent have no time together: who the other of the two is."""

from collections.abc import Iterable

from textual.reactive import reactive
from textual.widgets import Static

from pmtui.backend.coaching.records import CoachableRecord
from pmtui.backend.support.records import PersonRecord
from pmtui.screens.dialogs.explained import ExplainedDialog
from pmtui.screens.dialogs.narrowed import NarrowedDialog
from pmtui.widgets.rows_table import Column
from pmtui.widgets.session_words import CALENDARS

_NOBODY = "Nobody here: other words, or there is nobody in your scope to look with."


class WhyNoSlotsDialog(NarrowedDialog[None, CoachableRecord]):
    """The other of the two is chosen; a window over this one says what a search finds, and what stands in the way."""

    TITLE = "Why no slots"
    HELP = "Type to narrow the list, move with the arrows, choose with Enter. The answer can be written into a file."

    others: reactive[tuple[CoachableRecord, ...] | None] = reactive(None, init=False)

    def __init__(self, person: PersonRecord) -> None:
        super().__init__()
        self._person = person

    def columns(self) -> Iterable[Column[CoachableRecord]]:
        """Who, in which team, with which calendar."""
        return (
            Column("Name", 20, lambda other: other.name, most=30),
            Column("Team", 16, lambda other: other.team, most=24),
            Column("Calendar", 11, lambda other: CALENDARS[other.calendar]),
            Column("Address", 24, lambda other: other.email, rank=1, most=40),
        )

    def text(self, row: CoachableRecord) -> str:
        """Name, address, team."""
        return f"{row.name} {row.email} {row.team}"

    def why(self, rows: object, words: str) -> str:
        """Whether nobody is there at all."""
        return "" if rows or self.others is None else _NOBODY

    def on_mount(self) -> None:
        """Who it is about."""
        who = "the agent" if self._person.coach else "the coach"
        self.query_one("#question", Static).update(f"{self._person.name}. Who is {who}?")

    def look(self) -> None:
        """Read who the other can be."""
        self.app.background.start(self, self._read(), group="read", exclusive=True, loading=self.table)

    async def _read(self) -> None:
        actor, person = self.app.actor, self._person
        coaches, agents = await self.app.background.call(lambda services: services.coaching.coachable_to_see(actor))
        others = (other for other in (agents if person.coach else coaches) if other.email != person.email)
        self.others = tuple(sorted(others, key=lambda other: other.team not in person.teams))

    def watch_others(self, others: tuple[CoachableRecord, ...]) -> None:
        """Offer them."""
        self.offer(others)

    def take(self, row: CoachableRecord) -> None:
        """Say why."""
        coach, agent = (self._person, row) if self._person.coach else (row, self._person)
        self.app.push_screen(ExplainedDialog(coach.email, coach.name, agent.email, agent.name))

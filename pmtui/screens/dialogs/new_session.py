"""A new coaching session: coach, agent, then the time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from textual.reactive import reactive
from textual.widgets import Static

from pmtui.backend.coaching.records import CoachableRecord, SessionRecord
from pmtui.backend.states import Topic
from pmtui.screens.dialogs.narrowed import NarrowedDialog
from pmtui.screens.dialogs.starts import Appointment, StartsDialog
from pmtui.widgets.rows_table import Column
from pmtui.widgets.session_words import CALENDARS

_NOBODY = "Nobody here: other words, or nobody is in your scope."


@dataclass(frozen=True, slots=True)
class Draft:
    """What was chosen so far. `agents` None means: still loading."""

    coaches: tuple[CoachableRecord, ...] = ()
    agents: tuple[CoachableRecord, ...] | None = None
    coach: CoachableRecord | None = None

    @property
    def people(self) -> tuple[CoachableRecord, ...]:
        """Who can be chosen in this step; agents of the coach's own team first."""
        coach = self.coach
        if coach is None:
            return self.coaches
        others = (person for person in self.agents or () if person.email != coach.email)
        return tuple(sorted(others, key=lambda person: person.team != coach.team))

    @property
    def alone(self) -> bool:
        """Whether there is only one coach to choose."""
        return len(self.coaches) == 1


class NewSessionDialog(NarrowedDialog[SessionRecord, CoachableRecord]):
    """Who coaches, who is coached; then the window of starts. Dismisses with the session proposed, or None."""

    TITLE = "New coaching session"
    TOPICS = (Topic.PEOPLE,)
    HELP = "Type to narrow the list, move with the arrows, choose with Enter. Esc goes a step back."

    draft: reactive[Draft] = reactive(Draft(), init=False)

    def columns(self) -> Iterable[Column[CoachableRecord]]:
        """Who, in which team, with which calendar."""
        return (
            Column("Name", 24, lambda person: person.name, most=30),
            Column("Team", 16, lambda person: person.team, most=26),
            Column("Calendar", 11, lambda person: CALENDARS[person.calendar]),
        )

    def text(self, row: CoachableRecord) -> str:
        """Name, address, team, calendar."""
        return f"{row.name} {row.email} {row.team} {CALENDARS[row.calendar]}"

    def why(self, rows: object, words: str) -> str:
        """Whether nobody is there at all."""
        return "" if rows or self.draft.agents is None else _NOBODY

    def look(self) -> None:
        """Read who can be chosen."""
        self.app.background.start(self, self._read(), group="read", exclusive=True, loading=self.table)

    async def _read(self) -> None:
        actor = self.app.actor
        coaches, agents = await self.app.background.call(lambda services: services.coaching.coachable(actor))
        coach = self.draft.coach or (coaches[0] if len(coaches) == 1 else None)
        self.draft = replace(self.draft, coaches=coaches, agents=agents, coach=coach)

    def watch_draft(self, before: Draft, draft: Draft) -> None:
        """Draw the step."""
        coach = draft.coach
        self.query_one("#chosen", Static).update(f"Coach  {_named(coach)}" if coach is not None else "")
        self.query_one("#question", Static).update("Who coaches?" if coach is None else "Who is coached?")
        if coach != before.coach:
            self.words.value = ""
        self.offer(draft.people)

    def take(self, row: CoachableRecord) -> None:
        """Coach, then agent, then the time."""
        coach = self.draft.coach
        if coach is None:
            self.draft = replace(self.draft, coach=row)
            return
        actor, ours, theirs = self.app.actor, coach.email, row.email
        appointment = Appointment(
            self.TITLE,
            f"Coach  {_named(coach)}   Agent  {_named(row)}",
            f"{coach.name} with {row.name}",
            lambda services, minutes: services.coaching.search(actor, ours, theirs, minutes=minutes),
            lambda services, at, minutes, anyway: services.coaching.propose(
                actor, ours, theirs, at, minutes=minutes, anyway=anyway
            ),
        )
        self.app.push_screen(StartsDialog(appointment), self._taken)

    def _taken(self, session: SessionRecord | None) -> None:
        if session is not None:
            self.dismiss(session)

    def action_close(self) -> None:
        """A step back, or out."""
        if self.draft.coach is None or self.draft.alone:
            self.dismiss(None)
        else:
            self.draft = replace(self.draft, coach=None)


def _named(person: CoachableRecord) -> str:
    return f"{person.name} ({CALENDARS[person.calendar]})"

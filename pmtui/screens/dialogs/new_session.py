"""A new coaching session: coach, agent, time."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import CoachableRecord, SearchRecord, SessionRecord
from pmtui.backend.coaching.words import removed_in_words
from pmtui.backend.errors import Conflict
from pmtui.backend.states import Topic
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.length_choice import LengthChoice
from pmtui.widgets.moments import zone_now
from pmtui.widgets.session_words import CALENDARS, stretch
from pmtui.widgets.words_box import WordsBox

_ASKS = ("Who coaches?", "Who is coached?", "When?")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was chosen so far. `agents` None means: still loading."""

    coaches: tuple[CoachableRecord, ...] = ()
    agents: tuple[CoachableRecord, ...] | None = None
    coach: CoachableRecord | None = None
    agent: CoachableRecord | None = None
    found: SearchRecord | None = None

    @property
    def step(self) -> int:
        """0 coach, 1 agent, 2 time."""
        return 0 if self.coach is None else 1 if self.agent is None else 2

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

    def back(self) -> "Draft | None":
        """One step back; None from the first."""
        if self.step == 2:
            return replace(self, agent=None, found=None)
        return replace(self, coach=None) if self.step == 1 and not self.alone else None


class NewSessionDialog(PmtuiDialog[SessionRecord]):
    """Three lists in turn, each narrowed by typing; Enter chooses. Dismisses with the session proposed, or None."""

    CSS_PATH = "new_session.tcss"
    TITLE = "New coaching session"
    TOPICS = (Topic.PEOPLE,)
    AUTO_FOCUS = "#words"
    HELP = "Type to narrow the list, move with the arrows, choose with Enter. Esc goes a step back."
    BINDINGS = bindings(
        Action("new.choose", "enter", "choose", "choose", "Choose what is marked.", key_display="Enter"),
        Action("new.up", "up", "move(-1)", "up", "The line above.", footer=False),
        Action("new.down", "down", "move(1)", "down", "The line below.", footer=False),
        Action("new.page_up", "pageup", "move(-10)", "page up", "Ten lines up.", footer=False),
        Action("new.page_down", "pagedown", "move(10)", "page down", "Ten lines down.", footer=False),
        Action("new.length", "tab", "length", "length", "Choose how long it shall be, or go back.", key_display="Tab"),
    )

    draft: reactive[Draft] = reactive(Draft(), init=False)

    words = getters.query_one("#words", Input)
    lines = getters.query_one("#lines", OptionList)

    def compose_body(self) -> ComposeResult:
        """What was chosen, the question, the box, the list."""
        yield Static(id="chosen", markup=False)
        with Horizontal(id="ask"):
            yield Static(id="question", markup=False)
            yield LengthChoice()
        yield WordsBox("type to narrow the list", id="words")
        yield OptionList(id="lines", compact=True, markup=False)
        yield Static(id="why", markup=False)

    def on_mount(self) -> None:
        """The list is moved from the box."""
        self.lines.can_focus = False

    def look(self) -> None:
        """Read who can be chosen."""
        self.app.background.start(self, self._read(), group="read", exclusive=True, loading=self.lines)

    async def _read(self) -> None:
        actor = self.app.actor
        coaches, agents = await self.app.background.call(lambda services: services.coaching.coachable(actor))
        coach = self.draft.coach or (coaches[0] if len(coaches) == 1 else None)
        self.draft = replace(self.draft, coaches=coaches, agents=agents, coach=coach)

    # Drawing

    def watch_draft(self, before: Draft, draft: Draft) -> None:
        """Draw the step."""
        chosen = [
            f"{name}  {person.name} ({CALENDARS[person.calendar]})"
            for name, person in (("Coach", draft.coach), ("Agent", draft.agent))
            if person is not None
        ]
        self.query_one("#chosen", Static).update("   ".join(chosen))
        self.query_one("#question", Static).update(self._question(draft))
        self.query_one(LengthChoice).display = draft.step == 2
        if draft.step != before.step:
            self.words.value = ""
        self._fill()
        self.refresh_bindings()

    def _question(self, draft: Draft) -> str:
        ask = _ASKS[draft.step]
        if draft.found is None:
            return ask
        return f"{ask}  {len(draft.found.starts_at)} starts, {zone_now(draft.found.timezone, self.app.clock.now())}"

    def _fill(self) -> None:
        words = self.words.value.casefold().split()
        seen = [
            Option(line, id=str(number))
            for number, line in enumerate(self._all_lines())
            if all(word in line.casefold() for word in words)
        ]
        self.lines.clear_options()
        self.lines.add_options(seen)
        self.lines.highlighted = 0 if seen else None
        why = self._why(bool(seen))
        self.query_one("#why", Static).update(why)
        self.query_one("#why").display = bool(why)
        self.lines.display = bool(seen)

    def _all_lines(self) -> list[str]:
        draft = self.draft
        if draft.step < 2:
            people = draft.people
            return [f"{p.name:<26} {p.team:<22} {CALENDARS[p.calendar]}" for p in people]
        found = draft.found
        if found is None:
            return []
        length = timedelta(minutes=found.minutes)
        return [stretch(at, at + length, found.timezone) for at in found.starts_at]

    def _why(self, seen: bool) -> str:
        """What is to be said under the list, or instead of it."""
        draft = self.draft
        if draft.step < 2:
            return "" if seen or draft.agents is None else "Nobody here: other words, or nobody is in your scope."
        found = draft.found
        if found is None:
            return "Looking for a time ..."
        sentences = [f"! {sentence}" for _, sentence in found.unknown]
        if not found.starts_at:
            sentences.append("There is no time to offer. Starts that were taken out:")
            sentences += [f"  {line}" for line in removed_in_words(found.reasons)]
            sentences += [found.helps] if found.helps else []
        elif not seen:
            sentences.append("No time with these words.")
        return "\n".join((found.rule, *sentences))

    # What the person does

    @on(Input.Changed, "#words")
    def _typed(self) -> None:
        self._fill()

    @on(Input.Submitted, "#words")
    def action_choose(self) -> None:
        """Take the marked line."""
        if self.lines.highlighted is None:
            return
        number = int(str(self.lines.get_option_at_index(self.lines.highlighted).id))
        draft = self.draft
        if draft.step == 0:
            self.draft = replace(draft, coach=draft.people[number])
        elif draft.step == 1:
            self.draft = replace(draft, agent=draft.people[number])
            self._search()
        elif draft.found is not None:
            self._propose(draft.found.starts_at[number])

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_choose()

    def action_move(self, by: int) -> None:
        """Mark another line."""
        at, count = self.lines.highlighted, self.lines.option_count
        if at is not None:
            self.lines.highlighted = max(0, min(count - 1, at + by))

    def action_length(self) -> None:
        """Choose the length."""
        self.focus_next()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The length is chosen with the time."""
        return self.draft.step == 2 if action == "length" else True

    @on(LengthChoice.Chosen)
    def _length(self) -> None:
        self._search()

    def action_close(self) -> None:
        """A step back, or out."""
        before = self.draft.back()
        if before is None:
            self.dismiss(None)
        else:
            self.draft = before
            self.words.focus()

    # Asking the backend

    def _search(self) -> None:
        self.draft = replace(self.draft, found=None)
        self.app.background.start(self, self._searching(), group="search", exclusive=True)

    async def _searching(self) -> None:
        actor, coach, agent = self.app.actor, self.draft.coach, self.draft.agent
        choice = self.query_one(LengthChoice)
        minutes = choice.minutes or None
        if coach is None or agent is None:
            return
        found = await self.app.background.call(
            lambda services: services.coaching.search(actor, coach.email, agent.email, minutes=minutes)
        )
        choice.minutes = found.minutes
        self.draft = replace(self.draft, found=found)

    def _propose(self, starts_at: datetime) -> None:
        self.app.background.start(self, self._proposing(starts_at), group="propose", exclusive=True)

    async def _proposing(self, starts_at: datetime) -> None:
        actor, coach, agent, found = self.app.actor, self.draft.coach, self.draft.agent, self.draft.found
        if coach is None or agent is None or found is None:
            return
        try:
            session = await self.app.background.call(
                lambda services: services.coaching.propose(
                    actor, coach.email, agent.email, starts_at, minutes=found.minutes
                )
            )
        except Conflict:
            self._search()  # somebody was faster: show what is still free
            raise
        self.dismiss(session)

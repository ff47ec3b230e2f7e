"""Choosing the time of a session from those that are offered: of a new one, a requested one, one that is to move."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import SearchRecord, SessionRecord
from pmtui.backend.coaching.starts import parse_start
from pmtui.backend.coaching.words import no_time
from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.values import Impact
from pmtui.backend.slots.zones import zone
from pmtui.screens.dialogs.booking import ASKING, READING_FIRST, booked
from pmtui.screens.dialogs.narrowed import NarrowedDialog
from pmtui.widgets.length_choice import LengthChoice
from pmtui.widgets.moments import zone_now
from pmtui.widgets.rows_table import Column
from pmtui.widgets.session_words import day_and_time, stretch

if TYPE_CHECKING:
    from pmtui.backend.build import Services

_NO_SUCH = (
    "A time that is not offered can be chosen all the same: type it whole, as in fri 10:15, 27 nov 10:15 or"
    " 2027-03-01 10:15."
)
_ANYWAY = "Enter says what stands against it, and whether it can be booked anyway."
_STAFFED = {Impact.GOOD: "good for staffing", Impact.NEUTRAL: "neutral for staffing", Impact.POOR: "poor for staffing"}
_ROLES = {Impact.GOOD: "success", Impact.POOR: "warning"}


@dataclass(frozen=True, slots=True)
class Appointment:
    """Whose time is looked for. `about` says who they are and what there is so far, `whose` only who.

    `search` finds the starts for a number of minutes (None: as is set), `take` takes a start for so many minutes, with
    the keys of the reasons that somebody overrules. A session that `keeps_length` has its length already.
    """

    title: str
    about: str
    whose: str
    search: "Callable[[Services, int | None], SearchRecord]"
    take: "Callable[[Services, datetime, int, Collection[str]], SessionRecord]"
    keeps_length: bool = False


class StartsDialog(NarrowedDialog[SessionRecord, datetime]):
    """The starts that are offered, the best marked. Dismisses with the session at its time, or None."""

    HELP = (
        "The times that suit both, on the coach's clock. The best is marked at first: good for staffing, on a calm day,"
        " early. Type to narrow the list (thu, 10:, 27 nov), choose with Enter. A start that is not offered is typed"
        " whole (fri 10:15): everything that stands against it is shown before it is booked anyway."
    )
    BINDINGS = bindings(
        Action(
            "starts.length", "tab", "length", "length", "Choose how long it shall be, or go back.", key_display="Tab"
        )
    )

    found: reactive[SearchRecord | None] = reactive(None, init=False)

    def __init__(self, appointment: Appointment) -> None:
        super().__init__()
        self.title = appointment.title
        self._appointment = appointment
        self._impact: dict[datetime, Impact] = {}

    def columns(self) -> Iterable[Column[datetime]]:
        """When, and what speaks for it."""
        return (
            Column("When", 26, self._when),
            Column("", 5, lambda at: "best" if self.found is not None and at == self.found.best_at else ""),
            Column("", 20, self._staffed, role=self._role),
        )

    def _when(self, at: datetime) -> str:
        found = self.found
        return (
            stretch(at, at + timedelta(minutes=found.minutes), found.timezone, self.app.clock24)
            if found is not None
            else ""
        )

    def _staffed(self, at: datetime) -> str:
        return _STAFFED[self._impact[at]] if at in self._impact else ""

    def _role(self, at: datetime) -> str:
        return _ROLES.get(self._impact[at], "") if at in self._impact else ""

    def text(self, row: datetime) -> str:
        """When it begins, as it is shown and as a date; not when it ends: that is no start."""
        timezone = self.found.timezone if self.found is not None else "UTC"
        local = row.astimezone(zone(timezone))
        shown = "" if self.app.clock24 else time_text(local, False)
        return f"{day_and_time(row, timezone)} {shown} {local:%Y-%m-%d} {local:%A} {local:%B} {self._staffed(row)}"

    def meant(self, words: str) -> Sequence[datetime] | None:
        """A start that is typed whole is meant, whether it is offered or not."""
        at = self._typed_whole(words)
        if at is None or self.found is None:
            return None
        return [at] if at in self.found.starts_at else []

    def _typed_whole(self, words: str) -> datetime | None:
        try:
            return parse_start(words, self.found.timezone, self.app.clock.now()) if self.found is not None else None
        except BadInput:
            return None

    def beside_question(self) -> Iterable[Widget]:
        """How long."""
        if not self._appointment.keeps_length:
            yield LengthChoice()

    def on_mount(self) -> None:
        """Who it is for."""
        self.query_one("#chosen", Static).update(self._appointment.about)
        self._draw()

    def look(self) -> None:
        """Look for times."""
        self._search()

    # Drawing

    def watch_found(self) -> None:
        """Draw what was found."""
        found = self.found
        self._impact = dict(zip(found.starts_at, found.impact or (), strict=False)) if found is not None else {}
        self._draw()

    def _draw(self) -> None:
        found = self.found
        ask = "When?"
        if found is not None:
            count = len(found.starts_at)
            starts = f"{count:,} {'start' if count == 1 else 'starts'}"
            ask = f"{ask}  {starts}, {zone_now(found.timezone, self.app.clock.now())}"
        self.query_one("#question", Static).update(ask)
        self.offer(found.starts_at if found is not None else (), found.best_at if found is not None else None)

    def why(self, rows: Sequence[datetime], words: str) -> str:
        """The rule; what is not known; why there is nothing."""
        found = self.found
        if found is None:
            return "Looking for a time ..."
        sentences = [f"! {sentence}" for _, sentence in found.unknown]
        if not found.starts_at:
            sentences += no_time(found)
        if rows:
            sentences += [f"Best: {found.best_why}."] if found.best_why else []
        else:
            at = self._typed_whole(words)
            sentences.append(_NO_SUCH if at is None else f"{self._when(at)} is not offered. {_ANYWAY}")
        return "\n".join((found.rule, *sentences))

    # What the person does

    def action_length(self) -> None:
        """Choose the length."""
        self.focus_next()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A session that exists keeps its length."""
        return not self._appointment.keeps_length if action == "length" else True

    @on(LengthChoice.Chosen)
    def _length(self) -> None:
        self._search()

    def take(self, row: datetime) -> None:
        """Take this start."""
        if self.found is not None:
            self.app.background.start(self, self._taken(row, self.found.minutes), group=ASKING, exclusive=True)

    def take_words(self, words: str) -> None:
        """A start that is not in the list."""
        if (at := self._typed_whole(words)) is not None:
            self.take(at)

    # Asking the backend

    def _search(self) -> None:
        self.found = None
        self.app.background.start(self, self._searching(), group="search", exclusive=True)

    async def _searching(self) -> None:
        choice = next(iter(self.query(LengthChoice)), None)
        minutes = choice.minutes or None if choice is not None else None
        found = await self.app.background.call(lambda services: self._appointment.search(services, minutes))
        if choice is not None:
            choice.minutes = found.minutes
        self.found = found

    async def _taken(self, at: datetime, minutes: int) -> None:
        appointment, found = self._appointment, self.found
        timezone = found.timezone if found is not None else "UTC"
        time = f"{stretch(at, at + timedelta(minutes=minutes), timezone, self.app.clock24)}: {appointment.whose}"
        try:
            session = await booked(
                self.app, lambda services, anyway: appointment.take(services, at, minutes, anyway), time, self._reading
            )
        except Conflict:
            self._search()  # somebody was faster: show what is still free
            raise
        if session is not None:
            self.dismiss(session)
        else:
            self._search()

    def _reading(self) -> None:
        self._say(f"{READING_FIRST} Esc leaves it.")

    def _say(self, text: str) -> None:
        said = self.query_one("#why", Static)
        said.update(text)
        said.display = True

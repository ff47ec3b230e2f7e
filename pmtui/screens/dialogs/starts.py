"""Choosing the time of a session from those that are offered: of a new one, a requested one, one that is to move."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching.records import READING, SearchRecord, SessionRecord
from pmtui.backend.coaching.words import removed_in_words
from pmtui.backend.errors import Conflict, Unavailable
from pmtui.backend.slots.values import Impact
from pmtui.backend.slots.zones import zone
from pmtui.host import Host
from pmtui.screens.dialogs.narrowed import NarrowedDialog
from pmtui.widgets.length_choice import LengthChoice
from pmtui.widgets.moments import zone_now
from pmtui.widgets.rows_table import Column
from pmtui.widgets.session_words import stretch

if TYPE_CHECKING:
    from pmtui.backend.build import Services

READING_FIRST = "The calendars are read first; nothing has changed yet."

_LOOK_AGAIN = timedelta(seconds=1)
_LOOKS = 60
_STAFFED = {Impact.GOOD: "good for staffing", Impact.NEUTRAL: "neutral for staffing", Impact.POOR: "poor for staffing"}
_ROLES = {Impact.GOOD: "success", Impact.POOR: "warning"}


@dataclass(frozen=True, slots=True)
class Appointment:
    """Whose time is looked for. `about` says who they are and what there is so far.

    `search` finds the starts for a number of minutes (None: as is set), `take` takes one of them. A session that
    `keeps_length` has its length already.
    """

    title: str
    about: str
    search: "Callable[[Services, int | None], SearchRecord]"
    take: "Callable[[Services, datetime, int], SessionRecord]"
    keeps_length: bool = False


class StartsDialog(NarrowedDialog[SessionRecord, datetime]):
    """The starts that are offered, the best marked. Dismisses with the session at its time, or None."""

    HELP = (
        "The times that suit both, on the coach's clock. The best is marked at first: good for staffing, on a calm day,"
        " early. Type to narrow the list (thu, 10:, 27 nov), choose with Enter."
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
        return stretch(at, at + timedelta(minutes=found.minutes), found.timezone) if found is not None else ""

    def _staffed(self, at: datetime) -> str:
        return _STAFFED[self._impact[at]] if at in self._impact else ""

    def _role(self, at: datetime) -> str:
        return _ROLES.get(self._impact[at], "") if at in self._impact else ""

    def text(self, row: datetime) -> str:
        """As it is shown, and as a date."""
        local = row.astimezone(zone(self.found.timezone)) if self.found is not None else row
        return f"{self._when(row)} {local:%Y-%m-%d %H:%M} {local:%A} {local:%B} {self._staffed(row)}"

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
            sentences.append("There is no time to offer. Starts that were taken out:")
            sentences += [f"  {line}" for line in removed_in_words(found.reasons)]
            sentences += [found.helps] if found.helps else []
        elif not rows:
            sentences.append("No time with these words.")
        elif found.best_why:
            sentences.append(f"Best: {found.best_why}.")
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
            self.app.background.start(self, self._take(row, self.found.minutes), group="take", exclusive=True)

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

    async def _take(self, at: datetime, minutes: int) -> None:
        try:
            self.dismiss(await self._taken(at, minutes))
        except Conflict:
            self._search()  # somebody was faster: show what is still free
            raise

    async def _taken(self, at: datetime, minutes: int) -> SessionRecord:
        take = self._appointment.take
        return await once_read(self.app, lambda services: take(services, at, minutes), self._reading)

    def _reading(self) -> None:
        said = self.query_one("#why", Static)
        said.update(f"{READING_FIRST} Esc leaves it.")
        said.display = True


async def once_read(
    app: Host, take: "Callable[[Services], SessionRecord]", reading: Callable[[], None]
) -> SessionRecord:
    """What `take` gives, once the calendars have been read; `reading` is called when they have to be, again and again.

    Raises what `take` raises, and Unavailable itself where nobody reads them in a minute.
    """
    for _ in range(_LOOKS):
        try:
            return await app.background.call(take)
        except Unavailable as error:
            if error.code != READING:
                raise
        reading()
        await app.clock.sleep(_LOOK_AGAIN)
    return await app.background.call(take)

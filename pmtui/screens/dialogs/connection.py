"""One person's connection, whole: state, events, history, and a test reading."""

from typing import TYPE_CHECKING

from textual import getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.plain import json_text
from pmtui.backend.states import Topic
from pmtui.backend.support import person_words
from pmtui.backend.support.records import PersonDetail, PersonRecord, ReadingRecord
from pmtui.host import Host
from pmtui.screens.base import PmtuiDialog
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.why_no_slots import WhyNoSlotsDialog
from pmtui.widgets.connections_table import state_words

if TYPE_CHECKING:
    from pmtui.backend.build import Services

ON_A_PERSON = (
    Action("connection.test", "t", "test", "test now", "Read this person's calendar once, now, and say how it went."),
    Action("connection.why", "w", "why", "why no slots", "Why a coach and an agent have no time together."),
    Action("connection.export", "x", "export", "export", "Write everything known of this person into a file."),
)
"""What can be done about one person, in the table and in their window."""

TOPICS = (Topic.INTEGRATIONS, Topic.AVAILABILITY, Topic.COACHING, Topic.PEOPLE)
"""What is shown of connections changes with any of these."""

_LOOK_SECONDS = 0.5
_LOOKS = 120
_READING = "Reading the calendar now ..."
_NO_WORKER = "Nobody has read it yet: is the worker running? It stays asked for."


def history(shown: PersonDetail, clock24: bool = True) -> list[str]:
    """What happened to the person, a line each under a heading."""
    if not shown.history:
        return []
    lines = (person_words.entry_line(entry, shown.shown_timezone, clock24, about=False) for entry in shown.history)
    return ["", f"History, times in {shown.shown_timezone}", *lines]


class ConnectionDialog(PmtuiDialog[None]):
    """Follows the person while it stands. With `test` a test reading is asked for at once."""

    CSS_PATH = "connection.tcss"
    TOPICS = TOPICS
    AUTO_FOCUS = "#all"
    HELP = "Everything support may know of one person: never a meeting's title, never a secret."
    BINDINGS = bindings(*ON_A_PERSON)

    detail: reactive[PersonDetail | None] = reactive(None, init=False)
    reading: reactive[ReadingRecord | None] = reactive(None, init=False)

    result = getters.query_one("#result", Static)

    def __init__(self, person: PersonRecord, *, test: bool = False) -> None:
        super().__init__()
        self.title = f"{person.name}, {person.email}"
        self._person, self._test = person, test
        self._looks: Timer | None = None
        self._left = 0

    def compose_body(self) -> ComposeResult:
        """How the test reading went, and everything else."""
        yield Static(id="result", markup=False)
        with VerticalScroll(id="all"):
            yield Static(id="lines", markup=False)

    def on_mount(self) -> None:
        """Draw what is known already; ask for the reading."""
        self.query_one("#lines", Static).update(state_words(self._person))
        if self._test:
            self.action_test()

    def look(self) -> None:
        """Read the person."""
        self.app.background.start(self, self._read(), group="read", exclusive=True)

    async def _read(self) -> None:
        actor, email = self.app.actor, self._person.email
        self.detail = await self.app.background.call(lambda services: services.connections.person(actor, email))

    def watch_detail(self, detail: PersonDetail | None) -> None:
        """Draw everything."""
        if detail is not None:
            self._person = detail.person
            lines = [
                state_words(detail.person),
                *person_words.whole(detail, self.app.clock24),
                *history(detail, self.app.clock24),
            ]
            self.query_one("#lines", Static).update("\n".join(lines))
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a connected calendar can be read."""
        return self._person.provider is not None if action == "test" else True

    # The test reading

    def action_test(self) -> None:
        """Ask for a reading."""
        self.result.update(_READING)
        self.app.background.start(self, self._testing(), group="test", exclusive=True)

    async def _testing(self) -> None:
        actor, email = self.app.actor, self._person.email
        try:
            self.reading = await self.app.background.call(lambda services: services.connections.test(actor, email))
        except Exception:
            self.result.update("")
            raise
        self._left = _LOOKS
        if self._looks is None:
            self._looks = self.set_interval(_LOOK_SECONDS, self.look_at_reading)

    def look_at_reading(self) -> None:
        """See how the reading stands that was asked for."""
        reading = self.reading
        if reading is None or reading.finished or not self._left:
            if reading is not None and not reading.finished:
                self.result.update(_NO_WORKER)
            if self._looks is not None:
                self._looks.stop()
                self._looks = None
            return
        self._left -= 1
        self.app.background.start(self, self._looking(reading), group="look", exclusive=True)

    async def _looking(self, reading: ReadingRecord) -> None:
        actor = self.app.actor
        self.reading = await self.app.background.call(
            lambda services: services.connections.test_result(actor, reading.email, reading.asked_at)
        )

    def watch_reading(self, reading: ReadingRecord | None) -> None:
        """Say how it went."""
        if reading is not None and reading.finished:
            self.result.update(f"{'✓' if reading.ok else '!'} {person_words.tested(reading)}")
            self.look()

    # The rest

    def action_why(self) -> None:
        """Why there are no times with somebody."""
        self.app.push_screen(WhyNoSlotsDialog(self._person))

    def action_export(self) -> None:
        """Write it into a file."""
        export_person(self.app, self._person)


def export_person(app: Host, person: PersonRecord) -> None:
    """Ask where everything about a person shall be written, and say what was done."""
    actor = app.actor

    def make(services: "Services") -> str:
        return json_text(services.connections.person(actor, person.email))

    what = f"Everything support may know of {person.name}, with the history, as JSON."
    name = f"pmtui-{person.email.partition('@')[0]}-{app.clock.now():%Y%m%d-%H%M}.json"
    app.push_screen(ExportDialog(what, name, make), lambda said: app.told(said) if said else None)

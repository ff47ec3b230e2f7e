"""Approving many sessions, one after the other: how far it is, and what came of each."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.coaching import run_words
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.errors import PmtuiError
from pmtui.backend.states import Attention, SessionState, Topic
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.progress import bar
from pmtui.widgets.session_words import stretch

_SECOND = timedelta(seconds=1)


def approving(sessions: Sequence[SessionRecord], *, hidden: int) -> tuple[str, tuple[str, ...]]:
    """Question and sentences before these are approved, `hidden` of which are not among the rows shown."""
    agents = len({session.agent_email for session in sessions})
    coaches = len({session.coach_email for session in sessions})
    people = (
        f"{agents:,} {'agent' if agents == 1 else 'agents'} and {coaches:,} {'coach' if coaches == 1 else 'coaches'}"
    )
    sentences = (
        f"{_sessions(len(sessions))} of {people}.",
        "Each is checked again, then it is written into their calendars.",
    )
    others = f"{hidden:,} of them {'is' if hidden == 1 else 'are'} not among the rows shown now."
    return f"Approve {_sessions(len(sessions))}?", (*sentences, *([others] if hidden else []))


class ApprovingDialog(PmtuiDialog[frozenset[str]]):
    """Begins at once. Each session is a transaction of its own: what is approved stays so if the rest is stopped.

    Sessions whose calendars are read first are followed while the window stands. Dismisses with the codes of those that
    were not begun.
    """

    CSS_PATH = "lines.tcss"
    TOPICS = (Topic.COACHING,)
    AUTO_FOCUS = "#all"
    HELP = "Every session is checked again before it is booked. x stops after the one under way."
    BINDINGS = bindings(Action("approving.stop", "x", "stop", "stop", "Stop: what is approved by now stays so."))

    def __init__(self, sessions: Sequence[SessionRecord]) -> None:
        super().__init__()
        self.title = f"Approving {_sessions(len(sessions))}"
        self._waiting = list(sessions)
        self._results: dict[str, SessionRecord | PmtuiError] = {}
        self._sessions = {session.code: session for session in sessions}
        self._began_at: datetime | None = None
        self._running = self._stopped = False

    def compose_body(self) -> ComposeResult:
        """How far, and what came of each."""
        yield Static(id="progress", markup=False)
        with VerticalScroll(id="all"):
            yield Static(id="lines", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self._began_at, self._running = self.app.clock.now(), True
        self._draw()
        self.app.background.start(self, self._approve(), group="approve")

    async def _approve(self) -> None:
        try:
            while self._waiting and not self._stopped:
                code = self._waiting[0].code
                self._results[code] = await self._approved(code)
                self._waiting.pop(0)
                self._draw()
        finally:
            self._running = False
            self._draw()
        await self._follow()

    async def _approved(self, code: str) -> SessionRecord | PmtuiError:
        actor = self.app.actor
        try:
            return await self.app.background.call(lambda services: services.coaching.approve(actor, code))
        except PmtuiError as error:
            self.app.background.words(error)  # for the log
            return error

    def look(self) -> None:
        """Something changed: perhaps what is being approved."""
        if not self._running:
            self.app.background.start(self, self._follow(), group="follow", exclusive=True)

    async def _follow(self) -> None:
        """What became of those whose calendars were read first."""
        actor, pending = self.app.actor, [one.code for one in self._of(SessionState.APPROVING)]
        if not pending:
            return
        found = await self.app.background.call(lambda services: services.coaching.list(actor))
        self._results |= {one.code: one for one in found if one.code in pending}
        self._draw()

    # Drawing

    def _draw(self) -> None:
        self.query_one("#progress", Static).update(self._progress())
        self.query_one("#lines", Static).update("\n".join(self._lines()))
        self.refresh_bindings()

    def _progress(self) -> str:
        done, of, now = len(self._results), len(self._sessions), self.app.clock.now()
        far = f"{bar(done, of)} {done:,} of {of:,}"
        if not self._running:
            return f"{far} · {'stopped' if self._waiting else 'done'}"
        spent = (now - (self._began_at or now)) / _SECOND
        if spent < 1 or not done:
            return far
        return f"{far} · {run_words.pace(done / spent, ceil((of - done) * spent / done))}"

    def _of(self, state: SessionState) -> list[SessionRecord]:
        results = (one for one in self._results.values() if isinstance(one, SessionRecord))
        return [one for one in results if one.state is state]

    def _lines(self) -> Iterator[str]:
        scheduled, approving = self._of(SessionState.SCHEDULED), self._of(SessionState.APPROVING)
        if scheduled:
            yield f"✓ {_sessions(len(scheduled))} scheduled"
        if approving:
            yield f"~ {_sessions(len(approving))} being approved: the calendars are read first"
        refused = [(code, why) for code, one in self._results.items() if (why := _refused(one))]
        if refused:
            yield f"! {_sessions(len(refused))} not approved:"
        for code, why in refused:
            one = self._sessions[code]
            at = stretch(one.starts_at, one.ends_at, one.timezone, self.app.clock24)
            yield f"  {one.agent} with {one.coach}, {at}"
            yield f"    {why}"
        if self._waiting and not self._running:
            yield f"- {_sessions(len(self._waiting))} not begun, marked still"

    # What the person does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to stop in the end."""
        return self._running and not self._stopped if action == "stop" else True

    def action_stop(self) -> None:
        """After the one under way."""
        self._stopped = True
        self.refresh_bindings()

    def action_close(self) -> None:
        """Stop first; close when it has."""
        if self._running:
            self.action_stop()
        else:
            self.dismiss(frozenset(one.code for one in self._waiting))


def _refused(result: SessionRecord | PmtuiError) -> str:
    """Why it was not approved; empty where it was, or is about to be."""
    if isinstance(result, PmtuiError):
        return result.title
    if result.state in (SessionState.SCHEDULED, SessionState.APPROVING):
        return ""
    if result.attention is Attention.APPROVAL_REFUSED:
        return result.attention_details
    return f"It is {result.state.value} now."


def _sessions(count: int) -> str:
    return f"{count:,} {'session' if count == 1 else 'sessions'}"

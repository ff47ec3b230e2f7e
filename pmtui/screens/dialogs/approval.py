"""The Outlook approval: what is known of it, and everything an administrator needs to have it given."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Button, Input, Static

from pmtui.actions import Action, bindings
from pmtui.backend.integrations.records import ApprovalPanel
from pmtui.backend.integrations.words import APPROVAL_TITLE, CONSENT_LINK, NO_LINK, NO_LINK_NEXT, approval_state
from pmtui.backend.states import ApprovalState, Topic
from pmtui.screens.dialogs.link import LinkDialog, LinkLine
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.words_box import WordsBox


class ApprovalDialog(LinkDialog[None]):
    """State, the app's name, justification and link; what was requested, denied or blocked is noted here."""

    TITLE = APPROVAL_TITLE
    TOPICS = (Topic.INTEGRATIONS,)
    CSS_PATH = "approval.tcss"
    AUTO_FOCUS = "#requested"
    HELP = (
        "A Microsoft administrator approves the app once for the whole organisation: by the request that a coach sends"
        " on Microsoft's page, or by the link here. Microsoft can't be asked how it stands: note what you hear."
    )
    BINDINGS = bindings(
        Action("approval.requested", "r", "note('requested')", "requested", "Note that the approval was requested."),
        Action("approval.denied", "d", "note('denied')", "denied", "Note that it was denied."),
        Action("approval.blocked", "x", "note('blocked')", "blocked", "Note that the app was blocked."),
    )

    panel: reactive[ApprovalPanel | None] = reactive(None, init=False)

    def compose_body(self) -> ComposeResult:
        """State, name, justification, link, and what can be noted."""
        yield Static("Opening ...", id="state", markup=False)
        yield Static(id="app", markup=False)
        yield Static("Justification, to be sent with the request:", id="why", markup=False)
        yield WordsBox("", id="justification")
        yield Static(id="about-link", markup=False)
        yield LinkLine(id="link")
        with Horizontal(classes="buttons"):
            yield PlainButton("Mark as requested", id="requested")
            yield PlainButton("Denied", id="denied")
            yield PlainButton("Blocked", id="blocked")
            yield PlainButton("Close", id="close")

    def look(self) -> None:
        """Read how it stands."""
        self.app.background.start(self, self._read(), group="panel", exclusive=True)

    async def _read(self) -> None:
        actor = self.app.actor
        self.panel = await self.app.background.call(lambda services: services.approvals.panel(actor))

    def watch_panel(self, before: ApprovalPanel | None, panel: ApprovalPanel | None) -> None:
        """Draw it; what is being typed stays."""
        if panel is None:
            return
        self.query_one("#state", Static).update(approval_state(panel.approval, panel.timezone))
        self.query_one("#app", Static).update(f"At Microsoft the app is called  {panel.approval.app}")
        box = self.query_one("#justification", Input)
        if before is None:
            box.value = panel.justification or panel.proposed
        about = CONSENT_LINK if panel.link else f"{NO_LINK} {NO_LINK_NEXT}"
        self.query_one("#about-link", Static).update(about)
        self.query_one(LinkLine).show(panel.link)
        self.refresh_bindings()

    def given(self) -> str | None:
        """The link for the whole organisation."""
        return self.panel.link if self.panel is not None else None

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        if message.button.id == "close":
            self.dismiss(None)
        else:
            self.action_note(str(message.button.id))

    @on(Input.Submitted)
    def _typed(self) -> None:
        self.query_one("#requested").focus()

    def action_note(self, state: str) -> None:
        """Note what is known of the approval."""
        text = self.query_one("#justification", Input).value
        self.app.background.start(self, self._note(ApprovalState(state), text), group="note", exclusive=True)

    async def _note(self, state: ApprovalState, text: str) -> None:
        actor, justification = self.app.actor, text if state is ApprovalState.REQUESTED else None
        self.panel = await self.app.background.call(
            lambda services: services.approvals.note(actor, state, justification)
        )

"""Performance Management > Settings > Configuration > Integrations."""

from functools import partial
from typing import TYPE_CHECKING

from textual import getters, on
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widget import AwaitMount, Widget
from textual.widgets import Static

from pmtui.actions import Action, bindings
from pmtui.backend.integrations.records import Access, IntegrationsPage
from pmtui.backend.integrations.words import SEND_ACCESS, WHOLE_ORGANISATION, approval_state, sending_in_words
from pmtui.backend.states import ConnectionState, External, Provider, Topic
from pmtui.screens.base import PmtuiScreen
from pmtui.screens.dialogs.approval import ApprovalDialog
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.provider import ProviderDialog, Wish
from pmtui.screens.dialogs.sign_in import SignInDialog
from pmtui.screens.opening import TRAIL
from pmtui.widgets.availability_summary import AvailabilitySummary, sets_availability
from pmtui.widgets.calendar_access import CalendarAccess
from pmtui.widgets.calendar_rows import CalendarRows, Shown
from pmtui.widgets.provider_words import words_of
from pmtui.widgets.read_only_access import ReadOnlyAccess

if TYPE_CHECKING:
    from pmtui.backend.actor import Actor
    from pmtui.backend.build import Services


class IntegrationsScreen(PmtuiScreen):
    """Three sections: calendar access (administrators), the person's calendar and availability (coaches).

    Whoever may do nothing here reads what the organisation allows, and which permission is missing.
    """

    CSS_PATH = "integrations.tcss"
    TRAIL = TRAIL
    TOPICS = (Topic.INTEGRATIONS, Topic.AVAILABILITY, Topic.PEOPLE)
    COMMAND = "pmtui integrations show"
    HELP = (
        "Administrators choose which calendars coaches may connect, and send it. Coaches connect one calendar,"
        " and set when they are available for coaching sessions."
    )
    BINDINGS = bindings(
        Action("access.wfm", "w", "wfm", "WFM", "Allow the WFM calendar, or not (draft)."),
        Action("access.google", "g", "external('google')", "Google", "Allow Google calendars (draft)."),
        Action("access.outlook", "o", "external('outlook')", "Outlook", "Allow Outlook calendars (draft)."),
        Action("access.none", "n", "external('none')", "none", "Allow no external calendar (draft)."),
        Action("access.send", "S", "send", "send", "Send Access: put the draft in force."),
        Action("access.approval", "a", "approval", "approval", "The Outlook approval by your Microsoft administrator."),
        Action("availability.edit", "e", "edit", "availability", "Set your availability."),
        Action("focus.next", "down,j", "app.focus_next", "next", "Go to the next thing.", footer=False),
        Action("focus.previous", "up,k", "app.focus_previous", "previous", "Go to the thing before.", footer=False),
    )

    page: reactive[IntegrationsPage | None] = reactive(None, init=False)

    access = getters.query_one(CalendarAccess)
    rows = getters.query_one(CalendarRows)
    summary = getters.query_one(AvailabilitySummary)

    def __init__(self) -> None:
        super().__init__()
        self._draft: Access | None = None
        """What the administrator chose last, while it is on its way."""
        self._send_asked = False
        """Send Access was asked for while the draft was still being saved."""
        self._connect_asked = False
        """Connect Now was asked for before the page was read: which calendars are open is known then."""
        self._sections: tuple[type[Widget], ...] = ()
        self._mounted: AwaitMount | None = None

    def compose_body(self) -> ComposeResult:
        """The sections follow from the page."""
        yield Static("Opening ...", id="opening")

    # What is shown

    def look(self) -> None:
        """Read the page."""
        self.app.background.start(self, self._read(), group="page", exclusive=True)

    async def _read(self) -> None:
        actor = self.app.actor
        page = await self.app.background.call(lambda services: services.integrations.page(actor))
        if self._draft is None:
            await self._show(page)

    async def _show(self, page: IntegrationsPage) -> None:
        """Show the page, in the sections that this person has."""
        sections = _sections(page)
        if sections != self._sections:
            self._sections, self.page = sections, None
            body = self.query_one("#body")
            gone = body.remove_children()
            self._mounted = body.mount(*(section() for section in sections))
            await gone
        if self._mounted is not None:
            await self._mounted  # also where an earlier call made them, and was ended by this one
        first, self.page = self.page is None, page
        if first and self._connect_asked:
            self.connect_now()
        elif first:
            self.focus_next("#body *")

    def watch_page(self, page: IntegrationsPage | None) -> None:
        """Draw every section there is."""
        if page is None:
            return
        for read_only in self.query(ReadOnlyAccess):
            read_only.page = page
        for access in self.query(CalendarAccess):
            access.access = self._draft or page.draft
            access.approval = _approval_line(page)
            begin = "In force now. If you send it again:" if page.draft == page.sent else "If you send this:"
            access.consequences = (begin, *sending_in_words(page))
        shown = Shown(page, self.app.clock.now(), self.app.clock24)
        for rows in self.query(CalendarRows):
            rows.shown = shown
        for summary in self.query(AvailabilitySummary):
            summary.shown = shown
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys exist for whoever may use them."""
        page = self.page
        if action in ("wfm", "external", "send"):
            return page is not None and page.administers and page.new_login_experience
        if action == "approval":
            return page is not None and page.approves and page.new_login_experience
        if action == "edit":
            return page is not None and page.coaches and sets_availability(page)
        return True

    # Administrators

    def action_wfm(self) -> None:
        """Allow WFM, or not."""
        self.access.toggle_wfm()

    def action_external(self, external: str) -> None:
        """Choose the external calendar."""
        self.access.choose(External(external))

    @on(CalendarAccess.Drafted)
    def _drafted(self, message: CalendarAccess.Drafted) -> None:
        under_way = self._draft is not None
        self._draft = self.access.access = message.access
        if not under_way:
            self.app.background.start(self, self._save_draft(), group="draft")

    async def _save_draft(self) -> None:
        """Save what was chosen, one save at a time, until the newest choice is in."""
        actor, page, asked = self.app.actor, self.page, False
        try:
            while page is not None and self._draft is not None and page.draft != self._draft:
                save = partial(_set_draft, actor, self._draft, page.version)
                page = await self.app.background.call(save)
            asked = self._send_asked
        finally:
            self._draft, self._send_asked = None, False
            if page is not None:
                await self._show(page)
            self.look()
        if asked:
            self.action_send()

    @on(CalendarAccess.SendAsked)
    def action_send(self) -> None:
        """Send Access; what destroys asks first."""
        page = self.page
        if page is None:
            return
        if self._draft is not None:  # the numbers of that draft are on their way
            self._send_asked = True
            return
        if not page.consequences.destructive:
            self._send(page)
            return
        sentences = (f"This happens at once, {WHOLE_ORGANISATION}:", *sending_in_words(page))
        self.app.push_screen(
            ConfirmDialog(f"{SEND_ACCESS}?", sentences, SEND_ACCESS), lambda yes: self._send(page) if yes else None
        )

    def _send(self, page: IntegrationsPage) -> None:
        self.app.background.start(self, self._sending(page), group="send", exclusive=True, loading=self.access)

    async def _sending(self, page: IntegrationsPage) -> None:
        actor = self.app.actor
        try:
            sent = await self.app.background.call(
                lambda services: services.integrations.send_access(actor, page.version, page.consequences)
            )
            await self._show(sent)
        finally:
            self.look()
        self.app.told("Access was sent.")

    def action_approval(self) -> None:
        """The panel of the Outlook approval."""
        self.app.push_screen(ApprovalDialog())

    # Coaches

    def connect_now(self) -> None:
        """Where the banner leads: the window of a calendar that needs reconnecting, else the first button."""
        page = self.page
        self._connect_asked = page is None
        if page is None:
            return
        if page.connection is not None and page.connection.state is not ConnectionState.READY:
            self._open(page.connection.provider)
        elif (button := self.rows.first_open()) is not None:
            button.focus()

    @on(CalendarRows.Opened)
    def _opened(self, message: CalendarRows.Opened) -> None:
        self._open(message.provider)

    def _open(self, provider: Provider) -> None:
        page = self.page
        if page is None:
            return
        self.app.push_screen(ProviderDialog(words_of(provider), page), lambda wish: self._wished(provider, wish))

    def _wished(self, provider: Provider, wish: Wish | None) -> None:
        if wish is Wish.CONNECT:
            self.app.push_screen(SignInDialog(words_of(provider)), self._signed_in)
        elif wish is Wish.DISCONNECT:
            self.app.background.start(self, self._disconnect(provider), group="disconnect", exclusive=True)

    def _signed_in(self, page: IntegrationsPage | None) -> None:
        if page is None:
            return
        self.page = page
        if page.connection is not None:
            self.app.told(f"{words_of(page.connection.provider).connected}.")
        if sets_availability(page):
            self.summary.query_one("#edit").focus()

    async def _disconnect(self, provider: Provider) -> None:
        actor = self.app.actor
        await self._show(await self.app.background.call(lambda services: services.integrations.disconnect(actor)))
        self.app.told(f"Your {words_of(provider).calendar} is disconnected.")

    @on(AvailabilitySummary.EditAsked)
    def action_edit(self) -> None:
        """Set the availability."""
        self.app.go("availability")


def _sections(page: IntegrationsPage) -> tuple[type[Widget], ...]:
    """What the page has for this person, from top to bottom."""
    if not page.new_login_experience or not (page.administers or page.coaches):
        return (ReadOnlyAccess,)
    access = (CalendarAccess,) if page.administers else ()
    return (*access, CalendarRows, AvailabilitySummary) if page.coaches else access


def _approval_line(page: IntegrationsPage) -> str:
    """How the Outlook approval stands, where it matters."""
    if External.OUTLOOK not in (page.sent.external, page.draft.external):
        return ""
    return f"{approval_state(page.approval, page.timezone)}{'  (a: more)' if page.approves else ''}"


def _set_draft(actor: "Actor", draft: Access, version: int, services: "Services") -> IntegrationsPage:
    return services.integrations.set_draft(actor, draft, version)

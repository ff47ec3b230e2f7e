"""Set your availability, on the Integrations page: the hours that count now, and the way to the editor."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Static

from pmtui.backend.availability.hours import format_day, summary
from pmtui.backend.integrations.records import IntegrationsPage
from pmtui.backend.integrations.words import SECTION_AVAILABILITY
from pmtui.backend.slots.weekly import default_hours
from pmtui.backend.states import Provider
from pmtui.widgets.calendar_rows import Shown
from pmtui.widgets.moments import zone_now
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.section_title import SectionTitle


class AvailabilitySummary(Vertical):
    """The zone and the week in a line each; who has nothing to set reads which hours count instead."""

    class EditAsked(Message):
        """Edit was pressed."""

    shown: reactive[Shown | None] = reactive(None, init=False)

    def compose(self) -> ComposeResult:
        """Title, zone, week and button."""
        yield SectionTitle(SECTION_AVAILABILITY)
        with Horizontal(classes="row"):
            yield Static("Timezone", classes="name")
            yield Static(id="zone", markup=False)
        with Horizontal(classes="row"):
            yield Static(id="week", markup=False)
            yield PlainButton("Edit", id="edit")

    def watch_shown(self, shown: Shown | None) -> None:
        """Draw the section."""
        if shown is None:
            return
        page = shown.page
        zone, text, hours = _facts(page, shown.clock24)
        self.query_one(SectionTitle).remark = hours
        self.query_one("#zone", Static).update(zone_now(zone, shown.now))
        self.query_one("#week", Static).update(text)
        self.query_one("#edit", PlainButton).display = sets_availability(page)

    @on(Button.Pressed, "#edit")
    def _edit(self, message: Button.Pressed) -> None:
        message.stop()
        self.post_message(self.EditAsked())


def sets_availability(page: IntegrationsPage) -> bool:
    """Whether the person's own availability counts: with Google or Outlook connected."""
    return page.connection is not None and page.connection.provider is not Provider.WFM


def _facts(page: IntegrationsPage, clock24: bool) -> tuple[str, str, str]:
    """The zone, the sentence and the remark."""
    if page.connection is None:
        office = format_day(default_hours(page.tenant_timezone).days[0], clock24=clock24)
        return (
            page.tenant_timezone,
            f"No calendar is connected: sessions are scheduled Mon-Fri {office} in your organisation's time zone.",
            "default hours",
        )
    if page.connection.provider is Provider.WFM:
        return page.timezone, "Your WFM schedule counts: there is nothing to set here.", "from your WFM schedule"
    if page.week is None:
        return page.timezone, "! Not set yet: until you save your availability you get no sessions.", "not set"
    return page.week.timezone, summary(page.week, clock24=clock24), f"{page.week.minutes / 60:.4g} h a week"

"""Connect your calendar: a row for each calendar system, with its button and how it is doing."""

from dataclasses import dataclass
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Static

from pmtui.backend.integrations.records import ConnectionRecord, IntegrationsPage
from pmtui.backend.integrations.words import ONE_CALENDAR, SECTION_CONNECT, ended_in_words
from pmtui.backend.states import ConnectionState, Provider
from pmtui.widgets.moments import ago, moment
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.provider_words import PROVIDERS, ProviderWords
from pmtui.widgets.section_title import SectionTitle


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rows show: the page, now (aware) for "2 min ago", and whether the person's clock has 24 hours."""

    page: IntegrationsPage
    now: datetime
    clock24: bool = True


class CalendarRow(Vertical):
    """One calendar system: name, button, remark, and under it the account while it is connected."""

    def __init__(self, words: ProviderWords) -> None:
        super().__init__(id=f"row-{words.provider}")
        self._words = words

    def compose(self) -> ComposeResult:
        """Name, button and remark; the account's line."""
        with Horizontal(classes="row"):
            yield Static(self._words.calendar, classes="name")
            yield PlainButton(self._words.connect, classes="open")
            yield Static(classes="remark", markup=False)
        yield Static(classes="account", markup=False)

    def show(self, shown: Shown) -> None:
        """Draw the row anew."""
        page = shown.page
        connection = page.connection
        mine = connection is not None and connection.provider is self._words.provider
        button = self.query_one(".open", PlainButton)
        button.words = self._words.connected if mine else self._words.connect
        remark = "" if mine else _obstacle(page, self._words.provider)
        button.disabled = bool(remark)
        self.query_one(".remark", Static).update(f"({remark})" if remark else "")
        account = self.query_one(".account", Static)
        account.display = mine
        if mine and connection is not None:
            account.update(condition(connection, page.timezone, shown.now, shown.clock24))


class CalendarRows(Vertical):
    """The section of coaches. `Opened` asks for a calendar's window."""

    @dataclass
    class Opened(Message):
        """The button of this calendar was pressed."""

        provider: Provider

    shown: reactive[Shown | None] = reactive(None, init=False)

    def compose(self) -> ComposeResult:
        """The title and the three rows."""
        yield SectionTitle(SECTION_CONNECT, ONE_CALENDAR)
        for words in PROVIDERS:
            yield CalendarRow(words)
        yield Static(id="ended", markup=False)

    def watch_shown(self, shown: Shown | None) -> None:
        """Draw every row."""
        if shown is None:
            return
        for row in self.query(CalendarRow):
            row.show(shown)
        ended = self.query_one("#ended", Static)
        ended.display = shown.page.ended is not None and shown.page.connection is None
        if shown.page.ended is not None:
            ended.update(ended_in_words(shown.page.ended, shown.page.timezone))

    def first_open(self) -> PlainButton | None:
        """The first button that can be pressed."""
        return next((button for button in self.query(PlainButton) if not button.disabled), None)

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        row = next(node for node in message.button.ancestors if isinstance(node, CalendarRow))
        self.post_message(self.Opened(Provider(str(row.id).removeprefix("row-"))))


def _obstacle(page: IntegrationsPage, provider: Provider) -> str:
    """Why this calendar can't be connected now; empty if it can."""
    if not page.sent.allows(provider):
        return "access not sent"
    if page.connection is not None:
        return f"disconnect {page.connection.provider.label} first"
    if provider is Provider.GOOGLE and not page.google_ready:
        return "the Google app is not configured"
    return ""


def condition(connection: ConnectionRecord, timezone: str, now: datetime, clock24: bool = True) -> str:
    """How a connection is doing: account, and when it was last read or since when it can't be."""
    failing = connection.failing_since_at
    since = f" since {moment(failing, timezone, now, clock24)}" if failing is not None else ""
    if connection.state is ConnectionState.NEEDS_RECONNECTING:
        return f"{connection.account} · ! needs reconnecting{since}"
    if connection.state is ConnectionState.DEGRADED and since:
        return f"{connection.account} · ! can't be read{since}"
    read = f"read {ago(connection.last_read_at, now)}" if connection.last_read_at else "not read yet"
    return f"{connection.account} · {read}"

"""What Auto Coaching would find with a week that is being edited, from the engine itself."""

from dataclasses import dataclass
from datetime import date, timedelta

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Vertical

from pmtui.backend.availability import shown
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord
from pmtui.backend.slots.values import Week, to_minute
from pmtui.host import Host
from pmtui.widgets import editor_words as words
from pmtui.widgets.slot_preview import SlotPreview
from pmtui.widgets.titled_rule import TitledRule

_WAIT = timedelta(seconds=0.15)  # after the last edit, so that a held key is not slowed


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose starts are shown: as read, what fills the calendar, the week as edited, and the first day of the week."""

    record: AvailabilityRecord
    busy: BusyRecord
    week: Week
    first: date


class FoundStarts(Vertical):
    """A rule with the number of starts, and the starts under it."""

    app = getters.app(Host)
    rule = getters.query_one("#found-rule", TitledRule)
    preview = getters.query_one(SlotPreview)

    def __init__(self) -> None:
        super().__init__()
        self._asked: Asked | None = None

    def compose(self) -> ComposeResult:
        """The rule and the starts."""
        yield TitledRule("Auto Coaching would find", id="found-rule")
        yield SlotPreview()

    def show(self, asked: Asked) -> None:
        """Find and draw the starts."""
        self._asked = asked
        now = self.app.clock.now()
        found = shown.starts(asked.record, asked.busy, asked.week, asked.first, to_minute(now))
        minutes = asked.record.settings.session_minutes
        browse = "   Tab to browse" if self.size.width >= 100 else ""
        self.rule.title = (
            f"Auto Coaching would find  {minutes} min, week of {asked.first.day} {asked.first:%b}  < >{browse}"
        )
        self.rule.note = f"{found.total} start{'' if found.total == 1 else 's'}"
        self.preview.clock24 = self.app.clock24
        self.preview.note = words.why_nothing(asked.record, asked.busy, found, asked.week, now)
        self.preview.found = (asked.first, found.days)

    def show_soon(self, asked: Asked) -> None:
        """The same a moment later, once however often it is called meanwhile."""
        self.app.background.start(self, self._soon(asked), group="starts", exclusive=True)

    async def _soon(self, asked: Asked) -> None:
        await self.app.clock.sleep(_WAIT)
        self.show(asked)

    @on(SlotPreview.Browsing)
    def _browsing(self, message: SlotPreview.Browsing) -> None:
        message.stop()
        asked = self._asked
        if asked is None:
            return
        on_day = asked.first + timedelta(days=message.day)
        missed = shown.not_offered(asked.record, asked.busy, asked.week, on_day, to_minute(self.app.clock.now()))
        self.preview.reasons = words.not_offered(missed)

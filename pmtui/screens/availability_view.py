"""The availability editor as it is drawn: the week, what fills it, what Auto Coaching would find, what is unsaved."""

from datetime import date

from textual import events, getters
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from pmtui.actions import key_of, keys_of
from pmtui.backend.availability import shown
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord
from pmtui.backend.slots.values import Week, to_minute
from pmtui.backend.states import Topic
from pmtui.screens.availability_draft import Draft, week_of
from pmtui.screens.base import PmtuiScreen
from pmtui.widgets import editor_words as words
from pmtui.widgets.availability_grid import AvailabilityGrid
from pmtui.widgets.found_starts import Asked, FoundStarts
from pmtui.widgets.header_line import HeaderLine
from pmtui.widgets.hours_entry import HoursEntry
from pmtui.widgets.moments import zone_now
from pmtui.widgets.painting import PaintedLines
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.titled_rule import TitledRule

_WIDE = 120
_TAKING_BACK = ("availability.undo", "availability.redo", "availability.revert")
_AROUND_MINUTES = 2 * 24 * 60  # read this much beyond the week, so that another zone needs no other read


class AvailabilityView(PmtuiScreen):
    """Reads a coach's week and draws `draft`, the week as edited, with the week of the year that is looked at."""

    CSS_PATH = "availability.tcss"
    TOPICS = (Topic.AVAILABILITY, Topic.INTEGRATIONS, Topic.COACHING)

    grid = getters.query_one(AvailabilityGrid)
    entry = getters.query_one(HoursEntry)
    found = getters.query_one(FoundStarts)
    zone_line = getters.query_one("#zone-line", Static)
    week_line = getters.query_one("#week-line", Static)
    edit_rule = getters.query_one("#edit-rule", TitledRule)

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft()
        self._busy = BusyRecord((), None, None, False, ())
        self._weeks_ahead = 0

    def compose_body(self) -> ComposeResult:
        """From top to bottom as a coach works."""
        with Horizontal(id="zone-row"):
            yield Static("Opening ...", id="zone-line", markup=False)
            yield Static(id="week-line", markup=False)
            yield PlainButton("Save updates", id="save")
        yield TitledRule("Set your availability", id="edit-rule")
        yield AvailabilityGrid()
        yield FoundStarts()
        yield TitledRule("Changes since last save", id="changes-rule")
        yield PaintedLines(id="changes")
        yield TitledRule(id="entry-rule")
        yield HoursEntry()

    # Reading

    def look(self) -> None:
        """Read the saved week and what fills the shown one."""
        self.app.background.start(self, self._read(), group="read", exclusive=True)

    async def _read(self) -> None:
        actor, call = self.app.actor, self.app.background.call
        record = await call(lambda services: services.availability.load(actor))
        zone_name = (self.draft.week if self.draft.edited else week_of(record)).timezone
        start, end = shown.window(zone_name, self.first_day(zone_name))
        around = (start - _AROUND_MINUTES, end + _AROUND_MINUTES)
        self._busy = await call(lambda services: services.availability.busy(actor, around))
        self.draft.read(record)
        self.draw()
        await self.was_read(record)

    async def was_read(self, record: AvailabilityRecord) -> None:
        """The saved week was read and is drawn."""

    def preview(self, weeks: int) -> None:
        """Look at a week that many later, not before the present one."""
        self._weeks_ahead = max(0, self._weeks_ahead + weeks)
        self.draw()
        self.look()

    def first_day(self, zone_name: str) -> date:
        """The first day of the week looked at."""
        now = to_minute(self.app.clock.now())
        return shown.first_shown(zone_name, now, self._weeks_ahead, self.app.first_day)

    # Drawing

    def draw(self) -> None:
        """Draw everything from `record`, `week` and the busy times."""
        record = self.draft.record
        if record is None:
            return
        now, first = self.app.clock.now(), self.first_day(self.draft.week.timezone)
        week = shown.week_that_counts(record, self._busy, self.draft.week, first)
        self.grid.locked = not self.draft.editable
        self.set_class(self.grid.locked, "-locked")
        self.grid.clock24, self.grid.first_day = self.app.clock24, self.app.first_day
        self.entry.clock24 = self.app.clock24
        self.grid.week = week
        self.grid.busy = words.busy_times(record, self._busy, week.timezone, first)
        self.entry.week = self.draft.week
        wide = self.size.width >= _WIDE
        zone_now_there = zone_now(week.timezone, now)
        zone_key = key_of(self, "availability.zone")
        change = f"  {zone_key} change" if wide and zone_key else ""
        self.zone_line.update(f"Timezone  {zone_now_there}{change}", layout=False)
        more = f" {first.year}  {self._week_keys()}     {keys_of(self, 'availability.read')}".rstrip() if wide else ""
        self.week_line.update(f"week of {first.day} {first:%b}{more}", layout=False)
        self.query_one("#save", PlainButton).display = self.draft.editable
        self.query_one(HeaderLine).refresh()
        self._draw_state(record)
        self.found.show(self._asked(record))
        self.query_one("#changes-rule", TitledRule).note = keys_of(self, *_TAKING_BACK)
        self.refresh_bindings()

    def _week_keys(self) -> str:
        return " ".join(key_of(self, name) for name in ("availability.earlier", "availability.later"))

    def draw_edit(self) -> None:
        """Draw the week as it now is; the starts a moment later."""
        record, week = self.draft.record, self.draft.week
        if record is None or week.timezone != self.grid.week.timezone:
            self.draw()
            return
        self.grid.week = self.entry.week = week
        self._draw_state(record)
        self.found.show_soon(self._asked(record))

    def _asked(self, record: AvailabilityRecord) -> Asked:
        return Asked(record, self._busy, self.draft.week, self.first_day(self.draft.week.timezone))

    def changes(self, record: AvailabilityRecord, week: Week) -> tuple[str, ...]:
        """What differs in `week` from the saved one, a line a day."""
        return words.changes(week_of(record), week, self.app.clock24, self.app.first_day)

    def _draw_state(self, record: AvailabilityRecord) -> None:
        """What is unsaved, and what is locked."""
        self.edit_rule.title = words.LOCKED.get(record.calendar, "Set your availability")
        lines = self.changes(record, self.draft.week) if self.draft.unsaved else ()
        never = "not set yet" if record.week is None and self.draft.editable else ""
        count = f", {len(lines)} change{'' if len(lines) == 1 else 's'}" if self.size.width >= _WIDE else ""
        self.edit_rule.note = f"* unsaved{count}" if lines else never
        listed = self.query_one("#changes", PaintedLines)
        room = max(1, listed.size.height)
        more = (f"... and {len(lines) - room + 1} more",) if len(lines) > room else ()
        listed.paint(f" {line}" for line in (*lines[: room - len(more)], *more))

    def header_right(self) -> str | None:
        """Who, and how fresh their calendar is."""
        record, me = self.draft.record, self.app.me
        said = words.freshness(record, self._busy, self.app.clock.now()) if record else ""
        return f"{me.name} · {said}" if me and said else None

    def on_resize(self, event: events.Resize) -> None:
        """Two lines a day where there is room."""
        self.grid.roomy = event.size.width >= _WIDE and event.size.height >= 40
        self.call_after_refresh(self.draw)  # wide screens say more

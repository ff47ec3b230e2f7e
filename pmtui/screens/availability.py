"""Performance Management > ... > Integrations > Availability: the editor of a coach's week."""

from datetime import date

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Static

from pmtui.actions import Action, bindings
from pmtui.backend.availability import edits, shown
from pmtui.backend.availability.hours import DAY_NAMES
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord, KeptDraft
from pmtui.backend.errors import SavedElsewhere
from pmtui.backend.slots.values import Week, to_minute
from pmtui.backend.slots.zones import local_day, offset_at
from pmtui.backend.states import Topic
from pmtui.screens.availability_draft import Draft, week_of
from pmtui.screens.base import PmtuiScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.dates import DatesDialog
from pmtui.screens.dialogs.kept_draft import KeptDraftDialog
from pmtui.screens.dialogs.saved_elsewhere import Choice, SavedElsewhereDialog
from pmtui.screens.dialogs.text_week import TextWeekDialog
from pmtui.screens.dialogs.time_zone import Stays, TimeZoneDialog, ZoneChangeDialog, machine_zone
from pmtui.screens.draft_keeper import DraftKeeper
from pmtui.widgets import editor_words as words
from pmtui.widgets.availability_grid import AvailabilityGrid
from pmtui.widgets.found_starts import Asked, FoundStarts
from pmtui.widgets.header_line import HeaderLine
from pmtui.widgets.hours_entry import HoursEntry
from pmtui.widgets.moments import zone_now
from pmtui.widgets.painting import PaintedLines
from pmtui.widgets.plain_button import PlainButton
from pmtui.widgets.slot_preview import SlotPreview
from pmtui.widgets.titled_rule import TitledRule

_EDITS = frozenset({"hours", "days", "dates", "text", "zone", "save", "undo", "redo", "revert", "read_calendar"})
_NOT_WHILE_TYPING = frozenset({"save", "undo", "redo"})
_WIDE = 120
_NOT_SAVED = "Your availability has changes that are not saved."
_AROUND_MINUTES = 2 * 24 * 60  # read this much beyond the week, so that another zone needs no other read


class AvailabilityScreen(PmtuiScreen):
    """The grid, what Auto Coaching would find with it, and a line to type hours in.

    Edits outlive leaving the screen; what is not saved is kept, and offered again at the next start.
    """

    CSS_PATH = "availability.tcss"
    TRAIL = ("Performance Management", "Settings", "Configuration", "Integrations", "Availability")
    TOPICS = (Topic.AVAILABILITY, Topic.INTEGRATIONS, Topic.COACHING)
    COMMAND = "pmtui availability --plain"
    HELP = "Set the hours you can be scheduled for coaching in, then save. What is not saved is marked with a star."
    AUTO_FOCUS = "AvailabilityGrid"
    BINDINGS = bindings(
        Action("availability.hours", "e,enter", "hours", "hours", "Type this day's hours."),
        Action("availability.days", "colon", "days", "many days", "Type days and hours, such as tue-thu 9-12, 13-17."),
        Action(
            "availability.dates", "d", "dates", "dates", "Give dates hours of their own, or days off.", footer=False
        ),
        Action("availability.text", "t", "text", "text form", "Seven text fields instead of the grid.", footer=False),
        Action("availability.undo", "u,ctrl+z", "undo", "undo", "Take back the last edit."),
        Action("availability.redo", "U,ctrl+y", "redo", "redo", "Do again what was taken back.", footer=False),
        Action("availability.revert", "r", "revert", "revert", "Go back to the saved week (asks).", footer=False),
        Action("availability.zone", "z", "zone", "zone", "Choose the time zone."),
        Action("availability.save", "s,ctrl+s", "save", "save", "Save updates."),
        Action("availability.read", "f5", "read_calendar", "read", "Read the calendar now.", footer=False),
        Action("availability.earlier", "less_than_sign", "weeks(-1)", "week", "Preview the week before.", footer=False),
        Action("availability.later", "greater_than_sign", "weeks(1)", "week", "Preview the week after.", footer=False),
    )

    grid = getters.query_one(AvailabilityGrid)
    entry = getters.query_one(HoursEntry)
    found = getters.query_one(FoundStarts)
    zone_line = getters.query_one("#zone-line", Static)
    week_line = getters.query_one("#week-line", Static)
    edit_rule = getters.query_one("#edit-rule", TitledRule)

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft()
        self._keeper = DraftKeeper(self, self.draft)
        self._busy = BusyRecord((), None, None, False, ())
        self._weeks_ahead = 0
        self._saving = False
        self._asked_read = False

    def compose_body(self) -> ComposeResult:
        """From top to bottom as a coach works."""
        with Horizontal(id="zone-row"):
            yield Static("Opening ...", id="zone-line", markup=False)
            yield Static(id="week-line", markup=False)
            yield PlainButton("Save updates", id="save")
        yield TitledRule("Set your availability", id="edit-rule")
        yield AvailabilityGrid()
        yield FoundStarts()
        yield TitledRule("Changes since last save", "u undo   U redo   r revert", id="changes-rule")
        yield PaintedLines(id="changes")
        yield TitledRule(id="entry-rule")
        yield HoursEntry()

    # What is shown

    def look(self) -> None:
        """Read the saved week and what fills the shown one."""
        self.app.background.start(self, self._read(), group="read", exclusive=True)

    async def _read(self) -> None:
        actor, call = self.app.actor, self.app.background.call
        record = await call(lambda services: services.availability.load(actor))
        zone_name = (self.draft.week if self.draft.edited else week_of(record)).timezone
        start, end = shown.window(zone_name, self._first_day(zone_name))
        around = (start - _AROUND_MINUTES, end + _AROUND_MINUTES)
        self._busy = await call(lambda services: services.availability.busy(actor, around))
        self.draft.read(record)
        self._show()
        if not self._asked_read:
            self._asked_read = True
            self._offer_kept(record)
            await call(lambda services: services.sync.request_read(actor))

    def _first_day(self, zone_name: str) -> date:
        return shown.monday(zone_name, to_minute(self.app.clock.now()), self._weeks_ahead)

    def _show(self) -> None:
        """Draw everything from `record`, `week` and the busy times."""
        record = self.draft.record
        if record is None:
            return
        now, first = self.app.clock.now(), self._first_day(self.draft.week.timezone)
        week = shown.week_that_counts(record, self._busy, self.draft.week, first)
        self.grid.locked = not self.draft.editable
        self.grid.week = week
        self.grid.busy = words.busy_times(record, self._busy, week.timezone, first)
        self.entry.week = self.draft.week
        wide = self.size.width >= _WIDE
        zone_now_there = zone_now(week.timezone, now)
        self.zone_line.update(f"Timezone  {zone_now_there}{'  z change' if wide else ''}", layout=False)
        more = f" {first.year}  < >     F5 read" if wide else ""
        self.week_line.update(f"week of {first.day} {first:%b}{more}", layout=False)
        self.query_one("#save", PlainButton).display = self.draft.editable
        self.query_one(HeaderLine).refresh()
        self._show_state(record)
        self.found.show(self._asked(record))
        self.refresh_bindings()

    def _asked(self, record: AvailabilityRecord) -> Asked:
        return Asked(record, self._busy, self.draft.week, self._first_day(self.draft.week.timezone))

    def _show_state(self, record: AvailabilityRecord) -> None:
        """What is unsaved, and what is locked."""
        self.edit_rule.title = words.LOCKED.get(record.calendar, "Set your availability")
        lines = words.changes(week_of(record), self.draft.week) if self.draft.unsaved else ()
        never = "not set yet" if record.week is None and self.draft.editable else ""
        count = f", {len(lines)} change{'' if len(lines) == 1 else 's'}" if self.size.width >= _WIDE else ""
        self.edit_rule.note = f"* unsaved{count}" if lines else never
        listed = self.query_one("#changes", PaintedLines)
        room = max(1, listed.size.height)
        more = (f"... and {len(lines) - room + 1} more",) if len(lines) > room else ()
        listed.paint(f" {line}" for line in (*lines[: room - len(more)], *more))

    def _offer_kept(self, record: AvailabilityRecord) -> None:
        """Offer the edits that were left behind, if there are any."""
        kept = record.kept
        if kept is None or not self.draft.editable or self.draft.edited:
            return
        self._keeper.found((kept.week, kept.version))
        if kept.week == self.draft.week:
            self._keeper.keep_soon()  # they are saved already: nothing has to be kept
            return
        when = words.kept_at(kept, self.draft.week.timezone, self.app.clock.now())
        dialog = KeptDraftDialog(when, words.changes(week_of(record), kept.week))
        self.app.push_screen(dialog, lambda take: self._answered_kept(kept, take))

    def _answered_kept(self, kept: KeptDraft, take: bool | None) -> None:
        if take:
            self.draft.take_up(kept)
            self._show()
        elif take is False:
            self._keeper.keep_soon()

    def header_right(self) -> str | None:
        """Who, and how fresh their calendar is."""
        record, me = self.draft.record, self.app.me
        said = words.freshness(record, self._busy, self.app.clock.now()) if record else ""
        return f"{me.name} · {said}" if me and said else None

    def on_resize(self, event: events.Resize) -> None:
        """Two lines a day where there is room."""
        self.grid.roomy = event.size.width >= _WIDE and event.size.height >= 40
        self.call_after_refresh(self._show)  # wide screens say more

    # Editing

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that change exist only where the hours are the person's to set."""
        if action in _NOT_WHILE_TYPING and self.entry.visible:
            return False
        return self.draft.editable if action in _EDITS else True

    @on(AvailabilityGrid.Edited)
    def _painted(self, message: AvailabilityGrid.Edited) -> None:
        if message.before == self.draft.week:
            self._change(message.week)
        else:  # another session's save arrived between the key and here
            self.grid.week = self.draft.week

    def _change(self, week: Week) -> None:
        if self.draft.change(week):
            self._follow()

    def _follow(self) -> None:
        """Show the week as it now is; the starts a moment later. Have it kept."""
        self._keeper.keep_soon()
        record, week = self.draft.record, self.draft.week
        if record is None or week.timezone != self.grid.week.timezone:
            self._show()
            return
        self.grid.week = self.entry.week = week
        self._show_state(record)
        self.found.show_soon(self._asked(record))

    def action_undo(self) -> None:
        """Take back the last edit."""
        if self.draft.undo():
            self._follow()

    def action_redo(self) -> None:
        """Do again what was taken back."""
        if self.draft.redo():
            self._follow()

    def action_revert(self) -> None:
        """Go back to the saved week, after asking."""
        record = self.draft.record
        if record is None or not self.draft.unsaved:
            self.grid.note = "There is nothing to revert."
            return
        lines = words.changes(week_of(record), self.draft.week)
        dialog = ConfirmDialog("Go back to the saved week?", (*lines, "u brings the changes back."), "Revert")
        self.app.push_screen(dialog, lambda yes: self._follow() if yes and self.draft.revert() else None)

    def action_hours(self) -> None:
        """Type the hours of the cursor's day, or of the selected ones."""
        block = self.grid.block
        if block.days > 1:
            first, last = DAY_NAMES[block.day], DAY_NAMES[block.day + block.days - 1]
            self.entry.open_days(block.day, f"{first}-{last} ".lower())
        else:
            self.entry.open_day(block.day)

    def action_days(self) -> None:
        """Type days and hours."""
        self.entry.open_days(self.grid.cursor[0])

    @on(SlotPreview.Left)
    def _browsed(self, message: SlotPreview.Left) -> None:
        if message.day is not None:
            hours = self.draft.week.days[message.day]
            self.grid.cursor = (message.day, hours[0].start if hours else self.grid.cursor[1])
        self.set_focus(self.grid)

    def action_read_calendar(self) -> None:
        """Read the calendar now."""
        self.app.background.start(self, self._read_calendar(), group="read-calendar")

    async def _read_calendar(self) -> None:
        actor = self.app.actor
        asked = await self.app.background.call(lambda services: services.sync.request_read(actor))
        self.grid.note = "Your calendar is being read." if asked else "Your calendar was read less than a minute ago."

    def action_dates(self) -> None:
        """Give dates hours of their own."""
        now = self.app.clock.now()
        today = date.fromordinal(local_day(self.draft.week.timezone, to_minute(now)))
        self.app.push_screen(DatesDialog(self.draft, today, self._follow))

    def action_text(self) -> None:
        """Seven text fields instead of the grid."""
        self.app.push_screen(TextWeekDialog(self.draft.week), lambda week: self._change(week) if week else None)

    @on(AvailabilityGrid.TypeHours)
    def _type_hours(self, message: AvailabilityGrid.TypeHours) -> None:
        self.grid.cursor = (message.day, self.grid.cursor[1])
        self.action_hours()

    @on(HoursEntry.Applied)
    def _applied(self, message: HoursEntry.Applied) -> None:
        self.grid.selected_from = None
        if message.entry.days:
            self.grid.cursor = (message.entry.days[0], self.grid.cursor[1])
        self._change(message.entry.week)
        self.set_focus(self.grid)

    @on(HoursEntry.Closed)
    def _typed(self) -> None:
        self.set_focus(self.grid)

    def action_zone(self) -> None:
        """Choose the time zone."""
        record = self.draft.record
        if record is None:
            return
        first: dict[str, str] = {}
        for name, why in (
            (self.draft.week.timezone, "now"),
            (record.tenant_timezone, "organisation's"),
            (record.timezone, "yours"),
            (machine_zone() if self.app.terminal.own_machine else None, "this machine's"),
        ):
            if name is not None:
                first.setdefault(name, why)
        self.app.push_screen(TimeZoneDialog(first), self._zone_chosen)

    def _zone_chosen(self, name: str | None) -> None:
        if name is None or name == self.draft.week.timezone:
            return
        at = shown.window(self.draft.week.timezone, self._first_day(self.draft.week.timezone))[0]
        ahead = offset_at(name, at) - offset_at(self.draft.week.timezone, at)
        moved = edits.set_timezone(self.draft.week, name)
        if not ahead or not self.draft.week.minutes:
            self._change(moved)
            return
        answers = {Stays.CLOCK: moved, Stays.MOMENTS: edits.shift(moved, ahead)}
        self.app.push_screen(
            ZoneChangeDialog(name, ahead, len(self.draft.week.overrides)),
            lambda stays: self._change(answers[stays]) if stays else None,
        )

    def action_weeks(self, by: int) -> None:
        """Preview another week, not before the present one."""
        self._weeks_ahead = max(0, self._weeks_ahead + by)
        self._show()
        self.look()

    # Saving and leaving

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Save updates."""
        record = self.draft.record
        if record is None or self._saving:
            return
        if not self.draft.unsaved and record.week is not None:
            self.app.told("Everything is saved already.")
            return
        self._start_saving(record)

    def _start_saving(self, record: AvailabilityRecord) -> None:
        self._saving = True
        self.app.background.start(self, self._save(self.draft.week, record), group="save")

    async def _save(self, week: Week, record: AvailabilityRecord) -> None:
        actor, call = self.app.actor, self.app.background.call
        try:
            saved = await call(lambda services: services.availability.save(actor, week, record.version))
        except SavedElsewhere:
            theirs = await call(lambda services: services.availability.load(actor))
            self._ask(theirs)
            return
        finally:
            self._saving = False
        self.draft.saved(saved)
        self._keeper.keep_soon()
        self._show()
        self.app.told("Your availability is saved.", "" if week.minutes else words.NO_TIME)

    def _ask(self, theirs: AvailabilityRecord) -> None:
        when = words.saved_by(theirs, self.draft.week.timezone, self.app.clock.now())
        dialog = SavedElsewhereDialog(week_of(theirs), self.draft.week, when)
        self.app.push_screen(dialog, lambda choice: self._answered(theirs, choice))

    def _answered(self, theirs: AvailabilityRecord, choice: Choice | None) -> None:
        if choice is Choice.THEIRS:
            self.draft.yield_to(theirs)
            self._show()
        elif choice is Choice.MINE:
            self._start_saving(theirs)

    def may_quit(self) -> str | None:
        """Unsaved edits are kept, but they do not count."""
        return _NOT_SAVED + " They are kept, and offered again next time." if self.draft.unsaved else None

    def action_back(self) -> None:
        """Go back, asking first if something is not saved."""
        if not self.draft.unsaved:
            self.app.back()
            return
        sentences = (_NOT_SAVED, "They stay here, and do not count until you save them.")
        self.app.push_screen(
            ConfirmDialog("Go back without saving?", sentences, "Go back"), lambda yes: self.app.back() if yes else None
        )

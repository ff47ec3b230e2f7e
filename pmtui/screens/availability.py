"""Performance Management > ... > Integrations > Availability: the editor of a coach's week."""

from datetime import date

from textual import on
from textual.widgets import Button

from pmtui.actions import Action, bindings, key_of
from pmtui.backend.availability import edits, shown
from pmtui.backend.availability.hours import DAY_NAMES
from pmtui.backend.availability.records import AvailabilityRecord
from pmtui.backend.slots.values import Week, to_minute
from pmtui.backend.slots.zones import local_day, offset_at
from pmtui.screens.availability_saving import Saving
from pmtui.screens.availability_view import AvailabilityView
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.dates import DatesDialog
from pmtui.screens.dialogs.text_week import TextWeekDialog
from pmtui.screens.dialogs.time_zone import Stays, TimeZoneDialog, ZoneChangeDialog, machine_zone
from pmtui.widgets.availability_grid import AvailabilityGrid
from pmtui.widgets.hours_entry import HoursEntry
from pmtui.widgets.slot_preview import SlotPreview

_EDITS = frozenset({"hours", "days", "dates", "text", "zone", "save", "undo", "redo", "revert", "read_calendar"})
_NOT_WHILE_TYPING = frozenset({"save", "undo", "redo"})
_NOT_SAVED = "Your availability has changes that are not saved."


class AvailabilityScreen(AvailabilityView):
    """The grid, what Auto Coaching would find with it, and a line to type hours in.

    Edits outlive leaving the screen; what is not saved is kept, and offered again at the next start.
    """

    TRAIL = ("Performance Management", "Settings", "Configuration", "Integrations", "Availability")
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
        Action("availability.read", "f5", "read_calendar", "read", "Read the calendar now.", False, "F5"),
        Action("availability.earlier", "less_than_sign", "weeks(-1)", "week", "Preview the week before.", footer=False),
        Action("availability.later", "greater_than_sign", "weeks(1)", "week", "Preview the week after.", footer=False),
    )

    def __init__(self) -> None:
        super().__init__()
        self._saving = Saving(self)
        self._asked_read = False

    async def was_read(self, record: AvailabilityRecord) -> None:
        """Once: offer what was left behind, and have the calendar read."""
        if self._asked_read:
            return
        self._asked_read = True
        self._saving.offer_kept(record)
        await self.app.background.call(lambda services: services.sync.request_read(self.app.actor))

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
        """Show the week as it now is, and have it kept."""
        self._saving.edited()
        self.draw_edit()

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
        lines = self.changes(record, self.draft.week)
        dialog = ConfirmDialog(
            "Go back to the saved week?",
            (*lines, f"{key_of(self, 'availability.undo')} brings the changes back."),
            "Revert",
        )
        self.app.push_screen(dialog, lambda yes: self._follow() if yes and self.draft.revert() else None)

    def action_hours(self) -> None:
        """Type the hours of the cursor's day, or of the selected ones."""
        block = self.grid.block
        if block.days > 1:
            first, last = DAY_NAMES[block.day], DAY_NAMES[(block.day + block.days - 1) % 7]
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
        dialog = TextWeekDialog(self.draft.week, self.app.clock24, self.app.first_day)
        self.app.push_screen(dialog, lambda week: self._change(week) if week else None)

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
        at = shown.window(self.draft.week.timezone, self.first_day(self.draft.week.timezone))[0]
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
        """Preview another week."""
        self.preview(by)

    # Saving and leaving

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Save updates."""
        self._saving.save()

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

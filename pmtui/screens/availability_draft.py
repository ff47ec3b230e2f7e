"""A week being edited: what was saved last, what it is now, and the way back."""

from dataclasses import replace

from pmtui.backend.availability import shown
from pmtui.backend.availability.records import AvailabilityRecord, KeptDraft
from pmtui.backend.slots.values import Week


class Draft:
    """`record` as last read or saved, with the version a save starts from; `week` as edited since.

    `record` is None until something was read. Undo and redo are lists of earlier weeks.
    """

    def __init__(self) -> None:
        self.record: AvailabilityRecord | None = None
        self.week = Week("UTC")
        self._undo: list[Week] = []
        self._redo: list[Week] = []

    @property
    def editable(self) -> bool:
        """Whether the hours are the person's to set: with Google or Outlook connected."""
        return self.record is not None and self.record.calendar in shown.EDITABLE

    @property
    def edited(self) -> bool:
        """Whether the week differs from the saved one."""
        return self.record is not None and self.week != week_of(self.record)

    @property
    def unsaved(self) -> bool:
        """Whether there are edits that can be saved."""
        return self.editable and self.edited

    def read(self, record: AvailabilityRecord) -> None:
        """Take up what was read. Edits stay, with the version they started from: saving then shows both weeks."""
        if self.record is not None and self.edited:
            self.record = replace(self.record, calendar=record.calendar)
        elif self.record is None or record.version >= self.record.version:  # a late answer counts for nothing
            if self.record is not None and record.week != self.record.week:
                self._undo, self._redo = [], []
            self.record, self.week = record, week_of(record)

    def change(self, week: Week) -> bool:
        """Take up an edit, to be undone; whether anything changed."""
        if week == self.week:
            return False
        self._undo.append(self.week)
        self._redo.clear()
        self.week = week
        return True

    def undo(self) -> bool:
        """Take back the last edit, if there is one."""
        if not self._undo:
            return False
        self._redo.append(self.week)
        self.week = self._undo.pop()
        return True

    def redo(self) -> bool:
        """Do again what was taken back last, if anything was."""
        if not self._redo:
            return False
        self._undo.append(self.week)
        self.week = self._redo.pop()
        return True

    def revert(self) -> bool:
        """Go back to the saved week, to be undone; whether anything changed."""
        return self.record is not None and self.change(week_of(self.record))

    def take_up(self, kept: KeptDraft) -> None:
        """Go on with edits that were left behind, from the version they started from: saving may show both weeks."""
        if self.record is not None:
            self.record = replace(self.record, version=kept.version)
            self.change(kept.week)

    def saved(self, record: AvailabilityRecord) -> None:
        """A save went through. Edits made meanwhile stay."""
        self.record = record
        if not self.edited:
            self._undo, self._redo = [], []

    def yield_to(self, theirs: AvailabilityRecord) -> None:
        """Take another session's week; one's own comes back with undo."""
        self.record = theirs
        self.change(week_of(theirs))


def week_of(record: AvailabilityRecord) -> Week:
    """The saved week; an empty one in the person's zone while nothing was ever saved."""
    return record.week or Week(record.timezone)

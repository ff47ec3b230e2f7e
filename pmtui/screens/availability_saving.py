"""Saving the edited week, and the edits that were left behind unsaved."""

from pmtui.backend.availability.records import AvailabilityRecord, KeptDraft
from pmtui.backend.errors import SavedElsewhere
from pmtui.backend.slots.values import Week
from pmtui.screens.availability_draft import week_of
from pmtui.screens.availability_view import AvailabilityView
from pmtui.screens.dialogs.kept_draft import KeptDraftDialog
from pmtui.screens.dialogs.saved_elsewhere import Choice, SavedElsewhereDialog
from pmtui.screens.draft_keeper import DraftKeeper
from pmtui.widgets import editor_words as words


class Saving:
    """Saves the draft of `screen` from the version it started from, and asks when another session saved meanwhile.

    What is not saved is kept, and offered again at the next start.
    """

    def __init__(self, screen: AvailabilityView) -> None:
        self._screen = screen
        self._draft = screen.draft
        self._keeper = DraftKeeper(screen, screen.draft)
        self._under_way = False

    def edited(self) -> None:
        """The draft changed: have it kept."""
        self._keeper.keep_soon()

    def save(self) -> None:
        """Save the draft, if there is anything to save."""
        record = self._draft.record
        if record is None or self._under_way:
            return
        if not self._draft.unsaved and record.week is not None:
            self._screen.app.told("Everything is saved already.")
            return
        self._start(record)

    def _start(self, record: AvailabilityRecord) -> None:
        self._under_way = True
        self._screen.app.background.start(self._screen, self._save(self._draft.week, record), group="save")

    async def _save(self, week: Week, record: AvailabilityRecord) -> None:
        app = self._screen.app
        actor, call = app.actor, app.background.call
        try:
            saved = await call(lambda services: services.availability.save(actor, week, record.version))
        except SavedElsewhere:
            theirs = await call(lambda services: services.availability.load(actor))
            self._ask(theirs)
            return
        finally:
            self._under_way = False
        self._draft.saved(saved)
        self._keeper.keep_soon()
        self._screen.draw()
        app.told("Your availability is saved.", "" if week.minutes else words.NO_TIME)

    def _ask(self, theirs: AvailabilityRecord) -> None:
        when = words.saved_by(theirs, self._draft.week.timezone, self._screen.app.clock.now(), self._screen.app.clock24)
        dialog = SavedElsewhereDialog(week_of(theirs), self._draft.week, when)
        self._screen.app.push_screen(dialog, lambda choice: self._answered(theirs, choice))

    def _answered(self, theirs: AvailabilityRecord, choice: Choice | None) -> None:
        if choice is Choice.THEIRS:
            self._draft.yield_to(theirs)
            self._screen.draw()
        elif choice is Choice.MINE:
            self._start(theirs)

    def offer_kept(self, record: AvailabilityRecord) -> None:
        """Offer the edits that were left behind, if there are any."""
        kept = record.kept
        if kept is None or not self._draft.editable or self._draft.edited:
            return
        self._keeper.found((kept.week, kept.version))
        if kept.week == self._draft.week:
            self._keeper.keep_soon()  # they are saved already: nothing has to be kept
            return
        when = words.kept_at(kept, self._draft.week.timezone, self._screen.app.clock.now(), self._screen.app.clock24)
        dialog = KeptDraftDialog(when, self._screen.changes(record, kept.week))
        self._screen.app.push_screen(dialog, lambda take: self._answered_kept(kept, take))

    def _answered_kept(self, kept: KeptDraft, take: bool | None) -> None:
        if take:
            self._draft.take_up(kept)
            self._screen.draw()
        elif take is False:
            self._keeper.keep_soon()

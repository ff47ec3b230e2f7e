"""The backend as the availability editor meets it, in memory."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from pmtui.backend.actor import Actor
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord, KeptDraft
from pmtui.backend.errors import SavedElsewhere
from pmtui.backend.slots.values import CalendarState, Span, Week, to_minute
from pmtui.backend.states import Topic
from pmtui.background import Opened
from tests.screens.stand_in import COACH, WEEK, ZONE, StandIn

DAY = 1440


@dataclass
class Editing(StandIn):
    """A coach with Outlook and the saved `WEEK`, unless a test says otherwise."""

    saved: AvailabilityRecord = field(
        default_factory=lambda: AvailabilityRecord(WEEK, 1, ZONE, ZONE, CalendarState.OUTLOOK, None, None)
    )
    spans: tuple[Span, ...] = ()
    own: tuple[tuple[int, int], ...] = ()
    unread: bool = False

    def load(self, actor: Actor) -> AvailabilityRecord:
        self._asked("load")
        return self.saved

    def busy(self, actor: Actor, window: tuple[int, int]) -> BusyRecord:
        self._asked("busy")
        now = to_minute(self.clock.now())
        known = None if self.unread else (now - DAY, now + 45 * DAY)
        return BusyRecord(self.spans, known, None if self.unread else self.clock.now(), self.unread, self.own)

    def save(self, actor: Actor, week: Week, version: int) -> AvailabilityRecord:
        self._asked("save")
        if version != self.saved.version:
            raise SavedElsewhere("saved_elsewhere", "Saved somewhere else.", "Look again.")
        self.saved = replace(
            self.saved, week=week, version=version + 1, saved_at=self.clock.now(), saved_by="Dana Reyes", kept=None
        )
        return self.saved

    def save_elsewhere(self, week: Week) -> None:
        """Another session of the person saves."""
        self.saved = replace(
            self.saved, week=week, version=self.saved.version + 1, saved_at=self.clock.now(), saved_by="Dana Reyes"
        )
        self.bump(Topic.AVAILABILITY)

    def keep(self, actor: Actor, week: Week, version: int) -> None:
        self._asked("keep")
        self.saved = replace(self.saved, kept=KeptDraft(week, version, self.clock.now()))

    def forget(self, actor: Actor) -> None:
        self._asked("forget")
        self.saved = replace(self.saved, kept=None)

    @property
    def kept(self) -> tuple[Week, int] | None:
        """The draft that is kept, and the version it started from."""
        return (self.saved.kept.week, self.saved.kept.version) if self.saved.kept else None

    def connect(self, calendar: CalendarState) -> None:
        """The person's calendar becomes this one."""
        self.saved = replace(self.saved, calendar=calendar)

    def request_read(self, actor: Actor) -> bool:
        self._asked("request_read")
        return True

    def open(self) -> Opened:
        """The backend, open."""
        opened = super().open()
        services: Any = opened.services
        services.availability = SimpleNamespace(
            load=self.load, busy=self.busy, save=self.save, keep=self.keep, forget=self.forget
        )
        services.sync = SimpleNamespace(request_read=self.request_read)
        return opened


def coach(**changes: Any) -> Editing:
    """A coach at the editor."""
    return Editing(COACH, **changes)

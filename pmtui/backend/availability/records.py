"""What surfaces show of a person's availability."""

from dataclasses import dataclass, field
from datetime import datetime

from pmtui.backend.settings.records import Settings
from pmtui.backend.slots.values import CalendarState, Span, Week


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A week that was edited and not saved, and the version the edits started from."""

    week: Week
    version: int
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class AvailabilityRecord:
    """A person's week as saved. `week` is None and `version` 0 while nothing was ever saved."""

    week: Week | None
    version: int
    timezone: str
    """The zone a new week starts in: the provider's idea, else the person's, else the tenant's."""
    tenant_timezone: str
    calendar: CalendarState
    saved_at: datetime | None
    saved_by: str | None
    settings: Settings = field(default_factory=Settings)
    """What the organisation has set: the preview follows it."""
    kept: KeptDraft | None = None
    """Edits that an earlier session of the person left behind."""


@dataclass(frozen=True, slots=True)
class BusyRecord:
    """Busy times of the asked window, for the editor's overlay. `known` is None while never read."""

    spans: tuple[Span, ...]
    known: tuple[int, int] | None
    read_at: datetime | None
    unknown: bool
    sessions: tuple[tuple[int, int], ...]

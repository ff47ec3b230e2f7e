"""People and their connections as the database knows them, before anybody judges how they stand."""

from dataclasses import dataclass, field
from datetime import datetime

from pmtui.backend.integrations.records import ApprovalRecord, ConnectionRecord
from pmtui.backend.states import AttemptState, External, Provider


@dataclass(frozen=True, slots=True)
class LastAttempt:
    """A person's newest sign-in."""

    provider: Provider
    state: AttemptState
    code: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """One person, as the database knows them. `own_timezone` is None for the organisation's."""

    person_id: int
    name: str
    email: str
    own_timezone: str | None
    connection_id: int | None
    live: ConnectionRecord | None
    coach: bool


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the organisation allows, and how Microsoft's approval stands. `able`: it has the new login experience."""

    timezone: str
    able: bool
    allowing: bool
    asked: bool
    wfm: bool
    external: External
    approval: ApprovalRecord


@dataclass(slots=True)
class Undelivered:
    """A person's events that are not as they should be."""

    undelivered: int = 0
    codes: list[str] = field(default_factory=list)
    left_behind: int = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of it, by person id; reads by connection id, `None` for the organisation's WFM."""

    attempts: dict[int, LastAttempt]
    teams: dict[int, tuple[str, ...]]
    reads: dict[int | None, tuple[datetime | None, bool]]
    weeks: dict[int, tuple[str, int]]
    upcoming: dict[int, int]
    events: dict[int, Undelivered]
    schedules: dict[int, tuple[datetime, int]]
    """Of those that files brought: when they were imported, and the minute they are known to."""

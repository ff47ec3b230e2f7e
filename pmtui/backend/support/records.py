"""What support sees of people's calendars: states, reasons and figures, never a calendar's contents or a secret."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pmtui.backend.errors import Whose
from pmtui.backend.integrations.records import ApprovalRecord
from pmtui.backend.states import Delivery, EndedWhy, Outcome, Provider, Verb


class Standing(StrEnum):
    """How a person stands with their calendar, the worst first."""

    NEEDS_RECONNECTING = "needs_reconnecting"
    WAITING_FOR_APPROVAL = "waiting_for_approval"  # of the organisation's Microsoft administrator
    SIGN_IN_BLOCKED = "sign_in_blocked"  # by something the coach can't change
    UNREADABLE = "unreadable"
    SCHEDULE_OVER = "schedule_over"  # one that a file brought, and nothing has come after it
    WAITING_FOR_COACH = "waiting_for_coach"
    NOT_LINKED = "not_linked"  # an agent whom the WFM does not know by email
    SCHEDULE_IMPORTED = "schedule_imported"  # no calendar: times come from a file
    CONNECTED = "connected"
    NOT_ASKED = "not_asked"  # access was never sent
    NOT_ALLOWED = "not_allowed"  # the organisation allows no calendar


class Sort(StrEnum):
    """By what a list is in order; equal ones by name."""

    STATE = "state"
    NAME = "name"
    PROVIDER = "provider"
    READ = "read"  # the longest unread first
    HOURS = "hours"  # the fewest first
    SESSIONS = "sessions"  # the most first
    UNDELIVERED = "undelivered"  # the most first


@dataclass(frozen=True, slots=True)
class Filter:
    """Whom to show: of any of these states and providers, in this team, with `search` in name or address.

    Without `agents` only coaches are looked at: in a large organisation that takes a tenth of the time.
    """

    states: frozenset[Standing] = frozenset()
    providers: frozenset[Provider] = frozenset()
    team: str | None = None
    search: str = ""
    sort: Sort = Sort.STATE
    agents: bool = True


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, in sentences; `code` is the provider's or ours, `whose` whose turn it is."""

    code: str
    said: str
    next_step: str
    whose: Whose
    since_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportedRecord:
    """The schedule that a file brought of somebody without a calendar. It is known until `until_at`, which ends the day
    `until_on` of the organisation's calendar.
    """

    imported_at: datetime
    until_at: datetime
    until_on: date


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One person who has or may have a connection.

    `provider` to `next_read_at` are the live connection's, None without one. `weekly_minutes` is of the saved
    availability, None where none was ever saved. `upcoming` counts scheduled sessions; `undelivered` events ahead
    that a calendar refuses or that could not be written for a day, with the reasons; `left_behind` those that
    stand in a calendar which is not connected any more. `schedule` counts where no calendar is connected.
    """

    name: str
    email: str
    coach: bool
    teams: tuple[str, ...]
    state: Standing
    trouble: Trouble | None
    provider: Provider | None
    account: str | None
    connected_at: datetime | None
    last_read_at: datetime | None
    next_read_at: datetime | None
    being_read: bool
    timezone: str
    weekly_minutes: int | None
    upcoming: int
    undelivered: int
    undelivered_reasons: tuple[str, ...]
    left_behind: int
    schedule: ImportedRecord | None = None


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """How often a provider answered with an error."""

    code: str
    reason: str
    calls: int


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """What a provider was asked since `since_at`; `throttled` are those errors that ask for fewer requests."""

    since_at: datetime
    calls: int
    errors: int
    throttled: int
    codes: tuple[CodeRecord, ...]


@dataclass(frozen=True, slots=True)
class FiguresRecord:
    """How it goes with one provider, for this organisation. Last success and error are of the last two days.

    `reads_due` calendars wait to be read, the longest for `read_late_seconds`; `writes_waiting` events wait to be
    written, the oldest since `oldest_write_at`.
    """

    provider: Provider
    hour: WindowRecord
    day: WindowRecord
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error_code: str | None
    reads_due: int
    read_late_seconds: int
    writes_waiting: int
    oldest_write_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """Something that whoever runs pmtui, or an administrator, has to put right; no coach can. `people` it concerns."""

    provider: Provider | None
    code: str
    said: str
    next_step: str
    people: int
    since_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionsPage:
    """The list, and what stands above it. `counts` are of everybody in scope (of the coaches, without agents),
    whatever else is filtered.

    `approval` is the Microsoft administrator's, None where Outlook is not allowed. `timezone` is the clock of whoever
    looks; `now` when they looked.
    """

    now: datetime
    timezone: str
    people: tuple[PersonRecord, ...]
    counts: tuple[tuple[Standing, int], ...]
    alarms: tuple[AlarmRecord, ...]
    approval: ApprovalRecord | None
    figures: tuple[FiguresRecord, ...]


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event that is not as it should be. `wanted`: it should be there; else it should be gone."""

    session: str
    starts_at: datetime
    provider: Provider
    wanted: bool
    delivery: Delivery
    since_at: datetime
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class EndedRecord:
    """The last connection that ended, where none is live. `by` is a name, None for the person or pmtui itself."""

    provider: Provider
    account: str
    ended_at: datetime
    why: EndedWhy
    by: str | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One audit entry. `actor` and `about` are names (`about` a session's code); `said` tells it in words."""

    at: datetime
    actor: str
    actor_email: str | None
    surface: str
    verb: Verb
    outcome: Outcome
    about: str
    about_email: str | None
    said: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """Everything about one person that support may see. `history` is the audit, the newest first."""

    now: datetime
    shown_timezone: str
    person: PersonRecord
    ended: EndedRecord | None
    events: tuple[EventRecord, ...]
    history: tuple[AuditRecord, ...]


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """How a test reading stands. Not `finished`: the worker has not done it yet. `trouble` where it failed."""

    email: str
    name: str
    provider: Provider
    asked_at: datetime
    finished: bool
    ok: bool
    read_at: datetime | None
    trouble: Trouble | None

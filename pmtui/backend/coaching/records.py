"""What surfaces show of coaching sessions and of a search for a time."""

from dataclasses import dataclass
from datetime import date, datetime

from pmtui.backend.slots.values import CalendarState, Impact, PartyName, ReasonCode
from pmtui.backend.states import (
    Attention,
    Comparison,
    Delivery,
    Origin,
    Priority,
    Provider,
    RunOutcome,
    RunState,
    SessionState,
)

READING = "calendars_being_read"
"""The code of the error that says: not yet, the calendars are read first."""


@dataclass(frozen=True, slots=True)
class CoachableRecord:
    """Somebody who can be chosen for a session."""

    email: str
    name: str
    team: str
    calendar: CalendarState


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One session's entry in one calendar. `whose` is coach or agent.

    `undelivered`: the calendar refuses it, or it could not be written for a day; `reason` then says why, in words.
    """

    whose: PartyName
    provider: Provider
    delivery: Delivery
    wanted: bool
    undelivered: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One coaching session. `timezone` is the coach's own; times are shown in it. `team` is the coach's main team.

    `wanted_on` is the day by which an agent asked for it, `reason` why; what is only requested has no time yet, and
    what was rejected while it was (`asked_for`) never had one: their times are the last ones of that day. `overruled`
    is what stood against its time when somebody chose that anyway, in a few words each. `best_at` is the best other
    start there was when it was marked to need attention, if that is still ahead; `search_again` looks anew.
    """

    code: str
    title: str
    coach: str
    coach_email: str
    agent: str
    agent_email: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    state: SessionState
    origin: Origin
    held_until: datetime | None
    attention: Attention | None
    attention_details: str
    events: tuple[EventRecord, ...]
    wanted_on: date | None = None
    reason: str = ""
    team: str = ""
    overruled: tuple[str, ...] = ()
    best_at: datetime | None = None
    asked_for: bool = False

    @property
    def has_time(self) -> bool:
        """Whether its times are, or were, really its own."""
        return self.state is not SessionState.REQUESTED and not self.asked_for


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """What a search for a time found: start instants (aware, UTC), the rule in words, and why others are not offered.

    `days` is how far was looked, `timezone` the coach's own. `unknown` lists the parties whose calendar can't be read,
    with a sentence each. Where nothing is found, `helps` says what one change would give a first start. `best_at` is
    the best of the starts. `impact` is what each does to the staffing of the agent's team, None where nobody said how
    it is staffed; `best_why` says it in words of the best.
    """

    coach: str
    agent: str
    minutes: int
    days: int
    timezone: str
    starts_at: tuple[datetime, ...]
    rule: str
    reasons: tuple[tuple[ReasonCode, int], ...]
    unknown: tuple[tuple[PartyName, str], ...]
    helps: str = ""
    impact: tuple[Impact, ...] | None = None
    best_at: datetime | None = None
    best_why: str = ""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as somebody wants it. None leaves it to the organisation's settings (or, for the target, out).

    `teams` and `groups` are names; none at all means every agent.
    """

    name: str
    metric: str
    comparison: Comparison
    value: float
    priority: Priority = Priority.MEDIUM
    title: str = "Coaching session"
    description: str = ""
    teams: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    target: tuple[float, int] | None = None
    minutes: int | None = None
    look_ahead_days: int | None = None
    cooldown_days: int = 0


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A saved rule, and how many agents of the actor's scope fall under it now."""

    rule: RuleDraft
    version: int
    agents: int


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """An agent who falls under a rule: the value that counts, its day, and the miss relative to the rule's value."""

    agent: str
    agent_email: str
    rule: str
    priority: Priority
    metric: str
    value: float
    measured_on: date
    miss: float


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """What an import took in."""

    rows: int
    people: int


@dataclass(frozen=True, slots=True)
class ScheduleImportRecord:
    """What an import of schedules took in, and the local days it is all there is to know of (the last one included)."""

    rows: int
    people: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class StaffingImportRecord:
    """What an import of staffing figures took in."""

    rows: int
    teams: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How far a run is. `rules` and `team` narrow it; none and an empty one do not.

    `done` of `agents` are dealt with, `proposed` of them got a session. `per_second` is the rate so far, and
    `seconds_left` what that makes of the rest; None before there is a rate, and once the run is over.
    """

    code: str
    state: RunState
    rules: tuple[str, ...]
    team: str
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    ended_at: datetime | None
    agents: int
    done: int
    proposed: int
    per_second: float | None
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class RunAgentRecord:
    """What came of one agent in a run. `outcome` is None while nothing has yet.

    For PROPOSED, `session`, `starts_at` and `state` are of the session as it stands now; else `session` and `starts_at`
    are of the session that keeps the agent out, if one does. `timezone` is the coach's. `reason` is a sentence;
    `removed` counts the starts each reason took from whom, and `helps` says what one change would give a time.
    """

    agent: str
    agent_email: str
    coach: str
    coach_email: str
    rule: str
    priority: Priority
    value: float
    outcome: RunOutcome | None
    session: str
    starts_at: datetime | None
    timezone: str
    state: SessionState | None
    reason: str
    removed: tuple[tuple[PartyName, ReasonCode, int], ...] = ()
    helps: str = ""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run and its agents, in the order in which they get scarce time; `outcomes` counts them, waiting ones apart."""

    run: RunRecord
    outcomes: tuple[tuple[RunOutcome, int], ...]
    agents: tuple[RunAgentRecord, ...]


@dataclass(frozen=True, slots=True)
class RequestImportRecord:
    """What an import of requests took in: `new` were not known before."""

    rows: int
    new: int

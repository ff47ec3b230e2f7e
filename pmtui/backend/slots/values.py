"""The values everybody uses: a person's week, spans of minutes, slots and reasons.

Two kinds of minutes occur and never mix. A *minute* without further words counts from
1970-01-01T00:00Z and lies on the UTC time line; a *clock minute* counts from local midnight
(0..1440, where 1440 is 24:00) and means nothing without a date and a zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

DAY_MINUTES = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_minute(at: datetime) -> int:
    """The minute `at` (aware) lies in; seconds are dropped."""
    return _since_epoch(at) // timedelta(minutes=1)


def to_minute_up(at: datetime) -> int:
    """The first minute not before `at` (aware)."""
    return -(-_since_epoch(at) // timedelta(minutes=1))


def _since_epoch(at: datetime) -> timedelta:
    return datetime.__sub__(at, EPOCH)  # not `-`: what pendulum makes of that can't be divided


def from_minute(minute: int) -> datetime:
    """The instant (aware, UTC) at which `minute` begins."""
    return EPOCH + timedelta(minutes=minute)


class CalendarState(StrEnum):
    """Which calendar counts for a person, the same in both roles."""

    NONE = "none"
    WFM = "wfm"
    GOOGLE = "google"
    OUTLOOK = "outlook"


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """One open range of a local day, in clock minutes.

    `start` is 0..1439. An `end` greater than `start` (at most 1440) lies on the same day; an `end`
    below it runs into the next local day, and the range belongs to the day it starts on.
    Equal ends are refused, and 24:00 is always written 1440, never 0.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < DAY_MINUTES or not 0 < self.end <= DAY_MINUTES or self.start == self.end:
            raise ValueError(f"not a range of a day: {self.start}-{self.end}")

    @property
    def overnight(self) -> bool:
        """Whether the range runs past midnight."""
        return self.end < self.start

    @property
    def length(self) -> int:
        """Clock minutes from start to end, as on a day without a clock change."""
        return (self.end - self.start) % DAY_MINUTES or DAY_MINUTES


def merged(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """The hours of one day sorted, with overlapping and touching ranges joined; merging again changes nothing.

    A join that would reach 24 hours from anywhere but midnight can't be written as one range and is cut
    on a full hour if there is one. The covered time never changes.
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted((h.start, h.start + h.length) for h in hours):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    pieces = [piece for start, end in joined for piece in _writable(start, end)]
    return tuple(Hours(start, end if end <= DAY_MINUTES else end - DAY_MINUTES) for start, end in pieces)


def _writable(start: int, end: int) -> tuple[tuple[int, int], ...]:
    if end - start < DAY_MINUTES or (start, end) == (0, DAY_MINUTES):
        return ((start, end),)
    earliest = max(start + 1, end - DAY_MINUTES + 1)
    full_hour = -(-earliest // 60) * 60
    cut = full_hour if full_hour < DAY_MINUTES else earliest
    return (start, cut), (cut, end)


NO_DAYS: tuple[tuple[Hours, ...], ...] = ((),) * 7


@dataclass(frozen=True, slots=True)
class Week:
    """A person's Availability: weekly hours by the day they start on, date overrides, and the zone they are meant in.

    `days` has seven entries, Monday first, each sorted and merged (`merged`). `overrides` is sorted by
    date; an override replaces the hours that start on its date, wholly, and empty ones are a day off.
    """

    timezone: str
    days: tuple[tuple[Hours, ...], ...] = NO_DAYS
    overrides: tuple[tuple[date, tuple[Hours, ...]], ...] = ()

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError("a week has seven days")

    @property
    def minutes(self) -> int:
        """Open minutes of an ordinary week, without overrides; a minute that two ranges cover counts once."""
        week = 7 * DAY_MINUTES
        covered = 0  # one bit a minute, Monday 00:00 first
        for day, hours in enumerate(self.days):
            for h in hours:
                covered |= ((1 << h.length) - 1) << (day * DAY_MINUTES + h.start)
        return ((covered | covered >> week) & ((1 << week) - 1)).bit_count()


class SpanKind(StrEnum):
    """What a stretch of calendar time means to the engine."""

    BUSY = "busy"  # an event of Google or Outlook that blocks
    OPEN = "open"  # WFM schedule that may be overwritten
    CLOSED = "closed"  # WFM schedule that may not: break, lunch, absence, foreign meeting


class Span(NamedTuple):
    """Minutes `[start, end)` on the UTC time line, already rounded, and what they are.

    `activity` names a CLOSED or OPEN layer of a schedule for explanations (`meeting`, `absence`,
    or the activity's own name); it is empty for BUSY. A tuple, because a run makes millions of them.
    """

    start: int
    end: int
    kind: SpanKind = SpanKind.BUSY
    activity: str = ""


class Impact(StrEnum):
    """What a session does to staffing in the intervals it touches."""

    GOOD = "good"
    NEUTRAL = "neutral"
    POOR = "poor"


class PartyName(StrEnum):
    """The two parties of a search."""

    COACH = "coach"
    AGENT = "agent"


class ReasonCode(StrEnum):
    """Why a start is not offered, in the order in which the first one counts."""

    CALENDAR_UNKNOWN = "calendar_unknown"
    AVAILABILITY_NOT_SET = "availability_not_set"
    OUTSIDE_DEFAULT_HOURS = "outside_default_hours"
    OUTSIDE_AVAILABILITY = "outside_availability"
    OUTSIDE_SCHEDULE = "outside_schedule"
    NOT_OVERWRITABLE = "not_overwritable"
    BUSY = "busy"
    OWN_SESSION = "own_session"
    BUFFER = "buffer"
    NOTICE = "notice"
    HORIZON = "horizon"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of one party; `activity` is named for NOT_OVERWRITABLE."""

    party: PartyName
    code: ReasonCode
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Everything the engine needs of one person.

    `timezone` is the person's own zone, already fallen back to the tenant's. `week` is None while
    nothing was ever saved. `spans` are the foreign entries of the calendar that counts. `sessions`
    are our own, held or scheduled, as `(start, end)` minutes, in the role this party has here; `elsewhere`
    are those in the other role: they take time too, but no limit counts them. `known` is the window of the last
    good read in minutes (None: everywhere); `unknown` says that the calendar can't be read at all.
    """

    calendar: CalendarState
    timezone: str
    week: Week | None = None
    spans: tuple[Span, ...] = ()
    sessions: tuple[tuple[int, int], ...] = ()
    known: tuple[int, int] | None = None
    unknown: bool = False
    elsewhere: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sessions one party may have in a day and in a week of their own zone; 0 is no limit."""

    day: int = 0
    week: int = 0


@dataclass(frozen=True, slots=True)
class Staffing:
    """An interval `[start, end)` in minutes, how many are staffed in it, and how many are needed by the forecast."""

    start: int
    end: int
    staff: int
    forecast: int


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `window` and `now` are minutes; the rest is in minutes unless named otherwise.

    `now` is the minute under way; with `now_passed` it has already begun, so that nothing starts at it
    any more. `ignore` is one of our own sessions to leave out, `(start, end)` minutes. `staffing` are the
    figures of the WFM; None where there are none to go by.
    """

    window: tuple[int, int]
    now: int
    tenant_timezone: str
    minutes: int = 30
    step: int = 15
    buffer_before: int = 0
    buffer_after: int = 0
    notice: int = 0
    horizon_days: int | None = None
    ignore: tuple[int, int] | None = None
    now_passed: bool = False
    coach_limits: Limits = Limits()
    agent_limits: Limits = Limits()
    staffing: tuple[Staffing, ...] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found.

    `free` is where both have time, as `(start, end)` minutes; `slots` are the starts to offer, in minutes; `impact` is
    theirs, in the same order, where there are staffing figures. `removed` counts the other starts on the grid
    by the first reason against each, the coach's before the agent's.
    """

    rule: str
    free: tuple[tuple[int, int], ...]
    slots: tuple[int, ...]
    removed: tuple[tuple[PartyName, ReasonCode, int], ...] = ()
    impact: tuple[Impact, ...] | None = None

    @property
    def reasons(self) -> dict[ReasonCode, int]:
        """How many starts each reason removed, whoever's it is, in the order of the reasons."""
        counts = dict.fromkeys(ReasonCode, 0)
        for _, code, count in self.removed:
            counts[code] += count
        return {code: count for code, count in counts.items() if count}

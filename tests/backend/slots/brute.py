"""The engine's twin: the same rules said minute by minute over zoneinfo, slowly, sharing no code with it.

It reads local times off a table of what the clock shows at every minute, so that folds, gaps and
skipped days come from the clock itself and not from a formula.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from pmtui.backend.slots.values import CalendarState, Hours, Limits, Party, Search, SpanKind

MINUTE = timedelta(minutes=1)
DAYS_AROUND = 4

Coded = tuple[str, str]
"""A party's name and a reason's code."""


@lru_cache(maxsize=64)
class Clock:
    """What a zone's clock shows at each minute of `[start, end)`, and the way back."""

    def __init__(self, zone: str, start: int, end: int) -> None:
        tz = ZoneInfo(zone)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        self.shown: dict[int, datetime] = {}
        self.first: dict[datetime, int] = {}
        for minute in range(start, end):
            local = (epoch + minute * MINUTE).astimezone(tz).replace(tzinfo=None)
            self.shown[minute] = local
            self.first.setdefault(local, minute)
        self.dates = {local.date() for local in self.first}
        # Where the clock leaps over local times: (last one before, first one after).
        self.gaps = [(a, b) for a, b in pairwise(self.shown.values()) if b - a > MINUTE]

    def resolve(self, local: datetime) -> int:
        """The first minute that shows `local`; if none does, the leap's length later."""
        for before, after in self.gaps:
            if before < local < after:
                return self.first[local + (after - before - MINUTE)]
        return self.first[local]


def clock(zone: str, window: tuple[int, int]) -> Clock:
    """A clock table that reaches well beyond the window."""
    return Clock(zone, window[0] - DAYS_AROUND * 1440, window[1] + DAYS_AROUND * 1440)


def opened(zone: str, rows: dict[date, tuple[Hours, ...]], window: tuple[int, int]) -> set[int]:
    """The minutes that rows, by the date they start on, open."""
    table = clock(zone, window)
    found: set[int] = set()
    for day, hours in rows.items():
        if day not in table.dates:
            continue
        for row in hours:
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  a local time, resolved below
            end = row.end if row.end > row.start else row.end + 1440
            found.update(range(table.resolve(midnight + row.start * MINUTE), table.resolve(midnight + end * MINUTE)))
    return found


def weekly_rows(party: Party, window: tuple[int, int]) -> tuple[str, dict[date, tuple[Hours, ...]]]:
    """A party's zone and its rows of every date around the window."""
    week = party.week
    assert week is not None
    overrides = dict(week.overrides)
    table = clock(week.timezone, window)
    days = sorted(table.dates)[1:-2]
    return week.timezone, {day: overrides.get(day, week.days[day.weekday()]) for day in days}


@dataclass
class Side:
    """One party, as sets of minutes."""

    name: str
    against: dict[int, set[str]] = field(default_factory=dict)  # minute -> codes, own sessions apart
    busy: set[int] = field(default_factory=set)
    own: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    zone: str = "UTC"
    limits: Limits = field(default_factory=Limits)
    days: Counter[date] = field(default_factory=Counter)  # sessions that count, by the local date they start on

    def enough(self, start: int) -> bool:
        """Whether the local day or week of `start` has its number of sessions."""
        day = local_date(self.zone, start)
        if self.limits.day and self.days[day] >= self.limits.day:
            return True
        if not self.limits.week:
            return False
        monday = day - timedelta(days=day.weekday())
        return sum(self.days[monday + timedelta(days=n)] for n in range(7)) >= self.limits.week


def local_date(zone: str, minute: int) -> date:
    """The date a zone's clock shows at a minute."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + minute * MINUTE).astimezone(ZoneInfo(zone)).date()


def home(party: Party) -> str:
    """The zone of a person's local clock."""
    return party.week.timezone if party.calendar in ("google", "outlook") and party.week else party.timezone


def covered(intervals: Iterator[tuple[int, int]]) -> set[int]:
    """The minutes of some intervals."""
    return {minute for start, end in intervals for minute in range(start, end)}


def side(name: str, party: Party, other: Party, search: Search, minutes: range) -> Side:
    """One party's sets over `minutes`, which reach beyond the window."""
    found = Side(name, {minute: set() for minute in minutes})
    window = (minutes.start, minutes.stop)
    found.own = covered(own for own in (*party.sessions, *party.elsewhere) if own != search.ignore)
    found.zone = home(party)
    found.limits = search.coach_limits if name == "coach" else search.agent_limits
    found.days.update(local_date(found.zone, own[0]) for own in party.sessions if own != search.ignore)
    kinds = {kind: covered((s.start, s.end) for s in party.spans if s.kind is kind) for kind in SpanKind}
    known = range(*party.known) if party.known is not None else minutes
    found.unread = {m for m in minutes if party.unknown or m not in known}
    for minute in found.unread:
        found.against[minute].add("calendar_unknown")
    match party.calendar:
        case CalendarState.GOOGLE | CalendarState.OUTLOOK:
            found.busy = kinds[SpanKind.BUSY]
            hours = None if party.week is None else opened(*weekly_rows(party, window), window)
            for minute in minutes:
                if hours is None:
                    found.against[minute].add("availability_not_set")
                elif minute not in hours:
                    found.against[minute].add("outside_availability")
                if minute in found.busy:
                    found.against[minute].add("busy")
        case CalendarState.WFM:
            for minute in minutes:
                if minute in kinds[SpanKind.CLOSED]:
                    found.against[minute].add("not_overwritable")
                elif minute not in kinds[SpanKind.OPEN]:
                    found.against[minute].add("outside_schedule")
            found.unread = set()
        case CalendarState.NONE:
            found.unread = set()
            if other.calendar == CalendarState.NONE and name == "coach":
                table = clock(search.tenant_timezone, window)
                for minute in minutes:
                    local = table.shown[minute]
                    if not (local.weekday() < 5 and 9 <= local.hour < 17):
                        found.against[minute].add("outside_default_hours")
    return found


ORDER = (
    "calendar_unknown",
    "availability_not_set",
    "outside_default_hours",
    "outside_availability",
    "outside_schedule",
    "not_overwritable",
    "busy",
    "own_session",
    "buffer",
    "notice",
    "horizon",
    "limit",
)


def refusals(search: Search, found: Side, start: int) -> set[str]:
    """Every code of one party against a session at `start`, offered or not."""
    session = range(start, start + search.minutes)
    buffered = range(start - search.buffer_before, start + search.minutes + search.buffer_after)
    wider = max(search.buffer_before, search.buffer_after)
    codes: set[str] = set().union(*(found.against[minute] for minute in session))
    if not found.unread.isdisjoint(buffered):
        codes.add("calendar_unknown")
    if not found.own.isdisjoint(session):
        codes.add("own_session")
    near_own = not found.own.isdisjoint(range(start - wider, start + search.minutes + wider))
    near_busy = not found.busy.isdisjoint(buffered)
    if wider and (near_own or near_busy):
        codes.add("buffer")
    if found.enough(start):
        codes.add("limit")
    return codes


HOURS = {"availability_not_set", "outside_default_hours", "outside_availability", "outside_schedule"}


def minute_reasons(search: Search, found: Side, minute: int) -> set[str]:
    """What stands against one minute of one party: that a session of one minute there would be refused."""
    codes = refusals(replace(search, minutes=1), found, minute)
    return codes - {"limit"}


class Twin:
    """A search solved by looking at every minute."""

    def __init__(self, search: Search, coach: Party, agent: Party) -> None:
        self.search = search
        around = range(search.window[0] - 200, search.window[1] + 200)
        self.window = range(*search.window)
        self.sides = (
            side("coach", coach, agent, search, around),
            side("agent", agent, coach, search, around),
        )
        self.unknown = [name for name, party in (("coach", coach), ("agent", agent)) if party.unknown]
        self.zone = home(coach)
        self.clock = clock(self.zone, (around.start, around.stop))

    def schedulable(self, minute: int) -> bool:
        """Whether nothing but an own session may stand against `minute`."""
        return not any(found.against[minute] for found in self.sides)

    def free(self) -> list[tuple[int, int]]:
        """Both parties' free intervals in the window."""
        return intervals(
            m for m in self.window if self.schedulable(m) and not any(m in found.own for found in self.sides)
        )

    def grid(self) -> list[int]:
        """All starts on the grid."""
        step = self.search.step
        if step < 60 and 60 % step == 0:
            return [m for m in self.window if self.clock.shown[m].minute % step == 0]
        return self.counted(intervals(m for m in self.window if self.schedulable(m)) or [self.search.window])

    def counted(self, stretches: list[tuple[int, int]]) -> list[int]:
        """The starts counted from the anchors of stretches."""
        step = self.search.step
        starts: list[int] = []
        for first, last in stretches:
            anchors = (m for m in range(first, last) if step % 60 or self.clock.shown[m].minute == 0)
            anchor = next(anchors, last)
            starts += [m for m in range(first, last) if m >= anchor and (m - anchor) % step == 0]
        return starts

    def booking(self, start: int) -> list[Coded]:
        """Every reason against booking `start`."""
        return [
            (found.name, code) for found in self.sides for code in ORDER if code in refusals(self.search, found, start)
        ]

    def against_offer(self, start: int) -> list[Coded]:
        """What stands only against offering `start`."""
        search = self.search
        later = [("coach", "notice")] if start < search.now + search.now_passed + search.notice else []
        if search.horizon_days is not None:
            ahead = local_date(self.zone, start) - local_date(self.zone, search.now)
            if ahead.days > search.horizon_days:
                later.append(("coach", "horizon"))
        return later

    def offering(self, start: int) -> list[Coded]:
        """Every reason against offering `start`, the one that counts first."""
        against = [*self.booking(start), *self.against_offer(start)]
        against.sort(key=lambda reason: (reason[0] != "coach", ORDER.index(reason[1])))
        return [(name, "calendar_unknown") for name in self.unknown] + against

    def verdict(self, start: int) -> list[tuple[str, str, int]]:
        """Per party and minute of a session at `start` the first reason, where there is one."""
        whole = self.against_offer(start)
        whole += [(found.name, "limit") for found in self.sides if found.enough(start)]
        first: list[tuple[str, str, int]] = []
        for found in self.sides:
            for minute in range(start, start + self.search.minutes):
                codes = minute_reasons(self.search, found, minute) | {c for name, c in whole if name == found.name}
                if codes:
                    first.append((found.name, min(codes, key=ORDER.index), minute))
        return first

    def shortest_addition(self) -> tuple[int, int, str] | None:
        """The fewest minutes of hours that one party could add to get a slot, the start, and the party."""
        found: list[tuple[int, int, int, str]] = []
        for start in range(self.window.start, self.window.stop - self.search.minutes + 1):
            against = self.offering(start)
            for index, one in enumerate(self.sides):
                if any(code not in HOURS or name != one.name for name, code in against):
                    continue
                session = range(start, start + self.search.minutes)
                added = {minute for minute in session if one.against[minute] & HOURS}
                if added and self.stands(start, added):
                    found.append((len(added), start, index, one.name))
        return (*min(found)[:2], min(found)[3]) if found else None

    def stands(self, start: int, added: set[int]) -> bool:
        """Whether `start` is on the grid when the `added` minutes are schedulable too."""
        step = self.search.step
        if step < 60 and 60 % step == 0:
            return self.clock.shown[start].minute % step == 0
        first = start
        while first - 1 in self.window and (first - 1 in added or self.schedulable(first - 1)):
            first -= 1
        while step % 60 == 0 and self.clock.shown[first].minute:
            first += 1
        return first <= start and (start - first) % step == 0

    def solve(self) -> tuple[list[tuple[int, int]], list[int], dict[str, int]]:
        """Free intervals, slots, and reasons with their counts."""
        slots: list[int] = []
        counts: dict[str, int] = {}
        for start in self.grid():
            if start + self.search.minutes > self.window.stop:
                continue
            against = self.offering(start)
            if against:
                counts[against[0][1]] = counts.get(against[0][1], 0) + 1
            else:
                slots.append(start)
        return self.free(), slots, {code: counts[code] for code in ORDER if code in counts}


def intervals(minutes: Iterator[int]) -> list[tuple[int, int]]:
    """Ascending minutes as half-open intervals."""
    found: list[tuple[int, int]] = []
    for minute in minutes:
        if found and found[-1][1] == minute:
            found[-1] = (found[-1][0], minute + 1)
        else:
            found.append((minute, minute + 1))
    return found

"""Why there is nothing to offer, why one start is not offered, and the one change that would help."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate

from pmtui.backend.slots import grid, masks
from pmtui.backend.slots.people import HOURS, Person, closed_spans, home_zone, people
from pmtui.backend.slots.search import Two, against_offer, candidates, offered, possible
from pmtui.backend.slots.values import Limits, Party, PartyName, Reason, ReasonCode, Search
from pmtui.backend.slots.zones import local_day


class ChangeKind(StrEnum):
    """What can be changed to get a first slot, in the order in which it is tried."""

    LOOK_FURTHER = "look_further"
    SHORTER_NOTICE = "shorter_notice"
    NO_BUFFERS = "no_buffers"
    RAISE_LIMIT = "raise_limit"
    OPEN_HOURS = "open_hours"


class Period(StrEnum):
    """What a limit counts in."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Change:
    """The single change that would give a slot at `slot` (minutes).

    `value` is the new figure: days to look ahead, minutes of notice, or the limit; elsewhere it is 0.
    `party` is set for RAISE_LIMIT (with its `period`) and for OPEN_HOURS, with the `hours` to add in minutes.
    """

    kind: ChangeKind
    slot: int
    value: int = 0
    party: PartyName | None = None
    period: Period | None = None
    hours: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes `[start, end)` of a session with the first reason of one party against them."""

    reason: Reason
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands against offering one start: `stretches` per party, the coach's first.

    `inside` is false for a session that does not fit into the searched window: nothing is known then, and nothing else
    said. `on_grid` tells whether the start is one that is considered at all.
    """

    start: int
    inside: bool
    on_grid: bool
    stretches: tuple[Stretch, ...] = ()

    @property
    def offered(self) -> bool:
        """Whether the start is offered."""
        return self.inside and self.on_grid and not self.stretches


def verdict(search: Search, coach: Party, agent: Party, start: int) -> Verdict:
    """Why `start` is offered or not: per party and minute of the session the first reason against it.

    What stands against the start as such (notice, horizon, a limit) stands against every minute that has no
    earlier reason.
    """
    low, high = search.window
    at = start - low
    if at < 0 or start + search.minutes > high:
        return Verdict(start, inside=False, on_grid=False)
    two, zone = people(search, coach, agent), home_zone(coach)
    stretches: list[Stretch] = []
    for person, party in zip(two, (coach, agent), strict=True):
        left = masks.full(search.minutes)
        for code, mask in _session_minutes(search, person, zone, at):
            stood = left & mask
            left ^= stood
            for first, last in masks.runs(stood, start):
                stretches += _named(Stretch(Reason(person.name, code), first, last), party)
    order = {name: index for index, name in enumerate(PartyName)}
    stretches.sort(key=lambda stretch: (order[stretch.reason.party], stretch.start, stretch.reason.activity))
    return Verdict(start, True, bool(candidates(search, two, zone) >> at & 1), tuple(stretches))


def change(search: Search, coach: Party, agent: Party) -> Change | None:
    """The single change that would give a slot where the search finds none; None if no single one does.

    Tried in this order, the first that helps: look further ahead (the fewest days), shorter notice (the longest that
    helps), no buffers, one session more for a party (coach before agent, a day before a week), longer hours of one
    party (the shortest addition, then the earliest, then the coach). Hours are added where the session would lie.
    """
    return next(_changes(search, coach, agent), None)


def _changes(search: Search, coach: Party, agent: Party) -> Iterator[Change]:
    two, zone = people(search, coach, agent), home_zone(coach)
    if search.horizon_days is not None:
        for slot in _slots(replace(search, horizon_days=None), two, zone)[:1]:
            days = local_day(zone, slot) - local_day(zone, search.now)
            yield Change(ChangeKind.LOOK_FURTHER, slot, days)
    if search.notice:
        for slot in _slots(replace(search, notice=0), two, zone)[-1:]:
            yield Change(ChangeKind.SHORTER_NOTICE, slot, slot - search.now - search.now_passed)
    if search.buffer_before or search.buffer_after:
        for slot in _found(replace(search, buffer_before=0, buffer_after=0), coach, agent)[:1]:
            yield Change(ChangeKind.NO_BUFFERS, slot)
    yield from _raised_limits(search, coach, agent)
    yield from _more_hours(search, two, zone)


def _raised_limits(search: Search, coach: Party, agent: Party) -> Iterator[Change]:
    for name, limits in ((PartyName.COACH, search.coach_limits), (PartyName.AGENT, search.agent_limits)):
        for period, value in ((Period.DAY, limits.day), (Period.WEEK, limits.week)):
            if not value:
                continue
            more = replace(limits, day=value + 1) if period is Period.DAY else replace(limits, week=value + 1)
            for slot in _found(_with_limits(search, name, more), coach, agent)[:1]:
                yield Change(ChangeKind.RAISE_LIMIT, slot, value + 1, name, period)


def _with_limits(search: Search, name: PartyName, limits: Limits) -> Search:
    if name is PartyName.COACH:
        return replace(search, coach_limits=limits)
    return replace(search, agent_limits=limits)


def _found(search: Search, coach: Party, agent: Party) -> list[int]:
    return _slots(search, people(search, coach, agent), home_zone(coach))


def _slots(search: Search, two: Two, zone: str) -> list[int]:
    return masks.positions(offered(search, two, zone), search.window[0])


def _more_hours(search: Search, two: Two, zone: str) -> Iterator[Change]:
    best: tuple[int, int, Change] | None = None
    for person in two:
        found = _shortest_addition(search, two, person, zone)
        if found is not None and (best is None or found[:2] < best[:2]):
            best = found
    if best is not None:
        yield best[2]


def _shortest_addition(search: Search, two: Two, person: Person, zone: str) -> tuple[int, int, Change] | None:
    """The fewest minutes to open, the start, and the change; None if longer hours of this person don't help."""
    low, high = search.window
    shut, others = 0, 0
    for code, mask in person.minutes:
        if code in HOURS:
            shut |= mask
        else:
            others |= mask
    if not shut:
        return None
    opened = tuple(replace(one, blocked=others) if one is person else one for one in two)
    fits = masks.full(high - low - search.minutes + 1)
    schedulable = masks.full(high - low) & ~(two[0].closed | two[1].closed)
    on_grid = grid.starts_with_more_hours(zone, search.step, search.window, schedulable)
    starts = masks.positions(on_grid & fits & possible(search, (opened[0], opened[1]), zone))
    if not starts:
        return None
    shut_before = _counter(shut)
    minutes, at = min((shut_before(at + search.minutes) - shut_before(at), at) for at in starts)
    hours = masks.runs(shut >> at & masks.full(search.minutes), low + at)
    return minutes, at, Change(ChangeKind.OPEN_HOURS, low + at, party=person.name, hours=tuple(hours))


def _counter(mask: int) -> Callable[[int], int]:
    """Counts the minutes of a mask that lie before a given one."""
    runs = masks.runs(mask)
    starts = [first for first, _ in runs]
    sums = [0, *accumulate(last - first for first, last in runs)]

    def count(at: int) -> int:
        index = bisect_left(starts, at)
        return sums[index] - (max(runs[index - 1][1] - at, 0) if index else 0)

    return count


def _session_minutes(search: Search, person: Person, zone: str, at: int) -> Iterator[tuple[ReasonCode, int]]:
    """What stands against the minutes of the session at bit `at`, as masks whose bit 0 is its start."""
    everything = masks.full(search.minutes)
    if person.unknown:
        yield ReasonCode.CALENDAR_UNKNOWN, everything
    for code, mask in person.minutes:
        yield code, mask >> at & everything
    if person.name is PartyName.COACH:
        for code, mask in against_offer(search, zone):
            yield code, everything if mask >> at & 1 else 0
    yield ReasonCode.LIMIT, everything if person.full >> at & 1 else 0


def _named(stretch: Stretch, party: Party) -> list[Stretch]:
    """With the names of the layers, where a schedule stands against a session."""
    if stretch.reason.code is not ReasonCode.NOT_OVERWRITABLE:
        return [stretch]
    return [
        Stretch(
            replace(stretch.reason, activity=span.activity), max(span.start, stretch.start), min(span.end, stretch.end)
        )
        for span in closed_spans(party, stretch.start, stretch.end)
    ]

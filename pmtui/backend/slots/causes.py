"""What each reason against one session is about: which minutes, which entries of a calendar, how many sessions."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from pmtui.backend.slots import masks
from pmtui.backend.slots.limits import reached
from pmtui.backend.slots.people import WITH_AVAILABILITY, closed_spans, home_zone, people
from pmtui.backend.slots.values import Party, PartyName, Reason, ReasonCode, Search, SpanKind


class CauseKind(StrEnum):
    """What `Cause.first` and `Cause.last` are."""

    MINUTES = "minutes"  # [first, last) of the session itself
    ENTRY = "entry"  # an entry of a calendar, whole: [first, last) in minutes
    SESSION = "session"  # another session of ours, the same
    DAY = "day"  # a limit a day, and how many sessions there are
    WEEK = "week"  # the same a week
    CALENDAR = "calendar"  # both: the number of a calendar that can't be read
    READ = "read"  # both: its last good read


class Cause(NamedTuple):
    """One thing a reason is about, as two figures that mean what `kind` says."""

    kind: CauseKind
    first: int
    last: int

    def within(self, other: "Cause") -> bool:
        """Whether it is the other one or less: minutes within its minutes, no lower limit, no more sessions."""
        return self.kind is other.kind and other.first <= self.first and self.last <= other.last


def covered(found: Iterable[Cause], known: Iterable[Cause]) -> bool:
    """Whether all that is `found` was `known`: as it is, or as more than it is.

    Each entry and session takes one of those known for itself, so that a second one at the same time is another.
    """
    left = sorted(known, key=lambda one: one.last)
    for cause in sorted(found, key=lambda one: one.first):
        # What begins early enough for this one does for all after it, so that only the end is to be spared.
        holder = next((one for one in left if cause.within(one)), None)
        if holder is None:
            return False
        if cause.kind is not CauseKind.MINUTES:
            left.remove(holder)
    return True


def causes(search: Search, coach: Party, agent: Party, start: int, reason: Reason) -> tuple[Cause, ...]:
    """What a reason that stands against a session at `start` is about; see `search.blocked`."""
    party = coach if reason.party is PartyName.COACH else agent
    end = start + search.minutes
    match reason.code:
        case ReasonCode.BUSY:
            found = _entries(party, start, end)
        case ReasonCode.NOT_OVERWRITABLE:
            layers = (one for one in closed_spans(party, start, end) if one.activity == reason.activity)
            found = [Cause(CauseKind.ENTRY, one.start, one.end) for one in layers]
        case ReasonCode.OWN_SESSION:
            found = _sessions(search, party, start, end)
        case ReasonCode.BUFFER:
            before, after = search.buffer_before, search.buffer_after
            found = _entries(party, start - before, end + after)
            found += _sessions(search, party, start - max(before, after), end + max(before, after))
        case ReasonCode.LIMIT:
            found = list(_limits(search, party, reason.party, start))
        case _:
            found = _minutes(search, coach, agent, start, reason)
    return tuple(found)


def _entries(party: Party, start: int, end: int) -> list[Cause]:
    """The busy time that meets `[start, end)`."""
    spans = party.spans if party.calendar in WITH_AVAILABILITY else ()
    busy = sorted(one for one in spans if one.kind is SpanKind.BUSY and one.start < end and start < one.end)
    return [Cause(CauseKind.ENTRY, one.start, one.end) for one in busy]


def _sessions(search: Search, party: Party, start: int, end: int) -> list[Cause]:
    own = sorted(one for one in (*party.sessions, *party.elsewhere) if one != search.ignore)
    return [Cause(CauseKind.SESSION, first, last) for first, last in own if first < end and start < last]


def _limits(search: Search, party: Party, name: PartyName, start: int) -> Iterator[Cause]:
    limits = search.coach_limits if name is PartyName.COACH else search.agent_limits
    counted = (first for first, last in party.sessions if (first, last) != search.ignore)
    day, week = reached(home_zone(party), limits, counted, start)
    if day is not None:
        yield Cause(CauseKind.DAY, limits.day, day)
    if week is not None:
        yield Cause(CauseKind.WEEK, limits.week, week)


def _minutes(search: Search, coach: Party, agent: Party, start: int, reason: Reason) -> list[Cause]:
    here = replace(search, window=(start, start + search.minutes))
    against = 0
    for person in people(here, coach, agent):
        if person.name is reason.party:
            for code, mask in person.minutes:
                against |= mask if code is reason.code else 0
            if person.unknown and reason.code is ReasonCode.CALENDAR_UNKNOWN:
                against = masks.full(search.minutes)
    return [Cause(CauseKind.MINUTES, first, last) for first, last in masks.runs(against, start)]

"""What stands against each minute of one party, as masks over the searched window."""

from collections.abc import Iterator
from dataclasses import dataclass

from pmtui.backend.slots import masks
from pmtui.backend.slots.values import CalendarState, Party, PartyName, ReasonCode, Search, Span, SpanKind
from pmtui.backend.slots.weekly import default_hours, open_minutes

WITH_AVAILABILITY = frozenset({CalendarState.GOOGLE, CalendarState.OUTLOOK})

Minutes = tuple[ReasonCode, int]


@dataclass(frozen=True, slots=True)
class Person:
    """One party's masks.

    `minutes` are per reason the minutes of the window that can't carry a session, the window's start as bit 0, in
    the order in which reasons count. `unread`, `busy` and `own` reach `margin` minutes beyond the window on both
    sides (bit 0 is the window's start - margin): minutes that no calendar read covers, busy time, own sessions.
    `has_busy` tells calendars with busy time from the rest; `unknown` that the calendar can't be read at all.
    """

    name: PartyName
    unknown: bool
    has_busy: bool
    minutes: tuple[Minutes, ...]
    unread: int
    busy: int
    own: int
    margin: int

    @property
    def unschedulable(self) -> int:
        """The minutes of the window that are not this person's schedulable time, own sessions not counted."""
        found = self.unread >> self.margin
        for _, mask in self.minutes:
            found |= mask
        return found


def home_zone(party: Party) -> str:
    """The zone a person's local clock shows: that of the Availability where it counts, else the person's own."""
    if party.calendar in WITH_AVAILABILITY and party.week is not None:
        return party.week.timezone
    return party.timezone


def margin(search: Search) -> int:
    """How far beyond a session, in minutes, other facts can still refuse it."""
    return max(search.buffer_before, search.buffer_after)


def people(search: Search, coach: Party, agent: Party) -> tuple[Person, Person]:
    """Both parties over the search's window. Hours that neither calendar gives are counted as the coach's."""
    neither = coach.calendar == agent.calendar == CalendarState.NONE
    return _person(search, PartyName.COACH, coach, neither), _person(search, PartyName.AGENT, agent, False)


def _person(search: Search, name: PartyName, party: Party, office_hours: bool) -> Person:
    start, end = search.window
    around = margin(search)
    low, high = start - around, end + around
    has_busy = party.calendar in WITH_AVAILABILITY
    busy = masks.of_intervals(_of_kind(party, SpanKind.BUSY), low, high) if has_busy else 0
    found = list(_calendar_minutes(party, start, end))
    if office_hours:
        hours = open_minutes(default_hours(search.tenant_timezone), start, end)
        found.append((ReasonCode.OUTSIDE_DEFAULT_HOURS, masks.full(end - start) & ~hours))
    if busy:
        found.append((ReasonCode.BUSY, busy >> around & masks.full(end - start)))
    return Person(
        name=name,
        unknown=party.unknown,
        has_busy=has_busy,
        minutes=tuple(found),
        unread=_unread(party, low, high),
        busy=busy,
        own=masks.of_intervals((own for own in party.sessions if own != search.ignore), low, high),
        margin=around,
    )


def _unread(party: Party, low: int, high: int) -> int:
    if party.unknown:
        return masks.full(high - low)
    if party.known is None:
        return 0
    return masks.full(high - low) & ~masks.of_intervals((party.known,), low, high)


def _calendar_minutes(party: Party, start: int, end: int) -> Iterator[Minutes]:
    """What the party's hours or schedule rule out, busy time apart."""
    everything = masks.full(end - start)
    if party.calendar in WITH_AVAILABILITY:
        if party.week is None:
            yield ReasonCode.AVAILABILITY_NOT_SET, everything
        else:
            yield ReasonCode.OUTSIDE_AVAILABILITY, everything & ~open_minutes(party.week, start, end)
    elif party.calendar == CalendarState.WFM:
        closed = masks.of_intervals(_of_kind(party, SpanKind.CLOSED), start, end)
        planned = masks.of_intervals(_of_kind(party, SpanKind.OPEN), start, end)
        yield ReasonCode.OUTSIDE_SCHEDULE, everything & ~(planned | closed)
        yield ReasonCode.NOT_OVERWRITABLE, closed


def _of_kind(party: Party, kind: SpanKind) -> Iterator[tuple[int, int]]:
    return ((span.start, span.end) for span in party.spans if span.kind is kind)


def closed_spans(party: Party, start: int, end: int) -> list[Span]:
    """The layers of a schedule that may not be overwritten and meet `[start, end)`, in order."""
    if party.calendar != CalendarState.WFM:
        return []
    return sorted(s for s in party.spans if s.kind is SpanKind.CLOSED and s.start < end and start < s.end)

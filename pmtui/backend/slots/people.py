"""What stands against each minute of one party, as masks over the searched window."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pmtui.backend.slots import masks
from pmtui.backend.slots.limits import full_days
from pmtui.backend.slots.values import CalendarState, Party, PartyName, ReasonCode, Search, Span, SpanKind
from pmtui.backend.slots.weekly import default_hours, open_minutes

WITH_AVAILABILITY = frozenset({CalendarState.GOOGLE, CalendarState.OUTLOOK})
HOURS = frozenset(
    {
        ReasonCode.AVAILABILITY_NOT_SET,
        ReasonCode.OUTSIDE_DEFAULT_HOURS,
        ReasonCode.OUTSIDE_AVAILABILITY,
        ReasonCode.OUTSIDE_SCHEDULE,
    }
)
"""The reasons that longer hours would take away."""

Minutes = tuple[ReasonCode, int]


@dataclass(frozen=True, slots=True)
class Person:
    """One party's masks over the window, whose start is bit 0. Good for every search with the same figures and role.

    `minutes` are, per reason and in the order in which reasons count, the minutes no session may cover: those that a
    buffer keeps clear among them. `blocked` is all of them together. `closed` are the minutes that are not this
    person's schedulable time, own sessions not counted, and `own` those. `full` are the starts on days and in weeks
    that have their number of sessions. `unknown` says that the calendar can't be read at all.
    """

    name: PartyName
    calendar: CalendarState
    unknown: bool
    minutes: tuple[Minutes, ...]
    blocked: int
    closed: int
    own: int
    full: int


def home_zone(party: Party) -> str:
    """The zone a person's local clock shows: that of the Availability where it counts, else the person's own."""
    if party.calendar in WITH_AVAILABILITY and party.week is not None:
        return party.week.timezone
    return party.timezone


def people(search: Search, coach: Party, agent: Party) -> tuple[Person, Person]:
    """Both parties over the search's window."""
    return paired(search, person(search, PartyName.COACH, coach), person(search, PartyName.AGENT, agent))


def paired(search: Search, coach: Person, agent: Person) -> tuple[Person, Person]:
    """A coach and an agent together: where neither has a calendar, the default hours count, as the coach's."""
    if not coach.calendar == agent.calendar == CalendarState.NONE:
        return coach, agent
    start, end = search.window
    outside = masks.full(end - start) & ~open_minutes(default_hours(search.tenant_timezone), start, end)
    minutes = sorted([*coach.minutes, (ReasonCode.OUTSIDE_DEFAULT_HOURS, outside)], key=lambda row: _ORDER[row[0]])
    with_hours = replace(coach, minutes=tuple(minutes), blocked=coach.blocked | outside, closed=coach.closed | outside)
    return with_hours, agent


_ORDER = {code: index for index, code in enumerate(ReasonCode)}


def person(search: Search, name: PartyName, party: Party) -> Person:
    """One party in a role over the search's window."""
    start, end = search.window
    everything = masks.full(end - start)
    found = list(_hours(party, start, end))
    closed = 0
    for _, mask in found:
        closed |= mask
    # Facts beyond the window still keep a session away, as far as buffers reach.
    before, after = search.buffer_before, search.buffer_after
    margin = max(before, after)
    low, high = start - margin, end + margin
    blocked = closed
    if party.unknown or party.known is not None:
        unread = masks.full(high - low) if party.unknown else _outside(party.known, low, high)
        closed |= unread >> margin & everything
        # Where busy time is possible, nobody knows whether some lies where the buffers would be.
        near = _near(unread, margin, before, after) if party.calendar in WITH_AVAILABILITY else unread >> margin
        found.insert(0, (ReasonCode.CALENDAR_UNKNOWN, near & everything))
    kept_clear = 0
    if party.calendar in WITH_AVAILABILITY:
        busy = masks.of_intervals(_of_kind(party.spans, SpanKind.BUSY), low, high)
        inside = busy >> margin & everything
        found.append((ReasonCode.BUSY, inside))
        closed |= inside
        kept_clear = _near(busy, margin, before, after) if margin else 0
    own = masks.of_intervals((s for s in (*party.sessions, *party.elsewhere) if s != search.ignore), low, high)
    if own:
        found.append((ReasonCode.OWN_SESSION, own >> margin & everything))
        kept_clear |= _near(own, margin, margin, margin) if margin else 0
    if kept_clear:
        found.append((ReasonCode.BUFFER, kept_clear & everything))
    for _, mask in found:
        blocked |= mask
    limits = search.coach_limits if name is PartyName.COACH else search.agent_limits
    counted = (first for first, last in party.sessions if (first, last) != search.ignore)
    full = full_days(home_zone(party), limits, counted, search.window)
    inner_own = own >> margin & everything
    return Person(name, party.calendar, party.unknown, tuple(found), blocked, closed, inner_own, full)


def _near(mask: int, margin: int, before: int, after: int) -> int:
    """The minutes of the window that lie at most `after` minutes ahead of the mask, in it, or `before` behind it."""
    return masks.spread(mask, before + 1 + after) >> (margin - before)


def _outside(known: tuple[int, int] | None, low: int, high: int) -> int:
    return masks.full(high - low) & ~masks.of_intervals(() if known is None else (known,), low, high)


def _hours(party: Party, start: int, end: int) -> Iterator[Minutes]:
    """What the party's hours or schedule rule out, busy time apart."""
    everything = masks.full(end - start)
    if party.calendar in WITH_AVAILABILITY:
        if party.week is None:
            yield ReasonCode.AVAILABILITY_NOT_SET, everything
        else:
            yield ReasonCode.OUTSIDE_AVAILABILITY, everything & ~open_minutes(party.week, start, end)
    elif party.calendar == CalendarState.WFM:
        closed = masks.of_intervals(_of_kind(party.spans, SpanKind.CLOSED), start, end)
        planned = masks.of_intervals(_of_kind(party.spans, SpanKind.OPEN), start, end)
        yield ReasonCode.OUTSIDE_SCHEDULE, everything & ~(planned | closed)
        yield ReasonCode.NOT_OVERWRITABLE, closed


def _of_kind(spans: Iterable[Span], kind: SpanKind) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans if span.kind is kind]


def closed_spans(party: Party, start: int, end: int) -> list[Span]:
    """The layers of a schedule that may not be overwritten and meet `[start, end)`, in order."""
    if party.calendar != CalendarState.WFM:
        return []
    return sorted(s for s in party.spans if s.kind is SpanKind.CLOSED and s.start < end and start < s.end)

"""Finding slots, and refusing a booking: one check for both.

`solve` looks at every start of a window, `blocked` at one; both read the same objections. The grid,
notice and horizon choose only what is offered and never refuse a booking.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pmtui.backend.slots import grid, masks, ranking
from pmtui.backend.slots.people import Person, closed_spans, home_zone, people
from pmtui.backend.slots.values import (
    Answer,
    CalendarState,
    Party,
    PartyName,
    Reason,
    ReasonCode,
    Search,
)

_RULES = {
    CalendarState.NONE: "no calendar",
    CalendarState.WFM: "wfm schedule",
    CalendarState.GOOGLE: "google calendar and availability",
    CalendarState.OUTLOOK: "outlook calendar and availability",
}

Two = tuple[Person, Person]
"""Coach and agent, as `people` pairs them."""
Objection = tuple[PartyName, ReasonCode, int]
"""A party, its reason, and the mask of the starts it stands against (the window's start is bit 0)."""


def solve(search: Search, coach: Party, agent: Party) -> Answer:
    """Every start to offer in the search's window, and per reason how many starts on the grid it removed.

    Each removed start counts once, by the coach's first reason, else the agent's; a calendar that can't
    be read at all comes before everything. The search's figures are taken as valid.
    """
    two = people(search, coach, agent)
    start, end = search.window
    zone = home_zone(coach)
    everywhere = candidates(search, two, zone)
    offered = everywhere & possible(search, two, zone)
    schedulable = masks.full(end - start) & ~(two[0].closed | two[1].closed)
    slots = tuple(masks.positions(offered, start))
    return Answer(
        rule=rule(search, coach, agent),
        free=tuple(masks.runs(schedulable & ~(two[0].own | two[1].own), start)),
        slots=slots,
        removed=_removed(search, two, zone, everywhere ^ offered),
        impact=None if search.staffing is None else ranking.impacts(search.staffing, slots, search.minutes),
    )


def preview(search: Search, coach: Party) -> Answer:
    """The starts of a coach alone: what could be offered to somebody whose calendar adds nothing."""
    return solve(search, coach, Party(calendar=CalendarState.NONE, timezone=search.tenant_timezone))


def blocked(search: Search, coach: Party, agent: Party, start: int) -> tuple[Reason, ...]:
    """Why `[start, start + search.minutes)` can't be booked; empty when it can.

    Lists every reason of both parties, not only the first, so that none hides another. The search's
    window, step, notice and horizon play no part, nor does `now`: that a session lies in the future is
    the caller's to ask.
    """
    end = start + search.minutes
    here = replace(search, window=(start, end))
    two = people(here, coach, agent)
    found: list[Reason] = []
    for name, code, against in _objections(here, two, ()):
        if not against & 1:
            continue
        if code is ReasonCode.NOT_OVERWRITABLE:
            layers = closed_spans(coach if name is PartyName.COACH else agent, start, end)
            found += [Reason(name, code, activity) for activity in dict.fromkeys(span.activity for span in layers)]
        else:
            found.append(Reason(name, code))
    return tuple(dict.fromkeys(found))


def rule(search: Search, coach: Party, agent: Party) -> str:
    """In a line, what decides about this pair's time."""
    if coach.calendar == agent.calendar == CalendarState.NONE:
        return f"default hours: Mon-Fri 09:00-17:00 {search.tenant_timezone}"
    return f"coach: {_RULES[coach.calendar]}; agent: {_RULES[agent.calendar]}"


def candidates(search: Search, two: Two, zone: str) -> int:
    """The starts on the grid of the coach's `zone` whose session fits into the window, as a mask."""
    start, end = search.window
    fits = masks.full(end - start - search.minutes + 1)
    stretches: Iterable[tuple[int, int]] = ()
    if not grid.on_clock(search.step):
        stretches = masks.runs(masks.full(end - start) & ~(two[0].closed | two[1].closed))
    return grid.starts(zone, search.step, search.window, tuple(stretches)) & fits


def offered(search: Search, two: Two, zone: str) -> int:
    """The starts to offer, as a mask of the window: the same that `solve` lists, without its reasons."""
    return candidates(search, two, zone) & possible(search, two, zone)


def possible(search: Search, two: Two, zone: str) -> int:
    """The starts that nothing stands against, on the grid or off it, as a mask of the window.

    The same as those without an objection, found at once instead of one reason after the other.
    """
    coach, agent = two
    start, end = search.window
    against = masks.spread(coach.blocked | agent.blocked, search.minutes) | coach.full | agent.full
    for _, mask in against_offer(search, zone):
        against |= mask
    return masks.full(end - start) & ~against


def _removed(search: Search, two: Two, zone: str, left: int) -> tuple[Objection, ...]:
    """How many of the starts in `left` each objection removes, the first one counting."""
    counts: dict[tuple[PartyName, ReasonCode], int] = {}
    for name, code, against in _objections(search, two, against_offer(search, zone)):
        if not left:
            break
        gone = left & against
        if gone:
            counts[name, code] = counts.get((name, code), 0) + gone.bit_count()
            left ^= gone
    return tuple((name, code, count) for (name, code), count in counts.items())


def _objections(search: Search, two: Two, offer: Iterable[tuple[ReasonCode, int]]) -> Iterator[Objection]:
    """What stands against a session, the coach's before the agent's, each in the order of the reasons.

    `offer` is what stands only against offering it.
    """
    for person in two:
        if person.unknown:
            yield person.name, ReasonCode.CALENDAR_UNKNOWN, masks.full(search.window[1] - search.window[0])
    for person in two:
        for code, mask in person.minutes:
            yield person.name, code, masks.spread(mask, search.minutes)
        if person.name is PartyName.COACH:
            for code, mask in offer:
                yield person.name, code, mask
        yield person.name, ReasonCode.LIMIT, person.full


def against_offer(search: Search, zone: str) -> Iterator[tuple[ReasonCode, int]]:
    """What stands only against offering a start: too soon, or too far ahead. They count as the coach's."""
    start, end = search.window
    earliest = search.now + search.now_passed + search.notice
    yield ReasonCode.NOTICE, masks.full(min(earliest, end) - start)
    if search.horizon_days is not None:
        yield ReasonCode.HORIZON, grid.beyond(zone, search.now, search.horizon_days, search.window)

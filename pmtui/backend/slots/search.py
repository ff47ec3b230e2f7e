"""Finding slots, and refusing a booking: one check for both.

`solve` looks at every start of a window, `blocked` at one; both read the same objections. The grid,
notice and horizon choose only what is offered and never refuse a booking.
"""

from collections.abc import Iterator
from dataclasses import replace

from pmtui.backend.slots import grid, masks
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

Objection = tuple[PartyName, ReasonCode, int]
"""A party, its reason, and the mask of the starts it stands against (the window's start is bit 0)."""


def solve(search: Search, coach: Party, agent: Party) -> Answer:
    """Every start to offer in the search's window, and per reason how many starts on the grid it removed.

    Each removed start counts once, by the coach's first reason, else the agent's; a calendar that can't
    be read at all comes before everything. The search's figures are taken as valid.
    """
    start, end = search.window
    pair = people(search, coach, agent)
    schedulable = masks.full(end - start) & ~(pair[0].unschedulable | pair[1].unschedulable)
    free = schedulable & ~((pair[0].own | pair[1].own) >> pair[0].margin)
    fits = masks.full(end - start - search.minutes + 1)
    stretches = () if grid.on_clock(search.step) else masks.runs(schedulable)
    zone = home_zone(coach)
    left = grid.starts(zone, search.step, search.window, stretches) & fits
    counts = dict.fromkeys(ReasonCode, 0)
    for _, code, against in _objections(search, pair, zone):
        removed = left & against
        if removed:
            counts[code] += removed.bit_count()
            left ^= removed
    return Answer(
        rule=rule(search, coach, agent),
        free=tuple((start + first, start + last) for first, last in masks.runs(free)),
        slots=tuple(start + at for at in masks.positions(left)),
        reasons={code: count for code, count in counts.items() if count},
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
    found: list[Reason] = []
    for name, code, against in _objections(here, people(here, coach, agent)):
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


def _objections(search: Search, pair: tuple[Person, Person], offer_zone: str | None = None) -> Iterator[Objection]:
    """What stands against a session, the coach's before the agent's, each in the order of the reasons.

    With the coach's zone also what stands only against offering it.
    """
    for person in pair:
        if person.unknown:
            yield person.name, ReasonCode.CALENDAR_UNKNOWN, masks.full(search.window[1] - search.window[0])
    coach, agent = pair
    yield from _against_session(search, coach)
    if offer_zone is not None:
        yield from _against_offer(search, offer_zone)
    yield from _against_session(search, agent)


def _against_session(search: Search, person: Person) -> Iterator[Objection]:
    minutes, before, after = search.minutes, search.buffer_before, search.buffer_after
    margin = person.margin
    # Where busy time is possible, nobody knows whether some lies where the buffers would be.
    ahead, behind = (before, after) if person.has_busy else (0, 0)
    unread = masks.spread(person.unread, ahead + minutes + behind) >> (margin - ahead)
    yield person.name, ReasonCode.CALENDAR_UNKNOWN, unread
    for code, mask in person.minutes:
        yield person.name, code, masks.spread(mask, minutes)
    yield person.name, ReasonCode.OWN_SESSION, masks.spread(person.own, minutes) >> margin
    if margin:
        near_busy = masks.spread(person.busy, before + minutes + after) >> (margin - before)
        near_own = masks.spread(person.own, margin + minutes + margin)
        yield person.name, ReasonCode.BUFFER, near_busy | near_own


def _against_offer(search: Search, zone: str) -> Iterator[Objection]:
    """What stands only against offering a start: too soon, or too far ahead. They count as the coach's."""
    start, end = search.window
    earliest = search.now + search.now_passed + search.notice
    yield PartyName.COACH, ReasonCode.NOTICE, masks.full(min(earliest, end) - start)
    if search.horizon_days is not None:
        yield PartyName.COACH, ReasonCode.HORIZON, grid.beyond(zone, search.now, search.horizon_days, search.window)

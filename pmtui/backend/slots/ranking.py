"""Which of the slots found is the best: what it does to staffing, and whose day it suits."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from pmtui.backend.slots import masks
from pmtui.backend.slots.people import WITH_AVAILABILITY, home_zone
from pmtui.backend.slots.values import CalendarState, Impact, Party, Search, SpanKind, Staffing
from pmtui.backend.slots.weekly import default_hours, open_minutes
from pmtui.backend.slots.zones import local_day, minute_at

_ORDER = {impact: index for index, impact in enumerate(Impact)}


def impacts(staffing: Iterable[Staffing], slots: Sequence[int], minutes: int) -> tuple[Impact, ...]:
    """What a session of `minutes` at each of the slots does to staffing.

    The least of staff - 1 - forecast over the intervals it touches decides: GOOD above 0, NEUTRAL at 0, POOR
    below, and POOR without figures.
    """
    figures = sorted((row.start, row.end, row.staff - 1 - row.forecast) for row in staffing if row.start < row.end)
    begins = [row[0] for row in figures]
    reach = list(accumulate((row[1] for row in figures), max))  # up to where the rows so far last
    found = []
    for slot in slots:
        first, last = bisect_left(reach, slot + 1), bisect_left(begins, slot + minutes)
        spare = min((left for _, end, left in figures[first:last] if end > slot), default=-1)
        found.append(Impact.GOOD if spare > 0 else Impact.POOR if spare < 0 else Impact.NEUTRAL)
    return tuple(found)


def ranked(search: Search, coach: Party, agent: Party, slots: Sequence[int]) -> tuple[int, ...]:
    """The slots, the best first.

    First come those inside 9 to 5, Monday to Friday, of whoever has no calendar; then the better impact on
    staffing; then the coach's calmest day, the one with the fewest minutes of own sessions and busy time;
    then the earlier start.
    """
    minutes = search.minutes
    offices = [_office(party.timezone, slots, minutes) for party in (coach, agent) if _none(party)]
    impact = impacts(search.staffing or (), slots, minutes)
    days = [local_day(home_zone(coach), slot) for slot in slots]
    taken = minutes_taken(search, coach, sorted(set(days)))
    order = sorted(
        range(len(slots)),
        key=lambda at: (-sum(inside[at] for inside in offices), _ORDER[impact[at]], taken[days[at]], slots[at]),
    )
    return tuple(slots[at] for at in order)


def best(search: Search, coach: Party, agent: Party, slots: Sequence[int]) -> int | None:
    """The best of the slots, see `ranked`; None where there are none."""
    return next(iter(ranked(search, coach, agent, slots)), None)


def wishes(search: Search, coach: Party, agent: Party, starts: int) -> tuple[int, ...]:
    """The starts of a mask of the window as masks of equals, the best first, as `ranked` orders them.

    None where all are as good. For a plan, which sees to calm days itself.
    """
    start, end = search.window
    offices = [
        starts & ~masks.spread(_outside_office(party.timezone, start, end + search.minutes), search.minutes)
        for party in (coach, agent)
        if _none(party)
    ]
    levels = [starts]
    for office in offices:  # each start moves up a level for every office it lies in
        inside, outside = [mask & office for mask in levels], [mask & ~office for mask in levels]
        levels = [one | other for one, other in zip([*inside, 0], [0, *outside], strict=True)]
    if search.staffing is not None:
        levels = [level & impact for level in levels for impact in _by_impact(search, starts)]
    return tuple(level for level in levels if level) if len(levels) > 1 else ()


def _by_impact(search: Search, starts: int) -> list[int]:
    slots = masks.positions(starts, search.window[0])
    found: dict[Impact, list[int]] = {impact: [] for impact in Impact}
    for slot, impact in zip(slots, impacts(search.staffing or (), slots, search.minutes), strict=True):
        found[impact].append(slot - search.window[0])
    return [masks.of_positions(at, search.window[1] - search.window[0]) for at in found.values()]


def _none(party: Party) -> bool:
    return party.calendar is CalendarState.NONE


def _office(zone: str, slots: Sequence[int], minutes: int) -> list[bool]:
    """Whether each slot lies inside the office hours of a zone."""
    if not slots:
        return []
    start, end = min(slots), max(slots) + minutes
    bad = masks.spread(_outside_office(zone, start, end), minutes)
    return [not bad >> slot - start & 1 for slot in slots]


def _outside_office(zone: str, start: int, end: int) -> int:
    return masks.full(end - start) & ~open_minutes(default_hours(zone), start, end)


def minutes_taken(search: Search, coach: Party, days: Sequence[int]) -> dict[int, int]:
    """The minutes of own sessions and busy time on each of the coach's local days (a `date.toordinal()`)."""
    if not days:
        return {}
    zone = home_zone(coach)
    filled = [own for own in (*coach.sessions, *coach.elsewhere) if own != search.ignore]
    if coach.calendar in WITH_AVAILABILITY:
        filled += [(span.start, span.end) for span in coach.spans if span.kind is SpanKind.BUSY]
    bounds = {day: (minute_at(zone, day, 0), minute_at(zone, day + 1, 0)) for day in days}
    low, high = min(start for start, _ in bounds.values()), max(end for _, end in bounds.values())
    mask = masks.of_intervals(filled, low, high)
    return {day: (mask >> start - low & masks.full(end - start)).bit_count() for day, (start, end) in bounds.items()}

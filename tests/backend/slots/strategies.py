"""Searches and people for property tests: short windows around clock changes, everything allowed in them."""

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from pmtui.backend.slots.values import (
    CalendarState,
    Hours,
    Limits,
    Party,
    Search,
    Span,
    SpanKind,
    Week,
    merged,
    to_minute,
)
from pmtui.backend.slots.zones import offsets, zone_names

NOTABLE = (
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/Santiago",
    "America/New_York",
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Antarctica/Troll",
    "Pacific/Chatham",
    "Asia/Gaza",
)


def rarely(draw: st.DrawFn) -> bool:
    """True one time in a dozen."""
    return draw(st.sampled_from(range(12))) == 7


names = st.sampled_from(NOTABLE) | st.sampled_from(zone_names())


@st.composite
def moments(draw: st.DrawFn, zone: str) -> int:
    """A minute of 2007..2037, more often than not just at a change of the zone."""
    year = draw(st.integers(2007, 2037))
    start, end = (to_minute(datetime.fromisoformat(f"{y}-01-01T00:00Z")) for y in (year, year + 1))
    changes = [piece[0] for piece in offsets(zone, start, end)[1:]]
    if changes and not rarely(draw):
        return draw(st.sampled_from(changes))
    return draw(st.integers(start, end - 1))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """One range of a day, often with ends at the times clocks change."""
    clock = st.sampled_from((0, 30, 60, 90, 120, 150, 180, 540, 1020, 1320, 1410)) | st.integers(0, 1439)
    start = draw(clock)
    ends = clock.filter(lambda minute: minute not in (0, start))
    end = draw(st.one_of(ends, st.just(1440)))
    return Hours(start, end)


days = st.lists(hours(), max_size=3).map(merged)


@st.composite
def weeks(draw: st.DrawFn, zone: str, around: date) -> Week:
    """A week with overrides on the dates near `around`."""
    rows = [(Hours(0, 1440),)] * 7 if draw(st.booleans()) else draw(st.lists(days, min_size=7, max_size=7))
    overridden = draw(st.dictionaries(st.integers(-3, 4), days, max_size=2))
    overrides = sorted((around + timedelta(days=offset), hours) for offset, hours in overridden.items())
    return Week(zone, tuple(rows), tuple(overrides))


def stretches(window: tuple[int, int], longest: int, most: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Intervals in and around a window, at most `longest` minutes each."""
    start = st.integers(window[0] - 300, window[1] + 300)
    interval = st.tuples(start, st.integers(1, longest)).map(lambda pair: (pair[0], pair[0] + pair[1]))
    return st.lists(interval, max_size=most)


def days_away(window: tuple[int, int]) -> st.SearchStrategy[list[tuple[int, int]]]:
    """A few sessions up to nine days before or after a window: they count in its weeks."""
    start = st.integers(window[0] - 9 * 1440, window[1] + 9 * 1440)
    return st.lists(start.map(lambda minute: (minute, minute + 30)), max_size=3)


@st.composite
def parties(draw: st.DrawFn, window: tuple[int, int], around: date, zone: str) -> Party:
    """A person in any calendar state, its clock often that of `zone`."""
    state = draw(st.sampled_from(CalendarState))
    home = zone if draw(st.booleans()) else draw(names)
    week = None if rarely(draw) else draw(weeks(home, around))
    busy = [Span(*pair) for pair in draw(stretches(window, 400, 4))]
    shifts = [(window[0] - 60, window[1] - 60)] if draw(st.booleans()) else draw(stretches(window, 1500, 4))
    opened = [Span(*pair, SpanKind.OPEN, "Phone") for pair in shifts]
    closed = [Span(*pair, SpanKind.CLOSED, "Lunch") for pair in draw(stretches(window, 90, 3))]
    known = draw(stretches(window, 4000, 1)) if state != CalendarState.NONE and rarely(draw) else []
    return Party(
        calendar=state,
        timezone=draw(st.sampled_from((zone, "Asia/Kolkata"))),
        week=week,
        spans=tuple(busy + opened + closed),
        sessions=tuple(draw(stretches(window, 90, 3)) + draw(days_away(window))),
        elsewhere=tuple(draw(stretches(window, 90, 1))),
        known=known[0] if known else None,
        unknown=rarely(draw),
    )


limits = st.builds(Limits, st.sampled_from((0, 0, 0, 1, 2, 3)), st.sampled_from((0, 0, 0, 1, 3)))


@st.composite
def searches(draw: st.DrawFn) -> tuple[Search, Party, Party]:
    """A search of up to two days with both parties."""
    zone = draw(names)
    around = draw(moments(zone))
    start = around - draw(st.integers(0, 1500))
    window = (start, start + draw(st.integers(1, 2 * 1440)))
    day = date(1970, 1, 1) + timedelta(minutes=around)
    coach = draw(parties(window, day, zone))
    agent = draw(parties(window, day, zone))
    own = coach.sessions + agent.sessions + agent.elsewhere
    search = Search(
        window=window,
        now=draw(st.integers(start - 4000, start + 1000)),
        tenant_timezone=zone if draw(st.booleans()) else draw(names),
        minutes=draw(st.sampled_from((1, 15, 30, 45, 60)) | st.integers(1, 200)),
        step=draw(st.sampled_from((5, 10, 15, 20, 30, 45, 60, 120)) | st.integers(1, 200)),
        buffer_before=draw(st.sampled_from((0, 0, 5, 30)) | st.integers(0, 120)),
        buffer_after=draw(st.sampled_from((0, 0, 5, 30)) | st.integers(0, 120)),
        notice=draw(st.sampled_from((0, 0, 60, 1440)) | st.integers(0, 3000)),
        horizon_days=draw(st.none() | st.integers(0, 3)),
        ignore=draw(st.sampled_from(own)) if own and rarely(draw) else None,
        now_passed=draw(st.booleans()),
        coach_limits=draw(limits),
        agent_limits=draw(limits),
    )
    return search, coach, agent

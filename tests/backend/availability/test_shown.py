"""One real week as the editor shows it, on ordinary weeks and on those whose clock changes."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pmtui.backend.availability import shown
from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import format_week
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord
from pmtui.backend.availability.zone_choices import matching, zone_choices
from pmtui.backend.slots.search import preview
from pmtui.backend.slots.values import CalendarState, Party, Search, Span, SpanKind, Week, to_minute
from pmtui.backend.slots.zones import local_datetime, minute_at
from tests.backend.availability.weeks import OFFICE, weeks

CHICAGO = "America/Chicago"
MONDAY = date(2027, 3, 1)
SPRING = date(2027, 3, 8)  # the clock goes forward on Sunday the 14th
AUTUMN = date(2027, 11, 1)  # and back on Sunday the 7th


def at(first: date, day: int, clock: int, zone_name: str = CHICAGO) -> int:
    return minute_at(zone_name, first.toordinal() + day, clock)


def record(calendar: CalendarState = CalendarState.OUTLOOK) -> AvailabilityRecord:
    return AvailabilityRecord(OFFICE, 1, CHICAGO, CHICAGO, calendar, None, None)


def busy(*spans: Span, unknown: bool = False) -> BusyRecord:
    return BusyRecord(spans, None, None, unknown, ())


@pytest.mark.parametrize(
    ("now", "weeks_ahead", "first"),
    [
        (datetime(2027, 3, 1, 6, tzinfo=UTC), 0, date(2027, 3, 1)),
        (datetime(2027, 3, 1, 5, 59, tzinfo=UTC), 0, date(2027, 3, 1)),  # still Sunday there: the next week
        (datetime(2027, 3, 5, 23, tzinfo=UTC), 0, date(2027, 3, 1)),
        (datetime(2027, 3, 6, 7, tzinfo=UTC), 0, date(2027, 3, 8)),
        (datetime(2027, 3, 3, 7, tzinfo=UTC), 2, date(2027, 3, 15)),
    ],
)
def test_the_week_to_show(now: datetime, weeks_ahead: int, first: date) -> None:
    assert shown.first_shown(CHICAGO, to_minute(now), weeks_ahead) == first


@pytest.mark.parametrize(
    ("first_day", "today", "first"),
    [
        (6, date(2027, 2, 28), date(2027, 2, 28)),  # a Sunday begins the week
        (6, date(2027, 3, 1), date(2027, 2, 28)),
        (6, date(2027, 3, 5), date(2027, 2, 28)),
        (6, date(2027, 3, 6), date(2027, 3, 7)),  # a Saturday ends it: the next
        (5, date(2027, 3, 6), date(2027, 3, 6)),
        (5, date(2027, 3, 7), date(2027, 3, 6)),
        (5, date(2027, 3, 5), date(2027, 2, 27)),
        (0, date(2027, 3, 7), date(2027, 3, 8)),
    ],
)
def test_the_week_to_show_begins_with_the_persons_first_day(first_day: int, today: date, first: date) -> None:
    assert shown.first_shown(CHICAGO, at(today, 0, 720), 0, first_day) == first


@pytest.mark.parametrize(("first", "hours"), [(MONDAY, 168), (SPRING, 167), (AUTUMN, 169)])
def test_a_week_is_as_long_as_its_days(first: date, hours: int) -> None:
    start, end = shown.window(CHICAGO, first)
    assert end - start == hours * 60


def test_spans_are_cut_at_midnight() -> None:
    spans = [(at(MONDAY, 0, 1320), at(MONDAY, 1, 120)), (at(MONDAY, -1, 600), at(MONDAY, 0, 60))]
    days = shown.laid_out(CHICAGO, MONDAY, spans)
    assert days[:3] == (((0, 60), (1320, 1440)), ((0, 120),), ())


def test_the_repeated_hour_covers_the_clock_it_shows() -> None:
    start = at(AUTUMN, 6, 105)  # the first 01:45
    days = shown.laid_out(CHICAGO, AUTUMN, [(start, start + 30)])  # until the second 01:15
    assert days[6] == ((60, 75), (105, 120))


@example(AUTUMN, 8753, 8)
@given(st.sampled_from([MONDAY, SPRING, AUTUMN]), st.integers(-600, 10800), st.integers(1, 3000))
def test_every_minute_of_a_span_is_covered(first: date, offset: int, length: int) -> None:
    start = shown.window(CHICAGO, first)[0] + offset
    days = shown.laid_out(CHICAGO, first, [(start, start + length)])
    for minute in range(start, start + length, 3 if length > 60 else 1):
        local = local_datetime(CHICAGO, minute)
        day = (local.date() - first).days
        clock = local.hour * 60 + local.minute
        if 0 <= day < 7:
            assert any(low <= clock < high for low, high in days[day])


@given(weeks, st.sampled_from([MONDAY, SPRING, AUTUMN]))
def test_the_runs_hold_exactly_the_starts_the_engine_finds(week: Week, first: date) -> None:
    now = at(first, 2, 600, week.timezone)
    found = shown.starts(record(), busy(), week, first, now)
    search = Search(shown.window(week.timezone, first), now, CHICAGO, now_passed=True)
    engine = preview(search, Party(CalendarState.OUTLOOK, CHICAGO, week)).slots
    assert found.total == len(engine)
    clocks = [
        ((local.date() - first).days, local.hour * 60 + local.minute)
        for local in (local_datetime(week.timezone, minute) for minute in engine)
    ]
    in_runs = {
        (day, clock)
        for day, runs in enumerate(found.days)
        for low, high in runs
        for clock in range(low, high + 1, record().settings.step_minutes)
    }
    assert set(clocks) <= in_runs
    assert len(in_runs) <= len(engine)


def test_busy_time_and_unread_calendars() -> None:
    early = at(MONDAY, 0, 0)
    meeting = Span(at(MONDAY, 0, 600), at(MONDAY, 0, 660))
    found = shown.starts(record(), busy(meeting), OFFICE, MONDAY, early)
    assert found.days[0] == ((540, 570), (660, 690), (780, 990))
    nothing = shown.starts(record(), busy(unknown=True), OFFICE, MONDAY, early)
    assert (nothing.total, nothing.unread) == (0, True)


def test_which_hours_count() -> None:
    spans = (
        Span(at(MONDAY, 1, 1320), at(MONDAY, 2, 120), SpanKind.OPEN),
        Span(at(MONDAY, 3, 720), at(MONDAY, 3, 780), SpanKind.CLOSED, "lunch"),
    )
    edited = parse_entry("sat 9-12", OFFICE).week
    for calendar in (CalendarState.OUTLOOK, CalendarState.GOOGLE):
        assert shown.week_that_counts(record(calendar), busy(*spans), edited, MONDAY) == edited
    wfm = shown.week_that_counts(record(CalendarState.WFM), busy(*spans), edited, MONDAY)
    assert format_week(wfm) == ("Mon none", "Tue 22-24", "Wed 0-2", "Thu-Sun none")
    none = shown.week_that_counts(record(CalendarState.NONE), busy(), edited, MONDAY)
    assert format_week(none) == ("Mon-Fri 9-17", "Sat Sun none")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("chicago", "America/Chicago"),
        ("cst", "America/Chicago"),
        ("cdt", "America/Chicago"),
        ("new_york", "America/New_York"),
        ("new york", "America/New_York"),
        ("germany", "Europe/Berlin"),
        ("+05:45", "Asia/Kathmandu"),
        ("America/Sao_Paulo", "America/Sao_Paulo"),
    ],
)
def test_zones_are_found_by_what_people_know(query: str, name: str) -> None:
    choices = zone_choices(datetime(2027, 3, 1, 16, 7, tzinfo=UTC))
    found = {choice.name: choice for choice in matching(choices, query)}
    assert name in found
    chicago = next(choice for choice in choices if choice.name == "America/Chicago")
    assert (chicago.local_time, chicago.offset) == ("10:07", "UTC-06:00")
    assert len(matching(choices, "")) == len(choices) > 400

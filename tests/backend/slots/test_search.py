"""Solving and refusing, held against the twin that looks at every minute."""

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtui.backend.slots.search import blocked, preview, solve
from pmtui.backend.slots.values import (
    CalendarState,
    Hours,
    Limits,
    Party,
    PartyName,
    Reason,
    ReasonCode,
    Search,
    Span,
    SpanKind,
    Week,
    from_minute,
    merged,
    to_minute,
)
from pmtui.backend.slots.zones import local_datetime
from tests.backend.slots.brute import Twin
from tests.backend.slots.changes import kinds
from tests.backend.slots.strategies import searches

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

ALL_DAY = (Hours(0, 1440),)
ALWAYS = Week("UTC", (ALL_DAY,) * 7)


def at(text: str) -> int:
    """The minute of an instant such as `2027-03-01T09:00Z`."""
    return to_minute(datetime.fromisoformat(text))


def between(start: str, end: str, *rest: Any) -> Span:
    """A span between two instants."""
    return Span(at(start), at(end), *rest)


def google(**facts: Any) -> Party:
    """A person with a Google calendar and everything open, unless said otherwise."""
    return Party(**{"calendar": CalendarState.GOOGLE, "timezone": "UTC", "week": ALWAYS, **facts})


def nobody(**facts: Any) -> Party:
    """A person without a calendar."""
    return Party(**{"calendar": CalendarState.NONE, "timezone": "UTC", **facts})


def wfm(*spans: Span, **facts: Any) -> Party:
    """A person with a WFM schedule."""
    return Party(**{"calendar": CalendarState.WFM, "timezone": "UTC", "spans": spans, **facts})


def search(start: str, end: str, **figures: Any) -> Search:
    """A search of a window, everything open as to notice and horizon."""
    window = (at(start), at(end))
    return Search(**{"window": window, "now": window[0], "tenant_timezone": "UTC", **figures})


def shown(slots: tuple[int, ...]) -> list[str]:
    """Starts as `dd HH:MM`, UTC."""
    return [from_minute(slot).strftime("%d %H:%M") for slot in slots]


@given(searches())
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_the_twin_finds_the_same(case: tuple[Search, Party, Party]) -> None:
    found = solve(*case)
    free, slots, reasons = Twin(*case).solve()
    assert list(found.free) == free
    assert list(found.slots) == slots
    assert {code.value: count for code, count in found.reasons.items()} == reasons
    assert list(found.reasons) == [code for code in ReasonCode if code in found.reasons]


def test_the_twin_finds_the_same_around_every_kind_of_clock_change() -> None:
    offering, met = 0, set[str]()
    for ((zone, change), clock), step in itertools.product(kinds(), (15, 45, 60)):
        case = around(zone, change, clock, step)
        answer = solve(*case)
        free, slots, reasons = Twin(*case).solve()
        assert (list(answer.free), list(answer.slots), answer.reasons) == (free, slots, reasons), (zone, change, step)
        offering += bool(slots)
        met |= reasons.keys()
    assert offering > 75, offering
    assert met == {"outside_availability", "busy", "own_session", "buffer", "notice", "horizon", "limit"}


def around(zone: str, change: int, clock: int, step: int) -> tuple[Search, Party, Party]:
    """Two people whose hours begin and end at times that a change skips or shows twice, nights among them.

    `clock` is the clock minute at which clocks are set.
    """

    def row(first: int, last: int) -> Hours:
        return Hours((clock + first) % 1440, (clock + last) % 1440 or 1440)

    day = local_datetime(zone, change - 1).date()
    rows = (row(-700, -60), row(20, 100), row(130, 400))
    night, office = Hours(22 * 60 + 10, 40), row(5, 380)
    coach = google(
        week=Week(zone, (merged([*rows, night]),) * 7, ((day + timedelta(days=1), merged([row(-50, 70)])),)),
        spans=(Span(change + 17, change + 44), Span(change - 200, change - 188)),
        sessions=((change - 1500, change - 1470), (change + 190, change + 220)),
    )
    agent = google(
        week=Week(zone, ((Hours(0, 1440),),) * 7, ((day, merged([office, night])),)),
        sessions=((change - 700, change - 670),),
    )
    asked = Search(
        window=(change - 500, change + 700),
        now=change - 600,
        tenant_timezone=zone,
        minutes=30,
        step=step,
        buffer_before=5,
        buffer_after=10,
        notice=150,
        horizon_days=1,
        coach_limits=Limits(day=2),
        agent_limits=Limits(day=1),
    )
    return asked, coach, agent


@given(searches(), st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_booking_is_refused_for_the_reasons_the_twin_sees(
    case: tuple[Search, Party, Party], data: st.DataObject
) -> None:
    asked, coach, agent = case
    latest = asked.window[1] - asked.minutes
    start = data.draw(st.integers(min(asked.window[0], latest), latest))
    twin = Twin(*case)
    expected = {(name, "calendar_unknown") for name in twin.unknown} | set(twin.booking(start))
    assert {(reason.party, reason.code) for reason in blocked(asked, coach, agent, start)} == expected


@given(searches())
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_what_is_offered_can_be_booked(case: tuple[Search, Party, Party]) -> None:
    for start in solve(*case).slots:
        assert blocked(*case, start) == ()


def test_the_example_of_the_case_file() -> None:
    nine_to_five = (Hours(540, 1020),)
    week = Week(
        "Europe/London",
        (nine_to_five, nine_to_five, (), (), (), (), ()),
        ((date(2027, 3, 2), (Hours(840, 1080),)), (date(2027, 3, 3), ())),
    )
    coach = google(
        week=week,
        spans=(between("2027-03-01T10:00Z", "2027-03-01T11:00Z"),),
        sessions=((at("2027-03-01T15:00Z"), at("2027-03-01T15:30Z")),),
    )
    agent = wfm(between("2027-03-01T15:00Z", "2027-03-01T23:00Z", SpanKind.OPEN, "Phone"))
    found = solve(search("2027-03-01T00:00Z", "2027-03-15T00:00Z", now=at("2027-03-01T08:00Z")), coach, agent)
    assert found.rule == "coach: google calendar and availability; agent: wfm schedule"
    assert found.free == ((at("2027-03-01T15:30Z"), at("2027-03-01T17:00Z")),)
    assert shown(found.slots) == ["01 15:30", "01 15:45", "01 16:00", "01 16:15", "01 16:30"]
    assert found.reasons == {"outside_availability": 1235, "outside_schedule": 95, "busy": 5, "own_session": 3}


def test_two_people_without_a_calendar_meet_in_the_tenants_office_hours() -> None:
    asked = search("2027-03-05T00:00Z", "2027-03-09T00:00Z", tenant_timezone="America/Chicago", step=60, minutes=60)
    found = solve(asked, nobody(), nobody())
    assert found.rule == "default hours: Mon-Fri 09:00-17:00 America/Chicago"
    assert [from_minute(end).strftime("%a %H:%M") for pair in found.free for end in pair] == [
        "Fri 15:00", "Fri 23:00", "Mon 15:00", "Mon 23:00",
    ]  # fmt: skip
    assert len(found.slots) == 16
    assert set(found.reasons) <= {ReasonCode.OUTSIDE_DEFAULT_HOURS}


def test_a_person_without_a_calendar_adds_nothing_but_own_sessions() -> None:
    asked = search("2027-03-06T00:00Z", "2027-03-06T02:00Z", step=30)
    agent = nobody(sessions=((at("2027-03-06T00:30Z"), at("2027-03-06T01:00Z")),))
    found = solve(asked, google(), agent)
    assert shown(found.slots) == ["06 00:00", "06 01:00", "06 01:30"]
    assert found.reasons == {ReasonCode.OWN_SESSION: 1}


def test_a_preview_needs_the_coach_alone() -> None:
    asked = search("2027-03-06T00:00Z", "2027-03-06T01:00Z", step=30)
    assert shown(preview(asked, google()).slots) == ["06 00:00", "06 00:30"]
    assert preview(asked, google(week=None)).reasons == {ReasonCode.AVAILABILITY_NOT_SET: 2}


def test_buffers_keep_away_from_busy_time_and_sessions_even_outside_the_window() -> None:
    asked = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=15, buffer_before=15, buffer_after=30)
    coach = google(
        spans=(between("2027-03-01T09:00Z", "2027-03-01T09:50Z"),),
        sessions=((at("2027-03-01T12:20Z"), at("2027-03-01T12:50Z")),),
    )
    # 10:00 is 10 minutes after busy time; a session from 11:20 on would end less than 30 before 12:20.
    assert shown(solve(asked, coach, nobody()).slots) == ["01 10:15", "01 10:30", "01 10:45", "01 11:00", "01 11:15"]


def test_the_larger_buffer_separates_sessions_on_both_sides() -> None:
    asked = search("2027-03-01T09:00Z", "2027-03-01T13:00Z", step=15, buffer_before=0, buffer_after=45)
    agent = nobody(sessions=((at("2027-03-01T11:00Z"), at("2027-03-01T11:30Z")),))
    found = solve(asked, google(), agent)
    assert shown(found.slots) == ["01 09:00", "01 09:15", "01 09:30", "01 09:45", "01 12:15", "01 12:30"]
    assert found.reasons == {ReasonCode.OWN_SESSION: 3, ReasonCode.BUFFER: 6}


def test_a_schedule_has_no_busy_time_for_buffers() -> None:
    day = between("2027-03-01T09:00Z", "2027-03-01T10:00Z", SpanKind.OPEN)
    lunch = between("2027-03-01T10:00Z", "2027-03-01T11:00Z", SpanKind.CLOSED, "Lunch")
    asked = search("2027-03-01T09:00Z", "2027-03-01T11:00Z", step=30, buffer_after=60)
    assert shown(solve(asked, wfm(day, lunch), nobody()).slots) == ["01 09:00", "01 09:30"]


def test_notice_allows_equality_and_a_minute_that_has_begun_does_not() -> None:
    asked = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=30, notice=60)
    assert shown(solve(asked, google(), nobody()).slots) == ["01 11:00", "01 11:30"]
    begun = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=30, notice=60, now_passed=True)
    assert shown(solve(begun, google(), nobody()).slots) == ["01 11:30"]
    assert solve(begun, google(), nobody()).reasons == {ReasonCode.NOTICE: 3}


def test_the_horizon_counts_the_coachs_days_to_the_end_of_the_last() -> None:
    coach = google(week=Week("America/Chicago", (ALL_DAY,) * 7))
    asked = search(
        "2027-03-01T00:00Z", "2027-03-04T00:00Z", now=at("2027-03-01T05:00Z"), step=60, minutes=60, horizon_days=1
    )
    # At 05:00Z it is still February 28th in Chicago, so that March 1st, which ends at 06:00Z, is the last day.
    assert shown(solve(asked, coach, nobody()).slots)[-1] == "02 05:00"


def test_neither_notice_nor_horizon_refuse_a_booking() -> None:
    asked = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", notice=60, horizon_days=0, step=60)
    assert blocked(asked, google(), nobody(), at("2027-03-01T10:05Z")) == ()
    assert blocked(asked, google(), nobody(), at("2027-05-01T10:05Z")) == ()


def test_a_booking_names_every_reason_of_both() -> None:
    coach = google(
        week=Week("UTC"),
        spans=(between("2027-03-01T10:00Z", "2027-03-01T10:10Z"),),
        sessions=((at("2027-03-01T10:20Z"), at("2027-03-01T10:50Z")),),
    )
    agent = wfm(
        between("2027-03-01T09:00Z", "2027-03-01T17:00Z", SpanKind.OPEN, "Phone"),
        between("2027-03-01T10:15Z", "2027-03-01T10:20Z", SpanKind.CLOSED, "Short break"),
        between("2027-03-01T10:20Z", "2027-03-01T10:40Z", SpanKind.CLOSED, "meeting"),
    )
    asked = search("2027-03-01T00:00Z", "2027-03-02T00:00Z")
    assert blocked(asked, coach, agent, at("2027-03-01T10:00Z")) == (
        Reason(PartyName.COACH, ReasonCode.OUTSIDE_AVAILABILITY),
        Reason(PartyName.COACH, ReasonCode.BUSY),
        Reason(PartyName.COACH, ReasonCode.OWN_SESSION),
        Reason(PartyName.AGENT, ReasonCode.NOT_OVERWRITABLE, "Short break"),
        Reason(PartyName.AGENT, ReasonCode.NOT_OVERWRITABLE, "meeting"),
    )


def test_the_ignored_session_is_left_out_for_both() -> None:
    own = (at("2027-03-01T10:00Z"), at("2027-03-01T10:30Z"))
    asked = search("2027-03-01T10:00Z", "2027-03-01T10:30Z", ignore=own)
    coach, agent = google(sessions=(own,)), nobody(sessions=(own,))
    assert shown(solve(asked, coach, agent).slots) == ["01 10:00"]
    assert blocked(asked, coach, agent, own[0]) == ()


def test_a_calendar_that_cannot_be_read_is_unknown_everywhere() -> None:
    asked = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=30)
    for step, count in ((30, 4), (60, 2), (50, 2)):
        asked = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=step)
        for coach, agent in ((google(unknown=True), nobody()), (google(week=Week("UTC")), wfm(unknown=True))):
            found = solve(asked, coach, agent)
            assert found.free == ()
            assert found.slots == ()
            assert found.reasons == {ReasonCode.CALENDAR_UNKNOWN: count}


def test_minutes_outside_the_last_read_are_unknown() -> None:
    coach = google(known=(at("2027-03-01T10:30Z"), at("2027-03-01T11:30Z")))
    found = solve(search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=30), coach, nobody())
    assert shown(found.slots) == ["01 10:30", "01 11:00"]
    assert found.reasons == {ReasonCode.CALENDAR_UNKNOWN: 2}
    # With buffers, busy time may hide where nobody looked.
    asked = search("2027-03-01T10:00Z", "2027-03-01T12:00Z", step=30, buffer_after=15)
    assert shown(solve(asked, coach, nobody()).slots) == ["01 10:30"]


def test_steps_within_the_hour_count_on_the_coachs_clock() -> None:
    coach = google(timezone="Asia/Kathmandu", week=Week("Asia/Kathmandu", (ALL_DAY,) * 7))
    asked = search("2027-03-01T09:00Z", "2027-03-01T11:00Z", step=30)
    assert shown(solve(asked, coach, nobody()).slots) == ["01 09:15", "01 09:45", "01 10:15"]  # 15:00 there and on


def test_a_week_is_full_with_its_last_session_and_begins_on_monday() -> None:
    coach = google(sessions=((at("2027-03-02T09:00Z"), at("2027-03-02T09:30Z")), (at("2027-03-05T09:00Z"),) * 2))
    asked = search("2027-03-06T12:00Z", "2027-03-09T12:00Z", step=1440, minutes=30)

    def offered(week: int) -> list[str]:
        return [
            text[:2] for text in shown(solve(replace(asked, coach_limits=Limits(week=week)), coach, nobody()).slots)
        ]

    assert offered(3) == ["06", "07", "08"]
    assert offered(2) == ["08"]


def test_steps_of_whole_hours_count_from_the_first_full_local_hour_of_each_stretch() -> None:
    week = Week("Asia/Kathmandu", ((Hours(9 * 60 + 10, 14 * 60), Hours(15 * 60, 20 * 60)), *((),) * 6))
    asked = search("2027-03-01T00:00Z", "2027-03-02T00:00Z", step=120, minutes=60)
    slots = solve(asked, google(week=week), nobody()).slots
    assert [from_minute(slot + 5 * 60 + 45).strftime("%H:%M") for slot in slots] == [
        "10:00", "12:00", "15:00", "17:00", "19:00",
    ]  # fmt: skip


def test_steps_that_do_not_divide_the_hour_count_from_the_start_of_each_stretch() -> None:
    spans = (between("2027-03-01T10:50Z", "2027-03-01T11:05Z"),)
    own = ((at("2027-03-01T09:10Z"), at("2027-03-01T09:20Z")),)
    week = Week("UTC", ((Hours(545, 780),), *((),) * 6))
    asked = search("2027-03-01T00:00Z", "2027-03-02T00:00Z", step=45, minutes=30)
    # Busy time splits a stretch, an own session doesn't.
    found = solve(asked, google(week=week, spans=spans, sessions=own), nobody())
    assert shown(found.slots) == ["01 09:50", "01 11:05", "01 11:50"]
    assert found.reasons == {ReasonCode.OUTSIDE_AVAILABILITY: 1, ReasonCode.BUSY: 1, ReasonCode.OWN_SESSION: 1}


def test_autumn_offers_both_hours_and_spring_none_of_the_gap() -> None:
    coach = google(week=Week("America/New_York", (ALL_DAY,) * 7))
    autumn = solve(search("2027-11-07T04:00Z", "2027-11-07T09:00Z", step=30), coach, nobody())
    assert shown(autumn.slots)[2:6] == ["07 05:00", "07 05:30", "07 06:00", "07 06:30"]
    spring = solve(search("2027-03-14T06:00Z", "2027-03-14T08:00Z", step=60, minutes=60), coach, nobody())
    assert shown(spring.slots) == ["14 06:00", "14 07:00"]

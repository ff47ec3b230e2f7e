"""Files of schedules, on both databases: what they say counts like the WFM's, and what they don't say is unknown."""

import io
from datetime import date, timedelta

import pytest

from pmtui.backend.coaching import schedule_rows
from pmtui.backend.coaching.records import ScheduleImportRecord
from pmtui.backend.coaching.schedules import Schedules
from pmtui.backend.errors import BadInput, BadRows, NotAllowed
from pmtui.backend.slots.values import CalendarState, PartyName, ReasonCode, Span, SpanKind, to_minute
from pmtui.backend.states import ADMINISTER, Attention, Provider, SessionState, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.sync import ImportedSchedule
from pmtui.backend.sync.facts import read_spans
from tests.backend.coaching.conftest import TEN, Floor

HEAD = "email,start,end,activity,overwritable,absence"
SAM = (  # Sam has no calendar connected; Chicago is 6 hours behind
    "sam@acme.example,2027-03-01 08:00,2027-03-01 12:00,Phone,yes,",
    "sam@acme.example,2027-03-01 12:00,2027-03-01 13:00,Lunch,no,no",
    "Sam@acme.example,2027-03-01T13:00-06:00,2027-03-01T22:00Z,Phone,yes,",
)


def take_in(
    floor: Floor,
    *rows: str,
    head: str = HEAD,
    who: str = "ada",
    first: date | None = None,
    last: date | None = None,
) -> ScheduleImportRecord:
    service = Schedules(floor.world.database, floor.coaching.calendars_changed)
    return service.import_file(floor.world.actor(who), io.StringIO("\n".join((head, *rows))), first=first, last=last)


def known(floor: Floor, who: str = "sam") -> tuple[tuple[int, int], tuple[Span, ...]]:
    (row,) = [one for one in floor.world.rows(ImportedSchedule) if one.person_id == floor.world.id(who)]
    return (row.window_start, row.window_end), read_spans(row.spans)


def at(day: int, hour: int) -> int:
    """The minute of an hour in Chicago, in March before the clocks change."""
    return to_minute(TEN) + ((day - 1) * 24 + hour - 10) * 60


def test_a_schedule_counts_as_the_wfms_as_far_as_the_file_goes(floor: Floor) -> None:
    assert take_in(floor, *SAM) == ScheduleImportRecord(3, 1, date(2027, 3, 1), date(2027, 3, 1))
    window, spans = known(floor)
    assert window == (at(1, 0), at(2, 0))
    assert spans == (
        Span(at(1, 8), at(1, 12), SpanKind.OPEN, "Phone"),
        Span(at(1, 12), at(1, 13), SpanKind.CLOSED, "Lunch"),
        Span(at(1, 13), at(1, 16), SpanKind.OPEN, "Phone"),
    )
    found = floor.coaching.search(floor.world.actor("ada"), "lee@acme.example", "sam@acme.example", days=2)
    assert "Sam: WFM schedule" in found.rule
    starts = {(start - TEN) // timedelta(minutes=1) + 600 for start in found.starts_at}
    assert (min(starts), max(starts)) == (8 * 60, 15 * 60 + 30)
    assert not starts & set(range(11 * 60 + 31, 13 * 60))
    assert dict(found.reasons)[ReasonCode.CALENDAR_UNKNOWN] > 90  # nothing is known of the days after
    (sam,) = [one for one in floor.coaching.coachable(floor.world.actor("ada"))[1] if one.name == "Sam"]
    assert sam.calendar is CalendarState.WFM


def test_the_same_file_again_changes_nothing(floor: Floor) -> None:
    take_in(floor, *SAM)
    before = floor.world.rows(ImportedSchedule)
    floor.clock.advance(hours=1)
    take_in(floor, *SAM)
    assert floor.world.rows(ImportedSchedule) == before
    assert [one.verb for one in floor.world.rows(AuditEntry)].count(Verb.SCHEDULES_IMPORTED) == 2


def test_who_has_no_shift_at_all_is_free_no_more(floor: Floor) -> None:
    record = take_in(floor, "sam@acme.example,,,,,", first=date(2027, 3, 1), last=date(2027, 3, 14))
    assert record == ScheduleImportRecord(1, 1, date(2027, 3, 1), date(2027, 3, 14))
    found = floor.coaching.search(floor.world.actor("ada"), "lee@acme.example", "sam@acme.example", days=5)
    assert found.starts_at == ()
    assert [code for code, _ in found.reasons] == [ReasonCode.OUTSIDE_SCHEDULE]
    with pytest.raises(BadInput, match="No row says when"):
        take_in(floor, "sam@acme.example,,,,,")


def test_a_later_file_counts_in_its_days_and_leaves_the_days_beside_them(floor: Floor) -> None:
    take_in(floor, *SAM, last=date(2027, 3, 3))
    take_in(floor, "sam@acme.example,2027-03-02 09:00,2027-03-02 10:00,Mail,yes,", last=date(2027, 3, 5))
    window, spans = known(floor)
    assert window == (at(1, 0), at(6, 0))
    assert [(span.start, span.activity) for span in spans] == [
        (at(1, 8), "Phone"),
        (at(1, 12), "Lunch"),
        (at(1, 13), "Phone"),
        (at(2, 9), "Mail"),
    ]
    take_in(floor, "sam@acme.example,2027-03-08 09:00,2027-03-08 10:00,Mail,yes,")
    assert known(floor) == (
        (at(8, 0), at(9, 0)),
        (Span(at(8, 9), at(8, 10), SpanKind.OPEN, "Mail"),),
    )  # nobody said what Sam does on the 6th and 7th


def test_a_layer_over_the_edge_counts_inside(floor: Floor) -> None:
    night = "sam@acme.example,2027-03-01 22:00,2027-03-02 06:00,Phone,yes,"
    take_in(floor, night, last=date(2027, 3, 1))
    assert known(floor) == ((at(1, 0), at(2, 0)), (Span(at(1, 22), at(2, 0), SpanKind.OPEN, "Phone"),))
    take_in(floor, night, first=date(2027, 3, 2), last=date(2027, 3, 2))
    assert [(span.start, span.end) for span in known(floor)[1]] == [(at(1, 22), at(2, 0)), (at(2, 0), at(2, 6))]


def test_absences_go_by_no_name_and_without_their_column_nothing_fixed_does(floor: Floor) -> None:
    take_in(
        floor,
        "sam@acme.example,2027-03-01 08:00,2027-03-01 12:00,Sick,yes,yes",
        "kim@acme.example,2027-03-01 08:00,2027-03-01 12:00,Coffee,no,no",
    )
    assert known(floor)[1] == (Span(at(1, 8), at(1, 12), SpanKind.CLOSED, "absence"),)
    assert known(floor, "kim")[1][0].activity == "Coffee"
    take_in(floor, "sam@acme.example,2027-03-01 08:00,2027-03-01 12:00,Sick,no", head=HEAD.removesuffix(",absence"))
    assert known(floor)[1] == (Span(at(1, 8), at(1, 12), SpanKind.CLOSED, ""),)
    assert "Sick" not in str([row.spans for row in floor.world.rows(ImportedSchedule)])


def test_a_connected_calendar_counts_instead(floor: Floor) -> None:
    take_in(floor, "kim@acme.example,2027-03-01 20:00,2027-03-01 22:00,Phone,yes,")
    found = floor.coaching.search(floor.world.actor("ada"), "dana@acme.example", "kim@acme.example", days=0)
    assert TEN in found.starts_at  # 10:00, from Kim's WFM calendar
    floor.world.connect("sam", Provider.WFM, automatic=True)
    take_in(floor, *SAM)
    found = floor.coaching.search(floor.world.actor("ada"), "lee@acme.example", "sam@acme.example", days=0)
    assert dict(found.unknown).keys() == {PartyName.AGENT}


def test_a_session_that_a_new_schedule_stands_against_is_marked(floor: Floor) -> None:
    take_in(floor, *SAM)
    floor.world.session("lee", "sam", TEN, state=SessionState.SCHEDULED)
    take_in(floor, *SAM)
    assert [one.attention for one in floor.world.rows(Session)] == [None]
    take_in(floor, "sam@acme.example,2027-03-01 09:00,2027-03-01 12:00,Flu,no,yes")
    (session,) = floor.world.rows(Session)
    assert session.attention is Attention.CALENDAR_CHANGED
    assert session.attention_details.startswith("Sam has an absence in the WFM schedule then.")


def test_bad_rows_are_named_and_nothing_is_taken_in(floor: Floor) -> None:
    with pytest.raises(BadRows) as refused:
        take_in(
            floor,
            *SAM,
            "nobody@acme.example,2027-03-01 08:00,2027-03-01 12:00,Phone,yes,",
            "sam@acme.example,8 o'clock,2027-03-01 12:00,Phone,yes,",
            "sam@acme.example,2027-03-01 08:00,,Phone,yes,",
            "sam@acme.example,2027-03-01 12:00,2027-03-01 12:00,Phone,yes,",
            "sam@acme.example,2072-03-01 08:00,2072-03-01 12:00,Phone,yes,",
            "sam@acme.example,2027-03-01 08:00,2027-03-01 12:00,Phone,perhaps,",
            "sam@acme.example,2027-03-01 08:00,2027-03-01 12:00,Phone,no,perhaps",
            "sam@acme.example,2027-02-01 08:00,2027-02-01 12:00,Phone,no,",
            "sam@acme.example,2027-03-09 08:00,2027-03-09 12:00,Phone,no,",
            "sam@acme.example,2027-03-01 08:00,2027-03-01 12:00,\x1b[2J,no,",
            first=date(2027, 3, 1),
            last=date(2027, 3, 7),
        )
    assert [line.split(": ")[:2] for line in refused.value.rows] == [
        ["line 5", "email"],
        ["line 6", "start"],
        ["line 7", "end"],
        ["line 8", "end"],
        ["line 9", "start"],
        ["line 10", "overwritable"],
        ["line 11", "absence"],
        ["line 12", "end"],
        ["line 13", "start"],
        ["line 14", "activity"],
    ]
    assert floor.world.rows(ImportedSchedule) == []


def test_administrators_import_the_schedules_of_their_people_alone(floor: Floor) -> None:
    with pytest.raises(NotAllowed):
        take_in(floor, *SAM, who="dana")
    floor.world.person("nora", ADMINISTER[:1], team=None)
    floor.world.scope("nora", team="South")
    with pytest.raises(BadRows, match="3 rows are wrong"):
        take_in(floor, *SAM, who="nora")
    assert take_in(floor, *(row.replace("sam@", "FAR@").replace("Sam@", "far@") for row in SAM), who="nora").people == 1


def test_days_the_wrong_way_round_are_refused(floor: Floor) -> None:
    with pytest.raises(BadInput, match="is before"):
        take_in(floor, *SAM, first=date(2027, 3, 2), last=date(2027, 3, 1))


def test_what_is_past_is_not_kept_for_ever() -> None:
    old = (Span(100, 200, SpanKind.OPEN, "Phone"), Span(900, 1000, SpanKind.OPEN, "Phone"))
    spans, window = schedule_rows.joined(old, (0, 1000), (), (1000, 2000), 950)
    assert (spans, window) == ((Span(950, 1000, SpanKind.OPEN, "Phone"),), (950, 2000))

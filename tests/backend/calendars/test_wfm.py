"""The WFM against the sandbox, over HTTP."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Event, Misconfigured, OwnEvent, Refused, Temporary
from pmtui.backend.calendars.wfm import NO_ACTIVITY, WfmCalendar
from pmtui.backend.errors import NeedsReconnecting, Unavailable, Whose
from pmtui.backend.slots.values import DAY_MINUTES, PartyName, Span, SpanKind, to_minute
from pmtui.sandbox.shifts import ABSENCES, Layer
from tests.clock import START
from tests.stand_in import DANA, StandIn

NOW = to_minute(START)
WINDOW = (NOW, NOW + 2 * DAY_MINUTES)
TUESDAY = date(2027, 3, 2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2027-03-{text}").replace(tzinfo=UTC)


def minute(text: str) -> int:
    return to_minute(at(text))


EVENT = Event("K3F9AB", PartyName.AGENT, 0, "Coaching session", at("02T15:00"), at("02T15:30"))
MEETING_ID = "pmtui-K3F9AB-agent"


@pytest.fixture
def schedule(stand_in: StandIn, calls: Calls) -> WfmCalendar:
    """Dana's schedule (Chicago): Monday and Wednesday off, Tuesday phone from 14:00 to 22:00 UTC."""
    for on in (date(2027, 2, 27), date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 3), date(2027, 3, 4)):
        stand_in.shift(DANA, on)
    stand_in.shift(DANA, TUESDAY, ("Phone", at("02T14:00"), at("02T22:00")))
    return stand_in.schedule(calls)


async def test_what_may_be_overwritten_is_open_and_the_rest_closed(stand_in: StandIn, schedule: WfmCalendar) -> None:
    stand_in.shift(
        DANA,
        TUESDAY,
        ("Phone", at("02T14:00"), at("02T16:00")),
        ("Short break", at("02T16:00"), at("02T16:15")),
        ("Email/Chat", at("02T16:15"), at("02T18:00")),
        ("Lunch", at("02T18:00"), at("02T18:30")),
        ("Training", at("02T18:30"), at("02T20:00")),
    )
    assert (await schedule.busy(WINDOW)).spans == (
        Span(minute("02T14:00"), minute("02T16:00"), SpanKind.OPEN, "Phone"),
        Span(minute("02T16:00"), minute("02T16:15"), SpanKind.CLOSED, "Short break"),
        Span(minute("02T16:15"), minute("02T18:00"), SpanKind.OPEN, "Email/Chat"),
        Span(minute("02T18:00"), minute("02T18:30"), SpanKind.CLOSED, "Lunch"),
        Span(minute("02T18:30"), minute("02T20:00"), SpanKind.CLOSED, "Training"),
    )


async def test_the_organisation_may_name_what_may_be_overwritten(
    stand_in: StandIn, calls: Calls, schedule: WfmCalendar
) -> None:
    """Then that counts and nothing else: not what the WFM says, nor that it is a break. An absence stays one."""
    sick = Layer(at("02T20:00"), at("02T22:00"), "Sick leave", None, ABSENCES["Sick leave"])
    stand_in.shift(
        DANA, TUESDAY, ("Phone", at("02T14:00"), at("02T16:00")), ("Training", at("02T16:00"), at("02T20:00"))
    )
    layers = stand_in.world.wfm.changed_shifts[stand_in.person(DANA).person_id, TUESDAY]
    stand_in.world.change_shift(stand_in.person(DANA), TUESDAY, (*layers, sick))
    wfm = stand_in.wfm(calls, coachable=("training", "Sick leave"))
    found = await WfmCalendar(wfm, stand_in.person(DANA).person_id).busy(WINDOW)
    assert found.spans == (
        Span(minute("02T14:00"), minute("02T16:00"), SpanKind.CLOSED, "Phone"),
        Span(minute("02T16:00"), minute("02T20:00"), SpanKind.OPEN, "Training"),
        Span(minute("02T20:00"), minute("02T22:00"), SpanKind.CLOSED, "absence"),
    )


async def test_an_absence_is_closed_and_never_named(stand_in: StandIn, schedule: WfmCalendar) -> None:
    sick = Layer(at("02T14:00"), at("02T22:00"), "Sick leave", None, ABSENCES["Sick leave"])
    stand_in.world.change_shift(stand_in.person(DANA), TUESDAY, (sick,))
    assert (await schedule.busy(WINDOW)).spans == (
        Span(minute("02T14:00"), minute("02T22:00"), SpanKind.CLOSED, "absence"),
    )


async def test_foreign_meetings_are_closed_and_ours_are_open(stand_in: StandIn, schedule: WfmCalendar) -> None:
    await schedule.put(EVENT)
    (ours,) = stand_in.meetings()
    stand_in.world.keep_meeting(
        type(ours)("other-system-7", at("02T17:00"), at("02T18:00"), ours.participants, ours.activity_id, "Review")
    )
    found = await schedule.busy(WINDOW)
    assert found.own == (OwnEvent("K3F9AB", MEETING_ID, EVENT.starts, EVENT.ends),)
    assert [(span.start, span.end, span.kind) for span in found.spans] == [
        (minute("02T14:00"), minute("02T17:00"), SpanKind.OPEN),
        (minute("02T17:00"), minute("02T18:00"), SpanKind.CLOSED),
        (minute("02T18:00"), minute("02T22:00"), SpanKind.OPEN),
    ]
    assert found.spans[1].activity == "meeting"


async def test_a_night_shift_that_began_the_day_before_counts(stand_in: StandIn, schedule: WfmCalendar) -> None:
    stand_in.shift(DANA, date(2027, 2, 28), ("Phone", at("01T04:00"), at("01T12:00")))  # 22:00 to 6:00 in Chicago
    assert (await schedule.busy(WINDOW)).spans[0] == Span(
        minute("01T04:00"), minute("01T12:00"), SpanKind.OPEN, "Phone"
    )


async def test_not_working_is_nothing(stand_in: StandIn, schedule: WfmCalendar) -> None:
    stand_in.shift(DANA, TUESDAY)
    found = await schedule.busy(WINDOW)
    assert (found.spans, found.own) == ((), ())


async def test_a_meeting_says_only_what_it_must(stand_in: StandIn, schedule: WfmCalendar) -> None:
    assert await schedule.put(EVENT) == MEETING_ID
    (meeting,) = stand_in.meetings()
    assert (meeting.external_id, meeting.title) == (MEETING_ID, "Coaching session")
    assert (meeting.starts, meeting.ends) == (EVENT.starts, EVENT.ends)
    assert meeting.participants == (stand_in.person(DANA).person_id,)
    assert stand_in.world.activities()[meeting.activity_id].name == "Coaching"


async def test_putting_again_changes_the_one_meeting(stand_in: StandIn, schedule: WfmCalendar) -> None:
    await schedule.put(EVENT)
    await schedule.put(EVENT)
    moved = Event(EVENT.session, EVENT.whose, 0, EVENT.title, at("02T20:00"), at("02T20:30"), provider_id=MEETING_ID)
    await schedule.put(moved)
    (meeting,) = stand_in.meetings()
    assert meeting.starts == at("02T20:00")


async def test_a_repeat_whose_first_answer_was_lost_makes_no_second(stand_in: StandIn, schedule: WfmCalendar) -> None:
    stand_in.fault(kind="cut-after", path="/wfm/api/command/AddMeetings")
    with pytest.raises(Temporary):
        await schedule.put(EVENT)
    assert await schedule.put(EVENT) == MEETING_ID
    assert len(stand_in.meetings()) == 1
    assert stand_in.requests()["POST /command/AddMeetings"] == 1  # it was looked up first


async def test_a_meeting_somebody_deleted_is_made_again(stand_in: StandIn, schedule: WfmCalendar) -> None:
    await schedule.put(EVENT)
    stand_in.world.drop_meeting(MEETING_ID)
    await schedule.put(Event(EVENT.session, EVENT.whose, 0, EVENT.title, EVENT.starts, EVENT.ends, MEETING_ID))
    assert len(stand_in.meetings()) == 1


async def test_removing_is_repeatable(stand_in: StandIn, schedule: WfmCalendar) -> None:
    await schedule.put(EVENT)
    await schedule.remove(EVENT)
    await schedule.remove(EVENT)
    assert stand_in.meetings() == []


async def test_a_removal_that_is_refused_is_believed_only_when_the_meeting_is_gone(
    stand_in: StandIn, schedule: WfmCalendar
) -> None:
    refusal = {"kind": "status", "status": 200, "path": "/wfm/api/command/RemoveMeetings", "body": {"Errors": [{}]}}
    stand_in.fault(**refusal)
    await schedule.remove(EVENT)
    await schedule.put(EVENT)
    stand_in.fault(**refusal)
    with pytest.raises(Refused):
        await schedule.remove(EVENT)


async def test_the_coaching_activity_is_found_by_name_and_missed_when_absent(stand_in: StandIn, calls: Calls) -> None:
    named = WfmCalendar(stand_in.wfm(calls, activity=None), stand_in.person(DANA).person_id)
    await named.put(EVENT)
    missing = WfmCalendar(stand_in.wfm(calls, activity="no-such-activity"), stand_in.person(DANA).person_id)
    with pytest.raises(Refused) as caught:
        await missing.put(EVENT)
    assert caught.value.code == NO_ACTIVITY


async def test_people_are_known_by_email(stand_in: StandIn, calls: Calls) -> None:
    people = await stand_in.wfm(calls).people()
    assert people[DANA] == stand_in.person(DANA).person_id
    assert len(people) == 68  # everybody but the office staff


async def test_an_address_two_people_share_is_nobodys(stand_in: StandIn, calls: Calls) -> None:
    team = {"Result": [{"Id": "t"}], "Errors": []}
    two = {"Result": [{"Email": "A@x.example", "Id": "1"}, {"Email": "a@x.example", "Id": "2"}], "Errors": []}
    stand_in.fault(kind="status", status=200, path="/wfm/api/query/Team", body=team)
    stand_in.fault(kind="status", status=200, path="/wfm/api/query/Person", body=two)
    assert await stand_in.wfm(calls).people() == {}


async def test_many_schedules_are_asked_for_a_hundred_at_a_time(stand_in: StandIn, calls: Calls) -> None:
    ids = [person.person_id for person in stand_in.world.people.values() if person.in_wfm]
    found = await stand_in.wfm(calls).schedules([*ids, *(f"nobody-{n}" for n in range(100))], WINDOW)
    assert set(found) == set(ids)
    assert stand_in.requests()["POST /query/Schedule/ScheduleByPersonIds"] == 2
    assert stand_in.requests()["POST /query/Activity/AllActivities"] == 1


async def test_a_person_the_wfm_no_longer_knows_needs_reconnecting(stand_in: StandIn, calls: Calls) -> None:
    with pytest.raises(NeedsReconnecting) as caught:
        await WfmCalendar(stand_in.wfm(calls), "nobody").busy(WINDOW)
    assert caught.value.code == "not_in_wfm"


async def test_a_refused_token_is_the_organisations_to_mend(stand_in: StandIn, calls: Calls) -> None:
    with pytest.raises(Misconfigured) as caught:
        await stand_in.wfm(calls, token="wrong").activities()
    assert (caught.value.code, caught.value.whose) == ("wfm_token_refused", Whose.OPERATOR)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "garbage"}, Temporary),
        ({"kind": "cut-before"}, Temporary),
        ({"kind": "status", "status": 502}, Temporary),
        ({"kind": "status", "status": 404}, Refused),
        ({"kind": "status", "status": 200, "body": {"Result": [], "Errors": [{"Message": "No."}]}}, Refused),
        ({"kind": "status", "status": 200, "body": {}}, Temporary),
        ({"kind": "status", "status": 200, "body": {"status": "ok"}}, Temporary),
        ({"kind": "status", "status": 200, "body": {"Result": None, "Errors": []}}, Temporary),
        ({"kind": "status", "status": 200, "body": {"Result": [{"PersonId": "x"}]}}, Temporary),
    ],
)
async def test_a_read_that_is_not_good_is_no_read(
    stand_in: StandIn, schedule: WfmCalendar, fault: dict[str, object], error: type[Unavailable]
) -> None:
    stand_in.fault(path="/wfm/api/query/Schedule", **fault)
    with pytest.raises(error):
        await schedule.busy(WINDOW)


@pytest.mark.parametrize("body", [{}, {"status": "ok"}])  # an empty body is read as {}
async def test_a_command_whose_answer_is_not_the_wfms_is_not_believed(
    stand_in: StandIn, schedule: WfmCalendar, body: dict[str, object]
) -> None:
    """As from something in between: taken for done, a meeting never written would later look deleted by hand."""
    stand_in.fault(kind="status", status=200, path="/wfm/api/command/AddMeetings", body=body)
    with pytest.raises(Temporary) as caught:
        await schedule.put(EVENT)
    assert (caught.value.code, stand_in.meetings()) == ("garbage", [])
    await schedule.put(EVENT)
    assert len(stand_in.meetings()) == 1
    stand_in.fault(kind="status", status=200, path="/wfm/api/command/RemoveMeetings", body=body)
    with pytest.raises(Temporary):
        await schedule.remove(EVENT)
    await schedule.remove(EVENT)
    assert stand_in.meetings() == []


@pytest.mark.parametrize("body", [{"Result": None, "Errors": []}, {"Errors": []}, {"Result": []}])
async def test_a_command_done_may_say_little(stand_in: StandIn, schedule: WfmCalendar, body: dict[str, object]) -> None:
    stand_in.fault(kind="status", status=200, path="/wfm/api/command/AddMeetings", body=body)
    assert await schedule.put(EVENT) == MEETING_ID


async def test_throttling_names_the_time_to_come_back(stand_in: StandIn, schedule: WfmCalendar) -> None:
    stand_in.fault(kind="status", status=429, retry_after=77)
    with pytest.raises(Temporary) as caught:
        await schedule.probe()
    assert caught.value.retry_at == START + timedelta(seconds=77)


async def test_a_query_waits_a_little_and_a_command_is_not_repeated(stand_in: StandIn, schedule: WfmCalendar) -> None:
    stand_in.fault(kind="status", status=429, retry_after=30, path="/wfm/api/query/Schedule")
    await schedule.probe()
    assert stand_in.requests()["POST /query/Schedule/ScheduleByPersonIds"] == 2
    stand_in.fault(kind="status", status=429, retry_after=30, path="/wfm/api/command/AddMeetings")
    with pytest.raises(Temporary):
        await schedule.put(EVENT)
    assert stand_in.requests()["POST /command/AddMeetings"] == 1

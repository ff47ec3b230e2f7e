"""Google Calendar against the sandbox, over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.google_events import event_id
from pmtui.backend.calendars.protocol import Event, OwnEvent, Refused, Temporary
from pmtui.backend.errors import NeedsReconnecting, PmtuiError
from pmtui.backend.slots.values import DAY_MINUTES, PartyName, Span, to_minute
from tests.clock import START
from tests.stand_in import DANA, StandIn

NOW = to_minute(START)
WINDOW = (NOW - DAY_MINUTES, NOW + 43 * DAY_MINUTES)
AT = START + timedelta(hours=7)
EVENT = Event("K3F9AB", PartyName.COACH, 0, "Coaching session: Sam", AT, AT + timedelta(minutes=30))


@pytest.fixture
def google(stand_in: StandIn, calls: Calls) -> GoogleCalendar:
    """Dana's calendar (Chicago), emptied."""
    stand_in.pull("google_clear_events", DANA)
    return stand_in.google(calls)


def add(stand_in: StandIn, start: str, end: str, **more: Any) -> str:
    kind = "dateTime" if "T" in start else "date"
    event = {"summary": "Doctor", "start": {kind: start}, "end": {kind: end}, **more}
    return str(stand_in.pull("google_add_event", {"person": DANA, "event": event}))


def at(text: str) -> int:
    return to_minute(datetime.fromisoformat(text).replace(tzinfo=UTC))


def me(answer: str) -> dict[str, Any]:
    return {"organizer": {"email": "a@b.example"}, "attendees": [{"email": DANA, "responseStatus": answer}]}


WFH: dict[str, Any] = {"eventType": "workingLocation", "visibility": "public", "transparency": "transparent"}
WFH |= {"workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}}


@pytest.mark.parametrize(
    ("more", "busy"),
    [
        ({}, True),
        ({"transparency": "transparent"}, False),
        ({"status": "tentative"}, True),
        ({"status": "cancelled"}, False),
        ({"eventType": "outOfOffice"}, True),
        ({"eventType": "focusTime"}, True),
        (WFH, False),
        (me("declined"), False),
        (me("needsAction"), True),
        (me("tentative"), True),
        (me("accepted"), True),
    ],
    ids=str,
)
async def test_what_takes_time(stand_in: StandIn, google: GoogleCalendar, more: dict[str, Any], busy: bool) -> None:
    add(stand_in, "2027-03-02T10:00:30Z", "2027-03-02T10:29:10Z", **more)
    expected = (Span(at("2027-03-02T10:00"), at("2027-03-02T10:30")),) if busy else ()  # rounded outwards
    assert (await google.busy(WINDOW)).spans == expected


async def test_days_are_those_of_the_calendars_own_zone(stand_in: StandIn, google: GoogleCalendar) -> None:
    add(stand_in, "2027-03-13", "2027-03-15")  # across the change of the clocks in Chicago
    assert (await google.busy(WINDOW)).spans == (Span(at("2027-03-13T06:00"), at("2027-03-15T05:00")),)


async def test_series_are_read_occurrence_by_occurrence(stand_in: StandIn, google: GoogleCalendar) -> None:
    times = {
        name: {"dateTime": f"2027-03-12T{hour}:00:00", "timeZone": "America/Chicago"}
        for name, hour in (("start", "09"), ("end", "10"))
    }
    stand_in.pull(
        "google_add_event",
        {"person": DANA, "event": {"summary": "Team", **times, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]}},
    )
    spans = (await google.busy(WINDOW)).spans
    assert [span.start for span in spans] == [at(f"2027-03-{day}") for day in ("12T15:00", "13T15:00", "14T14:00")]


async def test_every_page_and_every_chunk_is_read(stand_in: StandIn, google: GoogleCalendar) -> None:
    stand_in.pull("google_pages", {"size": 2, "first_empty": True})
    for day in (1, 20, 61, 62, 99, 129):
        first = START + timedelta(days=day)
        add(stand_in, f"{first:%Y-%m-%dT%H:%M:%SZ}", f"{first + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
    long = (START + timedelta(days=50), START + timedelta(days=58, hours=1))
    add(stand_in, *(f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in long))
    found = await google.busy((NOW, NOW + 130 * DAY_MINUTES))
    assert len(found.spans) == 7
    assert stand_in.requests().total() > 6


async def test_a_page_that_fails_makes_the_whole_read_fail(stand_in: StandIn, google: GoogleCalendar) -> None:
    stand_in.pull("google_pages", {"size": 1})
    for hour in (10, 12):
        add(stand_in, f"2027-03-02T{hour}:00:00Z", f"2027-03-02T{hour}:30:00Z")
    stand_in.fault(kind="status", path="/google/calendar/", skip=1, status=503)
    with pytest.raises(Temporary):
        await google.busy(WINDOW)


async def test_the_sandboxs_own_month_reads_without_a_title(stand_in: StandIn, calls: Calls) -> None:
    found = await stand_in.google(calls).busy(WINDOW)
    assert len(found.spans) > 30
    assert all("summary" not in entry.query for entry in stand_in.world.requests)


async def test_our_event_is_known_again_and_never_busy(stand_in: StandIn, google: GoogleCalendar) -> None:
    provider_id = await google.put(EVENT)
    found = await google.busy(WINDOW)
    assert (found.spans, found.own) == ((), (OwnEvent("K3F9AB", provider_id, EVENT.starts, EVENT.ends),))


async def test_an_event_says_only_what_it_must(stand_in: StandIn, google: GoogleCalendar) -> None:
    await google.put(EVENT)
    (event,) = stand_in.google_events()
    assert (event.starts, event.ends, event.fields["visibility"]) == (EVENT.starts, EVENT.ends, "private")
    assert event.fields["summary"] == EVENT.title
    assert not event.fields.keys() & {"description", "attendees", "location"}


async def test_putting_again_changes_the_one_event(stand_in: StandIn, google: GoogleCalendar) -> None:
    first = await google.put(EVENT)
    assert await google.put(EVENT) == first
    moved = replace(EVENT, title="Renamed", starts=AT + timedelta(hours=1), ends=AT + timedelta(hours=2))
    assert await google.put(replace(moved, provider_id=first)) == first
    assert await google.put(replace(moved, generation=1)) == first  # found by its property, whatever its id
    (event,) = stand_in.google_events()
    assert (event.fields["summary"], event.starts, event.ends) == ("Renamed", moved.starts, moved.ends)


async def test_removing_is_repeatable_and_needs_no_id(stand_in: StandIn, google: GoogleCalendar) -> None:
    provider_id = await google.put(EVENT)
    await google.remove(EVENT)
    assert stand_in.google_events() == []
    await google.remove(EVENT)
    await google.remove(replace(EVENT, provider_id=provider_id))
    await google.remove(replace(EVENT, provider_id="pmnever"))


async def test_an_id_that_was_deleted_is_revived(stand_in: StandIn, google: GoogleCalendar) -> None:
    first = await google.put(EVENT)
    stand_in.pull("google_delete_event", {"person": DANA, "id": first})
    assert (await google.busy(WINDOW)).own == ()
    assert await google.put(replace(EVENT, provider_id=first, title="Again")) == first
    (event,) = stand_in.google_events()
    assert (event.id, event.fields["summary"]) == (first, "Again")


@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
async def test_a_repeat_whose_first_answer_was_lost_makes_no_second(
    stand_in: StandIn, google: GoogleCalendar, kind: str
) -> None:
    stand_in.fault(kind=kind, path="/google/calendar/", method="POST")
    with pytest.raises(Temporary):
        await google.put(EVENT)
    await google.put(EVENT)
    assert [event.id for event in stand_in.google_events()] == [event_id(EVENT)]


async def test_a_change_in_the_same_moment_is_looked_at_again(stand_in: StandIn, google: GoogleCalendar) -> None:
    first = await google.put(EVENT)
    stand_in.fault(kind="status", path="/google/calendar/", method="PATCH", status=412, reason="conditionNotMet")
    assert await google.put(replace(EVENT, title="Mine")) == first
    assert [event.fields["summary"] for event in stand_in.google_events()] == ["Mine"]
    stand_in.fault(
        kind="status", path="/google/calendar/", method="PATCH", status=412, reason="conditionNotMet", count=3
    )
    with pytest.raises(Temporary, match="does not answer properly"):
        await google.put(EVENT)


async def test_an_event_made_all_day_by_hand_is_put_right(stand_in: StandIn, google: GoogleCalendar) -> None:
    first = await google.put(EVENT)
    changes = {"start": {"date": "2027-03-01", "dateTime": None}, "end": {"date": "2027-03-02", "dateTime": None}}
    stand_in.pull("google_change_event", {"person": DANA, "id": first, "changes": changes})
    await google.put(replace(EVENT, provider_id=first))
    (event,) = stand_in.google_events()
    assert (event.all_day, event.starts) == (False, EVENT.starts)


async def test_somebody_elses_event_under_our_id_is_left_alone(stand_in: StandIn, google: GoogleCalendar) -> None:
    theirs = {"extendedProperties": {"private": {"pmtuiSession": "OTHER"}}, "id": event_id(EVENT)}
    add(stand_in, "2027-03-02T10:00:00Z", "2027-03-02T11:00:00Z", **theirs)
    with pytest.raises(Refused) as caught:
        await google.put(EVENT)
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "rateLimitExceeded", Temporary),
        (403, "userRateLimitExceeded", Temporary),
        (403, "forbidden", Refused),
        (400, "badRequest", Refused),
        (404, "notFound", Refused),
        (500, "backendError", Temporary),
        (503, "backendError", Temporary),
    ],
)
async def test_what_errors_mean(
    stand_in: StandIn, google: GoogleCalendar, status: int, reason: str, error: type[PmtuiError]
) -> None:
    stand_in.fault(kind="status", path="/google/calendar/", status=status, reason=reason)
    with pytest.raises(error) as caught:
        await google.busy(WINDOW)
    assert type(caught.value) is error
    await google.probe()


async def test_a_refused_token_is_tried_once_more(stand_in: StandIn, google: GoogleCalendar) -> None:
    stand_in.fault(kind="401-once", path="/google/calendar/")
    await google.probe()
    stand_in.fault(kind="401-once", path="/google/calendar/", count=2)
    with pytest.raises(NeedsReconnecting) as caught:
        await google.probe()
    assert caught.value.code == "authError"


@pytest.mark.parametrize("kind", ["garbage", "cut-before"])
async def test_no_answer_is_no_free_time(stand_in: StandIn, google: GoogleCalendar, kind: str) -> None:
    stand_in.fault(kind=kind, path="/google/calendar/")
    with pytest.raises(Temporary):
        await google.busy(WINDOW)


async def test_the_calendar_names_its_zone(google: GoogleCalendar) -> None:
    assert await google.zone_name() == "America/Chicago"

"""Microsoft Graph as a calendar client meets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from pmtui.sandbox.calendars import Event
from pmtui.sandbox.times import parse, seconds_z
from pmtui.sandbox.world import World
from tests.sandbox import browser
from tests.sandbox.conftest import START, Hands

DANA, PRIYA = "dana@acme.example", "priya@acme.example"
V1 = "/graph/v1.0"
PROPERTY = "String {8B1F2F0A-6A3C-4C0E-9C55-2B3E4F5A6B7C} Name pmtuiSession"
WINDOW = {"startDateTime": seconds_z(START), "endDateTime": seconds_z(START + timedelta(days=28))}

Signed = Callable[..., httpx2.Client]


@pytest.fixture
def signed(http: httpx2.Client) -> Signed:
    """The client, signed in as that person."""

    def become(email: str = DANA, **changes: str) -> httpx2.Client:
        http.headers["authorization"] = "Bearer " + browser.sign_in(http, email, **changes)["access_token"]
        return http

    return become


def body(**changes: Any) -> dict[str, Any]:
    """A request for an event as an app writes it."""
    return {
        "subject": "Coaching session: Bianca Baker",
        "start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-03-15T15:30:00.0000000", "timeZone": "UTC"},
        "showAs": "busy",
        "sensitivity": "private",
        "transactionId": "9a1f7c1e-0000-5000-8000-000000000001",
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": "session-1"}],
    } | changes


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refused request."""
    error = answer.json()["error"]
    assert set(error) >= {"code", "message", "innerError"}
    return answer.status_code, error["code"]


def test_who_has_no_live_token_is_turned_away(http: httpx2.Client, signed: Signed, hands: Hands) -> None:
    assert code(http.get(f"{V1}/me")) == (401, "InvalidAuthenticationToken")
    assert code(http.get(f"{V1}/me", headers={"Authorization": "Bearer nonsense"})) == (
        401,
        "InvalidAuthenticationToken",
    )
    signed()
    assert http.get(f"{V1}/me").status_code == 200
    hands.forward(seconds=3599)
    late = http.get(f"{V1}/me")
    assert code(late) == (401, "InvalidAuthenticationToken")
    assert "expired" in late.json()["error"]["message"]
    assert late.headers["www-authenticate"].startswith("Bearer")


def test_a_permission_not_given_is_a_403(signed: Signed) -> None:
    http = signed(scope="openid Calendars.Read")
    assert http.get(f"{V1}/me/calendarView", params=WINDOW).status_code == 200
    assert code(http.post(f"{V1}/me/events", json=body())) == (403, "ErrorAccessDenied")
    assert code(http.get(f"{V1}/me/mailboxSettings")) == (403, "ErrorAccessDenied")
    assert code(http.get(f"{V1}/me")) == (403, "ErrorAccessDenied")


def test_the_account_and_its_zone_by_its_windows_name(signed: Signed) -> None:
    http = signed(PRIYA)
    assert http.get(f"{V1}/me").json()["userPrincipalName"] == PRIYA
    assert http.get(f"{V1}/me/mailboxSettings").json()["timeZone"] == "India Standard Time"


def test_a_view_holds_what_overlaps_the_window_and_nothing_else(
    http: httpx2.Client, signed: Signed, world: World
) -> None:
    signed()
    world.outlook.events[DANA].clear()
    noon = datetime(2027, 3, 20, 12, tzinfo=UTC)
    for name, start, minutes in (("before", -60, 60), ("over", -30, 60), ("in", 10, 10), ("after", 60, 30)):
        starts, ends = noon + timedelta(minutes=start), noon + timedelta(minutes=start + minutes)
        event = Event(id=name, subject=name, starts=starts, ends=ends, created_at=START, modified_at=START)
        world.add_event(DANA, event)
    window = {"startDateTime": "2027-03-20T12:00:00Z", "endDateTime": "2027-03-20T14:00:00+01:00"}
    found = http.get(f"{V1}/me/calendarView", params=window).json()["value"]
    assert [event["subject"] for event in found] == ["over", "in"]
    assert found[0]["start"] == {"dateTime": "2027-03-20T11:30:00.0000000", "timeZone": "UTC"}


def test_only_the_selected_fields_come_back(signed: Signed) -> None:
    http = signed()
    wanted = "id,showAs,start,end,isAllDay,isCancelled"
    found = http.get(f"{V1}/me/calendarView", params=WINDOW | {"$select": wanted}).json()["value"]
    assert {name for event in found for name in event} == {"@odata.etag", *wanted.split(",")}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"$select": "id,titel"}, "RequestBroker--ParseUri"),
        ({"$expand": "attachments"}, "RequestBroker--ParseUri"),
        ({"$search": "lunch"}, "BadRequest"),
        ({"$top": "1001"}, "ErrorInvalidParameter"),
        ({"$top": "0"}, "ErrorInvalidParameter"),
        ({"$top": "ten"}, "BadRequest"),
        ({"startDateTime": "yesterday"}, "ErrorInvalidParameter"),
        ({"endDateTime": "2027-03-01T00:00:00Z"}, "ErrorInvalidParameter"),
    ],
)
def test_a_view_refuses_what_it_does_not_know(signed: Signed, changes: dict[str, str], error: str) -> None:
    assert code(signed().get(f"{V1}/me/calendarView", params=WINDOW | changes)) == (400, error)


def test_a_view_needs_a_window(signed: Signed) -> None:
    assert code(signed().get(f"{V1}/me/calendarView")) == (400, "ErrorInvalidRequest")


def test_following_the_links_brings_every_event_once(signed: Signed) -> None:
    http = signed()
    whole = http.get(f"{V1}/me/calendarView", params=WINDOW | {"$top": 999}).json()
    assert "@odata.nextLink" not in whole
    first = http.get(f"{V1}/me/calendarView", params=WINDOW).json()
    assert len(first["value"]) == 10
    collected, link = (
        [],
        f"{V1}/me/calendarView?" + str(httpx2.QueryParams(WINDOW | {"$top": "7", "$select": "subject"})),
    )
    while link:
        page = http.get(link).json()
        assert len(page["value"]) <= 7
        assert all("start" not in event for event in page["value"])
        collected += [event["id"] for event in page["value"]]
        link = page.get("@odata.nextLink", "")
    assert collected == [event["id"] for event in whole["value"]]
    assert len(collected) > 40


def test_whole_days_read_midnight_to_midnight_but_lie_where_the_owner_lives(
    http: httpx2.Client, signed: Signed
) -> None:
    signed(PRIYA)
    http.post("/__world", json={"clear_events": PRIYA})
    http.post("/__world", json={"add_event": {"person": PRIYA, "subject": "Off", "on": "2027-03-17", "showAs": "oof"}})
    asked = {"startDateTime": "2027-03-16T18:00:00Z", "endDateTime": "2027-03-16T19:00:00Z"}  # Kolkata: midnight
    (event,) = http.get(f"{V1}/me/calendarView", params=asked).json()["value"]
    assert (event["isAllDay"], event["showAs"]) == (True, "oof")
    assert event["start"] == {"dateTime": "2027-03-17T00:00:00.0000000", "timeZone": "UTC"}
    assert event["end"] == {"dateTime": "2027-03-18T00:00:00.0000000", "timeZone": "UTC"}
    asked = {"startDateTime": "2027-03-17T18:30:00Z", "endDateTime": "2027-03-17T23:00:00Z"}
    assert http.get(f"{V1}/me/calendarView", params=asked).json()["value"] == []


def test_a_weekly_meeting_comes_as_its_occurrences_and_keeps_its_local_time(signed: Signed) -> None:
    found = signed().get(f"{V1}/me/calendarView", params=WINDOW | {"$top": 999}).json()["value"]
    meetings = [event for event in found if event["subject"] == "Team meeting"]
    assert len(meetings) == 5  # today's is still on
    assert len({event["seriesMasterId"] for event in meetings}) == 1
    assert {event["type"] for event in meetings} == {"occurrence"}
    utc = [parse(event["start"]["dateTime"], UTC) for event in meetings]
    assert {moment.astimezone(ZoneInfo("America/Chicago")).strftime("%a %H:%M") for moment in utc} == {"Wed 10:00"}
    assert {moment.hour for moment in utc} == {15, 16}  # the clocks went forward in between


def test_times_come_in_the_zone_asked_for(signed: Signed) -> None:
    http = signed()
    made = http.post(f"{V1}/me/events", json=body()).json()["id"]
    answer = http.get(f"{V1}/me/events/{made}", headers={"Prefer": 'outlook.timezone="Central Standard Time"'})
    assert answer.json()["start"] == {"dateTime": "2027-03-15T10:00:00.0000000", "timeZone": "Central Standard Time"}
    assert answer.headers["preference-applied"] == 'outlook.timezone="Central Standard Time"'
    wrong = http.get(f"{V1}/me/events/{made}", headers={"Prefer": 'outlook.timezone="Mars"'})
    assert code(wrong) == (400, "TimeZoneNotSupportedException")


def test_both_kinds_of_id_find_the_event(signed: Signed) -> None:
    http = signed()
    usual = http.post(f"{V1}/me/events", json=body()).json()["id"]
    lasting = http.get(f"{V1}/me/events/{usual}", headers={"Prefer": 'IdType="ImmutableId"'}).json()["id"]
    assert usual != lasting
    assert http.get(f"{V1}/me/events/{lasting}").json()["id"] == usual


def test_an_event_is_made_and_its_property_is_kept_but_not_echoed(http: httpx2.Client, signed: Signed) -> None:
    signed()
    answer = http.post(f"{V1}/me/events", json=body())
    assert answer.status_code == 201
    made = answer.json()
    assert (made["sensitivity"], made["showAs"], made["type"]) == ("private", "busy", "singleInstance")
    assert made["transactionId"] == body()["transactionId"]
    assert "singleValueExtendedProperties" not in made
    lower = PROPERTY.replace("8B1F2F0A", "8b1f2f0a")
    expanded = http.get(
        f"{V1}/me/calendarView",
        params=WINDOW | {"$top": "999", "$expand": f"singleValueExtendedProperties($filter=id eq '{lower}')"},
    ).json()["value"]
    (own,) = [event for event in expanded if "singleValueExtendedProperties" in event]
    assert own["id"] == made["id"]
    assert own["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": "session-1"}]
    (state,) = http.get(f"/__state?written=1&person={DANA}").json()["accounts"][DANA]["events"]
    assert state["singleValueExtendedProperties"] == {PROPERTY: "session-1"}


def test_events_are_found_by_their_property(signed: Signed) -> None:
    http = signed()
    made = http.post(f"{V1}/me/events", json=body()).json()["id"]

    def find(name: str, value: str) -> list[str]:
        clause = f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{value}')"
        found = http.get(f"{V1}/me/events", params={"$filter": clause}).json()["value"]
        assert all("singleValueExtendedProperties" not in event for event in found)
        return [event["id"] for event in found]

    assert find(PROPERTY, "SESSION-1") == [made]
    assert find(PROPERTY, "session-2") == []
    props = [{"id": PROPERTY, "value": "O'Hara"}]
    other = http.post(f"{V1}/me/events", json=body(transactionId="2", singleValueExtendedProperties=props)).json()["id"]
    assert find(PROPERTY, "O''Hara") == [other]
    assert find(PROPERTY.replace("pmtui", "PMTUI"), "session-1") == []
    assert code(http.get(f"{V1}/me/events", params={"$filter": "subject eq 'x'"})) == (400, "BadRequest")


def test_a_repeated_transaction_makes_no_second_event(http: httpx2.Client, signed: Signed, world: World) -> None:
    signed()
    made = http.post(f"{V1}/me/events", json=body()).json()["id"]
    again = http.post(f"{V1}/me/events", json=body(subject="Other"))
    assert code(again) == (409, "ErrorDuplicateTransactionId")
    assert "@event.existingEventId" not in again.json()["error"]
    http.post("/__world", json={"duplicates": {"status": 400, "names_event": True}})
    again = http.post(f"{V1}/me/events", json=body())
    assert code(again) == (400, "ErrorDuplicateTransactionId")
    assert again.json()["error"]["@event.existingEventId"] == made
    assert sum(event.by_app for event in world.outlook.of(DANA).values()) == 1
    http.delete(f"{V1}/me/events/{made}")
    assert code(http.post(f"{V1}/me/events", json=body())) == (400, "ErrorDuplicateTransactionId")
    assert http.post(f"{V1}/me/events", json=body(transactionId="another")).status_code == 201


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"start": {"dateTime": "2027-03-15T15:00:00Z", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2027-03-15T15:00:00"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "soon", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "Mars"}}, "TimeZoneNotSupportedException"),
        (
            {"start": {"dateTime": "2027-03-15T15:31:00", "timeZone": "UTC"}},
            "ErrorCalendarEndDateIsEarlierThanStartDate",
        ),
        ({"isAllDay": True}, "ErrorPropertyValidationFailure"),
        ({"attendees": []}, "RequestBodyRead"),
        ({"titel": "x"}, "RequestBodyRead"),
        ({"showAs": "away"}, "RequestBodyRead"),
        ({"sensitivity": "secret"}, "RequestBodyRead"),
        ({"singleValueExtendedProperties": [{"id": "pmtuiSession", "value": "1"}]}, "ErrorInvalidProperty"),
        ({"singleValueExtendedProperties": [{"id": PROPERTY}]}, "ErrorPropertyValidationFailure"),
    ],
)
def test_an_event_graph_would_not_take_is_refused(
    signed: Signed, world: World, changes: dict[str, Any], error: str
) -> None:
    assert code(signed().post(f"{V1}/me/events", json=body(**changes))) == (400, error)
    assert not any(event.by_app for event in world.outlook.of(DANA).values())


def test_a_body_must_be_json_and_say_so(signed: Signed) -> None:
    http = signed()
    assert code(http.post(f"{V1}/me/events", content=b"{}")) == (415, "UnsupportedMediaType")
    cut = http.post(f"{V1}/me/events", content=b'{"subj', headers={"Content-Type": "application/json"})
    assert code(cut) == (400, "BadRequest")


def test_a_change_touches_what_it_names_and_respects_versions(signed: Signed) -> None:
    http = signed()
    made = http.post(f"{V1}/me/events", json=body()).json()
    at = f"{V1}/me/events/{made['id']}"
    later = {"dateTime": "2027-03-15T16:00:00", "timeZone": "UTC"}
    changed = http.patch(at, json={"end": later}, headers={"If-Match": made["@odata.etag"]})
    assert changed.status_code == 200
    assert changed.json()["end"]["dateTime"] == "2027-03-15T16:00:00.0000000"
    assert changed.json()["start"] == made["start"]
    assert changed.json()["subject"] == made["subject"]
    stale = http.patch(at, json={"subject": "Other"}, headers={"If-Match": made["@odata.etag"]})
    assert code(stale) == (412, "ErrorIrresolvableConflict")
    assert code(http.patch(at, json={"transactionId": "other"})) == (400, "ErrorPropertyValidationFailure")


def test_what_is_deleted_or_not_mine_is_not_found(http: httpx2.Client, signed: Signed) -> None:
    signed()
    mine = http.post(f"{V1}/me/events", json=body()).json()["id"]
    signed(PRIYA)
    assert code(http.get(f"{V1}/me/events/{mine}")) == (404, "ErrorItemNotFound")
    assert code(http.delete(f"{V1}/me/events/{mine}")) == (404, "ErrorItemNotFound")
    signed()
    assert http.delete(f"{V1}/me/events/{mine}").status_code == 204
    assert code(http.delete(f"{V1}/me/events/{mine}")) == (404, "ErrorItemNotFound")
    assert code(http.patch(f"{V1}/me/events/{mine}", json={"subject": "x"})) == (404, "ErrorItemNotFound")

"""Lists of Google Calendar events as a calendar client meets them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from pmtui.sandbox.world import World
from tests.sandbox import google_browser
from tests.sandbox.conftest import Hands
from tests.sandbox.google_client import DANA, EVENTS, PRIYA, add, listed, reason, timed

WINDOW = {"timeMin": "2027-03-10T00:00:00Z", "timeMax": "2027-04-10T00:00:00Z"}
BUSY = (
    "items(id,status,transparency,eventType,start,end,attendees(self,responseStatus),extendedProperties/private),"
    "nextPageToken,timeZone"
)


@pytest.fixture
def full(http: httpx2.Client) -> httpx2.Client:
    """A client signed in as Dana, with the calendar the sandbox starts with."""
    http.headers["authorization"] = "Bearer " + google_browser.sign_in(http, DANA)["access_token"]
    return http


def test_who_has_no_live_token_is_turned_away(http: httpx2.Client, hands: Hands) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic nonsense"}):
        answer = http.get(EVENTS, headers=headers)
        assert reason(answer) == (401, "authError")
        assert answer.json()["error"]["errors"][0]["location"] == "Authorization"


def test_a_scope_not_granted_is_a_403(http: httpx2.Client) -> None:
    scope = f"openid {google_browser.READ_ONLY}"
    http.headers["authorization"] = "Bearer " + google_browser.sign_in(http, DANA, scope=scope)["access_token"]
    assert http.get(EVENTS).status_code == 200
    body = timed("15:00", "15:30")
    assert reason(http.post(EVENTS, json=body)) == (403, "insufficientPermissions")
    assert reason(http.delete(f"{EVENTS}/abcde")) == (403, "insufficientPermissions")


def test_the_calendar_goes_by_primary_or_its_owners_address_and_others_are_not_found(dana: httpx2.Client) -> None:
    mine = add(dana, **timed("15:00", "16:00"))
    by_address = dana.get(f"/google/calendar/v3/calendars/{DANA}/events").json()
    assert [one["id"] for one in by_address["items"]] == [mine]
    assert reason(dana.get(f"/google/calendar/v3/calendars/{PRIYA}/events")) == (404, "notFound")


def test_the_collection_tells_the_calendars_zone(dana: httpx2.Client) -> None:
    document = dana.get(EVENTS, params=WINDOW).json()
    assert (document["kind"], document["timeZone"], document["accessRole"]) == (
        "calendar#events",
        "America/Chicago",
        "owner",
    )
    assert document["items"] == []
    assert "nextPageToken" not in document


def test_time_min_bounds_the_end_and_time_max_the_start_neither_included(dana: httpx2.Client) -> None:
    for name, start, end in (
        ("ends at the edge", "10:00", "12:00"),
        ("reaches in", "11:00", "12:01"),
        ("inside", "12:30", "13:00"),
        ("reaches out", "13:59", "15:00"),
        ("starts at the edge", "14:00", "15:00"),
        ("around", "08:00", "20:00"),
    ):
        add(dana, summary=name, **timed(start, end))
    found = listed(dana, timeMin="2027-03-15T12:00:00Z", timeMax="2027-03-15T15:00:00+01:00")
    assert {one["summary"] for one in found} == {"reaches in", "inside", "reaches out", "around"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"timeMin": "2027-03-15T12:00:00"}, "badRequest"),
        ({"timeMax": "tomorrow"}, "badRequest"),
        ({"timeMin": "2027-03-15"}, "badRequest"),
        ({"timeMin": "2027-03-15T12:00:00Z", "timeMax": "2027-03-15T12:00:00Z"}, "timeRangeEmpty"),
        ({"maxResults": "0"}, "badRequest"),
        ({"maxResults": "many"}, "badRequest"),
        ({"maxAttendees": "0"}, "badRequest"),
        ({"singleEvents": "yes"}, "badRequest"),
        ({"orderBy": "startTime"}, "badRequest"),
        ({"orderBy": "summary", "singleEvents": "true"}, "badRequest"),
        ({"timeZone": "Mars"}, "badRequest"),
        ({"pageToken": "made-up"}, "invalid"),
        ({"privateExtendedProperty": "no-equals"}, "badRequest"),
        ({"$top": "10"}, "badRequest"),
        ({"alt": "xml"}, "badRequest"),
        ({"q": "lunch"}, "badRequest"),
        ({"syncToken": "x"}, "badRequest"),
        ({"fields": "items(titel)"}, "invalidParameter"),
        ({"fields": "items(id"}, "invalidParameter"),
        ({"fields": "items(id))"}, "invalidParameter"),
        ({"fields": "items(id),"}, "invalidParameter"),
        ({"fields": "items id"}, "invalidParameter"),
        ({"fields": ""}, "invalidParameter"),
    ],
)
def test_a_request_google_would_not_take_is_a_400(dana: httpx2.Client, asked: dict[str, str], expected: str) -> None:
    assert reason(dana.get(EVENTS, params=asked)) == (400, expected)


def test_deleted_events_show_only_to_who_asks(dana: httpx2.Client) -> None:
    kept, gone = add(dana, **timed("10:00", "11:00")), add(dana, **timed("12:00", "13:00"))
    dana.post("/__world", json={"google_delete_event": {"person": DANA, "id": gone}})
    assert [one["id"] for one in listed(dana)] == [kept]
    found = {one["id"]: one["status"] for one in listed(dana, showDeleted="true")}
    assert found == {kept: "confirmed", gone: "cancelled"}


def test_following_the_tokens_brings_every_event_once(full: httpx2.Client) -> None:
    asked = WINDOW | {"singleEvents": "true"}
    whole = full.get(EVENTS, params=asked | {"maxResults": "2500"}).json()
    assert "nextPageToken" not in whole
    assert len(whole["items"]) > 50
    page = full.get(EVENTS, params=asked | {"maxResults": "7"}).json()
    pages = [[one["id"] for one in page["items"]]]
    while "nextPageToken" in page:
        more = {"maxResults": "7", "pageToken": page["nextPageToken"]}
        page = full.get(EVENTS, params=asked | more).json()
        pages.append([one["id"] for one in page["items"]])
    assert {len(page) for page in pages[:-1]} == {7}
    assert [one for page in pages for one in page] == [one["id"] for one in whole["items"]]


def test_a_page_holds_250_events_unless_asked_and_never_more_than_2500(dana: httpx2.Client, world: World) -> None:
    first = add(dana, **timed("10:00", "11:00"))
    event = world.google.of(DANA)[first]
    for number in range(2600):
        world.google.keep(DANA, _copy(event, f"copy{number:05d}"))
    assert len(listed(dana)) == 250
    assert len(listed(dana, maxResults="9999")) == 2500


def _copy(event: Any, event_id: str) -> Any:
    return replace(event, id=event_id)


def test_a_token_is_good_for_its_own_query_only(full: httpx2.Client) -> None:
    token = full.get(EVENTS, params=WINDOW | {"maxResults": "5"}).json()["nextPageToken"]
    assert full.get(EVENTS, params=WINDOW | {"pageToken": token}).status_code == 200
    other = WINDOW | {"timeMax": "2027-05-01T00:00:00Z", "pageToken": token}
    assert reason(full.get(EVENTS, params=other)) == (400, "invalid")


def test_a_page_may_be_short_or_empty_and_still_not_be_the_last(dana: httpx2.Client) -> None:
    ids = {add(dana, **timed("10:00", "11:00")) for _ in range(5)}
    dana.post("/__world", json={"google_pages": {"size": 2, "first_empty": True}})
    asked = {"maxResults": "2500"}
    first = dana.get(EVENTS, params=asked).json()
    assert first["items"] == []
    found, token = [], first["nextPageToken"]
    while token:
        page = dana.get(EVENTS, params=asked | {"pageToken": token}).json()
        assert 1 <= len(page["items"]) <= 2
        found += [one["id"] for one in page["items"]]
        token = page.get("nextPageToken")
    assert (len(found), set(found)) == (5, ids)


def test_a_new_event_between_two_pages_shifts_nothing(dana: httpx2.Client) -> None:
    before = {add(dana, **timed("10:00", "11:00")) for _ in range(9)}
    page = dana.get(EVENTS, params={"maxResults": "4"}).json()
    for _ in range(6):
        add(dana, **timed("10:00", "11:00"))
    found = [one["id"] for one in page["items"]]
    while "nextPageToken" in page:
        page = dana.get(EVENTS, params={"maxResults": "4", "pageToken": page["nextPageToken"]}).json()
        found += [one["id"] for one in page["items"]]
    assert before <= set(found)
    assert len(found) == len(set(found))


def test_events_come_in_the_order_asked_for_and_otherwise_in_none(dana: httpx2.Client, hands: Hands) -> None:
    late = add(dana, **timed("16:00", "17:00"))
    hands.forward(minutes=1)
    early = add(dana, **timed("08:00", "09:00"))
    assert [one["id"] for one in listed(dana, orderBy="startTime", singleEvents="true")] == [early, late]
    assert [one["id"] for one in listed(dana, orderBy="updated")] == [late, early]
    hours = [add(dana, **timed(f"{hour:02d}:00", f"{hour:02d}:30")) for hour in range(10)]
    shown = [one["id"] for one in listed(dana) if one["id"] in hours]
    assert shown != sorted(shown, key=hours.index)
    assert shown == [one["id"] for one in listed(dana) if one["id"] in hours]


def test_only_the_selected_fields_come_back(full: httpx2.Client) -> None:
    document = full.get(EVENTS, params=WINDOW | {"singleEvents": "true", "fields": BUSY}).json()
    assert set(document) == {"items", "timeZone"}
    names = {name for one in document["items"] for name in one}
    assert names == {"id", "status", "transparency", "eventType", "start", "end", "attendees"}
    assert {name for one in document["items"] for who in one.get("attendees", []) for name in who} == {
        "self",
        "responseStatus",
    }
    assert "Focus time" not in str(document)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("items/id", {"items": [{"id": "abcde"}]}),
        ("items(start/dateTime,end(dateTime))", {"items": [{"start": {"dateTime": 1}, "end": {"dateTime": 1}}]}),
        (
            "items/extendedProperties/private/pm,kind",
            {"items": [{"extendedProperties": {"private": {"pm": 1}}}], "kind": 1},
        ),
        ("timeZone", {"timeZone": 1}),
        ("nextPageToken", {}),
    ],
)
def test_a_selection_reaches_as_deep_as_it_says(dana: httpx2.Client, fields: str, expected: Any) -> None:
    add(dana, id="abcde", extendedProperties={"private": {"pm": "1", "other": "2"}}, **timed("10:00", "11:00"))
    document = dana.get(EVENTS, params={"fields": fields}).json()
    assert _shape(document) == _shape(expected)


def test_a_star_stands_for_every_field(dana: httpx2.Client) -> None:
    add(dana, **timed("10:00", "11:00"))
    (event,) = dana.get(EVENTS, params={"fields": "items/*/timeZone"}).json()["items"]
    assert event["start"] == event["end"] == {"timeZone": "America/Chicago"}
    assert event["eventType"] == "default"


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(inside) for name, inside in value.items()}
    return [_shape(one) for one in value] if isinstance(value, list) else None


def test_of_many_attendees_only_oneself_is_shown(dana: httpx2.Client) -> None:
    people = [{"email": DANA, "responseStatus": "declined"}, {"email": PRIYA, "responseStatus": "accepted"}]
    invited = add(dana, organizer={"email": PRIYA}, attendees=people, **timed("10:00", "11:00"))
    alone = add(dana, attendees=people[:1], **timed("10:00", "11:00"))
    found = {one["id"]: one for one in listed(dana, maxAttendees="1")}
    assert found[invited]["attendees"] == [{"email": DANA, "responseStatus": "declined", "self": True}]
    assert found[invited]["attendeesOmitted"] is True
    assert found[invited]["organizer"] == {"email": PRIYA}
    assert "attendeesOmitted" not in found[alone]
    both = {one["id"]: one for one in listed(dana)}[invited]["attendees"]
    assert [one.get("self", False) for one in both] == [True, False]
    assert [one.get("organizer", False) for one in both] == [False, True]


def test_times_come_in_the_calendars_zone_or_the_one_asked_for(dana: httpx2.Client) -> None:
    made = add(dana, **timed("15:00", "16:00"))
    assert listed(dana)[0]["start"] == {"dateTime": "2027-03-15T10:00:00-05:00", "timeZone": "America/Chicago"}
    assert listed(dana, timeZone="UTC")[0]["start"]["dateTime"] == "2027-03-15T15:00:00Z"
    one = dana.get(f"{EVENTS}/{made}", params={"timeZone": "Asia/Kolkata"}).json()
    assert one["end"]["dateTime"] == "2027-03-15T21:30:00+05:30"


def test_whole_days_are_dates_and_lie_where_the_calendar_does(dana: httpx2.Client) -> None:
    add(dana, summary="Off", start={"date": "2027-03-15"}, end={"date": "2027-03-16"})
    before = listed(dana, timeMin="2027-03-15T04:00:00Z", timeMax="2027-03-15T05:00:00Z")
    inside = listed(dana, timeMin="2027-03-15T05:00:00Z", timeMax="2027-03-15T05:01:00Z", timeZone="UTC")
    after = listed(dana, timeMin="2027-03-16T05:00:00Z", timeMax="2027-03-16T06:00:00Z")
    assert (before, after) == ([], [])
    assert (inside[0]["start"], inside[0]["end"]) == ({"date": "2027-03-15"}, {"date": "2027-03-16"})


def test_events_are_found_by_property_type_uid_and_change(dana: httpx2.Client, hands: Hands) -> None:
    ours = add(dana, extendedProperties={"private": {"pm": "1"}, "shared": {"s": "2"}}, **timed("10:00", "11:00"))
    hands.forward(minutes=1)
    focus = add(dana, eventType="focusTime", **timed("12:00", "13:00"))

    def ids(**asked: str) -> list[str]:
        return [one["id"] for one in listed(dana, **asked)]

    assert ids(privateExtendedProperty="pm=1") == [ours]
    assert ids(privateExtendedProperty="pm=2") == []
    assert ids(sharedExtendedProperty="s=2") == [ours]
    assert ids(eventTypes="focusTime") == [focus]
    assert ids(iCalUID=f"{focus}@google.com") == [focus]
    assert ids(updatedMin="2027-03-10T15:31:00Z") == [focus]
    dana.post("/__world", json={"google_delete_event": {"person": DANA, "id": ours}})
    assert set(ids(updatedMin="2027-03-10T15:31:00Z")) == {ours, focus}

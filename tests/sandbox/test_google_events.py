"""Writing Google Calendar events as a calendar client does."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from pmtui.sandbox.world import World
from tests.sandbox import google_browser
from tests.sandbox.conftest import Hands
from tests.sandbox.google_client import DANA, EVENTS, PRIYA, add, listed, reason, timed

OWN = "pm0123456789abcdef"
_BIRTHDAY: dict[str, Any] = {
    "eventType": "birthday",
    "transparency": "transparent",
    "visibility": "private",
    "start": {"date": "2027-03-15"},
    "end": {"date": "2027-03-16"},
    "recurrence": ["RRULE:FREQ=YEARLY"],
}


def body(**changes: Any) -> dict[str, Any]:
    """A request for an event as an app writes it."""
    return {
        "id": OWN,
        "summary": "Coaching session: Bianca Baker",
        "start": {"dateTime": "2027-03-15T15:00:00+00:00"},
        "end": {"dateTime": "2027-03-15T15:30:00Z"},
        "visibility": "private",
        "extendedProperties": {"private": {"pmtuiSession": "1"}},
    } | changes


def made(http: httpx2.Client, **changes: Any) -> dict[str, Any]:
    """An event written by the app, as Google answers."""
    answer = http.post(EVENTS, json=body(**changes), params={"sendUpdates": "none"})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_an_event_is_made_with_the_apps_own_id_and_all_it_brings(dana: httpx2.Client) -> None:
    answer = dana.post(EVENTS, json=body(), params={"sendUpdates": "none"})
    event = answer.json()
    assert (event["id"], event["kind"], event["status"], event["eventType"]) == (
        OWN,
        "calendar#event",
        "confirmed",
        "default",
    )
    assert event["etag"] == answer.headers["etag"]
    assert event["extendedProperties"] == {"private": {"pmtuiSession": "1"}}
    assert (event["visibility"], event["iCalUID"], event["sequence"]) == ("private", f"{OWN}@google.com", 0)
    assert event["start"] == {"dateTime": "2027-03-15T10:00:00-05:00", "timeZone": "America/Chicago"}
    assert event["organizer"] == event["creator"] == {"email": DANA, "self": True}
    assert "transparency" not in event  # defaults are left out
    assert dana.get(f"{EVENTS}/{OWN}").json() == event
    assert listed(dana) == [event]


def test_without_an_id_google_makes_one(dana: httpx2.Client) -> None:
    first, second = (dana.post(EVENTS, json=timed("10:00", "11:00")).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert set(first["id"]) <= set("0123456789abcdefghijklmnopqrstuv")


def test_a_repeated_id_makes_no_second_event_not_even_after_a_delete(dana: httpx2.Client) -> None:
    made(dana)
    assert reason(dana.post(EVENTS, json=body(summary="Other"))) == (409, "duplicate")
    dana.delete(f"{EVENTS}/{OWN}")
    assert reason(dana.post(EVENTS, json=body())) == (409, "duplicate")
    assert dana.get(f"{EVENTS}/{OWN}").json()["status"] == "cancelled"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_deleted_event_comes_back_by_an_update(dana: httpx2.Client, method: str) -> None:
    made(dana)
    dana.delete(f"{EVENTS}/{OWN}")
    sent = body() if method == "PUT" else {"status": "confirmed"}
    answer = dana.request(method, f"{EVENTS}/{OWN}", json=sent)
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert [one["id"] for one in listed(dana)] == [OWN]
    assert dana.delete(f"{EVENTS}/{OWN}").status_code == 204


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "pm-1"}, "invalid"),
        ({"id": "pmw1x"}, "invalid"),
        ({"id": "pm1"}, "invalid"),
        ({"id": "PM12345"}, "invalid"),
        ({"id": "a" * 1025}, "invalid"),
        ({"start": None}, "required"),
        ({"end": None}, "required"),
        ({"start": {"dateTime": "2027-03-15T15:00:00"}}, "required"),
        ({"start": {"dateTime": "soon"}}, "invalid"),
        ({"start": {"date": "2027-03-15"}}, "invalid"),
        ({"start": {"date": "2027-03-15", "dateTime": "2027-03-15T15:00:00Z"}}, "invalid"),
        ({"start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "Mars"}}, "invalid"),
        ({"start": {"dateTime": "2027-03-15T15:31:00Z"}}, "timeRangeEmpty"),
        ({"start": {"date": "2027-03-15"}, "end": {"date": "2027-03-15"}}, "timeRangeEmpty"),
        ({"transparency": "clear"}, "invalid"),
        ({"visibility": "hidden"}, "invalid"),
        ({"status": "maybe"}, "invalid"),
        ({"summary": 7}, "parseError"),
        ({"titel": "x"}, "invalid"),
        ({"attendees": [{"displayName": "nobody"}]}, "required"),
        ({"attendees": [{"email": PRIYA, "responseStatus": "perhaps"}]}, "invalid"),
        ({"extendedProperties": {"private": {"pm": 1}}}, "invalid"),
        ({"extendedProperties": {"private": {"k" * 45: "1"}}}, "invalid"),
        ({"extendedProperties": {"private": {"pm": "v" * 1025}}}, "invalid"),
        ({"extendedProperties": {"secret": {"pm": "1"}}}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY"]}, "required"),
        ({"eventType": "party"}, "invalid"),
        ({"eventType": "outOfOffice", "transparency": "transparent"}, "eventTypeRestriction"),
        ({"eventType": "focusTime", "attendees": [{"email": PRIYA}]}, "eventTypeRestriction"),
        ({"eventType": "workingLocation"}, "eventTypeRestriction"),
        ({"eventType": "birthday"}, "eventTypeRestriction"),
        (_BIRTHDAY | {"recurrence": ["RRULE:FREQ=WEEKLY"]}, "eventTypeRestriction"),
        (_BIRTHDAY | {"visibility": "public"}, "eventTypeRestriction"),
        (_BIRTHDAY | {"end": {"date": "2027-03-17"}}, "eventTypeRestriction"),
    ],
    ids=str,
)
def test_an_event_google_would_not_take_is_refused(
    dana: httpx2.Client, world: World, changes: dict[str, Any], expected: str
) -> None:
    assert reason(dana.post(EVENTS, json=body(**changes))) == (400, expected)
    assert world.google.of(DANA) == {}


def test_a_birthday_is_one_private_day_a_year(dana: httpx2.Client) -> None:
    assert made(dana, **_BIRTHDAY)["eventType"] == "birthday"


def test_a_body_must_be_json_and_say_so(dana: httpx2.Client) -> None:
    assert reason(dana.post(EVENTS, content=b"{}")) == (400, "badContent")
    cut = dana.post(EVENTS, content=b'{"summ', headers={"Content-Type": "application/json"})
    assert reason(cut) == (400, "parseError")
    assert reason(dana.post(EVENTS, json=[])) == (400, "parseError")


def test_a_patch_touches_what_it_names_and_null_takes_away(dana: httpx2.Client) -> None:
    before = made(dana, description="Notes", extendedProperties={"private": {"a": "1", "b": "2"}})
    changes = {"description": None, "extendedProperties": {"private": {"b": None, "c": "3"}}, "summary": "Other"}
    after = dana.patch(f"{EVENTS}/{OWN}", json=changes).json()
    assert (after["summary"], after["extendedProperties"]["private"]) == ("Other", {"a": "1", "c": "3"})
    assert "description" not in after
    assert (after["start"], after["visibility"]) == (before["start"], "private")
    assert (after["sequence"], after["etag"] != before["etag"]) == (1, True)


def test_an_event_becomes_a_whole_day_only_if_the_instant_is_taken_away(dana: httpx2.Client) -> None:
    made(dana)
    wrong = {"start": {"date": "2027-03-15"}, "end": {"date": "2027-03-16"}}
    assert reason(dana.patch(f"{EVENTS}/{OWN}", json=wrong)) == (400, "invalid")
    right = {name: {**day, "dateTime": None} for name, day in wrong.items()}
    assert dana.patch(f"{EVENTS}/{OWN}", json=right).json()["start"] == {"date": "2027-03-15"}


def test_an_update_replaces_the_whole_event(dana: httpx2.Client) -> None:
    made(dana, description="Notes")
    after = dana.put(f"{EVENTS}/{OWN}", json=timed("16:00", "17:00")).json()
    assert after["id"] == OWN
    assert not {"summary", "description", "visibility", "extendedProperties"} & set(after)
    assert reason(dana.put(f"{EVENTS}/{OWN}", json={"summary": "No times"})) == (400, "required")


def test_what_google_answered_can_be_sent_back(dana: httpx2.Client) -> None:
    event = made(dana)
    assert dana.put(f"{EVENTS}/{OWN}", json=event | {"summary": "Other"}).json()["summary"] == "Other"
    assert dana.put(f"{EVENTS}/{OWN}", json=event).status_code == 400  # its sequence is behind


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_made_on_an_old_version_is_a_412(dana: httpx2.Client, method: str, hands: Hands) -> None:
    old = made(dana)["etag"]
    new = dana.patch(f"{EVENTS}/{OWN}", json={"summary": "Other"}).json()["etag"]
    sent = None if method == "DELETE" else body(summary="Mine")
    stale = dana.request(method, f"{EVENTS}/{OWN}", headers={"If-Match": old}, json=sent)
    assert reason(stale) == (412, "conditionNotMet")
    assert dana.get(f"{EVENTS}/{OWN}").json()["summary"] == "Other"
    assert dana.request(method, f"{EVENTS}/{OWN}", headers={"If-Match": new}, json=sent).status_code in (200, 204)
    any_version = {"If-Match": "*"}
    assert dana.patch(f"{EVENTS}/{OWN}", headers=any_version, json={"summary": "x"}).status_code == 200


def test_a_delete_is_a_204_and_then_a_410(dana: httpx2.Client) -> None:
    made(dana)
    first = dana.delete(f"{EVENTS}/{OWN}", params={"sendUpdates": "none"})
    assert (first.status_code, first.content) == (204, b"")
    assert reason(dana.delete(f"{EVENTS}/{OWN}")) == (410, "deleted")
    assert listed(dana) == []


def test_what_never_was_or_is_not_mine_is_not_found(dana: httpx2.Client) -> None:
    made(dana)
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        sent = None if method in ("GET", "DELETE") else body()
        assert reason(dana.request(method, f"{EVENTS}/nothere", json=sent)) == (404, "notFound")
    priya = google_browser.sign_in(dana, PRIYA)["access_token"]
    answer = dana.get(f"{EVENTS}/{OWN}", headers={"Authorization": f"Bearer {priya}"})
    assert reason(answer) == (404, "notFound")


def test_a_guest_may_answer_and_hide_but_not_move_somebody_elses_event(dana: httpx2.Client) -> None:
    people = [{"email": PRIYA, "responseStatus": "accepted"}, {"email": DANA}]
    theirs = add(dana, organizer={"email": PRIYA}, attendees=people, **timed("10:00", "11:00"))
    moved = dana.patch(f"{EVENTS}/{theirs}", json=timed("12:00", "13:00"))
    assert reason(moved) == (403, "forbiddenForNonOrganizer")
    answered = dana.patch(
        f"{EVENTS}/{theirs}", json={"attendees": [people[0], {"email": DANA, "responseStatus": "declined"}]}
    ).json()
    (mine,) = [one for one in answered["attendees"] if one.get("self")]
    assert mine["responseStatus"] == "declined"
    assert dana.delete(f"{EVENTS}/{theirs}").status_code == 204


def test_an_events_type_stays_what_it_was(dana: httpx2.Client) -> None:
    made(dana)
    assert reason(dana.patch(f"{EVENTS}/{OWN}", json={"eventType": "focusTime"})) == (400, "eventTypeRestriction")


def test_guests_get_mail_only_if_the_app_says_so_and_it_is_counted(dana: httpx2.Client) -> None:
    def mails() -> int:
        return int(dana.get(f"/__state?person={DANA}").json()["google"][DANA]["mails_to_guests"])

    made(dana)
    dana.patch(f"{EVENTS}/{OWN}", json={"summary": "Nobody is invited"}, params={"sendUpdates": "all"})
    dana.patch(f"{EVENTS}/{OWN}", json={"attendees": [{"email": PRIYA}]}, params={"sendUpdates": "none"})
    assert mails() == 0
    dana.patch(f"{EVENTS}/{OWN}", json={"summary": "x"}, params={"sendUpdates": "all"})
    dana.patch(f"{EVENTS}/{OWN}", json={"summary": "y"}, params={"sendNotifications": "true"})
    assert mails() == 2
    dana.delete(f"{EVENTS}/{OWN}", params={"sendUpdates": "externalOnly"})
    assert mails() == 3
    assert reason(dana.delete(f"{EVENTS}/{OWN}", params={"sendUpdates": "some"})) == (400, "badRequest")


def test_an_answer_to_a_write_can_be_partial_too(dana: httpx2.Client) -> None:
    answer = dana.post(EVENTS, json=body(), params={"fields": "id,etag"})
    assert set(answer.json()) == {"id", "etag"}
    assert reason(dana.get(f"{EVENTS}/{OWN}", params={"fields": "titel"})) == (400, "invalidParameter")
    assert reason(dana.get(f"{EVENTS}/{OWN}", params={"unknown": "1"})) == (400, "badRequest")

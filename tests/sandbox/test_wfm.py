"""The WFM's API as a client meets it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx2
import pytest

from pmtui.sandbox.people import Person, made_up_id
from pmtui.sandbox.shifts import COACHING, PHONE, layer_of
from pmtui.sandbox.times import local, parse, seconds_z
from pmtui.sandbox.world import WFM_TOKEN, World
from tests.sandbox.conftest import Hands

API = "/wfm/api"
DANA = "dana@acme.example"


@pytest.fixture
def wfm(http: httpx2.Client) -> httpx2.Client:
    """The client with the service user's token."""
    http.headers["authorization"] = f"Bearer {WFM_TOKEN}"
    return http


@pytest.fixture
def dana(world: World) -> Person:
    """Dana Reyes, in Chicago, with one plain day of phone work on Monday the 15th: 8 to 12."""
    person = world.people[DANA]
    _give_day(world, person, [("Phone", "13:00", "17:00")])
    return person


def _give_day(world: World, person: Person, layers: list[tuple[str, str, str]]) -> None:
    by_name = {activity.name: activity for activity in world.activities().values()}
    made = [layer_of(by_name[name], _at(start), _at(end)) for name, start, end in layers]
    world.change_shift(person, date(2027, 3, 15), tuple(made))


def _at(clock: str) -> datetime:
    return parse(f"2027-03-15T{clock}:00Z")


def ask(wfm: httpx2.Client, path: str, **body: Any) -> list[Any]:
    """The Result of an answer without errors."""
    answer = wfm.post(API + path, json=body)
    assert answer.status_code == 200
    assert answer.json()["Errors"] == []
    result: list[Any] = answer.json()["Result"]
    return result


def refused(wfm: httpx2.Client, path: str, **body: Any) -> str:
    """The message of an answer that carries an error, with a 200."""
    answer = wfm.post(API + path, json=body)
    assert answer.status_code == 200
    assert answer.json()["Result"] == []
    (error,) = answer.json()["Errors"]
    message: str = error["Message"]
    return message


def meeting(person: Person, start: str = "15:00", end: str = "15:30", **changes: Any) -> dict[str, Any]:
    """One entry of ExternalMeetings on Monday the 15th."""
    return {
        "ExternalMeetingId": "session-1",
        "Period": {"StartTime": f"2027-03-15T{start}:00Z", "EndTime": f"2027-03-15T{end}:00Z"},
        "Participants": [person.person_id],
        "ActivityId": COACHING.id,
        "Title": "Coaching session",
    } | changes


def add(wfm: httpx2.Client, *meetings: dict[str, Any]) -> list[Any]:
    """AddMeetings with instants in UTC."""
    return ask(wfm, "/command/AddMeetings", TimeZoneId="UTC", ExternalMeetings=list(meetings))


def day(wfm: httpx2.Client, person: Person, on: str = "2027-03-15") -> list[tuple[str, str, str, str | None]]:
    """One day's layers: name, UTC start and end, meeting id."""
    period = {"StartDate": on, "EndDate": on}
    (found,) = ask(wfm, "/query/Schedule/ScheduleByPersonIds", PersonIds=[person.person_id], Period=period)
    return [
        (one["Name"], one["Period"]["StartTime"][11:16], one["Period"]["EndTime"][11:16], one["ExternalMeetingId"])
        for one in found["Shift"]
    ]


@pytest.mark.parametrize("token", ["", "Bearer wrong", WFM_TOKEN])
def test_only_the_service_users_token_opens_it(http: httpx2.Client, token: str) -> None:
    answer = http.post(API + "/query/Team/AllTeams", json={}, headers={"Authorization": token})
    assert (answer.status_code, set(answer.json())) == (401, {"Message"})


def test_queries_are_posted_json(wfm: httpx2.Client) -> None:
    assert wfm.get(API + "/query/Team/AllTeams").status_code == 405
    assert wfm.post(API + "/query/Team/AllTeams", content=b"{cut").status_code == 400
    assert wfm.post(API + "/query/Team/AllTeams", json=[]).status_code == 400


def test_everyone_is_found_through_the_teams_with_address_and_windows_zone(wfm: httpx2.Client) -> None:
    teams = ask(wfm, "/query/Team/AllTeams", BusinessUnitId="any")
    assert [team["Name"] for team in teams] == ["Billing", "Technical Support", "Retention"]
    people = [
        person
        for team in teams
        for person in ask(wfm, "/query/Person/PeopleByTeamId", TeamId=team["Id"].upper(), Date="2027-03-10")
    ]
    assert len(people) == len({person["Id"] for person in people}) == 68
    by_address = {person["Email"]: person for person in people}
    assert by_address["priya@acme.example"]["TimeZoneId"] == "India Standard Time"
    assert "ada@acme.example" not in by_address
    assert "team" in refused(wfm, "/query/Person/PeopleByTeamId", TeamId=made_up_id("no team"))


def test_the_activities_say_what_may_be_booked_over(wfm: httpx2.Client) -> None:
    found = {one["Name"]: one for one in ask(wfm, "/query/Activity/AllActivities", BusinessUnitId="any")}
    assert found["Phone"]["AllowOverwrite"] is True
    assert found["Lunch"]["ReportLevelDetail"] == "Lunch"
    assert (found["Short break"]["AllowOverwrite"], found["Short break"]["ReportLevelDetail"]) == (True, "ShortBreak")
    assert found["Training"]["AllowOverwrite"] is False
    assert found["Coaching"]["Id"] == COACHING.id


def test_a_schedule_has_one_entry_a_person_and_day_both_ends_included(wfm: httpx2.Client, world: World) -> None:
    people = [one.person_id for one in list(world.people.values())[2:4]]
    found = ask(
        wfm,
        "/query/Schedule/ScheduleByPersonIds",
        PersonIds=[people[0].upper(), people[1], made_up_id("nobody")],
        Period={"StartDate": "2027-03-13", "EndDate": "2027-03-15"},
    )
    days = ["2027-03-13", "2027-03-14", "2027-03-15"]
    assert [(one["PersonId"], one["Date"]) for one in found] == [(who, on) for who in people for on in days]
    assert [bool(one["Shift"]) for one in found[:3]] == [False, False, True]  # a coach's weekend is free
    layer = found[2]["Shift"][0]
    assert set(layer) == {"Name", "Period", "ActivityId", "AbsenceId", "DisplayColor", "ExternalMeetingId"}
    assert layer["Period"]["StartTime"].endswith("Z")


@pytest.mark.parametrize(
    "period",
    [
        None,
        {},
        {"StartDate": "2027-03-15"},
        {"StartDate": "soon", "EndDate": "2027-03-15"},
        {"StartDate": "2027-03-15", "EndDate": "2027-03-14"},
        {"StartDate": "2027-03-15", "EndDate": "2029-03-15"},
    ],
)
def test_a_wrong_period_is_an_error_inside_a_200(wfm: httpx2.Client, period: object) -> None:
    assert "eriod" in refused(wfm, "/query/Schedule/ScheduleByPersonIds", PersonIds=[], Period=period)


def test_a_night_shift_belongs_to_the_day_it_starts_on(wfm: httpx2.Client, world: World) -> None:
    elena = world.people["elena@acme.example"]
    nights = 0
    for agent in (one for one in world.people.values() if one.coach == elena.email):
        (found,) = ask(
            wfm,
            "/query/Schedule/ScheduleByPersonIds",
            PersonIds=[agent.person_id],
            Period={"StartDate": "2027-03-16", "EndDate": "2027-03-16"},
        )
        if found["Shift"] and found["Shift"][0]["Period"]["StartTime"] == "2027-03-17T04:00:00Z":  # 22:00 in Denver
            assert found["Shift"][-1]["Period"]["EndTime"] == "2027-03-17T12:30:00Z"
            nights += 1
    assert nights > 0


def test_a_meeting_is_a_layer_of_the_day_and_repeating_it_changes_nothing(wfm: httpx2.Client, dana: Person) -> None:
    assert day(wfm, dana) == [("Phone", "13:00", "17:00", None)]
    for _ in range(2):
        assert add(wfm, meeting(dana)) == [{"ExternalMeetingId": "session-1"}]
    split = [
        ("Phone", "13:00", "15:00", None),
        ("Coaching", "15:00", "15:30", "session-1"),
        ("Phone", "15:30", "17:00", None),
    ]
    assert day(wfm, dana) == split
    (kept,) = wfm.get(f"/__state?person={DANA}").json()["wfm"][DANA]["meetings"]
    assert (kept["ExternalMeetingId"], kept["start"], kept["activity"]) == (
        "session-1",
        "2027-03-15T15:00:00Z",
        "Coaching",
    )


def test_a_meeting_moves_and_goes(wfm: httpx2.Client, dana: Person) -> None:
    add(wfm, meeting(dana))
    moved = meeting(dana, "16:30", "17:00")
    ask(wfm, "/command/EditMeetings", TimeZoneId="UTC", ExternalMeetings=[moved])
    assert day(wfm, dana) == [("Phone", "13:00", "16:30", None), ("Coaching", "16:30", "17:00", "session-1")]
    for _ in range(2):
        ask(wfm, "/command/RemoveMeetings", ExternalMeetingIds=["session-1"])
        assert day(wfm, dana) == [("Phone", "13:00", "17:00", None)]


def test_a_meeting_in_a_night_shift_belongs_to_the_evening_it_began_on(wfm: httpx2.Client, world: World) -> None:
    elena = world.people["elena@acme.example"]
    layers = [layer_of(PHONE, parse("2027-03-16T04:00:00Z"), parse("2027-03-16T12:00:00Z"))]  # Denver: 22 to 6
    world.change_shift(elena, date(2027, 3, 15), tuple(layers))
    period = {"StartTime": "2027-03-16T08:00:00Z", "EndTime": "2027-03-16T08:30:00Z"}  # Denver: 02:00 on the 16th
    add(wfm, meeting(elena, Period=period))
    assert "session-1" in [layer[3] for layer in day(wfm, elena, "2027-03-15")]
    assert "session-1" not in [layer[3] for layer in day(wfm, elena, "2027-03-16")]


def test_times_without_an_offset_are_local_to_the_commands_zone(wfm: httpx2.Client, dana: Person) -> None:
    period = {"StartTime": "2027-03-15T10:00:00", "EndTime": "2027-03-15T10:30:00"}
    for name in ("Central Standard Time", "America/Chicago"):
        ask(wfm, "/command/AddMeetings", TimeZoneId=name, ExternalMeetings=[meeting(dana, Period=period)])
        assert ("Coaching", "15:00", "15:30", "session-1") in day(wfm, dana)


def test_the_wfm_does_not_mind_breaks_or_hours(wfm: httpx2.Client, world: World, dana: Person) -> None:
    _give_day(world, dana, [("Phone", "13:00", "14:45"), ("Lunch", "14:45", "15:15"), ("Phone", "15:15", "17:00")])
    add(wfm, meeting(dana), meeting(dana, "20:00", "20:30", ExternalMeetingId="session-2"))
    assert [layer[3] for layer in day(wfm, dana)] == [None, None, "session-1", None, "session-2"]


def test_an_absence_covers_a_meeting(wfm: httpx2.Client, world: World) -> None:
    person, on = next(
        (one, on)
        for one in world.people.values()
        for on in (date(2027, 3, 15) + timedelta(days=n) for n in range(14))
        if one.role == "agent" and [layer.absence_id is None for layer in world.schedule(one, on)] == [False]
    )
    (absence,) = world.schedule(person, on)
    period = {"StartTime": seconds_z(absence.starts), "EndTime": seconds_z(absence.starts + timedelta(minutes=30))}
    add(wfm, meeting(person, Period=period))
    assert [layer[3] for layer in day(wfm, person, on.isoformat())] == [None]
    assert len(world.wfm.meetings) == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"ActivityId": made_up_id("no activity")}, "activity"),
        ({"Participants": [made_up_id("nobody")]}, "participant"),
        ({"Participants": []}, "participant"),
        ({"Participants": None}, "Participants"),
        ({"Period": {"StartTime": "2027-03-15T15:00:00Z"}}, "Period"),
        ({"Period": {"StartTime": "2027-03-15T15:00:00Z", "EndTime": "2027-03-15T15:00:00Z"}}, "ends"),
        ({"ExternalMeetingId": ""}, "ExternalMeetingId"),
    ],
)
def test_what_the_wfm_does_check_fails_inside_a_200_and_writes_nothing(
    wfm: httpx2.Client, world: World, dana: Person, changes: dict[str, Any], word: str
) -> None:
    both = [meeting(dana, ExternalMeetingId="good"), meeting(dana, **changes)]
    assert word in refused(wfm, "/command/AddMeetings", TimeZoneId="UTC", ExternalMeetings=both)
    assert world.wfm.meetings == {}


def test_a_zone_or_meeting_that_does_not_exist_fails_inside_a_200(wfm: httpx2.Client, dana: Person) -> None:
    assert "Mars" in refused(wfm, "/command/AddMeetings", TimeZoneId="Mars", ExternalMeetings=[meeting(dana)])
    assert "session-1" in refused(wfm, "/command/EditMeetings", TimeZoneId="UTC", ExternalMeetings=[meeting(dana)])


def test_changes_are_listed_by_the_time_they_were_made_in_pages(wfm: httpx2.Client, dana: Person, hands: Hands) -> None:
    hands.forward(minutes=10)
    since = hands.at
    add(wfm, meeting(dana))
    path = "/query/ScheduleChanges/SchedulesByChangeDate"
    (found,) = ask(wfm, path, ChangesFrom=seconds_z(since), ChangesTo="", Page=0, PageSize=0)
    assert [(one["PersonId"], one["Date"]) for one in found["Schedules"]] == [(dana.person_id, "2027-03-15")]
    assert "session-1" in {layer["ExternalMeetingId"] for layer in found["Schedules"][0]["Shift"]}
    assert (found["TotalSchedules"], found["TotalPages"], found["ChangesUpTo"]) == (1, 1, seconds_z(since))
    wfm.post("/__world", json={"set_shift": {"person": DANA, "on": "2027-03-16", "layers": []}})
    (page,) = ask(wfm, path, ChangesFrom=seconds_z(since), ChangesTo="2030-01-01T00:00:00Z", Page=2, PageSize=1)
    assert ([one["Date"] for one in page["Schedules"]], page["TotalPages"]) == (["2027-03-16"], 2)
    hands.forward(minutes=10)
    (later,) = ask(wfm, path, ChangesFrom=seconds_z(hands.at), Page=0)
    assert later["Schedules"] == []


def test_a_meeting_moved_to_another_day_changes_both(wfm: httpx2.Client, dana: Person, hands: Hands) -> None:
    add(wfm, meeting(dana))
    hands.forward(minutes=10)
    period = {"StartTime": "2027-03-16T15:00:00Z", "EndTime": "2027-03-16T15:30:00Z"}
    ask(wfm, "/command/EditMeetings", TimeZoneId="UTC", ExternalMeetings=[meeting(dana, Period=period)])
    path = "/query/ScheduleChanges/SchedulesByChangeDate"
    (found,) = ask(wfm, path, ChangesFrom=seconds_z(hands.at), Page=0)
    assert [one["Date"] for one in found["Schedules"]] == ["2027-03-15", "2027-03-16"]


def test_a_shift_can_be_planned_anew_and_meetings_stay(wfm: httpx2.Client, dana: Person) -> None:
    add(wfm, meeting(dana))
    layers = [{"activity": PHONE.name, "start": "2027-03-15T14:00:00Z", "end": "2027-03-15T16:00:00Z"}]
    wfm.post("/__world", json={"set_shift": {"person": DANA, "on": "2027-03-15", "layers": layers}})
    assert [(name, start) for name, start, _, _ in day(wfm, dana)] == [
        ("Phone", "14:00"),
        ("Coaching", "15:00"),
        ("Phone", "15:30"),
    ]


def test_shifts_keep_their_local_time_over_the_clock_change(world: World) -> None:
    dana = world.people[DANA]
    for on in (date(2027, 3, 12), date(2027, 3, 15)):
        layers = world.schedule(dana, on)
        assert layers[0].starts == local(on, time(8, 30), "America/Chicago")
        assert layers[0].starts.tzinfo is UTC

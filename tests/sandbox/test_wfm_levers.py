"""What planners change in the WFM, its limits and its staffing."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from pmtui.sandbox.people import Person
from pmtui.sandbox.shifts import COACHING
from pmtui.sandbox.world import World
from tests.sandbox.conftest import Hands
from tests.sandbox.test_control import pull
from tests.sandbox.test_wfm import API, DANA, add, ask, dana, day, meeting, refused, wfm

__all__ = ["dana", "wfm"]  # fixtures
MARCUS = "marcus@acme.example"
HOUR = {"StartTime": "2027-03-15T15:00:00Z", "EndTime": "2027-03-15T16:00:00Z"}


def people(http: httpx2.Client) -> list[dict[str, Any]]:
    """Everyone the WFM plans."""
    teams = ask(http, "/query/Team/AllTeams")
    return [one for team in teams for one in ask(http, "/query/Person/PeopleByTeamId", TeamId=team["Id"])]


def agent(world: World) -> Person:
    """An agent of the team Billing."""
    return next(one for one in world.people.values() if one.role == "agent" and one.team == "Billing")


def test_a_shift_can_hold_absences(wfm: httpx2.Client, dana: Person) -> None:
    layers = [
        {"activity": "Phone", "start": "2027-03-15T13:00:00Z", "end": "2027-03-15T15:00:00Z"},
        {"absence": "Doctor's appointment", "start": "2027-03-15T15:00:00Z", "end": "2027-03-15T17:00:00Z"},
    ]
    pull(wfm, "set_shift", {"person": DANA, "on": "2027-03-15", "layers": layers})
    add(wfm, meeting(dana, "14:45", "15:15"))
    assert day(wfm, dana) == [
        ("Phone", "13:00", "14:45", None),
        ("Coaching", "14:45", "15:00", "session-1"),
        ("Doctor's appointment", "15:00", "17:00", None),
    ]


def test_without_the_coaching_activity_nothing_new_is_booked_and_the_old_stays(
    wfm: httpx2.Client, dana: Person
) -> None:
    add(wfm, meeting(dana))
    assert "Coaching" not in pull(wfm, "wfm_activities", {"remove": ["Coaching"]})
    assert "Coaching" not in {one["Name"] for one in ask(wfm, "/query/Activity/AllActivities")}
    again = meeting(dana, ExternalMeetingId="session-2")
    assert "activity" in refused(wfm, "/command/AddMeetings", TimeZoneId="UTC", ExternalMeetings=[again])
    assert ("Coaching", "15:00", "15:30", "session-1") in day(wfm, dana)
    assert wfm.get(f"/__state?person={DANA}").status_code == 200
    pull(wfm, "wfm_activities", {"add": [{"name": "Coaching"}]})
    found = {one["Name"]: one for one in ask(wfm, "/query/Activity/AllActivities")}
    assert (found["Coaching"]["Id"], found["Coaching"]["AllowOverwrite"]) == (COACHING.id, False)


def test_several_people_may_have_one_address_or_none(wfm: httpx2.Client) -> None:
    pull(wfm, "wfm_address", {"person": MARCUS, "email": DANA})
    pull(wfm, "wfm_address", {"person": "priya@acme.example", "email": None})
    addresses = [one["Email"] for one in people(wfm)]
    assert (addresses.count(DANA), addresses.count(MARCUS), addresses.count(None)) == (2, 0, 1)


def test_who_left_is_known_no_more(wfm: httpx2.Client, dana: Person) -> None:
    add(wfm, meeting(dana))
    pull(wfm, "wfm_remove", DANA)
    assert dana.person_id not in {one["Id"] for one in people(wfm)}
    period = {"StartDate": "2027-03-15", "EndDate": "2027-03-15"}
    assert ask(wfm, "/query/Schedule/ScheduleByPersonIds", PersonIds=[dana.person_id], Period=period) == []
    assert "participant" in refused(wfm, "/command/AddMeetings", TimeZoneId="UTC", ExternalMeetings=[meeting(dana)])
    assert DANA not in wfm.get(f"/__state?person={DANA}").json()["wfm"]
    ask(wfm, "/command/RemoveMeetings", ExternalMeetingIds=["session-1"])


def test_calls_are_limited_by_the_minute_and_the_hour(wfm: httpx2.Client, hands: Hands) -> None:
    pull(wfm, "wfm_limits", {"minute": 2, "hour": 3})

    def call() -> tuple[int, str | None]:
        answer = wfm.post(API + "/query/Team/AllTeams", json={})
        return answer.status_code, answer.headers.get("retry-after")

    assert [call(), call(), call()] == [(200, None), (200, None), (429, "60")]
    hands.forward(minutes=1)
    assert call() == (429, "3540")
    hands.forward(hours=1)
    assert call() == (200, None)
    pull(wfm, "wfm_limits", None)
    assert {call() for _ in range(9)} == {(200, None)}


@pytest.mark.parametrize(
    ("lever", "value", "word"),
    [
        ("set_shift", {"person": "ada@acme.example", "on": "2027-03-15", "layers": []}, "ada"),
        ("wfm_activities", {"remove": ["Juggling"]}, "Juggling"),
        ("wfm_remove", "nobody@acme.example", "nobody"),
    ]
    + [
        ("set_shift", {"person": DANA, "on": "2027-03-15", "layers": [layer]}, word)
        for layer, word in (
            ({"activity": "Juggling", "start": "2027-03-15T13:00:00Z", "end": "2027-03-15T15:00:00Z"}, "Phone"),
            ({"absence": "Strike", "start": "2027-03-15T13:00:00Z", "end": "2027-03-15T15:00:00Z"}, "Vacation"),
            ({"activity": "Phone", "start": "2027-03-15T13:00:00Z", "end": "2027-03-15T13:00:00Z"}, "ends"),
        )
    ],
)
def test_a_lever_that_makes_no_sense_is_refused_in_words(
    http: httpx2.Client, lever: str, value: object, word: str
) -> None:
    answer = http.post("/__world", json={lever: value})
    assert answer.status_code == 400
    assert word in answer.json()["error"]


# --- staffing -------------------------------------------------------------------------------------------------------


def staffing(http: httpx2.Client, *skills: str, **changes: Any) -> list[dict[str, Any]]:
    """The staffing of these skills on Monday the 15th, 15:00 to 16:00 UTC."""
    ids = {one["Name"]: one["Id"] for one in ask(http, "/query/Skill/AllSkills", BusinessUnitId="any")}
    asked: dict[str, Any] = {"SkillIds": [ids[name] for name in skills], "Period": HOUR} | changes
    return ask(http, "/query/Staffing/StaffingBySkills", BusinessUnitId="any", **asked)


def test_staffing_counts_who_is_scheduled_so_that_a_meeting_shows(wfm: httpx2.Client, world: World) -> None:
    for one in world.people.values():
        if one.role == "agent" and one.team == "Billing":
            pull(wfm, "set_shift", {"person": one.email, "on": "2027-03-15", "layers": []})
    who = agent(world)
    layers = [{"activity": "Phone", "start": "2027-03-15T13:00:00Z", "end": "2027-03-15T15:50:00Z"}]
    pull(wfm, "set_shift", {"person": who.email, "on": "2027-03-15", "layers": layers})
    before = staffing(wfm, "Billing Phone")
    assert [one["Period"]["StartTime"][11:16] for one in before] == ["15:00", "15:15", "15:30", "15:45"]
    assert [one["ScheduledAgents"] for one in before] == [1.0, 1.0, 1.0, 0.33]
    assert all(one["ForecastedAgentsWithShrinkage"] > one["ForecastedAgents"] > 0 for one in before)
    add(wfm, meeting(who, "15:10", "15:30"))
    assert [one["ScheduledAgents"] for one in staffing(wfm, "Billing Phone")] == [0.67, 0.0, 1.0, 0.33]
    assert [one["ScheduledAgents"] for one in staffing(wfm, "Billing Email/Chat")] == [0.0] * 4


def test_several_skills_are_counted_together_over_nights_too(wfm: httpx2.Client) -> None:
    night = {"StartTime": "2027-03-16T05:00:00Z", "EndTime": "2027-03-16T09:00:00Z"}  # Denver: 23:00 to 03:00
    one, other = (
        staffing(wfm, name, Period=night) for name in ("Technical Support Phone", "Technical Support Email/Chat")
    )
    both = staffing(wfm, "Technical Support Phone", "Technical Support Email/Chat", Period=night)
    assert len(both) == 16
    for a, b, sum_ in zip(one, other, both, strict=True):
        assert sum_["ScheduledAgents"] == pytest.approx(a["ScheduledAgents"] + b["ScheduledAgents"], abs=0.02)
    assert sum(entry["ScheduledAgents"] for entry in both) > 0


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"SkillIds": ["unknown"], "Period": HOUR}, "skill"),
        ({"SkillIds": []}, "Period"),
        ({"SkillIds": [], "Period": HOUR | {"EndTime": "2027-09-15T16:00:00Z"}}, "period"),
        ({"Period": HOUR}, "SkillIds"),
    ],
)
def test_wrong_questions_fail_inside_a_200(wfm: httpx2.Client, body: dict[str, Any], word: str) -> None:
    assert word in refused(wfm, "/query/Staffing/StaffingBySkills", **body)

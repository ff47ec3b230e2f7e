"""Recurring events of a Google calendar: told as such, or instance by instance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.sandbox.google_event import GoogleEvent, instances
from pmtui.sandbox.times import local, midnight
from tests.sandbox.conftest import START
from tests.sandbox.google_client import DANA, EVENTS, add, listed, pull, reason

CHICAGO = "America/Chicago"
WEEKLY: dict[str, Any] = {
    "summary": "Weekly",
    "start": {"dateTime": "2027-03-08T09:00:00", "timeZone": CHICAGO},
    "end": {"dateTime": "2027-03-08T09:30:00", "timeZone": CHICAGO},
    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4"],
}


def expanded(http: httpx2.Client, **asked: str) -> list[Any]:
    """The instances, by start."""
    return listed(http, singleEvents="true", orderBy="startTime", **asked)


def starts(http: httpx2.Client) -> list[str]:
    """When the instances start, in UTC."""
    return [(one["start"].get("dateTime") or one["start"]["date"]) for one in expanded(http, timeZone="UTC")]


def test_a_series_is_one_event_unless_its_instances_are_asked_for(dana: httpx2.Client) -> None:
    series = add(dana, **WEEKLY)
    (whole,) = listed(dana)
    assert (whole["id"], whole["recurrence"]) == (series, WEEKLY["recurrence"])
    found = expanded(dana)
    assert [one["id"] for one in found] == [
        f"{series}_{stamp}T{hour}0000Z"
        for stamp, hour in (("20270308", "15"), ("20270315", "14"), ("20270322", "14"), ("20270329", "14"))
    ]
    assert {one["recurringEventId"] for one in found} == {series}
    assert {one["iCalUID"] for one in found} == {whole["iCalUID"]}
    assert all(one["originalStartTime"] == one["start"] for one in found)
    assert all("recurrence" not in one for one in found)
    # the clocks went forward in between, and the meeting stayed at nine
    assert {one["start"]["dateTime"][11:16] for one in found} == {"09:00"}


def test_a_series_is_in_the_window_if_an_instance_is(dana: httpx2.Client) -> None:
    series = add(dana, **WEEKLY)
    inside = {"timeMin": "2027-03-22T14:29:00Z", "timeMax": "2027-03-29T14:00:00Z"}
    assert [one["id"] for one in listed(dana, **inside)] == [series]
    assert [one["id"] for one in expanded(dana, **inside)] == [f"{series}_20270322T140000Z"]
    between = {"timeMin": "2027-03-22T14:30:00Z", "timeMax": "2027-03-29T14:00:00Z"}
    assert listed(dana, **between) == expanded(dana, **between) == []


def test_an_endless_series_ends_somewhere_in_the_answer(dana: httpx2.Client) -> None:
    add(dana, **WEEKLY | {"recurrence": ["RRULE:FREQ=DAILY"]})
    found = expanded(dana, maxResults="2500")
    assert 700 < len(found) < 800


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=DAILY;UNTIL=20270310T150000Z"], ["08T15", "09T15", "10T15"]),
        (["RRULE:FREQ=DAILY;UNTIL=20270310T145959Z"], ["08T15", "09T15"]),
        (["RRULE:FREQ=DAILY;UNTIL=20270310"], ["08T15", "09T15", "10T15"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=America/Chicago:20270309T090000"], ["08T15", "10T15"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20270309T150000Z,20270310T150000Z"], ["08T15"]),
        (["RDATE;TZID=America/Chicago:20270311T120000,20270312T090000"], ["08T15", "11T18", "12T15"]),
        (["RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=2"], ["08T15", "12T14"]),
        (["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=3"], ["08T15", "10T15", "22T14"]),
    ],
    ids=str,
)
def test_recurrence_lines_mean_what_rfc_5545_says(dana: httpx2.Client, lines: list[str], expected: list[str]) -> None:
    add(dana, **WEEKLY | {"recurrence": lines})
    assert [moment[8:13] for moment in starts(dana)] == expected


@pytest.mark.parametrize(
    "line",
    ["RRULE:FREQ=HOURLY", "RRULE:FREQ=DAILY;BYDAY=XX", "RRULE", "DTSTART:20270308T090000", "EXDATE:soon", "RRULE:"],
)
def test_a_rule_nobody_understands_is_refused(dana: httpx2.Client, line: str) -> None:
    assert reason(dana.post(EVENTS, json=WEEKLY | {"recurrence": [line]})) == (400, "invalid")


def test_whole_days_recur_by_date(dana: httpx2.Client) -> None:
    days: dict[str, Any] = {"start": {"date": "2027-03-13"}, "end": {"date": "2027-03-15"}}
    series = add(dana, **days, recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"])
    found = expanded(dana)
    assert [one["id"] for one in found] == [f"{series}_20270313", f"{series}_20270320"]
    assert [(one["start"]["date"], one["end"]["date"]) for one in found] == [
        ("2027-03-13", "2027-03-15"),
        ("2027-03-20", "2027-03-22"),
    ]


def test_one_instance_moves_and_the_others_stay(dana: httpx2.Client) -> None:
    series = add(dana, **WEEKLY)
    one = f"{series}_20270315T140000Z"
    later = {name: {"dateTime": f"2027-03-16T{at}:00Z"} for name, at in (("start", "14:00"), ("end", "14:30"))}
    moved = dana.patch(f"{EVENTS}/{one}", json=later).json()
    assert (moved["id"], moved["recurringEventId"]) == (one, series)
    assert moved["originalStartTime"]["dateTime"] == "2027-03-15T09:00:00-05:00"
    assert [moment[5:13] for moment in starts(dana)] == ["03-08T15", "03-16T14", "03-22T14", "03-29T14"]
    assert dana.get(f"{EVENTS}/{one}").json() == moved


def test_one_instance_is_deleted_and_the_others_stay(dana: httpx2.Client) -> None:
    series = add(dana, **WEEKLY)
    one = f"{series}_20270315T140000Z"
    assert dana.delete(f"{EVENTS}/{one}").status_code == 204
    assert reason(dana.delete(f"{EVENTS}/{one}")) == (410, "deleted")
    assert len(starts(dana)) == 3
    assert [each["status"] for each in expanded(dana, showDeleted="true")].count("cancelled") == 1
    # told along with the series even to who does not ask for deleted ones
    assert {each["id"]: each["status"] for each in listed(dana)} == {series: "confirmed", one: "cancelled"}


def test_with_the_series_all_of_it_goes(dana: httpx2.Client) -> None:
    series = add(dana, **WEEKLY)
    pull(dana, "google_move_event", {"person": DANA, "id": f"{series}_20270315T140000Z"} | _TUESDAY)
    assert dana.delete(f"{EVENTS}/{series}").status_code == 204
    assert listed(dana) == expanded(dana) == []


_TUESDAY: dict[str, Any] = {"start": "2027-03-16T14:00:00Z", "end": "2027-03-16T14:30:00Z"}


@pytest.mark.parametrize("event_id", ["{}_20270316T140000Z", "{}_soon", "{}_20270315", "nothere_20270315T140000Z"])
def test_an_instance_that_is_none_is_not_found(dana: httpx2.Client, event_id: str) -> None:
    series = add(dana, **WEEKLY)
    assert reason(dana.get(f"{EVENTS}/{event_id.format(series)}")) == (404, "notFound")


@given(
    hours=st.integers(0, 2 * 365 * 24),
    minutes=st.integers(0, 3000),
    days=st.integers(1, 40),
    zone_name=st.sampled_from([CHICAGO, "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_every_instance_keeps_clock_and_length(hours: int, minutes: int, days: int, zone_name: str) -> None:
    begins = datetime(2026, 1, 1, 0, 20, tzinfo=UTC) + timedelta(hours=hours)
    times = {
        name: {"dateTime": moment.astimezone(ZoneInfo(zone_name)).isoformat(), "timeZone": zone_name}
        for name, moment in (("start", begins), ("end", begins + timedelta(minutes=minutes)))
    }
    series = GoogleEvent(
        id="series",
        fields={**times, "recurrence": [f"RRULE:FREQ=DAILY;COUNT={days}"]},
        zone_name=zone_name,
        created_at=START,
        modified_at=START,
    )
    clock = begins.astimezone(ZoneInfo(zone_name))
    found = list(instances(series, datetime(2030, 1, 1, tzinfo=UTC)))
    assert len(found) == days
    for number, one in enumerate(found):
        on = clock.date() + timedelta(days=number)
        assert one.starts == local(on, clock.time(), zone_name)
        assert one.ends - one.starts == timedelta(minutes=minutes)


def test_a_repeated_day_lies_between_its_own_midnights() -> None:
    day = {"start": {"date": "2027-03-13"}, "end": {"date": "2027-03-14"}}
    series = GoogleEvent(
        id="days",
        fields={**day, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]},
        zone_name=CHICAGO,
        created_at=START,
        modified_at=START,
    )
    hours = [(one.ends - one.starts) / timedelta(hours=1) for one in instances(series, midnight(START.date(), "UTC"))]
    assert hours == []
    later = datetime(2027, 4, 1, tzinfo=UTC)
    assert [(one.ends - one.starts) / timedelta(hours=1) for one in instances(series, later)] == [24, 23, 24]

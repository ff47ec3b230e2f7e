"""What Graph takes at most, and what it calls time zones."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx2
import pytest

from pmtui.sandbox.limits import Limit
from pmtui.sandbox.windows_zones import WINDOWS_NAMES
from tests.sandbox import browser
from tests.sandbox.conftest import START, Hands
from tests.sandbox.test_control import pull

DANA, MARCUS = "dana@acme.example", "marcus@acme.example"
ME = "/graph/v1.0/me"


@pytest.fixture
def dana(http: httpx2.Client) -> httpx2.Client:
    """A client signed in as Dana."""
    http.headers["authorization"] = "Bearer " + browser.sign_in(http, DANA)["access_token"]
    return http


async def at_once(base_url: str, tokens: list[str]) -> list[tuple[int, str]]:
    """Status and error code of requests made at the same time, one a token."""

    async def ask(client: httpx2.AsyncClient, token: str) -> tuple[int, str]:
        answer = await client.get(ME, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    async with httpx2.AsyncClient(base_url=base_url, timeout=10) as client:
        return await asyncio.gather(*(ask(client, token) for token in tokens))


async def test_a_mailbox_takes_four_requests_at_a_time(base_url: str, http: httpx2.Client) -> None:
    dana, marcus = (browser.sign_in(http, who)["access_token"] for who in (DANA, MARCUS))
    http.post("/__faults", json={"kind": "delay", "seconds": 0.2, "path": "/graph", "count": None})
    both = await at_once(base_url, [dana] * 4 + [marcus] * 4)
    assert both == [(200, "")] * 8
    more = await at_once(base_url, [dana] * 6)
    assert sorted(more) == [(200, "")] * 4 + [(429, "ApplicationThrottled")] * 2
    pull(http, "graph_at_once", 6)
    assert await at_once(base_url, [dana] * 6) == [(200, "")] * 6


def test_a_mailbox_takes_so_many_requests_in_ten_minutes(dana: httpx2.Client, hands: Hands) -> None:
    marcus = browser.sign_in(dana, MARCUS)["access_token"]
    pull(dana, "graph_quota", 2)
    assert dana.get(ME).status_code == 200
    hands.forward(minutes=4)
    assert dana.get(ME).status_code == 200
    over = dana.get(ME)
    assert (over.status_code, over.json()["error"]["code"]) == (429, "ApplicationThrottled")
    assert over.headers["retry-after"] == "600"  # this one counted too
    assert dana.get(ME, headers={"Authorization": f"Bearer {marcus}"}).status_code == 200
    hands.forward(seconds=600)
    assert dana.get(ME).status_code == 200


def test_who_waits_as_long_as_told_gets_in() -> None:
    limit, now = Limit(timedelta(minutes=1)), START
    assert [limit.wait("", now) for _ in range(3)] == [None] * 3
    limit.set(3)
    for second, expected in ((0, None), (1, None), (2, None), (10, 51), (61, None), (62, None)):
        assert limit.wait("", now + timedelta(seconds=second)) == expected
    assert limit.wait("other", now) is None
    limit.set(0)
    assert limit.wait("", now) == 60


def test_a_page_may_hold_fewer_events_than_asked_for(dana: httpx2.Client) -> None:
    window = {"startDateTime": "2027-03-01T00:00:00Z", "endDateTime": "2027-04-30T00:00:00Z", "$top": "999"}
    whole = dana.get(f"{ME}/calendarView", params=window).json()
    assert "@odata.nextLink" not in whole
    pull(dana, "graph_pages", 7)
    answer = dana.get(f"{ME}/calendarView", params=window).json()
    found, pages = answer["value"], 1
    while "@odata.nextLink" in answer:
        answer = dana.get(answer["@odata.nextLink"]).json()
        found, pages = found + answer["value"], pages + 1
    assert found == whole["value"]
    assert pages == -(-len(found) // 7) > 2


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Tokyo", "Pacific/Honolulu", "Asia/Kolkata"])
def test_mailbox_settings_speak_windows_whatever_the_zone(dana: httpx2.Client, name: str) -> None:
    person = {"name": "New Coach", "email": "new@acme.example", "role": "coach", "team": "Billing", "timezone": name}
    pull(dana, "add_person", person)
    token = browser.sign_in(dana, "new@acme.example")["access_token"]
    settings = dana.get(f"{ME}/mailboxSettings", headers={"Authorization": f"Bearer {token}"}).json()
    assert settings["timeZone"] == settings["workingHours"]["timeZone"]["name"] == WINDOWS_NAMES[name]


def test_what_a_mailbox_calls_its_zone_can_be_set(dana: httpx2.Client) -> None:
    for name, expected in (
        ("Customized Time Zone", "Customized Time Zone"),
        ("America/Chicago", "America/Chicago"),
        (None, "Central Standard Time"),
    ):
        pull(dana, "mailbox_zone", {"person": DANA, "name": name})
        assert dana.get(f"{ME}/mailboxSettings").json()["timeZone"] == expected


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Pacific Standard Time", 200),
        ("Tokyo Standard Time", 200),
        ("America/Los_Angeles", 200),
        ("UTC", 200),
        ("America/Detroit", 400),
        ("Europe/Vienna", 400),
        ("Mars", 400),
    ],
)
def test_only_some_iana_names_are_taken(dana: httpx2.Client, name: str, status: int) -> None:
    times = {"start": "2027-03-15T15:00:00", "end": "2027-03-15T15:30:00"}
    event = {which: {"dateTime": at, "timeZone": name} for which, at in times.items()}
    made = dana.post(f"{ME}/events", json={"subject": "x"} | event)
    assert made.status_code == {200: 201}.get(status, status)
    window = {"startDateTime": "2027-03-15T00:00:00Z", "endDateTime": "2027-03-16T00:00:00Z"}
    read = dana.get(f"{ME}/calendarView", params=window, headers={"Prefer": f'outlook.timezone="{name}"'})
    assert read.status_code == status
    if status == 400:
        assert made.json()["error"]["code"] == read.json()["error"]["code"] == "TimeZoneNotSupportedException"

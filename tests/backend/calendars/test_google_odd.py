"""Answers Google should never give: each is trouble that passes, never free time."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.google_events import event_id, session_of
from pmtui.backend.calendars.protocol import Event, Refused, Temporary, Vanished
from pmtui.backend.slots.values import PartyName, to_minute
from tests.clock import START, ManualClock

NOW = to_minute(START)
EVENT = Event("K3F9AB", PartyName.AGENT, 2, "Coaching session", START, START)
GOOD = {"id": "a", "start": {"dateTime": "2027-03-01T10:00:00Z"}, "end": {"dateTime": "2027-03-01T11:00:00Z"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def google(*answers: httpx2.Response) -> GoogleCalendar:
    left = list(answers)

    def respond(request: httpx2.Request) -> httpx2.Response:
        return left.pop(0) if len(left) > 1 else left[0]

    async def token(newer: bool) -> str:
        return "token"

    calls = Calls(ManualClock(), transport=httpx2.MockTransport(respond))
    return GoogleCalendar(calls, "https://calendar.example/v3", token, account="1", timezone="Europe/Berlin")


def page(*items: Any, **more: Any) -> httpx2.Response:
    return httpx2.Response(200, json={"items": list(items), "timeZone": "UTC", **more})


@pytest.mark.parametrize(
    "change",
    [
        {"start": {}},
        {"start": None},
        {"start": {"dateTime": "2027-03-01T10:00:00"}},
        {"end": {"dateTime": "soon"}},
        {"end": {"date": "soon"}},
        {"attendees": [7]},
        {"id": None, "start": 1},
    ],
    ids=str,
)
async def test_an_event_that_makes_no_sense_is_trouble(change: dict[str, Any]) -> None:
    with pytest.raises(Temporary):
        await google(page({**GOOD, **change})).busy((NOW, NOW + 60))


@pytest.mark.parametrize("document", [{}, {"items": {}}, {"error": {}}, {"items": [], "nextPageToken": 7}], ids=str)
async def test_a_page_that_is_none_is_trouble(document: dict[str, Any]) -> None:
    with pytest.raises(Temporary):
        await google(httpx2.Response(200, json=document)).busy((NOW, NOW + 60))


async def test_pages_without_an_end_are_trouble() -> None:
    with pytest.raises(Temporary):
        await google(page(nextPageToken="again")).busy((NOW, NOW + 60))


async def test_a_list_may_be_left_out_and_the_zone_unknown() -> None:
    assert (await google(httpx2.Response(200, json={"timeZone": "UTC"})).busy((NOW, NOW + 60))).spans == ()
    whole_day = {"id": "a", "start": {"date": "2027-03-01"}, "end": {"date": "2027-03-02"}}
    found = await google(page(whole_day, timeZone="Mars/Olympus")).busy((NOW, NOW + 60))
    assert found.spans[0].start % 1440 == 23 * 60  # Berlin's midnight


@settings(deadline=None, max_examples=150)
@given(JSON | st.fixed_dictionaries({"items": st.lists(JSON, max_size=2), "timeZone": st.text(max_size=5)}))
async def test_whatever_comes_is_a_read_or_trouble(document: Any) -> None:
    answer = httpx2.Response(200, content=json.dumps(document).encode())
    try:
        found = await google(answer).busy((NOW, NOW + 60))
    except Temporary:
        return
    assert found.window == (NOW, NOW + 60)


@settings(deadline=None, max_examples=150)
@given(status=st.sampled_from([400, 403, 404, 409, 410, 412]), document=JSON)
async def test_whatever_is_refused_is_refused(status: int, document: Any) -> None:
    answer = httpx2.Response(status, content=json.dumps(document).encode())
    with pytest.raises((Refused, Temporary)):
        await google(answer).busy((NOW, NOW + 60))


async def test_an_id_taken_and_nowhere_is_vanished() -> None:
    with pytest.raises(Vanished):
        await google(page(), httpx2.Response(409), httpx2.Response(404)).put(EVENT)


async def test_an_event_without_a_version_is_not_overwritten() -> None:
    with pytest.raises(Temporary):
        await google(page({"id": "a"}), httpx2.Response(200, json={"id": "a"})).put(EVENT)


@given(st.text(max_size=30))
def test_only_our_ids_name_a_session(text: str) -> None:
    assert session_of({"id": event_id(EVENT)}) == "K3F9AB"
    assert session_of({"id": event_id(EVENT) + "_20270301T100000Z"}) is None
    assert session_of({"id": text}) is None
    assert session_of({"id": "pm" + text.encode().hex()}) in (None, text.split(":")[0])

"""Every request the client sends to the Calendar API is one that Google's own description of it knows."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.protocol import Event
from pmtui.backend.slots.values import DAY_MINUTES, PartyName, to_minute
from pmtui.sandbox import levers
from pmtui.sandbox.app import create_app
from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, EMAIL, WRITE_SCOPES, Grant
from pmtui.sandbox.world import World
from tests.clock import START, ManualClock
from tests.conformance.google_contract import PREFIX, check, discovery, method_of

pytestmark = pytest.mark.conformance
DANA = "dana@acme.example"
AT = START + timedelta(hours=7)
EVENT = Event("K3F9AB", PartyName.COACH, 0, "Coaching session: Sam", AT, AT + timedelta(minutes=30))


class Watched(httpx2.AsyncBaseTransport):
    """Holds each request against the description on its way to the sandbox, and counts them by method."""

    def __init__(self, world: World) -> None:
        self._inner = httpx2.ASGITransport(create_app(world))
        self.seen: dict[str, int] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._look_at(request, await request.aread())
        return await self._inner.handle_async_request(request)

    def _look_at(self, request: httpx2.Request, body: bytes) -> None:
        assert request.url.path.startswith(PREFIX)
        method = method_of(request)
        assert method is not None, request
        described = {**discovery()["parameters"], **method["parameters"]}
        for name, value in request.url.params.multi_items():
            assert described[name].get("location") == "query", name
            _require_value(described[name], value)
        if body:
            document = json.loads(body)
            check(method["request"]["$ref"], document)
            assert document
        else:
            assert "request" not in method
        self.seen[method["id"]] = self.seen.get(method["id"], 0) + 1


def _require_value(how: dict[str, Any], value: str) -> None:
    if how["type"] == "boolean":
        assert value in ("true", "false")
    if how["type"] == "integer":
        assert int(how.get("minimum", "0")) <= int(value) <= int(how.get("maximum", "2500"))
    if "enum" in how:
        assert value in how["enum"]


@pytest.mark.shows(
    "Google's own description",
    "Every request our client sends is one the description knows: method, parameters, body",
    by="google-api-python-client, jsonschema",
)
async def test_every_request_is_described() -> None:
    clock = ManualClock()
    world = World(clock.now)
    watched = Watched(world)
    calls = Calls(clock, insecure=True, transport=watched)

    async def token(newer: bool) -> str:
        until = clock.now() + timedelta(hours=1)
        grant = Grant(DANA, DESKTOP_CLIENT_ID, ("openid", EMAIL, WRITE_SCOPES[-1]), None, until)
        return world.google.sign_ins.new_access(grant, clock.now())

    google = GoogleCalendar(calls, f"http://127.0.0.1{PREFIX}", token, account=DANA)
    now = to_minute(START)
    levers.pull(world, "google_pages", {"size": 5, "first_empty": True})
    await google.probe()
    assert len((await google.busy((now, now + 70 * DAY_MINUTES))).spans) > 30
    first = await google.put(EVENT)
    await google.put(replace(EVENT, provider_id=first, title="Renamed"))
    levers.pull(world, "google_delete_event", {"person": DANA, "id": first})
    await google.put(replace(EVENT, provider_id=first))
    await google.remove(replace(EVENT, provider_id=first))
    await calls.close()
    names = ("list", "get", "insert", "patch", "update", "delete")
    assert set(watched.seen) == {f"calendar.events.{name}" for name in names}, watched.seen

"""The sandbox's own endpoints: what it is, what it remembers, and the levers a test or a demo pulls.

`GET /` a page; `GET /__people`, `/__settings`, `/__calls`, `/__state`; `POST /__faults`, `/__world`, `/__reset`.
None of them is ever called by pmtui's connectors. No token leaves through `/__state`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox import google_state, graph, levers, microsoft, microsoft_state, wfm
from pmtui.sandbox.calendars import Event
from pmtui.sandbox.faults import fault_from
from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from pmtui.sandbox.graph_events import outside_id
from pmtui.sandbox.microsoft import base_url
from pmtui.sandbox.people import Person
from pmtui.sandbox.request_log import CALLS
from pmtui.sandbox.shifts import BUSINESS_UNIT_ID, COACHING, SCENARIO_ID
from pmtui.sandbox.start_page import start_page
from pmtui.sandbox.times import days, seconds_z, zone
from pmtui.sandbox.world import World

_SHIFT_DAYS = range(-1, 15)  # which schedule days /__state?person= shows, from today


class Control:
    """Everything that is not a provider."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives."""
        return [
            Route("/", self.start_page, methods=["GET"]),
            Route("/__people", self.people, methods=["GET"]),
            Route("/__settings", self.settings, methods=["GET"]),
            Route("/__calls", self.calls, methods=["GET"]),
            Route("/__state", self.state, methods=["GET"]),
            Route("/__faults", self.faults, methods=["POST", "DELETE"]),
            Route("/__world", self.change, methods=["POST"]),
            Route("/__reset", self.reset, methods=["POST"]),
        ]

    async def start_page(self, request: Request) -> Response:
        """What is here, and the settings that point pmtui at it."""
        settings = _settings(request, self._world)
        return start_page(base_url(request), settings, list(self._world.people.values()))

    async def people(self, request: Request) -> Response:
        """Everyone, to seed another system with the same people."""
        return JSONResponse([asdict(person) for person in self._world.people.values()])

    async def settings(self, request: Request) -> Response:
        """Addresses, ids and the fixed secrets of the sandbox."""
        return JSONResponse(_settings(request, self._world))

    async def calls(self, request: Request) -> Response:
        """Every call a client makes, by the names that faults and the log's counts go by."""
        return JSONResponse(CALLS)

    async def state(self, request: Request) -> Response:
        """What the sandbox remembers. `?person=EMAIL` one person, with shifts; `?written=1` only what an app wrote."""
        only, written = request.query_params.get("person"), "written" in request.query_params
        if only is not None and only not in self._world.people:
            return JSONResponse({"error": f"nobody here has the address {only}"}, 404)
        chosen = [person for person in self._world.people.values() if only in (None, person.email)]
        sign_ins = self._world.sign_ins
        return JSONResponse(
            {
                "now": seconds_z(self._world.now()),
                "accounts": {one.email: self._account(one, written) for one in chosen if one.has_outlook},
                "google": {
                    one.email: google_state.account(self._world, one, written=written)
                    for one in chosen
                    if one.has_google
                },
                "wfm": {
                    one.email: self._scheduled(one, shifts=only is not None)
                    for one in self._world.in_wfm()
                    if only in (None, one.email)
                },
                "microsoft": microsoft_state.directory(self._world),
                "approval": sign_ins.approval,
                "approval_requests": [{**asdict(one), "at": seconds_z(one.at)} for one in sign_ins.approval_requests],
                "faults": [asdict(one) for one in self._world.faults],
                "requests": self._requests(),
            }
        )

    async def faults(self, request: Request) -> Response:
        """POST one fault or a list of them; DELETE forgets all that are queued."""
        if request.method == "DELETE":
            self._world.faults.clear()
            return JSONResponse({"queued": 0})
        try:
            given = json.loads(await request.body())
            faults = [fault_from(one) for one in (given if isinstance(given, list) else [given])]
            for one in faults:
                if one.person not in (None, *self._world.people):
                    raise ValueError(f"nobody here has the address {one.person}")
            self._world.faults += faults
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"queued": len(self._world.faults)})

    async def change(self, request: Request) -> Response:
        """Pull levers: `{"add_event": {...}}` and so on, see levers.py; several are pulled in the order given."""
        try:
            given = json.loads(await request.body())
            return JSONResponse({name: levers.pull(self._world, name, value) for name, value in given.items()})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    async def reset(self, request: Request) -> Response:
        """Back to a fresh start."""
        self._world.reset()
        return JSONResponse({"reset": True})

    def _account(self, person: Person, written: bool) -> dict[str, Any]:
        events = sorted(self._world.outlook.of(person.email).values(), key=lambda event: (event.starts, event.id))
        return {
            "name": person.name,
            "timezone": person.timezone,
            "live_sign_ins": self._world.sign_ins.live_refresh_tokens(person.email, self._world.now()),
            "events": [_event_state(event) for event in events if event.by_app or not written],
        }

    def _scheduled(self, person: Person, *, shifts: bool) -> dict[str, Any]:
        meetings = [one for one in self._world.wfm.meetings.values() if person.person_id in one.participants]
        state: dict[str, Any] = {
            "name": person.name,
            "person_id": person.person_id,
            "timezone": person.timezone,
            "meetings": [
                {
                    "ExternalMeetingId": one.external_id,
                    "Title": one.title,
                    "start": seconds_z(one.starts),
                    "end": seconds_z(one.ends),
                    "activity": self._world.activity_name(one.activity_id),
                }
                for one in sorted(meetings, key=lambda meeting: meeting.starts)
            ],
        }
        if shifts:
            today = self._world.now().astimezone(zone(person.timezone)).date()
            span = days(today + timedelta(days=_SHIFT_DAYS[0]), today + timedelta(days=_SHIFT_DAYS[-1]))
            state["shifts"] = {
                on.isoformat(): [wfm.layer_json(layer) for layer in self._world.schedule(person, on)] for on in span
            }
        return state

    def _requests(self) -> dict[str, Any]:
        log = self._world.requests
        return {
            "total": len(log),
            "most_at_once": dict(self._world.most_at_once),
            "counts": dict(Counter(entry.route for entry in log)),
            "log": [{**asdict(entry), "at": seconds_z(entry.at)} for entry in log],
        }


def _event_state(event: Event) -> dict[str, Any]:
    return {
        "id": outside_id(event, immutable=True),
        "subject": event.subject,
        "start": seconds_z(event.starts),
        "end": seconds_z(event.ends),
        "isAllDay": event.all_day,
        "showAs": event.show_as,
        "sensitivity": event.sensitivity,
        "isCancelled": event.cancelled,
        "recurring": event.series_id is not None,
        "transactionId": event.transaction_id,
        "singleValueExtendedProperties": event.properties,
        "written_by_app": event.by_app,
        "version": event.change,
    }


def _settings(request: Request, world: World) -> dict[str, dict[str, str]]:
    at = base_url(request)
    return {
        "microsoft": {
            "authority": at + microsoft.PREFIX,
            "tenant": TENANT_ID,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        },
        "graph": {"url": f"{at}{graph.PREFIX}/"},
        "google": google_state.settings(at),
        "wfm": {
            "url": at + wfm.PREFIX,
            "token": world.wfm.token,
            "business_unit_id": BUSINESS_UNIT_ID,
            "scenario_id": SCENARIO_ID,
            "coaching_activity_id": COACHING.id,
            "coaching_activity": COACHING.name,
        },
    }

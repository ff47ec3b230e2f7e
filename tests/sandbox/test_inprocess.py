"""The sandbox without a network: every fault is met as over a wire, and no time passes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from pmtui.sandbox.app import create_app
from pmtui.sandbox.fault_layer import FaultsAndLog
from pmtui.sandbox.faults import KINDS, Fault, Kind
from pmtui.sandbox.grants import CLIENT_ID, TENANT_ID, Grant
from pmtui.sandbox.inprocess import InProcess
from pmtui.sandbox.request_log import CALLS
from pmtui.sandbox.world import World

DANA = "dana@acme.example"
EVENTS = "/graph/v1.0/me/events"
EVENT = {
    "subject": "Coaching",
    "start": {"dateTime": "2027-03-15T15:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-03-15T15:30:00", "timeZone": "UTC"},
}


@pytest.fixture
def memory() -> World:
    """A world of its own."""
    return World()


@pytest.fixture
async def app(memory: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A client in the same process, signed in as Dana."""
    grant = Grant(DANA, CLIENT_ID, ("Calendars.ReadWrite",), TENANT_ID, None, memory.now() + timedelta(hours=1))
    token = memory.sign_ins.new_access(grant, memory.now())
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(transport=InProcess(memory), base_url="http://sandbox", headers=headers) as client:
        yield client


def written(world: World) -> int:
    """How many events an app wrote."""
    return sum(event.by_app for event in world.outlook.of(DANA).values())


_MET: dict[Kind, tuple[type[Exception] | int, int]] = {
    "status": (503, 0),
    "401-once": (401, 0),
    "401-for-good": (401, 0),
    "garbage": (200, 0),
    "wfm-errors": (200, 0),
    "timeout-before": (httpx2.ReadTimeout, 0),
    "timeout-after": (httpx2.ReadTimeout, 1),
    "cut-before": (httpx2.RemoteProtocolError, 0),
    "cut-after": (httpx2.RemoteProtocolError, 1),
    "delay": (201, 1),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_fault_is_met_as_over_a_wire(app: httpx2.AsyncClient, memory: World, kind: Kind) -> None:
    memory.faults.append(Fault(kind, route=f"POST {EVENTS}", seconds=4))
    met, kept = _MET[kind]
    if isinstance(met, int):
        assert (await app.post(EVENTS, json=EVENT)).status_code == met
    else:
        with pytest.raises(met):
            await app.post(EVENTS, json=EVENT)
    assert written(memory) == kept
    memory.faults.clear()
    assert (await app.post(EVENTS, json=EVENT)).status_code == 201


async def test_a_delay_beyond_the_clients_patience_is_a_time_out_after_the_work(
    app: httpx2.AsyncClient, memory: World
) -> None:
    memory.faults.append(Fault("delay", seconds=3600))
    with pytest.raises(httpx2.ReadTimeout):
        await app.post(EVENTS, json=EVENT, timeout=30)
    assert written(memory) == 1
    memory.faults.append(Fault("delay", seconds=3600))
    assert (await app.post(EVENTS, json=EVENT, timeout=None)).status_code == 201


@pytest.mark.parametrize("call", CALLS)
async def test_every_call_can_be_struck_by_its_name(app: httpx2.AsyncClient, memory: World, call: str) -> None:
    method, path = call.split()
    for name, value in {"{tenant}": "organizations", "{id}": "some-id", "{calendar}": "primary"}.items():
        path = path.replace(name, value)
    others = [Fault("status", route=other, status=500) for other in CALLS if other != call]
    memory.faults += [*others, Fault("timeout-before", route=call)]
    with pytest.raises(httpx2.ReadTimeout):
        await app.request(method, path)
    assert memory.faults == others
    assert (await app.request(method, path)).status_code != 500


async def test_a_bare_asgi_client_hears_of_a_lost_answer_as_an_exception(memory: World) -> None:
    memory.faults += [Fault("cut-before"), Fault("timeout-before")]
    transport = httpx2.ASGITransport(create_app(memory))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        errors: tuple[Any, ...] = (ConnectionAbortedError, TimeoutError)
        for error in errors:
            with pytest.raises(error):
                await client.get("/graph/v1.0/me")
        assert (await client.get("/graph/v1.0/me")).status_code == 401


async def test_the_layer_leaves_what_is_no_request_alone(memory: World) -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await FaultsAndLog(inner, memory)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]  # never called
    assert (seen, memory.requests) == (["lifespan"], [])

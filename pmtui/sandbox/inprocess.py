"""The sandbox without a network: a transport for httpx2's clients, with every fault as they meet it over a wire."""

from __future__ import annotations

import httpx2
from starlette.types import Receive, Scope, Send

from pmtui.sandbox.app import create_app
from pmtui.sandbox.fault_layer import PATIENCE
from pmtui.sandbox.world import World


class InProcess(httpx2.AsyncBaseTransport):
    """`httpx2.AsyncClient(transport=InProcess(world))` speaks to that world; use it in one event loop only.

    No time passes: a cut is an `httpx2.RemoteProtocolError` and a time-out an `httpx2.ReadTimeout` at once. A `delay`
    that the client's read time-out would bear is none.
    """

    def __init__(self, world: World) -> None:
        self._app = create_app(world)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request and its answer. Raises httpx2's own errors where the sandbox was told to fail."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            patience = request.extensions.get("timeout", {}).get("read")
            await self._app({**scope, "extensions": {PATIENCE: patience}}, receive, send)

        try:
            return await httpx2.ASGITransport(app).handle_async_request(request)
        except ConnectionAbortedError:
            raise httpx2.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            ) from None
        except TimeoutError:
            raise httpx2.ReadTimeout("The read operation timed out.", request=request) from None

"""Faults on demand, and the log of what was asked: one layer around all routes."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from pmtui.sandbox.world import World

Kind = Literal["status", "delay", "cut-before", "cut-after", "garbage", "401-once"]
KINDS: tuple[Kind, ...] = get_args(Kind)

CUT = "pmtui.sandbox.cut"  # where server.py leaves the way to drop the connection in the scope's extensions
_EVENT_ID = re.compile(r"(/me/events/|/calendars/[^/]+/events/)[^/]+")
# What may be shown of a query: the sign-in pages' carries states and challenges, so only its names are kept.
_QUERY_IN_FULL = ("/graph/", "/google/calendar/", "/wfm/")
_PROVIDERS = ("/microsoft/", "/graph/", "/google/", "/wfm/")
_GOOGLE_REASONS = {  # developers.google.com/workspace/calendar/api/guides/errors
    401: ("global", "authError", "Invalid Credentials"),
    403: ("usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
    404: ("global", "notFound", "Not Found"),
    429: ("usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
}


@dataclass
class Fault:
    """The next `count` matching requests go wrong, after `skip` matching ones went well.

    kind: `status` (that status, `retry_after` seconds, `body` instead of the provider's usual one, `reason` for
    Google's, like `userRateLimitExceeded`), `delay` (`seconds`, then answered), `cut-before` and `cut-after`
    (connection dropped without an answer, before or after the work was done), `garbage` (200 and no JSON),
    `401-once`.
    """

    kind: Kind
    path: str = "/"
    method: str = "*"
    count: int = 1
    skip: int = 0
    status: int = 503
    retry_after: int | None = None
    seconds: float = 0.0
    reason: str | None = None
    body: Any = None

    def claims(self, method: str, path: str) -> bool:
        """Whether this fault strikes that request; counts it."""
        if self.count <= 0 or not path.startswith(self.path) or self.method not in ("*", method):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.count -= 1
        return True


@dataclass
class LoggedRequest:
    """One request as the log keeps it: never a header's or form's value that could be a secret."""

    number: int
    at: datetime
    method: str
    path: str
    query: str
    prefer: list[str] = field(default_factory=list)
    status: int | None = None
    fault: str | None = None

    @property
    def route(self) -> str:
        """Method and path with an event's id left out: what requests are counted by."""
        return f"{self.method} " + _EVENT_ID.sub(r"\1{id}", self.path)


class FaultsAndLog:
    """ASGI layer: writes every provider request into the world's log and lets queued faults strike."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PROVIDERS):
            await self._app(scope, receive, send)
            return
        provider = scope["path"].split("/")[1]
        entry = self._write(Request(scope))
        under_way = self._under_way[provider] = self._under_way[provider] + 1
        self._world.most_at_once[provider] = max(self._world.most_at_once[provider], under_way)
        try:
            await self._answer(entry, scope, receive, send)
        finally:
            self._under_way[provider] -= 1

    async def _answer(self, entry: LoggedRequest, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        fault = next((one for one in self._world.faults if one.claims(entry.method, entry.path)), None)
        if fault is None:
            await self._app(scope, receive, noting)
            return
        entry.fault = fault.kind
        self._world.faults = [one for one in self._world.faults if one.count > 0]
        await self._strike(fault, scope, receive, noting)

    def _write(self, request: Request) -> LoggedRequest:
        full = request.url.path.startswith(_QUERY_IN_FULL)
        entry = LoggedRequest(
            number=len(self._world.requests) + 1,
            at=self._world.now(),
            method=request.method,
            path=request.url.path,
            query=request.url.query if full else "&".join(request.query_params.keys()),
            prefer=request.headers.getlist("prefer"),
        )
        self._world.requests.append(entry)
        return entry

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "delay":
            # A delay on demand is a real one: the client's time-outs are what it is for.
            await asyncio.sleep(fault.seconds)  # noqa: TID251  the sandbox may not import pmtui's Clock
            await self._app(scope, receive, send)
        elif fault.kind == "cut-before":
            await _taken_in(receive)
            await _cut(scope, receive)
        elif fault.kind == "cut-after":
            await self._app(scope, _again(await _taken_in(receive), receive), _nowhere)
            await _cut(scope, receive)
        else:
            await _wrong_answer(fault, scope["path"])(scope, receive, send)


async def _nowhere(message: Message) -> None:
    """An answer nobody gets."""


async def _taken_in(receive: Receive) -> list[Message]:
    """The whole request: dropped with some of it unread, the connection would end in a reset, and only sometimes."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    """The same request for the app to read, once more."""
    left = iter(messages)

    async def replay() -> Message:
        message = next(left, None)
        return await receive() if message is None else message

    return replay


async def _cut(scope: Scope, receive: Receive) -> None:
    """Drop the connection without a byte of answer."""
    abort: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
    if abort is None:
        raise ConnectionAbortedError("the sandbox cut the connection")  # no server around the app: in-process clients
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _wrong_answer(fault: Fault, path: str) -> Response:
    if fault.kind == "garbage":
        return Response("<html><body>upstream connect error", media_type="application/json")
    status = 401 if fault.kind == "401-once" else fault.status
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    body = _usual_body(status, path, fault.reason) if fault.body is None else fault.body
    return JSONResponse(body, status, headers)


def _usual_body(status: int, path: str, reason: str | None) -> Any:
    """The form each provider gives its errors (citations in graph.py, microsoft.py, google_calendar.py, wfm.py)."""
    if path.startswith("/google/calendar/"):
        domain, usual, message = _GOOGLE_REASONS.get(status, ("global", "backendError", "Backend Error"))
        detail = {"domain": domain, "reason": reason or usual, "message": message}
        return {"error": {"errors": [detail], "code": status, "message": message}}
    if path.startswith("/google/"):
        return {"error": "internal_failure", "error_description": "Backend Error"}
    if path.startswith("/graph/"):
        code = {401: "InvalidAuthenticationToken", 403: "ErrorAccessDenied", 429: "TooManyRequests"}
        return {"error": {"code": code.get(status, "serviceNotAvailable"), "message": "A fault on demand."}}
    if path.startswith("/microsoft/"):
        return {"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error has occurred."}
    return {"Message": "A fault on demand."}


def fault_from(document: Any) -> Fault:
    """A fault from its JSON form, the field names of `Fault`. `ValueError` says what is wrong."""
    if not isinstance(document, dict):
        raise ValueError(f"a fault is an object, not {json.dumps(document)}")
    unknown = set(document) - set(Fault.__dataclass_fields__)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    if document.get("kind") not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    return Fault(**document)

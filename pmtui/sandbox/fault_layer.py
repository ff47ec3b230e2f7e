"""The layer around all routes: it writes the log of what was asked, and lets queued faults strike."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pmtui.sandbox.faults import Fault, wrong_answer
from pmtui.sandbox.request_log import LoggedRequest
from pmtui.sandbox.senders import people_of

if TYPE_CHECKING:
    from pmtui.sandbox.world import World

# Keys of a request's scope extensions: how server.py drops the connection; how long inprocess.py's client waits.
CUT = "pmtui.sandbox.cut"
PATIENCE = "pmtui.sandbox.patience"

# What may be shown of a query: the sign-in pages' carries states and challenges, so only its names are kept.
_QUERY_IN_FULL = ("/graph/", "/google/calendar/", "/wfm/")
_TOO_MANY = Fault(
    "status",
    status=429,
    retry_after=1,
    body={
        "error": {
            "code": "ApplicationThrottled",
            "message": "Application is over its MailboxConcurrency limit.",
        }
    },
)
_PROVIDERS = ("/microsoft/", "/graph/", "/google/", "/wfm/")


class FaultsAndLog:
    """ASGI layer: writes every provider request into the world's log and lets queued faults strike."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world
        self._under_way: Counter[str] = Counter()
        self._at_mailbox: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PROVIDERS):
            await self._app(scope, receive, send)
            return
        provider = scope["path"].split("/")[1]
        entry = self._write(Request(scope))
        under_way = self._under_way[provider] = self._under_way[provider] + 1
        self._world.most_at_once[provider] = max(self._world.most_at_once[provider], under_way)
        mailbox = self._mailbox(scope)
        self._at_mailbox[mailbox] += 1
        try:
            await self._answer(entry, mailbox, scope, receive, send)
        finally:
            self._under_way[provider] -= 1
            self._at_mailbox[mailbox] -= 1

    def _mailbox(self, scope: Scope) -> str:
        """Whose mailbox at Graph it is, if it is one's: each takes only so many requests at once."""
        if not scope["path"].startswith("/graph/"):
            return ""
        authorization = Request(scope).headers.get("authorization", "")
        return next(iter(people_of(self._world, scope["path"], authorization, b"")), "")

    async def _answer(self, entry: LoggedRequest, mailbox: str, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        if mailbox and self._at_mailbox[mailbox] > self._world.outlook.at_once:
            await wrong_answer(_TOO_MANY, scope["path"], self._world.now())(scope, receive, noting)
            return
        fitting = [one for one in self._world.faults if one.fits(entry)]
        if not fitting:
            await self._app(scope, receive, noting)
            return
        # Read whole: dropped with some of it unread, a connection would end in a reset, and only sometimes.
        messages = await _taken_in(receive)
        receive = _again(messages, receive)
        fault = self._chosen(fitting, scope, b"".join(message.get("body", b"") for message in messages))
        if fault is None:
            await self._app(scope, receive, noting)
            return
        entry.fault = fault.kind
        self._world.faults = [one for one in self._world.faults if not one.spent]
        await self._strike(fault, scope, receive, noting)

    def _chosen(self, fitting: list[Fault], scope: Scope, body: bytes) -> Fault | None:
        people: set[str] = set()
        if any(one.person is not None for one in fitting):
            authorization = Request(scope).headers.get("authorization", "")
            people = people_of(self._world, scope["path"], authorization, body)
        return next((one for one in fitting if one.claims(people)), None)

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
            await self._delayed(fault, scope, receive, send)
        elif fault.kind in ("cut-before", "timeout-before"):
            await _unanswered(fault, scope, receive)
        elif fault.kind in ("cut-after", "timeout-after"):
            await self._app(scope, receive, _nowhere)
            await _unanswered(fault, scope, receive)
        elif fault.kind == "garbage" and fault.form == "truncated":
            await (await self._truncated(fault, scope, receive))(scope, receive, send)
        else:
            if fault.after:
                await self._app(scope, receive, _nowhere)
            await wrong_answer(fault, scope["path"], self._world.now())(scope, receive, send)

    async def _delayed(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Over a wire the time really passes. In process nobody waits: who would have given up is told so at once."""
        extensions = scope.get("extensions", {})
        if PATIENCE not in extensions:
            # A delay on demand is a real one: the client's time-outs are what it is for.
            await asyncio.sleep(fault.seconds)  # noqa: TID251  the sandbox may not import pmtui's Clock
            await self._app(scope, receive, send)
        elif extensions[PATIENCE] is None or fault.seconds < extensions[PATIENCE]:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _nowhere)
            raise TimeoutError("the sandbox took longer than the client waits")

    async def _truncated(self, fault: Fault, scope: Scope, receive: Receive) -> Response:
        """The true answer, broken off in the middle."""
        status, parts = 200, [b""]

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            parts.append(message.get("body", b""))

        await self._app(scope, receive, keep)
        whole = b"".join(parts)
        status = fault.status or (200 if status == 204 else status)
        return Response(whole[: len(whole) // 2] or b"{", status, media_type="application/json")


async def _nowhere(message: Message) -> None:
    """An answer nobody gets."""


async def _taken_in(receive: Receive) -> list[Message]:
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


async def _unanswered(fault: Fault, scope: Scope, receive: Receive) -> None:
    """Drop the connection without a byte of answer, or say nothing until the client gives up."""
    abort: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
    if abort is None:  # no server around the app: in-process clients hear of it as an exception
        if fault.kind.startswith("timeout"):
            raise TimeoutError("the sandbox never answers")
        raise ConnectionAbortedError("the sandbox cut the connection")
    if fault.kind.startswith("cut"):
        abort()
    while (await receive())["type"] != "http.disconnect":
        pass

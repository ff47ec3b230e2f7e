"""The hosted redirect page: what `pmtui callback` serves, behind the organisation's https.

It shows plain pages, one for each way a sign-in may go, and judges nothing: `backend.signin.hosted` does. Stateless
but for the database, so that several may run side by side.
"""

import asyncio
import base64
import hashlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pmtui.backend.build import Services
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin.records import Page
from pmtui.backend.states import Provider

_log = logging.getLogger("pmtui.callback")
_LONGEST_QUERY = 16_384  # bytes; Microsoft's codes stay below 4,000
_LARGEST_HEAD = 65_536  # bytes of request line and headers
_AT_ONCE = 512  # connections; more are told to come back
_GRACE_SECONDS = 5
_RETRY_SECONDS = "5"
_STATUS = {
    Page.USED: 409,
    Page.EXPIRED: 410,
    Page.OVER: 410,
    Page.UNKNOWN: 404,
    Page.UNREADABLE: 400,
}
"""Where the status is not 200: a refusal of the provider's, properly taken, is nothing that failed here."""
_NOTHING = ("There is nothing here.", "A sign-in starts in the terminal: start one there and open its link.")
_NOT_THIS_WAY = ("That is not how this page is reached.", "It is opened by the sign-in page, in a browser.")
_TOO_LONG = ("That address is too long.", "Start again in your terminal: you get a new link.")
_AGAIN = (
    "The sign-in could not be taken just now.",
    "Wait a moment and load this page again: nothing is lost. If it stays so, tell whoever runs pmtui.",
)
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}h1{font-size:1.4rem}"
)
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
    "<title>pmtui: {title}</title><style>{style}</style></head><body><main><h1>{title}</h1><p>{text}</p></main>"
    "</body></html>"
)
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def create_app(services: Services) -> ASGIApp:
    """The pages, at the path of `callback_url`; and `/health`, for whoever watches the process."""

    def take(provider: Provider) -> Callable[[Request], Response]:
        def taken(request: Request) -> Response:
            landing = services.hosted.land(provider, request.scope["query_string"].decode("latin-1"))
            _log.info("%s: %s", provider.value, landing.page.value)
            return _page(_STATUS.get(landing.page, 200), landing.title, landing.text)

        return taken

    def health(_: Request) -> Response:
        services.hosted.reachable()
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    base = urlsplit(services.config.callback_url).path
    paths = {provider: f"{base}/callback/{provider.value}" for provider in (Provider.GOOGLE, Provider.OUTLOOK)}
    routes = [Route("/health", health), *(Route(path, take(provider)) for provider, path in paths.items())]
    handlers = {HTTPException: _no_page, Unavailable: _unavailable, Exception: _unexpected}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return _OnlyAsked(app)


class _OnlyAsked:
    """Lets nothing through but a GET of a sensible length: no other method has anything to do here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["method"] != "GET":
            app = _page(405, *_NOT_THIS_WAY, {"Allow": "GET"})
        elif scope["type"] == "http" and len(scope["query_string"]) > _LONGEST_QUERY:
            app = _page(414, *_TOO_LONG)
        await app(scope, receive, send)


def _page(status: int, title: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    body = _PAGE.format(title=escape(title), text=escape(text), style=_STYLE)
    return HTMLResponse(body, status, {**_HEADERS, **(headers or {})})


async def _no_page(_: Request, error: Exception) -> Response:
    return _page(error.status_code if isinstance(error, HTTPException) else 404, *_NOTHING)


async def _unavailable(_: Request, error: Exception) -> Response:
    _log.error("a page could not be served: %s", error.line if isinstance(error, Unavailable) else error)
    return _page(503, *_AGAIN, {"Retry-After": _RETRY_SECONDS})


async def _unexpected(_: Request, error: Exception) -> Response:
    """Nobody expected it: the browser learns no more than that, the server's own log all of it."""
    return _page(500, *_AGAIN)


async def run(services: Services, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, then finish what is under way. `ready` gets the address listened on.

    Port 0 takes a free one. Raises Unavailable `port_taken` where it can't listen.
    """
    with _listening(host, port) as listener:
        server = _Server(
            uvicorn.Config(
                create_app(services),
                http="h11",
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,  # the program's own log, which hides what is secret
                access_log=False,  # every address here carries a code
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_AT_ONCE,
                h11_max_incomplete_event_size=_LARGEST_HEAD,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        event_loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            event_loop.add_signal_handler(number, server.stop)
        bound = listener.getsockname()[1]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{bound}")
        await server.serve([listener])


class _Server(uvicorn.Server):
    """Ends when told to, with this program's own exit code: uvicorn would raise the signal again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to `run`."""
        yield

    def stop(self) -> None:
        """Take no more connections, finish those there are."""
        self.should_exit = True


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """An open port, queueing callers from here on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_AT_ONCE)
    except OSError as error:  # a name nobody knows has a negative number, and words of its own
        said = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise Unavailable(
            "port_taken",
            f"The callback page can't listen on {host}, port {port}: {said}.",
            "Choose another with --host and --port.",
            whose=Whose.OPERATOR,
        ) from None
    with listener:
        yield listener

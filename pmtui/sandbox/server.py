"""Serving a world over HTTP: in a thread beside the caller, or in the foreground."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pmtui.sandbox.app import create_app
from pmtui.sandbox.certificate import Certificate
from pmtui.sandbox.fault_layer import CUT
from pmtui.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers: `base_url` is `http://127.0.0.1:PORT` (or https), without a slash at the end."""

    world: World
    base_url: str


class _CuttingProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, with the connection's own scissors in every request's scope, for fault_layer.py."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        app: ASGIApp = self.app

        async def with_scissors(scope: Scope, receive: Receive, send: Send) -> None:
            extensions = {**scope.get("extensions", {}), CUT: transport.abort}
            await app({**scope, "extensions": extensions}, receive, send)

        self.app = with_scissors


@contextmanager
def serve(world: World, host: str = "127.0.0.1", port: int = 0, tls: Certificate | None = None) -> Iterator[Running]:
    """Serve in a thread until the block ends. Port 0 takes a free one. `OSError` if the port is taken."""
    listener = _listen(host, port)
    server = _server(world, tls)
    thread = threading.Thread(target=server.run, args=([listener],), name="pmtui sandbox", daemon=True)
    thread.start()
    try:
        yield Running(world, _address(listener, host, tls))
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def serve_forever(
    world: World, host: str, port: int, ready: Callable[[str], None], tls: Certificate | None = None
) -> None:
    """Serve in this thread until interrupted. `ready` gets the base address once the port is open.

    `OSError` if the port is taken.
    """
    listener = _listen(host, port)
    ready(_address(listener, host, tls))
    _server(world, tls).run([listener])


def _listen(host: str, port: int) -> socket.socket:
    """The port is open and queues callers from here on, so nobody has to wait for the server to come up."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, because only then asyncio sends small writes at once: the difference is 40 ms a request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _server(world: World, tls: Certificate | None) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(world),
        http=_CuttingProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
        ssl_certfile=None if tls is None else tls.file,
        ssl_keyfile=None if tls is None else tls.key_file,
    )
    return uvicorn.Server(config)


def _address(listener: socket.socket, host: str, tls: Certificate | None) -> str:
    scheme = "http" if tls is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"

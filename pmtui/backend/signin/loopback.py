"""The loopback listener: catches the browser on its way back from the provider's page, once.

Knows no secret and judges nothing: it hands the address to whoever started the sign-in. Standard library only.
"""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.states import Provider

HOSTS = {Provider.OUTLOOK: "localhost", Provider.GOOGLE: "127.0.0.1"}
"""The name of this machine in a redirect address: each provider ignores the port of its own only."""
_HOST = "127.0.0.1"
_LARGEST_HEAD = 32_768  # bytes of request line and headers
_HEAD_SECONDS = 10.0
_STATUS = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 200: "OK"}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>pmtui</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}</style></head>
<body><p>{text}</p></body></html>"""
_THANKS = "Thank you. You can close this window: the terminal says how the sign-in went."
_NOTHING = "There is nothing here. The sign-in starts in the terminal."


class Listener:
    """Listens on 127.0.0.1 from `async with` on, until its end; takes one answer.

    `port` 0 takes a free one. Raises Unavailable `port_taken` for one that is not free.
    """

    def __init__(self, port: int = 0, provider: Provider = Provider.OUTLOOK) -> None:
        self.port = port
        self._path = f"/callback/{provider.value}"
        self._server: asyncio.Server | None = None
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._callers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        try:
            self._server = await asyncio.start_server(
                self._serve, _HOST, self.port, limit=_LARGEST_HEAD, reuse_address=True
            )
        except OSError:
            raise Unavailable(
                "port_taken",
                f"Port {self.port} of this machine is taken.",
                "Choose another port, or paste the address back.",
                whose=Whose.PERSON,
            ) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for caller in tuple(self._callers):
            caller.close()
        await self._server.wait_closed()
        self._answer.cancel()

    async def answer(self) -> str:
        """The whole address the browser came with. It is a secret: hand it in, never show or log it."""
        return await asyncio.shield(self._answer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            status, text, target = self._judged(head)
            writer.write(_response(status, text))
            await writer.drain()
            if target is not None and not self._answer.done():
                self._answer.set_result(f"http://localhost:{self.port}{target}")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # a caller that says nothing, too much, or leaves: there is nobody to tell
        finally:
            self._callers.discard(writer)
            writer.close()

    def _judged(self, head: bytes) -> tuple[int, str, str | None]:
        """Status and text of the page, and the target of the request if it is the answer."""
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) != 3 or not words[1].startswith("/"):
            return 400, _NOTHING, None
        if words[0] != "GET":
            return 405, _NOTHING, None
        hosts = [line.partition(":")[2].strip().lower() for line in lines[1:] if line.lower().startswith("host:")]
        if hosts not in ([f"localhost:{self.port}"], [f"{_HOST}:{self.port}"]):
            return 400, _NOTHING, None  # a page elsewhere that had its name point here
        try:
            parts = urlsplit(words[1])
        except ValueError:
            return 400, _NOTHING, None
        fields = parse_qs(parts.query)
        if parts.path != self._path or not fields.keys() & {"code", "error"}:
            return 404, _NOTHING, None
        return 200, _THANKS, words[1]


def _response(status: int, text: str) -> bytes:
    body = _PAGE.format(text=text).encode()
    head = (
        f"HTTP/1.1 {status} {_STATUS[status]}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body

"""The listener takes one answer, from this machine, on its own path, and ends with the sign-in."""

import asyncio
import socket
import subprocess
import sys

import pytest

from pmtui.backend.errors import Unavailable
from pmtui.backend.signin.loopback import Listener
from pmtui.backend.states import Provider


async def call(port: int, request: str) -> str:
    """Send these bytes, read to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    return answer.decode()


def get(port: int, target: str, host: str | None = None) -> str:
    return f"GET {target} HTTP/1.1\r\nHost: {host or f'localhost:{port}'}\r\nAccept: */*\r\n\r\n"


async def test_the_address_comes_whole_and_the_page_says_nothing_of_it() -> None:
    async with Listener() as listener:
        page = await call(listener.port, get(listener.port, "/callback/outlook?code=canary&state=s%3D1"))
        assert await listener.answer() == f"http://localhost:{listener.port}/callback/outlook?code=canary&state=s%3D1"
    assert page.startswith("HTTP/1.1 200 OK")
    assert "You can close this window" in page
    assert "Cache-Control: no-store" in page
    assert "canary" not in page


async def test_an_error_is_an_answer_too() -> None:
    async with Listener() as listener:
        await call(
            listener.port, get(listener.port, "/callback/outlook?error=access_denied", f"127.0.0.1:{listener.port}")
        )
        assert (await listener.answer()).endswith("?error=access_denied")


async def test_each_provider_has_its_own_path() -> None:
    async with Listener(provider=Provider.GOOGLE) as listener:
        assert "404" in await call(listener.port, get(listener.port, "/callback/outlook?code=c&state=s"))
        assert "200" in await call(listener.port, get(listener.port, "/callback/google?code=c&state=s"))
        assert "/callback/google" in await listener.answer()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET /favicon.ico HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "404"),
        ("GET /callback/outlook HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "404"),
        ("GET /callback/outlook?state=s HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "404"),
        ("GET //[ HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "400"),
        ("POST /callback/outlook?code=c&state=s HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "405"),
        ("GET /callback/outlook?code=c&state=s HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n", "400"),
        ("GET /callback/outlook?code=c&state=s HTTP/1.1\r\n\r\n", "400"),
        ("GET http://localhost:{port}/callback/outlook?code=c HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "400"),
        ("nonsense\r\n\r\n", "400"),
    ],
)
async def test_anything_else_is_turned_away_and_the_answer_still_comes(request_text: str, status: str) -> None:
    async with Listener() as listener:
        page = await call(listener.port, request_text.format(port=listener.port))
        assert page.startswith(f"HTTP/1.1 {status}")
        await call(listener.port, get(listener.port, "/callback/outlook?code=right&state=s"))
        assert "code=right" in await listener.answer()


async def test_a_caller_who_says_too_much_or_leaves_does_no_harm() -> None:
    async with Listener() as listener:
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET /" + b"x" * 100_000)
        _, leaver = await asyncio.open_connection("127.0.0.1", listener.port)
        leaver.close()
        await call(listener.port, get(listener.port, "/callback/outlook?code=right&state=s"))
        assert "code=right" in await listener.answer()
        writer.close()


async def test_only_the_first_answer_counts() -> None:
    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    async with Listener() as listener:
        for code in ("first", "second"):
            page = await call(listener.port, get(listener.port, f"/callback/outlook?code={code}&state=s"))
            assert page.startswith("HTTP/1.1 200")
        assert "code=first" in await listener.answer()
        assert "code=first" in await listener.answer()
    assert not failed


async def test_a_taken_port_fails_loudly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} of this machine is taken"):
            async with Listener(port):
                pass


async def test_it_listens_on_this_machine_only_and_ends_with_the_block() -> None:
    async with Listener() as listener:
        assert listener._server is not None
        assert [sock.getsockname() for sock in listener._server.sockets] == [("127.0.0.1", listener.port)]
        idle = await asyncio.open_connection("127.0.0.1", listener.port)
    with pytest.raises(OSError, match=r".+"):
        await asyncio.open_connection("127.0.0.1", listener.port)
    assert await idle[0].read() == b""
    idle[1].close()


async def test_waiting_can_be_given_up_for_the_paste_box() -> None:
    async with Listener() as listener:
        waiting = asyncio.create_task(listener.answer())
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await call(listener.port, get(listener.port, "/callback/outlook?code=c&state=s"))
        assert "code=c" in await listener.answer()


def test_surfaces_load_nothing_but_the_standard_library() -> None:
    script = (
        "import sys, pmtui.backend.signin.loopback, pmtui.backend.signin.place, pmtui.backend.signin.answers,"
        " pmtui.backend.signin.words, pmtui.backend.signin.redaction, pmtui.backend.signin.machine;"
        "bad = {name.partition('.')[0] for name in sys.modules} & {'sqlalchemy', 'sqlmodel', 'pydantic', 'httpx2',"
        " 'authlib', 'joserfc', 'cryptography', 'textual'}; sys.exit(', '.join(sorted(bad)) or None)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_surfaces_side_loads_none_of_the_workers_libraries() -> None:
    script = (
        "import sys, pmtui.backend.signin.service;"
        "bad = {name.partition('.')[0] for name in sys.modules} & {'httpx2', 'authlib', 'joserfc', 'cryptography',"
        " 'tzlocal'}; sys.exit(', '.join(sorted(bad)) or None)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)

"""Calls with answers no sandbox gives."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from pmtui.backend.calendars.calls import Calls, code_of, same_origin
from pmtui.backend.calendars.protocol import Misconfigured, Temporary
from pmtui.backend.states import Provider
from tests.clock import START, ManualClock

URL = "https://graph.example/v1.0/me"


async def answer_to(respond: Callable[[httpx2.Request], httpx2.Response], url: str = URL, **options: Any) -> Any:
    calls = Calls(ManualClock(), transport=httpx2.MockTransport(respond), **options)
    try:
        return await calls.send(Provider.OUTLOOK, "GET", url, "secret", account="dana")
    finally:
        await calls.close()


def responding(status: int = 200, **values: Any) -> Callable[[httpx2.Request], httpx2.Response]:
    return lambda request: httpx2.Response(status, **values)


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("0", 0),
        ("120", 120),
        ("999999999999", 3600),
        ("9" * 5_000, 3600),
        ("Mon, 01 Mar 2027 08:05:00 GMT", 300),
        ("Mon, 01 Mar 2027 07:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after_is_seconds_or_a_date_and_an_hour_at_most(retry_after: str, wait: int | None) -> None:
    with pytest.raises(Temporary) as caught:
        await answer_to(responding(503, headers={"Retry-After": retry_after}))
    assert caught.value.retry_at == (None if wait is None else START + timedelta(seconds=wait))


def challenge(claims: bytes = b'{"access_token":{"acrs":{"value":"c1"}}}', error: str = "insufficient_claims") -> str:
    return f'Bearer realm="", error="{error}", claims="{base64.b64encode(claims).decode()}"'


@pytest.mark.parametrize(
    ("status", "header", "claims"),
    [
        (401, challenge(), '{"access_token":{"acrs":{"value":"c1"}}}'),
        (401, challenge().replace('realm="", ', ""), '{"access_token":{"acrs":{"value":"c1"}}}'),
        (401, challenge(error="invalid_token"), None),
        (401, challenge(b"[]"), None),
        (401, challenge(b"\xff"), None),
        (401, 'Bearer error="insufficient_claims"', None),
        (401, 'Bearer error="insufficient_claims", claims="x"', None),
        (403, challenge(), None),
    ],
)
async def test_a_claims_challenge_is_read_from_a_401(status: int, header: str, claims: str | None) -> None:
    answer = await answer_to(responding(status, headers={"WWW-Authenticate": header}, json={}))
    assert answer.claims == claims


@pytest.mark.parametrize(
    "error", [httpx2.ConnectTimeout("x"), httpx2.ReadTimeout("x"), httpx2.ConnectError("x"), httpx2.ReadError("x")]
)
async def test_a_broken_line_is_temporary(error: Exception) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error

    with pytest.raises(Temporary) as caught:
        await answer_to(fail)
    assert caught.value.code in ("timed_out", "unreachable")


@pytest.mark.parametrize("text", ["<html>", "[1]", '"x"', "{", "null", "\xff"])
async def test_what_says_nothing_without_a_json_object_is_garbage(text: str) -> None:
    for status in (200, 400, 409):
        with pytest.raises(Temporary) as caught:
            await answer_to(responding(status, text=text))
        assert caught.value.code == "garbage"
    assert (await answer_to(responding(404, text=text))).document == {}


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.example/me",
        "http://127.0.0.1/me",
        "ftp://x/",
        "graph.example",
        "",
        "http://localhost.evil.example",
    ],
)
async def test_a_token_is_never_sent_in_the_clear(url: str) -> None:
    def sent(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("sent")

    with pytest.raises(Misconfigured):
        await answer_to(sent, url)


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "[::1]:80"])
async def test_plain_http_goes_to_this_machine_only_and_only_when_allowed(host: str) -> None:
    assert (await answer_to(responding(200, json={}), f"http://{host}/me", insecure=True)).ok
    with pytest.raises(Misconfigured):
        await answer_to(responding(200, json={}), "http://graph.example/me", insecure=True)


async def test_redirects_are_not_followed() -> None:
    answer = await answer_to(responding(302, headers={"Location": "https://evil.example/"}))
    assert answer.status == 302


def test_an_origin_is_scheme_host_and_port() -> None:
    assert same_origin("https://a.example/x", "https://a.example:443/y?z")
    for other in ("http://a.example/", "https://b.example/", "https://a.example:444/", "/relative", "https://["):
        assert not same_origin(other, "https://a.example/")


def test_a_code_is_a_code_or_the_default() -> None:
    assert code_of("ErrorItemNotFound", "x") == "ErrorItemNotFound"
    for other in (None, 7, "", "two words", "a" * 61, "<script>"):
        assert code_of(other, "x") == "x"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 503, 507, 509, 599])
async def test_what_the_server_itself_can_not_do_now_may_work_later(status: int) -> None:
    with pytest.raises(Temporary) as caught:
        await answer_to(responding(status))
    assert caught.value.code == f"http_{status}"

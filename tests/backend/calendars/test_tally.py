"""Counting requests: each once, for the organisation it was made for, under the word the provider gave."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.calendars.tally import GOOD, Key, Tally, on_behalf_of
from pmtui.backend.calendars.wfm import Wfm
from pmtui.backend.config import Config
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.microsoft import Microsoft
from pmtui.backend.signin.oauth import Denied
from pmtui.backend.states import Provider
from tests.clock import START, ManualClock

URL = "https://graph.example/v1.0/me"


def codes(tally: Tally) -> Counter[str]:
    return Counter({key.code: count.calls for key, count in tally.take().items()})


async def sent(respond: Callable[[httpx2.Request], httpx2.Response]) -> Counter[str]:
    calls = Calls(ManualClock(), transport=httpx2.MockTransport(respond))
    with on_behalf_of(1):
        try:
            await calls.send(Provider.OUTLOOK, "POST", URL, "secret", account="dana")
        except Temporary:
            pass
        finally:
            await calls.close()
    return codes(calls.tally)


GOOGLE_REASON = {"error": {"code": 403, "errors": [{"reason": "rateLimitExceeded"}]}}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"json": {}}, GOOD),
        (204, {}, GOOD),
        (404, {"json": {"error": {"code": "ErrorItemNotFound"}}}, GOOD),
        (409, {}, GOOD),
        (410, {}, GOOD),
        (412, {}, GOOD),
        (400, {"json": {"error": "authorization_pending", "error_codes": [70016]}}, GOOD),
        (200, {"text": "<html>"}, "garbage"),
        (200, {"json": {"Result": [], "Errors": [{"Message": "A name nobody may see"}]}}, "wfm_error"),
        (401, {"json": {"error": {"code": "InvalidAuthenticationToken"}}}, "InvalidAuthenticationToken"),
        (403, {"json": GOOGLE_REASON}, "rateLimitExceeded"),
        (403, {"text": "no"}, "http_403"),
        (400, {"json": {"error": {"code": "two words"}}}, "http_400"),
        (429, {"json": {"error": {"code": "ApplicationThrottled"}}}, "http_429"),
        (503, {"json": GOOGLE_REASON}, "http_503"),
    ],
)
async def test_an_answer_is_counted_once_under_the_providers_word(status: int, body: dict[str, Any], code: str) -> None:
    assert await sent(lambda request: httpx2.Response(status, **body)) == {code: 1}


@pytest.mark.parametrize(
    "document", [{}, {"Result": None}, {"Result": {}}, {"Result": ["x"]}, {"message": "sign in to this network"}]
)
@pytest.mark.parametrize("act", ["people", "remove"])
async def test_a_good_status_with_what_the_wfm_never_says_is_garbage(document: dict[str, Any], act: str) -> None:
    calls = Calls(ManualClock(), transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json=document)))
    wfm = Wfm(calls, "https://wfm.example/api", "secret")
    good = act == "remove" and "Result" in document  # a command's result says nothing
    with on_behalf_of(1), contextlib.nullcontext() if good else pytest.raises(Temporary, match="not answer properly"):
        await (wfm.people() if act == "people" else wfm.remove("x"))
    await calls.close()
    assert codes(calls.tally) == {GOOD if good else "garbage": 1}


@pytest.mark.parametrize(
    ("error", "code"), [(httpx2.ReadTimeout("x"), "timed_out"), (httpx2.ConnectError("x"), "unreachable")]
)
async def test_a_broken_line_is_counted(error: Exception, code: str) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error

    assert await sent(fail) == {code: 1}


@pytest.mark.parametrize(
    ("respond", "code"),
    [
        (lambda request: httpx2.Response(400, json={"error": "invalid_grant", "error_codes": [700082]}), "700082"),
        (lambda request: httpx2.Response(401, json={"error": "invalid_client"}), "invalid_client"),
        (lambda request: httpx2.Response(200, text="<html>"), "garbage"),
        (lambda request: httpx2.Response(503), "http_503"),
        (lambda request: httpx2.Response(200, json={"access_token": "a", "token_type": "Bearer", "scope": ""}), GOOD),
    ],
)
async def test_calls_for_tokens_are_counted_too(
    respond: Callable[[httpx2.Request], httpx2.Response], code: str
) -> None:
    clock = ManualClock()
    tally = Tally(clock)
    config = Config(microsoft_client_id="client")
    microsoft = Microsoft(config, clock, httpx2.MockTransport(respond), tally)
    with on_behalf_of(1), contextlib.suppress(Temporary, Denied):
        await microsoft.refresh(TokenSet("old", "refresh", (), START, None))
    assert codes(tally) == {code: 1}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((401, {"error": "invalid_client"}), "keys_401"),
        ((429, {}), "keys_429"),
        ((200, {"keys": None}), "keys_200"),
        ((200, {"keys": []}), GOOD),
    ],
)
async def test_public_keys_are_counted_as_what_they_are(answer: tuple[int, dict[str, Any]], code: str) -> None:
    status, document = answer
    clock = ManualClock()
    tally = Tally(clock)
    wire = httpx2.MockTransport(lambda request: httpx2.Response(status, json=document, headers={"Retry-After": "20"}))
    microsoft = Microsoft(Config(microsoft_client_id="client"), clock, wire, tally)
    with on_behalf_of(1):
        if code == GOOD:
            assert await microsoft.keys() == document
        else:
            with pytest.raises(Temporary) as caught:
                await microsoft.keys()
            assert (caught.value.code, caught.value.retry_at) == (code, START + timedelta(seconds=20))
    assert codes(tally) == {code: 1}


async def test_each_organisation_has_its_own_counts_and_nobody_those_of_none() -> None:
    clock = ManualClock(START + timedelta(minutes=29, seconds=59))
    tally, both = Tally(clock), asyncio.Event()

    async def ask(tenant_id: int, times: int) -> None:
        with on_behalf_of(tenant_id):
            for _ in range(times):
                tally.note(Provider.WFM)
                await asyncio.to_thread(both.is_set)  # others go on meanwhile
                tally.note(Provider.WFM, "http_500")

    await asyncio.gather(ask(1, 2), ask(2, 3))
    tally.note(Provider.WFM)
    quarter = START + timedelta(minutes=15)
    assert {key: count.calls for key, count in tally.take().items()} == {
        Key(tenant_id, Provider.WFM, quarter, code): times
        for tenant_id, times in ((1, 2), (2, 3))
        for code in (GOOD, "http_500")
    }
    assert tally.take() == {}


def test_what_is_given_back_is_counted_on() -> None:
    clock = ManualClock()
    tally = Tally(clock)
    with on_behalf_of(1):
        tally.note(Provider.GOOGLE)
        first = tally.take()
        clock.advance(minutes=1)
        tally.note(Provider.GOOGLE)
    tally.give_back(first)
    (count,) = tally.take().values()
    assert (count.calls, count.last_at) == (2, clock.now())

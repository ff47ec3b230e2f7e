"""Keeping to the providers' limits, and slowing down only whom a provider slows down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtui.backend.calendars.calls import Answer, Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.calendars.throttle import OF_ACCOUNT, PATIENCE, Throttle
from pmtui.backend.slots.values import to_minute
from pmtui.backend.states import Provider
from tests.clock import START, ManualClock

GOOGLE, OUTLOOK, WFM = Provider.GOOGLE, Provider.OUTLOOK, Provider.WFM
MINUTE = timedelta(minutes=1)


@pytest.fixture
def throttle(clock: ManualClock) -> Throttle:
    """Nothing called yet; pauses are the longest they can be."""
    return Throttle(clock, lambda: 1.0)


@pytest.mark.parametrize(
    ("provider", "calls", "within"), [(GOOGLE, 600, MINUTE), (OUTLOOK, 10_000, 10 * MINUTE), (WFM, 500, MINUTE)]
)
async def test_an_account_is_called_so_often_and_no_oftener(
    throttle: Throttle, clock: ManualClock, provider: Provider, calls: int, within: timedelta
) -> None:
    for _ in range(calls):
        await throttle.turn(provider, "dana")
    assert clock.now() == START
    await throttle.turn(provider, "marcus")  # somebody else does not wait
    assert clock.now() == START
    if within > PATIENCE:
        with pytest.raises(Temporary) as late:
            await throttle.turn(provider, "dana")
        assert (late.value.code, late.value.retry_at) == ("throttled", START + within)
        clock.at = START + within
    await throttle.turn(provider, "dana")
    assert timedelta() <= clock.now() - START - within < timedelta(seconds=1)


async def test_the_wfms_hour_counts_too(throttle: Throttle, clock: ManualClock) -> None:
    for _ in range(10_000):
        await throttle.turn(WFM, "acme")
    assert timedelta(minutes=19) <= clock.now() - START < timedelta(minutes=20)
    with pytest.raises(Temporary) as late:
        await throttle.turn(WFM, "acme")
    assert late.value.retry_at == START + timedelta(hours=1)


async def test_the_applications_limit_holds_for_everybody_together(throttle: Throttle, clock: ManualClock) -> None:
    for number in range(10_000):
        await throttle.turn(GOOGLE, f"person {number % 50}")
    assert clock.now() == START
    await throttle.turn(GOOGLE, "one more")
    assert clock.now() - START >= MINUTE
    for number in range(11_000):  # Microsoft counts by mailbox only
        await throttle.turn(OUTLOOK, f"person {number % 50}")
    assert clock.now() - START < 2 * MINUTE


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0), longest=st.floats(0, 0.4))
async def test_no_stretch_of_a_minute_holds_more(seed: int, longest: float) -> None:
    clock = ManualClock()
    random, throttle, made = Random(seed), Throttle(clock), []
    for _ in range(1400):
        clock.advance(seconds=random.uniform(0, longest))
        await throttle.turn(GOOGLE, "dana")
        made.append(clock.now())
    limit = OF_ACCOUNT[GOOGLE][0].calls
    assert all(later - earlier >= MINUTE for earlier, later in zip(made, made[limit:], strict=False))


async def test_whom_a_provider_slows_down_waits_and_nobody_else(throttle: Throttle, clock: ManualClock) -> None:
    throttle.slow(GOOGLE, "dana", START + timedelta(seconds=40))
    for provider, account in ((GOOGLE, "marcus"), (OUTLOOK, "dana"), (WFM, "dana")):
        await throttle.turn(provider, account)
    assert clock.now() == START
    await throttle.turn(GOOGLE, "dana")
    assert clock.now() >= START + timedelta(seconds=40)


async def test_a_slowed_application_is_everybodys(throttle: Throttle, clock: ManualClock) -> None:
    throttle.slow(GOOGLE, None, START + timedelta(minutes=5))
    for account in ("dana", "marcus"):
        with pytest.raises(Temporary) as late:
            await throttle.turn(GOOGLE, account)
        assert late.value.retry_at == START + timedelta(minutes=5)
    await throttle.turn(OUTLOOK, "dana")
    assert clock.now() == START


def test_without_a_time_the_pause_doubles_until_it_is_a_minute(throttle: Throttle, clock: ManualClock) -> None:
    pauses = []
    for _ in range(9):
        until = throttle.slow(GOOGLE, "dana")
        assert throttle.slow(GOOGLE, "dana") == until  # another call under way hears the same: that is once
        pauses.append((until - clock.now()).total_seconds())
        clock.at = until
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 60], abs=0.001)
    throttle.eased(GOOGLE, "dana")
    assert throttle.slow(GOOGLE, "dana") - clock.now() <= timedelta(seconds=1.001)


def test_pauses_are_jittered_between_half_and_all(clock: ManualClock) -> None:
    assert Throttle(clock, lambda: 0.0).slow(GOOGLE, "dana") == START + timedelta(seconds=0.5)


async def test_accounts_that_are_quiet_are_forgotten(throttle: Throttle, clock: ManualClock) -> None:
    throttle.slow(GOOGLE, "held", START + timedelta(hours=2))
    for number in range(5000):
        await throttle.turn(GOOGLE, f"person {number}")
        clock.advance(seconds=1)
    assert len(throttle._paces) < 2100
    with pytest.raises(Temporary):
        await throttle.turn(GOOGLE, "held")


Respond = Callable[[httpx2.Request], httpx2.Response]


class Provided:
    """A provider whose answers a test queues; 200 afterwards."""

    def __init__(self, clock: ManualClock, *answers: httpx2.Response) -> None:
        self.clock = clock
        self.answers = list(answers)
        self.asked: list[datetime] = []
        self.calls = Calls(clock, transport=httpx2.MockTransport(self._respond))

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(self.clock.now())
        return self.answers.pop(0) if self.answers else httpx2.Response(200, json={"items": [], "timeZone": "UTC"})

    async def send(self, method: str = "GET", account: str = "dana", **more: Any) -> Answer:
        return await self.calls.send(OUTLOOK, method, "https://graph.example/me", "secret", account=account, **more)


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_what_may_be_repeated_is_once_the_wait_is_over(clock: ManualClock, status: int) -> None:
    provided = Provided(clock, *(httpx2.Response(status, headers={"Retry-After": "20"}) for _ in range(2)))
    assert (await provided.send()).ok
    assert [round((at - START).total_seconds()) for at in provided.asked] == [0, 20, 40]


async def test_three_times_and_then_it_is_put_off(clock: ManualClock) -> None:
    provided = Provided(clock, *(httpx2.Response(429, headers={"Retry-After": "20"}) for _ in range(3)))
    with pytest.raises(Temporary) as late:
        await provided.send()
    assert (late.value.code, len(provided.asked), late.value.retry_at) == (
        "http_429",
        3,
        clock.now() + timedelta(seconds=20),
    )


@pytest.mark.parametrize("more", [{"method": "POST"}, {"method": "PATCH"}, {"repeatable": False}])
async def test_what_may_not_be_repeated_is_not(clock: ManualClock, more: dict[str, Any]) -> None:
    provided = Provided(clock, httpx2.Response(429, headers={"Retry-After": "5"}))
    with pytest.raises(Temporary):
        await provided.send(**more)
    assert len(provided.asked) == 1


async def test_a_query_of_the_wfm_may_be_repeated_though_it_is_a_post(clock: ManualClock) -> None:
    provided = Provided(clock, httpx2.Response(429, headers={"Retry-After": "5"}))
    assert (await provided.send("POST", repeatable=True)).ok


@pytest.mark.parametrize("answer", [httpx2.Response(500), httpx2.Response(429, headers={"Retry-After": "61"})])
async def test_what_says_no_time_or_too_long_a_one_is_put_off(clock: ManualClock, answer: httpx2.Response) -> None:
    provided = Provided(clock, answer)
    with pytest.raises(Temporary):
        await provided.send()
    assert len(provided.asked) == 1


async def test_a_throttled_account_is_not_even_asked_for_and_others_are(clock: ManualClock) -> None:
    provided = Provided(clock, httpx2.Response(429, headers={"Retry-After": "300"}))
    for code in ("http_429", "throttled"):
        with pytest.raises(Temporary) as late:
            await provided.send()
        assert (late.value.code, late.value.retry_at) == (code, START + timedelta(minutes=5))
    assert len(provided.asked) == 1
    assert (await provided.send(account="marcus")).ok


def refusal(reason: str, said: str = "Rate Limit Exceeded") -> httpx2.Response:
    """A 403 as Google's calendar gives it."""
    detail = {"domain": "usageLimits", "reason": reason, "message": said}
    return httpx2.Response(403, json={"error": {"errors": [detail], "code": 403, "message": said}})


_QUOTA = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute{}' of service 'calendar-json'"


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (refusal("userRateLimitExceeded"), {"dana"}),
        (refusal("rateLimitExceeded"), {"dana"}),
        (refusal("rateLimitExceeded", _QUOTA.format(" per user")), {"dana"}),
        (refusal("rateLimitExceeded", _QUOTA.format("")), {"dana", "marcus"}),
        (refusal("dailyLimitExceeded"), {"dana", "marcus"}),
        (refusal("quotaExceeded"), set()),  # her calendar takes no changes for a while, and may still be read
    ],
)
async def test_google_says_whose_limit_it_was(clock: ManualClock, answer: httpx2.Response, waits: set[str]) -> None:
    provided = Provided(clock, answer)

    async def token(newer: bool) -> str:
        return "secret"

    window = (to_minute(START), to_minute(START) + 60)
    dana, marcus = (
        GoogleCalendar(provided.calls, "https://google.example/", token, account=name) for name in ("dana", "marcus")
    )
    with pytest.raises(Temporary) as late:
        await dana.busy(window)
    assert (late.value.retry_at is not None) is bool(waits)
    waited = set()
    for name, calendar in (("marcus", marcus), ("dana", dana)):
        before = clock.now()
        await calendar.busy(window)
        if clock.now() > before:
            waited.add(name)
            clock.at = before
    assert waited == waits
    assert clock.now().tzinfo is UTC

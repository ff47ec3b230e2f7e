"""The one place that speaks HTTP: a shared client with time-outs, what answers mean, and how many calls were made."""

import asyncio
import json
import re
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from pmtui.backend.calendars.claims import challenged
from pmtui.backend.calendars.protocol import Misconfigured, Temporary
from pmtui.backend.calendars.tally import GOOD, Tally
from pmtui.backend.calendars.throttle import PATIENCE, Throttle
from pmtui.backend.clock import Clock
from pmtui.backend.states import Provider

_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_AT_ONCE = 4  # requests at a time for one account (Graph's own limit for a mailbox)
_LANES = 16  # requests at a time for one provider
_TEMPORARY = frozenset({408, 425, 429})  # and whatever the server says about itself
_TRIES = 3  # of a request that may be repeated, while the provider asks for no longer wait than a call's patience
_LONGEST_RETRY_AFTER = timedelta(hours=1)
_DIGITS = 7  # of a Retry-After that is still counted; Python reads no more than 4,300, and nobody waits that long
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_EXPECTED = frozenset({404, 409, 410, 412})  # gone, made before, changed meanwhile: clients ask in order to know
_WAITING = ("authorization_pending", "slow_down")  # RFC 8628: the person has not agreed yet
Form = Callable[[Mapping[str, Any]], bool]
"""Whether a document is what was asked for, in the provider's form."""
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def _any_form(document: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer. `document` is its JSON object, empty where there was no body.

    `claims` is what a 401 wants asked for in the person's next sign-in.
    """

    status: int
    document: dict[str, Any]
    claims: str | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the provider did it."""
        return 200 <= self.status < 300


class Calls:
    """Makes requests to the providers for a whole worker; `close` it at the end.

    `made` counts the requests sent, by provider; `tally` how they ended, by organisation. With `insecure` plain http is
    allowed, to this machine only. Every request waits for its account's turn (`throttle`), and at most four for one
    account are under way.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        insecure: bool = False,
        transport: httpx2.AsyncBaseTransport | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.clock = clock
        self.made: Counter[Provider] = Counter()
        self.tally = tally or Tally(clock)
        self.throttle = Throttle(clock)
        self._insecure = insecure
        self._client = httpx2.AsyncClient(
            timeout=_TIMEOUT,
            transport=transport,
            limits=httpx2.Limits(max_connections=40, max_keepalive_connections=10),
            headers={"Accept": "application/json", "User-Agent": "pmtui"},
        )
        self._lanes = {provider: asyncio.Semaphore(_LANES) for provider in Provider}
        self._gates: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def send(
        self,
        provider: Provider,
        method: str,
        url: str,
        token: str,
        *,
        account: str,
        repeatable: bool | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Form = _any_form,
    ) -> Answer:
        """One request for `account`. Raises Temporary for what may work later; every other status is the caller's.

        A `repeatable` request (unless said, a GET) is sent again, a few times, while the provider only asks to wait.
        A success whose document does not have this `form` is garbage.
        """
        self._require_private(url)
        request = {"params": params, "json": body, "headers": {**(headers or {}), "Authorization": f"Bearer {token}"}}
        repeatable = method == "GET" if repeatable is None else repeatable
        for left in reversed(range(_TRIES)):
            response = await self._response(provider, account, method, url, request)
            document = document_of(response)
            if response.is_success and document is not None and not form(document):
                document = None
            self.tally.note(provider, ended_as(response.status_code, document))
            if response.status_code not in _TEMPORARY and response.status_code < 500:
                self.throttle.eased(provider, account)
                break
            retry_at = self._retry_at(response)
            if response.status_code == 429 or retry_at is not None:
                retry_at = self.throttle.slow(provider, account, retry_at)
            soon = retry_at is not None and retry_at - self.clock.now() <= PATIENCE
            if not (soon and repeatable and left):
                raise Temporary(f"http_{response.status_code}", provider, retry_at)
        if document is None and _needs_document(response.status_code):
            raise Temporary("garbage", provider)
        claims = challenged(response.headers.get("WWW-Authenticate", "")) if response.status_code == 401 else None
        return Answer(response.status_code, document or {}, claims)

    async def _response(
        self, provider: Provider, account: str, method: str, url: str, request: Mapping[str, Any]
    ) -> httpx2.Response:
        """What comes back, once it is this account's turn."""
        try:
            async with self._gate(f"{provider}:{account}"):
                await self.throttle.turn(provider, account)
                async with self._lanes[provider]:
                    self.made[provider] += 1
                    return await self._client.request(method, url, **request)
        except httpx2.TimeoutException:
            self.tally.note(provider, "timed_out")
            raise Temporary("timed_out", provider) from None
        except httpx2.InvalidURL:
            raise _bad_address() from None
        except httpx2.RequestError:
            self.tally.note(provider, "unreachable")
            raise Temporary("unreachable", provider) from None

    def _gate(self, key: str) -> asyncio.Semaphore:
        """What keeps calls for one account few at a time; it lives while it is used."""
        gate = self._gates.get(key)
        if gate is None:
            gate = self._gates[key] = asyncio.Semaphore(_AT_ONCE)
        return gate

    def _require_private(self, url: str) -> None:
        """A token never travels in the clear."""
        try:
            parsed = httpx2.URL(url)
        except httpx2.InvalidURL:
            raise _bad_address() from None
        local = self._insecure and parsed.scheme == "http" and parsed.host in _LOOPBACK
        if parsed.scheme != "https" and not local:
            raise _bad_address()

    def _retry_at(self, response: httpx2.Response) -> datetime | None:
        """What Retry-After (seconds or an HTTP date) asks for, an hour at most."""
        text = response.headers.get("Retry-After", "").strip()
        now = self.clock.now()
        if text.isascii() and text.isdigit():
            wait = timedelta(seconds=int(text)) if len(text) < _DIGITS else _LONGEST_RETRY_AFTER
        else:
            try:
                at = parsedate_to_datetime(text)
            except ValueError:
                return None
            wait = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now
        return now + min(max(wait, timedelta()), _LONGEST_RETRY_AFTER)


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses lead to the same server."""
    try:
        a, b = httpx2.URL(one), httpx2.URL(other)
    except httpx2.InvalidURL:
        return False
    return (a.scheme, a.host, a.port) == (b.scheme, b.host, b.port)


def code_of(text: object, default: str) -> str:
    """A provider's error code, if it is one: short, and without anything a person wrote."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else default


def document_of(response: httpx2.Response) -> dict[str, Any] | None:
    """The JSON object of an answer: empty where there is no body, None where it is anything else."""
    if not response.content:
        return {}
    try:
        document = json.loads(response.content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def ended_as(status: int, document: Mapping[str, Any] | None) -> str:
    """How an answer is counted: GOOD, or the provider's own word for what went wrong, else `http_` and the status."""
    if document is None and _needs_document(status):
        return "garbage"
    if document is not None and status < 400:
        return "wfm_error" if document.get("Errors") else GOOD
    if status in _EXPECTED or (document is not None and document.get("error") in _WAITING):
        return GOOD
    default = f"http_{status}"
    return default if status == 429 or status >= 500 or document is None else _named(document, default)


def _needs_document(status: int) -> bool:
    """Whether an answer says nothing without its document: a success, or a refusal that may mean "made before"."""
    return status < 400 or status in (400, 409)


def _named(document: Mapping[str, Any], default: str) -> str:
    """The word in an error of a calendar, or of a token endpoint, where Microsoft's number says more."""
    error = document.get("error")
    if isinstance(error, dict):
        details = error.get("errors")
        first = details[0] if isinstance(details, list) and details else None
        return code_of(first.get("reason") if isinstance(first, dict) else error.get("code"), default)
    numbers = document.get("error_codes")
    number = numbers[0] if isinstance(numbers, list) and numbers else None
    return str(number) if isinstance(number, int) else code_of(error, default)


def _bad_address() -> Misconfigured:
    return Misconfigured(
        "bad_address", "The provider's address is not a secure web address.", "Set one that starts with https://."
    )

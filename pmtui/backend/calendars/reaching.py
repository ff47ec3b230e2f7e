"""Whether an address answers, how its clock stands and whether its certificate is good. No token travels here."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from pmtui.backend.clock import Clock

_TIMEOUT = httpx2.Timeout(8.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class Reached:
    """What came back: `status`, or `trouble` in words. `skew` is how far this machine's clock is ahead of theirs.

    `document` is the answer's JSON object, empty if it is none; `certificate_ends` the end of the TLS certificate.
    """

    status: int | None
    trouble: str | None = None
    skew: timedelta | None = None
    certificate_ends: datetime | None = None
    document: dict[str, Any] = field(default_factory=dict, repr=False)


class Reaching:
    """Asks addresses, for as long as it is open; use it as a context."""

    def __init__(self, clock: Clock, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._clock = clock
        self._client = httpx2.AsyncClient(timeout=_TIMEOUT, transport=transport, headers={"User-Agent": "pmtui"})

    async def __aenter__(self) -> "Reaching":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def reach(self, url: str, form: Mapping[str, str] | None = None) -> Reached:
        """GET it, or POST the form. Never raises for what the network or the other side does."""
        method = "GET" if form is None else "POST"
        asked_at = self._clock.now()
        try:
            async with self._client.stream(method, url, data=None if form is None else dict(form)) as response:
                ends = _certificate_ends(response)
                raw = await response.aread()
        except httpx2.InvalidURL:
            return Reached(None, "it is no address")
        except httpx2.TimeoutException:
            return Reached(None, "it does not answer in time")
        except httpx2.HTTPError as error:
            return Reached(None, _why(error))
        middle = asked_at + (self._clock.now() - asked_at) / 2
        return Reached(response.status_code, None, _skew(response, middle), ends, _document(raw))


def _why(error: BaseException) -> str:
    """The network's trouble in words; whatever the address held is not in them."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not good: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"it does not speak TLS properly ({cause.reason})"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.ConnectError):
        return "nothing answers there, or its name is not known"
    return "the connection broke"


def _skew(response: httpx2.Response, at: datetime) -> timedelta | None:
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return at - (theirs if theirs.tzinfo is not None else theirs.replace(tzinfo=UTC))


def _certificate_ends(response: httpx2.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    secure = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = secure.getpeercert() if secure is not None else None
    if not certificate or "notAfter" not in certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _document(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}

"""Faults on demand: which request goes wrong, and what its answer looks like. fault_layer.py lets them strike.

Documents followed for the forms of errors: developers.google.com/workspace/calendar/api/guides/errors,
learn.microsoft.com/graph/errors and /throttling, RFC 9110 10.2.3 (Retry-After: seconds or a date); else see the
modules of the routes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal, get_args

from starlette.responses import JSONResponse, Response

from pmtui.sandbox.request_log import CALLS, LoggedRequest

# fmt: off
Kind = Literal[
    "status", "401-once", "401-for-good", "wfm-errors", "garbage",
    "timeout-before", "timeout-after", "cut-before", "cut-after", "delay",
]
# fmt: on
KINDS: tuple[Kind, ...] = get_args(Kind)
Garbage = Literal["html", "page", "truncated", "list", "empty"]
GARBAGE: tuple[Garbage, ...] = get_args(Garbage)

_GOOGLE_REASONS = {
    401: ("global", "authError", "Invalid Credentials"),
    403: ("usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
    404: ("global", "notFound", "Not Found"),
    429: ("usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
}
_GRAPH_CODES = {
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
_PUBLIC_KEYS = ("/oauth2/v3/certs", "/discovery/v2.0/keys")
_BEARER = 'Bearer realm="", error="invalid_token"'


@dataclass
class Fault:
    """The next `count` matching requests go wrong (None: all of them), after `skip` matching ones went well.

    Which: `route` is one of `CALLS`; or `path` and `method` (a path's beginning, `*` for any method); `person` is an
    address. How, by kind: `status` (that `status`; `retry_after` seconds, as an HTTP date with `as_date`; `reason` for
    Google's, like `userRateLimitExceeded`; `body` instead of the provider's usual one), `401-once` and `401-for-good`,
    `wfm-errors` (the WFM's Errors inside a 200, with `reason` as the message), `garbage` (`form`, with `status`),
    `timeout-before` and `timeout-after` (no answer until the client gives up, before or after the work was done),
    `cut-before` and `cut-after` (the connection ends without an answer), `delay` (`seconds`, then answered).
    With `after` the work is done before a `status`, `wfm-errors` or `garbage` is answered.
    """

    kind: Kind
    path: str = "/"
    method: str = "*"
    route: str | None = None
    person: str | None = None
    count: int | None = 1
    skip: int = 0
    after: bool = False
    status: int | None = None
    retry_after: int | None = None
    as_date: bool = False
    seconds: float = 0.0
    reason: str | None = None
    form: Garbage = "html"
    body: Any = None

    def __post_init__(self) -> None:
        if self.kind == "401-for-good":
            self.count = None
        if self.kind == "garbage" and self.form == "truncated":
            self.after = True  # it is the true answer that breaks off

    @property
    def spent(self) -> bool:
        """Whether it will strike no more."""
        return self.count is not None and self.count <= 0

    def fits(self, request: LoggedRequest) -> bool:
        """Whether it is meant for such requests, whoever they are about."""
        if self.spent:
            return False
        if self.route is not None:
            return self.route == request.route
        return request.path.startswith(self.path) and self.method in ("*", request.method)

    def claims(self, people: set[str]) -> bool:
        """Whether it strikes this fitting request, which is about those people; counts it."""
        if self.person is not None and self.person not in people:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True


def wrong_answer(fault: Fault, path: str, now: datetime) -> Response:
    """What is answered instead: a `status`, `401-...`, `wfm-errors` or `garbage` that is not `truncated`."""
    if fault.kind == "garbage":
        return _garbage(fault)
    if fault.kind == "wfm-errors":
        message = fault.reason or "A fault on demand."
        return JSONResponse({"Result": [], "Errors": [{"Message": message}]}, fault.status or 200)
    status = 401 if fault.kind.startswith("401-") else fault.status or 503
    body = _usual_body(status, path, fault.reason) if fault.body is None else fault.body
    return JSONResponse(body, status, _headers(fault, status, now))


def _headers(fault: Fault, status: int, now: datetime) -> dict[str, str]:
    headers = {"WWW-Authenticate": _BEARER} if status == 401 else {}
    if fault.retry_after is not None:
        at = (now + timedelta(seconds=fault.retry_after)).replace(microsecond=0)
        headers["Retry-After"] = format_datetime(at, usegmt=True) if fault.as_date else str(fault.retry_after)
    return headers


def _garbage(fault: Fault) -> Response:
    text = {
        "html": "<html><body>upstream connect error",
        "page": "<!doctype html><title>Sign in to this network</title>",
        "list": "[]",
        "empty": "",
    }[fault.form]
    return Response(text, fault.status or 200, media_type="text/html" if fault.form == "page" else "application/json")


def _usual_body(status: int, path: str, reason: str | None) -> Any:
    """The form each provider gives its errors."""
    if path.endswith(_PUBLIC_KEYS):  # nobody shows them a client or a token
        return {"message": "A fault on demand."}
    if path.startswith("/google/calendar/"):
        domain, usual, message = _GOOGLE_REASONS.get(status, ("global", "backendError", "Backend Error"))
        detail = {"domain": domain, "reason": reason or usual, "message": message}
        return {"error": {"errors": [detail], "code": status, "message": message}}
    if path.startswith("/google/"):
        error = "invalid_client" if status == 401 else "internal_failure"
        return {"error": error, "error_description": "A fault on demand."}
    if path.startswith("/graph/"):
        return {"error": {"code": _GRAPH_CODES.get(status, "UnknownError"), "message": "A fault on demand."}}
    if path.startswith("/microsoft/"):
        if status == 401:
            return {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
        return {"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error has occurred."}
    return {"Message": "A fault on demand."}


def fault_from(document: Any) -> Fault:
    """A fault from its JSON form, the field names of `Fault`. `ValueError` says what is wrong."""
    if not isinstance(document, dict):
        raise ValueError(f"a fault is an object, not {json.dumps(document)}")
    unknown = set(document) - set(Fault.__dataclass_fields__)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    if document.get("kind") not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if document.get("form", "html") not in GARBAGE:
        raise ValueError(f"form is one of {', '.join(GARBAGE)}")
    if document.get("route") not in (None, *CALLS):
        raise ValueError(f"there is no route {document['route']}; GET /__calls lists them")
    for name in ("count", "skip", "status", "retry_after"):
        if not isinstance(document.get(name), int | None):
            raise ValueError(f"{name} is a whole number")
    return Fault(**document)

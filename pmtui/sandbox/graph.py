"""Microsoft Graph v1.0: who I am, my mailbox settings, my calendar view, my events.

Documents followed (learn.microsoft.com/graph/...):
[me] api/user-get   [mailbox] api/user-get-mailboxsettings   [view] api/user-list-calendarview
[post] api/user-post-events   [get] api/event-get   [patch] api/event-update   [delete] api/event-delete
[props] api/singlevaluelegacyextendedproperty-get   [query] query-parameters   [paging] paging
[errors] errors   [ids] outlook-immutable-id   [throttling] throttling-limits "Outlook service limits"
How many requests a mailbox takes at once is looked at in fault_layer.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox.calendars import Event
from pmtui.sandbox.grants import plain_scope
from pmtui.sandbox.graph_events import FIELDS, GraphError, Reading, created, etag, find, outside_id, updated, written
from pmtui.sandbox.graph_zones import graph_zone
from pmtui.sandbox.microsoft import base_url
from pmtui.sandbox.people import Person
from pmtui.sandbox.times import parse, seconds_z, windows_name
from pmtui.sandbox.world import World

PREFIX = "/graph/v1.0"
_DEFAULT_PAGE, _LARGEST_PAGE = 10, 1000
_EXPAND = re.compile(
    r"singleValueExtendedProperties\(\$filter=(id eq '[^']+'(?: or id eq '[^']+')*)\)\Z", re.IGNORECASE
)
_ID = re.compile(r"id eq '([^']+)'", re.IGNORECASE)
_ANY = re.compile(
    r"singleValueExtendedProperties/any\((\w+): ?\1/id eq '([^']+)' and \1/value eq '((?:[^']|'')*)'\)\Z", re.IGNORECASE
)
_PREFERRED_ZONE = re.compile(r'outlook\.timezone="([^"]+)"', re.IGNORECASE)
_READ = ("Calendars.Read", "Calendars.ReadWrite")
_WRITE = ("Calendars.ReadWrite",)

_Handler = Callable[[Request, Person], Awaitable[Response]]


class Graph:
    """The endpoints under `/graph/v1.0/me`, each for the person its access token stands for."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives, and which permission it wants."""
        one = "/me/events/{event_id}"
        return [
            self._route("/me", "GET", ("User.Read",), self.me),
            self._route("/me/mailboxSettings", "GET", ("MailboxSettings.Read",), self.mailbox_settings),
            self._route("/me/calendarView", "GET", _READ, self.calendar_view),
            self._route("/me/events", "GET", _READ, self.events),
            self._route("/me/events", "POST", _WRITE, self.create),
            self._route(one, "GET", _READ, self.get),
            self._route(one, "PATCH", _WRITE, self.update),
            self._route(one, "DELETE", _WRITE, self.delete),
        ]

    def _route(self, path: str, method: str, scopes: tuple[str, ...], handler: _Handler) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            try:
                return await handler(request, self._caller(request, scopes))
            except GraphError as error:
                return self._refused(error)

        return Route(PREFIX + path, endpoint, methods=[method], name=f"{method} {path}")

    def _caller(self, request: Request, scopes: tuple[str, ...]) -> Person:
        """[errors] 401 without a live token, 403 without one of those permissions."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.")
        grant = self._world.sign_ins.access.get(token)
        if grant is None:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure.")
        if grant.expires_at <= self._world.now():
            raise GraphError(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        if not {plain_scope(one) for one in grant.scopes} & set(scopes):
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        wait = self._world.outlook.quota.wait(f"{grant.client_id} {grant.email}", self._world.now())
        if wait is not None:
            message = "Application is over its RequestRate limit."
            raise GraphError(429, "ApplicationThrottled", message, retry_after=wait)
        return self._world.people[grant.email]

    async def me(self, request: Request, who: Person) -> Response:
        """[me] The default set of a user's properties, as far as a calendar client has use for them."""
        first, _, last = who.name.partition(" ")
        document = {
            "@odata.context": f"{base_url(request)}{PREFIX}/$metadata#users/$entity",
            "id": who.object_id,
            "displayName": who.name,
            "givenName": first,
            "surname": last,
            "mail": who.email,
            "userPrincipalName": who.email,
        }
        return JSONResponse(document)

    async def mailbox_settings(self, request: Request, who: Person) -> Response:
        """[mailbox] The zone goes by its Windows name, the default an administrator finds."""
        name = self._world.outlook.zone_names.get(who.email, windows_name(who.timezone))
        document = {
            "@odata.context": f"{base_url(request)}{PREFIX}/$metadata#users('{who.object_id}')/mailboxSettings",
            "timeZone": name,
            "language": {"locale": "en-US", "displayName": "English (United States)"},
            "dateFormat": "M/d/yyyy",
            "timeFormat": "h:mm tt",
            "userPurpose": "user",
            "workingHours": {
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "startTime": "09:00:00.0000000",
                "endTime": "17:00:00.0000000",
                "timeZone": {"name": name},
            },
        }
        return JSONResponse(document)

    async def calendar_view(self, request: Request, who: Person) -> Response:
        """[view] Everything that overlaps the window, series expanded, oldest first."""
        _only(request, "startDateTime", "endDateTime", "$select", "$expand", "$top", "$skip", "$orderby")
        first, last = _instant(request, "startDateTime"), _instant(request, "endDateTime")
        if last < first:
            raise GraphError(400, "ErrorInvalidParameter", "The end of the window lies before its start.")
        found = [event for event in self._sorted(who) if event.starts < last and event.ends > first]
        return self._page(request, who, found, "calendarView")

    async def events(self, request: Request, who: Person) -> Response:
        """[props] Events by an extended property, which is not shown unless expanded."""
        _only(request, "$filter", "$select", "$expand", "$top", "$skip")
        text = request.query_params.get("$filter")
        match = None if text is None else _ANY.match(text)
        if text is not None and match is None:
            raise GraphError(400, "BadRequest", f"Invalid filter clause: {text}")
        found = self._sorted(who)
        if match is not None:
            # [props]: the name counts with its case, the value without; a quote inside is doubled.
            name, value = match[2], match[3].replace("''", "'")
            found = [one for one in found if one.properties.get(name, "\0").lower() == value.lower()]
        return self._page(request, who, found, "events")

    async def create(self, request: Request, who: Person) -> Response:
        """[post] A repeated transactionId makes no second event; how the refusal looks is in `Outlook`."""
        body = await _body(request)
        event = created(body, self._world)
        outlook = self._world.outlook
        existing = outlook.transactions.get((who.email, event.transaction_id or ""))
        if existing is not None:
            raise self._duplicate(who, existing, request)
        outlook.keep(who.email, event)
        return self._one(request, who, event, 201)

    def _duplicate(self, who: Person, existing: str, request: Request) -> GraphError:
        outlook = self._world.outlook
        more: dict[str, str] = {}
        if outlook.duplicate_names_event and existing in outlook.of(who.email):
            event = outlook.of(who.email)[existing]
            more["@event.existingEventId"] = outside_id(event, immutable=_reading(request).immutable)
        message = "The TransactionId of the request has already been used to create a different event."
        return GraphError(outlook.duplicate_status, "ErrorDuplicateTransactionId", message, more=more)

    async def get(self, request: Request, who: Person) -> Response:
        """[get] One event by either kind of id."""
        _only(request, "$select", "$expand")
        return self._one(request, who, find(self._world, who.email, request.path_params["event_id"]), 200)

    async def update(self, request: Request, who: Person) -> Response:
        """[patch] The named properties only; with If-Match only if nobody changed the event since."""
        event = find(self._world, who.email, request.path_params["event_id"])
        self._check_version(request, event)
        event = updated(event, await _body(request), self._world)
        self._world.outlook.keep(who.email, event)
        return self._one(request, who, event, 200)

    async def delete(self, request: Request, who: Person) -> Response:
        """[delete] 204, and 404 from then on."""
        event = find(self._world, who.email, request.path_params["event_id"])
        self._check_version(request, event)
        self._world.outlook.drop(who.email, event.id)
        return Response(status_code=204)

    def _check_version(self, request: Request, event: Event) -> None:
        wanted = request.headers.get("if-match", "*")
        if wanted not in ("*", etag(event)):
            raise GraphError(412, "ErrorIrresolvableConflict", "The change key does not match the current one.")

    def _sorted(self, who: Person) -> list[Event]:
        return sorted(self._world.outlook.of(who.email).values(), key=lambda event: (event.starts, event.id))

    def _one(self, request: Request, who: Person, event: Event, status: int) -> Response:
        reading = _reading(request)
        context = f"{base_url(request)}{PREFIX}/$metadata#users('{who.object_id}')/events/$entity"
        return JSONResponse({"@odata.context": context} | written(event, who, reading), status, _applied(reading))

    def _page(self, request: Request, who: Person, found: list[Event], name: str) -> Response:
        """[paging] `$top` events from `$skip` on or fewer, and a nextLink as long as there are more."""
        reading = _reading(request)
        top, skip = _count(request, "$top", _DEFAULT_PAGE), _count(request, "$skip", 0)
        if not 1 <= top <= _LARGEST_PAGE:
            raise GraphError(400, "ErrorInvalidParameter", f"$top is between 1 and {_LARGEST_PAGE}.")
        size = min(top, self._world.outlook.page_size or top)
        document: dict[str, Any] = {
            "@odata.context": f"{base_url(request)}{PREFIX}/$metadata#users('{who.object_id}')/{name}",
            "value": [written(event, who, reading) for event in found[skip : skip + size]],
        }
        if skip + size < len(found):
            query = {**request.query_params, "$top": str(top), "$skip": str(skip + size)}
            document["@odata.nextLink"] = f"{base_url(request)}{request.url.path}?" + urlencode(query, quote_via=quote)
        return JSONResponse(document, headers=_applied(reading))

    def _refused(self, error: GraphError) -> Response:
        """[errors] `{error: {code, message, innerError}}`; a 401 names the authority."""
        zeros = "00000000-0000-0000-0000-000000000000"
        inner = {"date": seconds_z(self._world.now())[:-1], "request-id": zeros, "client-request-id": zeros}
        headers = {"request-id": zeros}
        if error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="", error="invalid_token"'
        document = {"error": {"code": error.code, "message": error.message, **error.more, "innerError": inner}}
        return JSONResponse(document, error.status, headers)


def _reading(request: Request) -> Reading:
    """[query], [ids] What `$select`, `$expand` and the Prefer headers ask for."""
    prefer = ", ".join(request.headers.getlist("prefer"))
    match = _PREFERRED_ZONE.search(prefer)
    zone_name = "UTC" if match is None else match[1]
    try:
        where = graph_zone(zone_name)
    except ValueError:
        raise GraphError(400, "TimeZoneNotSupportedException", "A valid TimeZone value must be specified.") from None
    return Reading('idtype="immutableid"' in prefer.lower(), zone_name, where, _selected(request), _expanded(request))


def _selected(request: Request) -> tuple[str, ...] | None:
    text = request.query_params.get("$select")
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in FIELDS:
            raise GraphError(
                400,
                "RequestBroker--ParseUri",
                f"Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Event'.",
            )
    return names


def _expanded(request: Request) -> tuple[str, ...] | None:
    text = request.query_params.get("$expand")
    if text is None:
        return None
    match = _EXPAND.match(text)
    if match is None:
        raise GraphError(400, "RequestBroker--ParseUri", f"Parsing Select and Expand failed: {text}")
    return tuple(_ID.findall(match[1]))


def _applied(reading: Reading) -> dict[str, str]:
    names = [f'outlook.timezone="{reading.zone_name}"'] + (['IdType="ImmutableId"'] if reading.immutable else [])
    return {"Preference-Applied": ", ".join(names)}


def _only(request: Request, *known: str) -> None:
    for name in request.query_params:
        if name not in known:
            raise GraphError(400, "BadRequest", f"The query parameter '{name}' is not supported.")


def _instant(request: Request, name: str) -> datetime:
    """[view] ISO 8601; without an offset it is UTC."""
    text = request.query_params.get(name)
    if text is None:
        raise GraphError(
            400, "ErrorInvalidRequest", "This request requires a time window: startDateTime and endDateTime."
        )
    try:
        return parse(text, UTC)
    except ValueError:
        raise GraphError(400, "ErrorInvalidParameter", f"The value '{text}' of {name} is invalid.") from None


def _count(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise GraphError(400, "BadRequest", f"Invalid value '{text}' for {name} query option.")
    return int(text)


async def _body(request: Request) -> Any:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise GraphError(415, "UnsupportedMediaType", "The content type of the request must be application/json.")
    try:
        return json.loads(await request.body())
    except ValueError:
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from None

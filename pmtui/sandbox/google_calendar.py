"""Google Calendar API v3: the events of a person's primary calendar.

Documents followed (developers.google.com/workspace/calendar/api/...):
[list] v3/reference/events/list   [get] .../get   [insert] .../insert   [patch] .../patch   [update] .../update
[delete] .../delete   [errors] guides/errors   [etag] guides/version-resources   [auth] auth
[recurring] guides/recurringevents   [quota] guides/quota
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox.google_checks import GoogleError
from pmtui.sandbox.google_event import GoogleEvent, instances
from pmtui.sandbox.google_fields import EVENT, EVENTS, projected
from pmtui.sandbox.google_grants import READ_SCOPES, WRITE_SCOPES
from pmtui.sandbox.google_query import ListQuery, answer_zone, most_attendees, only, read_query
from pmtui.sandbox.google_resource import created, deleted, etag, milliseconds, patched, shown, updated
from pmtui.sandbox.people import Person
from pmtui.sandbox.world import World

PREFIX = "/google/calendar/v3"
_HORIZON = timedelta(days=730)  # how far series are expanded where nobody says until when
WRITING = (
    *("sendUpdates", "sendNotifications", "maxAttendees", "conferenceDataVersion", "supportsAttachments"),
    *("alwaysIncludeEmail", "eventLabelVersion"),
)

_Handler = Callable[[Request, Person], Awaitable[Response]]


class GoogleCalendar:
    """The endpoints under `/google/calendar/v3`, each for the person its access token stands for."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives, and which scopes open it."""
        every, one = "/calendars/{calendar_id}/events", "/calendars/{calendar_id}/events/{event_id}"
        return [
            self._route(every, "GET", READ_SCOPES, self.events),
            self._route(every, "POST", WRITE_SCOPES, self.insert),
            self._route(one, "GET", READ_SCOPES, self.get),
            self._route(one, "PATCH", WRITE_SCOPES, self.patch),
            self._route(one, "PUT", WRITE_SCOPES, self.update),
            self._route(one, "DELETE", WRITE_SCOPES, self.delete),
        ]

    def _route(self, path: str, method: str, scopes: tuple[str, ...], handler: _Handler) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            try:
                who = self._caller(request, scopes)
                if request.path_params["calendar_id"] not in ("primary", who.email):
                    raise GoogleError(404, "notFound", "Not Found")
                return await handler(request, who)
            except GoogleError as error:
                headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'}
                return JSONResponse(error.document(), error.status, headers if error.status == 401 else None)

        return Route(PREFIX + path, endpoint, methods=[method], name=f"google {method} {path}")

    def _caller(self, request: Request, scopes: tuple[str, ...]) -> Person:
        """[errors] 401 without a live token. [auth] 403 without one of those scopes."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._world.google.sign_ins.access.get(token)
        if scheme.lower() != "bearer" or grant is None or grant.expires_at <= self._world.now():
            raise GoogleError(401, "authError", "Invalid Credentials", location=("header", "Authorization"))
        if not set(grant.scopes) & set(scopes):
            message = "Request had insufficient authentication scopes."
            raise GoogleError(403, "insufficientPermissions", message)
        # [quota] "you might receive a 403 or 429": either is met, with no word on how long to wait.
        google, now = self._world.google, self._world.now()
        if google.project_quota.wait("", now) is not None:
            raise GoogleError(google.project_status, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")
        if google.quota.wait(grant.email, now) is not None:
            raise GoogleError(403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits")
        return self._world.people[grant.email]

    async def events(self, request: Request, who: Person) -> Response:
        """[list] Events of the window, series expanded if asked for, page by page; an order only if asked for."""
        query = read_query(request.query_params)
        found = [one for one in self._candidates(query, who) if query.wants(one)]
        found.sort(key=query.place)
        google = self._world.google
        size = query.page if google.page_size is None else min(google.page_size, query.page)
        if google.first_page_empty and query.after is None:
            size = 0  # [list] a page may hold fewer events than asked for, or none, and still not be the last
        left = [one for one in found if query.after is None or query.place(one) > query.after]
        page = left[:size]
        document: dict[str, Any] = {
            "kind": "calendar#events",
            "etag": f'"{sum(one.change for one in found):016d}"',
            "summary": who.email,
            "description": "",
            "updated": milliseconds(max((one.modified_at for one in found), default=self._world.now())),
            "timeZone": who.timezone,
            "accessRole": "owner",
            "defaultReminders": [{"method": "popup", "minutes": 10}],
            "items": [shown(one, who, query.zone_name, query.most_attendees) for one in page],
        }
        if len(left) > size:
            document["nextPageToken"] = query.token(query.place(page[-1]) if page else None)
        return JSONResponse(projected(document, request.query_params.get("fields"), EVENTS))

    def _candidates(self, query: ListQuery, who: Person) -> list[GoogleEvent]:
        """[list] timeMin bounds the end and timeMax the start, neither of them included."""
        until = query.until or self._world.now() + _HORIZON
        found: list[GoogleEvent] = []
        for event in self._world.google.of(who.email).values():
            if not event.recurrence:
                orphaned = event.series_id is not None and self._series_gone(who, event.series_id)
                if _overlaps(event, query) and not (orphaned and not query.deleted):
                    found.append(event)
                continue
            if query.singles and (event.status != "cancelled" or query.deleted):
                found += self._untouched(event, who, until, query.since)
            elif not query.singles and next(instances(event, until, query.since), None) is not None:
                found.append(event)
        return found

    def _series_gone(self, who: Person, series_id: str) -> bool:
        series = self._world.google.of(who.email).get(series_id)
        return series is None or series.status == "cancelled"

    def _untouched(
        self, series: GoogleEvent, who: Person, until: datetime, since: datetime | None
    ) -> list[GoogleEvent]:
        """[recurring] The instances nobody changed on their own; changed ones are kept as events."""
        kept = self._world.google.of(who.email)
        return [one for one in instances(series, until, since) if one.id not in kept]

    async def get(self, request: Request, who: Person) -> Response:
        """[get] One event, a deleted one included, or one instance of a series."""
        only(request.query_params, "maxAttendees", "timeZone", "alwaysIncludeEmail")
        return self._one(request, who, self._found(request, who))

    async def insert(self, request: Request, who: Person) -> Response:
        """[insert] An id stays used when its event is deleted: 409."""
        only(request.query_params, *WRITING)
        mailing = _mailing(request)
        event = created(await _body(request), who, self._world.new_google_id(), self._world.now())
        if event.id in self._world.google.of(who.email):
            raise GoogleError(409, "duplicate", "The requested identifier already exists.")
        return self._keep(request, who, event, mailing)

    async def patch(self, request: Request, who: Person) -> Response:
        """[patch] The named fields only; with If-Match only if nobody changed the event since."""
        only(request.query_params, *WRITING)
        mailing, event = _mailing(request), self._found(request, who)
        _check_version(request, event)
        return self._keep(request, who, patched(event, await _body(request), self._world.now()), mailing)

    async def update(self, request: Request, who: Person) -> Response:
        """[update] The whole event; a deleted one comes back to life."""
        only(request.query_params, *WRITING)
        mailing, event = _mailing(request), self._found(request, who)
        _check_version(request, event)
        return self._keep(request, who, updated(event, await _body(request), self._world.now()), mailing)

    async def delete(self, request: Request, who: Person) -> Response:
        """[delete] 204, and 410 from then on."""
        only(request.query_params, "sendUpdates", "sendNotifications")
        mailing, event = _mailing(request), self._found(request, who)
        _check_version(request, event)
        self._world.google.keep(who.email, deleted(event, self._world.now()), mailing=mailing)
        return Response(status_code=204)

    def _found(self, request: Request, who: Person) -> GoogleEvent:
        event = self._world.google.find(who.email, request.path_params["event_id"])
        if event is None:
            raise GoogleError(404, "notFound", "Not Found")
        return event

    def _keep(self, request: Request, who: Person, event: GoogleEvent, mailing: bool) -> Response:
        self._world.google.keep(who.email, event, mailing=mailing)
        return self._one(request, who, event)

    def _one(self, request: Request, who: Person, event: GoogleEvent) -> Response:
        asked = request.query_params
        document = shown(event, who, answer_zone(asked), most_attendees(asked))
        return JSONResponse(projected(document, asked.get("fields"), EVENT), headers={"ETag": etag(event)})


def _overlaps(event: GoogleEvent, query: ListQuery) -> bool:
    return (query.until is None or event.starts < query.until) and (query.since is None or event.ends > query.since)


def _check_version(request: Request, event: GoogleEvent) -> None:
    """[etag] "Conditional modification"."""
    wanted = request.headers.get("if-match", "*")
    if wanted not in ("*", etag(event)):
        raise GoogleError(412, "conditionNotMet", "Precondition Failed", location=("header", "If-Match"))


def _mailing(request: Request) -> bool:
    """[insert] sendUpdates: whether guests get mail. Counted where there are any, because this product never may."""
    asked = request.query_params
    wanted = asked.get("sendUpdates", "all" if asked.get("sendNotifications") == "true" else "none")
    if wanted not in ("all", "externalOnly", "none"):
        raise GoogleError(400, "badRequest", f"Invalid value '{wanted}'.", location=("parameter", "sendUpdates"))
    return wanted != "none"


async def _body(request: Request) -> Any:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise GoogleError(400, "badContent", "Unsupported content type.")
    try:
        return json.loads(await request.body())
    except ValueError:
        raise GoogleError(400, "parseError", "Parse Error") from None

"""A person's primary Google calendar, through the Calendar API v3.

Documents (developers.google.com/workspace/calendar/api): v3/reference/events (list, get, insert, patch, update,
delete), guides/errors, guides/version-resources, guides/performance (partial responses), guides/quota.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pmtui.backend.calendars.calls import Answer, Calls, code_of
from pmtui.backend.calendars.google_events import PROPERTY, body_of, creation_of, event_id, read_event, session_of
from pmtui.backend.calendars.protocol import AccessToken, Busy, Event, Minutes, OwnEvent, Refused, Temporary, Vanished
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.slots.schedule import busy_spans, instant
from pmtui.backend.slots.values import from_minute
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Provider

_EVENTS = "calendars/primary/events"
_FIELDS = (
    "items(id,status,transparency,eventType,start,end,attendees(self,responseStatus),extendedProperties/private),"
    "nextPageToken,timeZone"
)
_FOUND = "items(id,etag,status,extendedProperties/private),nextPageToken,timeZone"
_ONE = "id,etag,status,start/date,extendedProperties/private"
_QUIETLY = {"sendUpdates": "none"}
_CHUNK = timedelta(days=60)
_AROUND = timedelta(days=1)  # all-day events are dates; beyond the window they do no harm
_PAGES = 200  # far more than any calendar has: a server that pages in circles is noticed
_TRIES = 3  # against somebody who changes the event in the same moment
_GONE = (404, 410)
_THROTTLED = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"})
_READ_ONLY = "quotaExceeded"  # "Calendar usage limits exceeded": for some hours the person's calendar takes no changes


class GoogleCalendar:
    """One calendar. `account` tells people apart, `timezone` counts where the calendar names no zone of its own."""

    def __init__(self, calls: Calls, url: str, token: AccessToken, *, account: str, timezone: str = "UTC") -> None:
        self._calls = calls
        self._url = url.rstrip("/") + "/"
        self._token = token
        self._timezone = timezone
        self._account = account

    async def busy(self, window: Minutes) -> Busy:
        """See `Calendar`."""
        starts, ends = from_minute(window[0]) - _AROUND, from_minute(window[1]) + _AROUND
        taken: list[tuple[datetime, datetime]] = []
        own: dict[str, OwnEvent] = {}
        while starts < ends:
            until = min(starts + _CHUNK, ends)
            params = {
                "singleEvents": "true",
                "showDeleted": "false",
                "maxAttendees": "1",
                "maxResults": "2500",
                "timeMin": _z(starts),
                "timeMax": _z(until),
                "fields": _FIELDS,
            }
            async for page in self._pages(params):
                timezone = self._zone(page)
                for found in (read_event(item, timezone) for item in _items(page)):
                    if found.own is not None:
                        own[found.own.provider_id] = found.own  # twice where two chunks meet
                    elif found.busy is not None:
                        taken.append(found.busy)
            starts = until
        return Busy(window, busy_spans((instant(one), instant(other)) for one, other in taken), tuple(own.values()))

    async def put(self, event: Event) -> str:
        """See `Calendar`. Raises Vanished when only a new generation can be made."""
        if event.provider_id is not None and await self._change(event.provider_id, event):
            return event.provider_id
        kept = await self._keep_one(event)
        if kept is not None:
            return kept
        answer = await self._send("POST", _EVENTS, params={**_QUIETLY, "fields": "id"}, body=creation_of(event))
        if answer.ok:
            return event_id(event)
        if answer.status == 409:
            return await self._made_before(event)
        raise _refused(answer)

    async def remove(self, event: Event) -> None:
        """See `Calendar`."""
        known = [event.provider_id] if event.provider_id is not None else []
        found = [str(item["id"]) async for item in self._ours(event)]
        for provider_id in dict.fromkeys([*known, event_id(event), *found]):
            await self._delete(provider_id)

    async def probe(self) -> None:
        """See `Calendar`."""
        await self.zone_name()

    async def zone_name(self) -> str | None:
        """Read a little; the calendar's own zone as Google names it."""
        now = self._calls.clock.now()
        params = {"maxResults": "1", "timeMin": _z(now), "timeMax": _z(now + _AROUND), "fields": "items(id),timeZone"}
        document = _read(await self._send("GET", _EVENTS, params=params))
        _items(document)
        name = document.get("timeZone")
        return name if isinstance(name, str) else None

    async def _made_before(self, event: Event) -> str:
        """This generation's id is taken, by an earlier try that never heard back, or by one deleted since: revive."""
        own_id = event_id(event)
        for _ in range(_TRIES):
            answer = await self._send("GET", _place(own_id), params={"fields": _ONE})
            if answer.status in _GONE:
                raise Vanished("duplicate_not_found", Provider.GOOGLE)
            there = _one(_read(answer))
            if session_of(there) != event.session:
                raise Refused("duplicate", Provider.GOOGLE)
            if there.get("status") == "cancelled":
                if await self._write("PUT", own_id, event, there):
                    return own_id
            elif await self._change(own_id, event):
                return own_id
        raise Temporary("changed_meanwhile", Provider.GOOGLE)

    async def _keep_one(self, event: Event) -> str | None:
        """Of our events for the session, change one to what is wanted and delete any others; None if there is none."""
        kept = None
        for provider_id in sorted([str(item["id"]) async for item in self._ours(event)]):
            if kept is None and await self._change(provider_id, event):
                kept = provider_id
            elif kept is not None:
                await self._delete(provider_id)
        return kept

    async def _ours(self, event: Event) -> AsyncIterator[dict[str, Any]]:
        """Our events for the session that are there, by the property they carry."""
        params = {"privateExtendedProperty": f"{PROPERTY}={event.session}", "maxResults": "250", "fields": _FOUND}
        async for page in self._pages(params):
            for item in _items(page):
                if _one(item).get("status") != "cancelled":
                    yield item

    async def _change(self, provider_id: str, event: Event) -> bool:
        """Make that event what is wanted, on the version that was looked at; False if it is not there."""
        for _ in range(_TRIES):
            answer = await self._send("GET", _place(provider_id), params={"fields": _ONE})
            if answer.status in _GONE:
                return False
            there = _one(_read(answer))
            if there.get("status") == "cancelled":
                return False
            whole = isinstance(there.get("start"), dict) and "date" in there["start"]  # a patch would leave the date
            if await self._write("PUT" if whole else "PATCH", provider_id, event, there):
                return True
        raise Temporary("changed_meanwhile", Provider.GOOGLE)

    async def _write(self, method: str, provider_id: str, event: Event, there: Mapping[str, Any]) -> bool:
        """False if somebody changed or deleted it since: look again."""
        version = there.get("etag")
        if not isinstance(version, str) or not version.isascii() or not version.isprintable():
            raise Temporary("garbage", Provider.GOOGLE)
        params = {**_QUIETLY, "fields": "id"}
        answer = await self._send(method, _place(provider_id), params=params, body=body_of(event), version=version)
        if answer.status == 412 or answer.status in _GONE:
            return False
        if not answer.ok:
            raise _refused(answer)
        return True

    async def _delete(self, provider_id: str) -> None:
        answer = await self._send("DELETE", _place(provider_id), params=_QUIETLY)
        if not answer.ok and answer.status not in _GONE:
            raise _refused(answer)

    async def _pages(self, params: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """Every page of a list. One that fails raises: then nothing is known."""
        asked = dict(params)
        for _ in range(_PAGES):
            document = _read(await self._send("GET", _EVENTS, params=asked))
            yield document
            following = document.get("nextPageToken")
            if following is None:
                return
            if not isinstance(following, str) or not following:
                break
            asked["pageToken"] = following
        raise Temporary("garbage", Provider.GOOGLE)

    def _zone(self, page: Mapping[str, Any]) -> str:
        """The calendar's zone, for events that are dates; the one given at the start where Google's is unknown."""
        name = page.get("timeZone")
        try:
            zone(name if isinstance(name, str) else self._timezone)
        except ValueError:
            return self._timezone
        return name if isinstance(name, str) else self._timezone

    async def _send(
        self,
        method: str,
        place: str,
        *,
        params: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> Answer:
        """One request; with a token that is refused once more with a newer one, then NeedsReconnecting."""
        headers = {"If-Match": version} if version is not None else {}
        for newer in (False, True):
            answer = await self._calls.send(
                Provider.GOOGLE,
                method,
                self._url + place,
                await self._token(newer),
                account=self._account,
                headers=headers,
                params=params,
                body=body,
            )
            if answer.status == 403:
                self._require_allowed(answer)
            if answer.status != 401:
                return answer
        raise NeedsReconnecting(_reason(answer), "Google no longer accepts this sign-in.")

    def _require_allowed(self, answer: Answer) -> None:
        """Raises Temporary where a 403 only says: too much. Then the account, or all of the application, slows down."""
        reason = _reason(answer)
        if reason == _READ_ONLY:
            raise Temporary(reason, Provider.GOOGLE)
        if reason in _THROTTLED:
            account = None if _of_project(answer) else self._account
            raise Temporary(reason, Provider.GOOGLE, self._calls.throttle.slow(Provider.GOOGLE, account))


def _z(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _place(provider_id: str) -> str:
    return f"{_EVENTS}/{quote(provider_id, safe='')}"


def _read(answer: Answer) -> dict[str, Any]:
    if not answer.ok:
        raise _refused(answer)
    return answer.document


def _items(document: Mapping[str, Any]) -> list[Any]:
    """The items of a page; a page without them is no page, and nothing is free because of it."""
    items = document.get("items")
    if items is None and isinstance(document.get("timeZone"), str):
        return []  # a projection leaves an empty list out
    if not isinstance(items, list):
        raise Temporary("garbage", Provider.GOOGLE)
    return items


def _one(item: Any) -> dict[str, Any]:
    """One event of an answer."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        raise Temporary("garbage", Provider.GOOGLE)
    return item


def _reason(answer: Answer) -> str:
    """Google's word for what went wrong."""
    error = answer.document.get("error")
    details = error.get("errors") if isinstance(error, dict) else None
    first = details[0] if isinstance(details, list) and details else None
    return code_of(first.get("reason") if isinstance(first, dict) else None, f"http_{answer.status}")


def _of_project(answer: Answer) -> bool:
    """Whether a limit is the whole application's. Google's sentence names it: `limit 'Queries per minute per user'`."""
    said = json.dumps(answer.document.get("error"))
    if _reason(answer) == "dailyLimitExceeded":
        return "per user" not in said
    return _reason(answer) == "rateLimitExceeded" and "limit 'Queries" in said and "per user" not in said


def _refused(answer: Answer) -> Refused:
    return Refused(_reason(answer), Provider.GOOGLE)

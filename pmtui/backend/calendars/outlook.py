"""A person's Outlook calendar, through Microsoft Graph v1.0.

Documents (learn.microsoft.com/graph): api/user-list-calendarview, api/user-post-events, api/event-update,
api/event-delete, api/singlevaluelegacyextendedproperty-get, outlook-immutable-id, paging, throttling, errors.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pmtui.backend.calendars.calls import Answer, Calls, code_of, same_origin
from pmtui.backend.calendars.outlook_events import (
    PROPERTY,
    body_of,
    creation_of,
    is_all_day,
    mailbox_zone,
    read_event,
)
from pmtui.backend.calendars.protocol import AccessToken, Busy, Event, Minutes, Refused, Temporary, Vanished
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.slots.schedule import busy_spans, instant
from pmtui.backend.slots.values import from_minute
from pmtui.backend.states import Provider

_PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'
_FIELDS = "id,showAs,start,end,isAllDay,isCancelled"
_MARKED = f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
_PAGES = 200  # far more than any calendar has: a server that pages in circles is noticed
_AROUND = timedelta(days=1)  # all-day events are dates; beyond the window they do no harm


class Outlook:
    """One mailbox. `account` tells mailboxes apart, `timezone` counts where the mailbox names no zone of its own.

    `tentative_is_busy` says whether events that are only tentative block.
    """

    def __init__(
        self,
        calls: Calls,
        url: str,
        token: AccessToken,
        *,
        account: str,
        timezone: str = "UTC",
        tentative_is_busy: bool = True,
    ) -> None:
        self._calls = calls
        self._url = url.rstrip("/")
        self._token = token
        self._timezone = timezone
        self._tentative_is_busy = tentative_is_busy
        self._account = account

    async def busy(self, window: Minutes) -> Busy:
        """See `Calendar`."""
        params = {
            "startDateTime": _z(from_minute(window[0]) - _AROUND),
            "endDateTime": _z(from_minute(window[1]) + _AROUND),
            "$select": _FIELDS,
            "$expand": _MARKED,
            "$top": "999",
        }
        items = [item async for item in self._pages("/me/calendarView", params)]
        timezone = await self.timezone() if any(is_all_day(item) for item in items) else self._timezone
        found = [read_event(item, timezone, tentative_is_busy=self._tentative_is_busy) for item in items]
        busy = busy_spans((instant(one.busy[0]), instant(one.busy[1])) for one in found if one.busy is not None)
        return Busy(window, busy, tuple(one.own for one in found if one.own is not None))

    async def put(self, event: Event) -> str:
        """See `Calendar`. Raises Vanished when only a new generation can be made."""
        if event.provider_id is not None and await self._change(event.provider_id, event):
            return event.provider_id
        kept = await self._keep_one(event)
        if kept is not None:
            return kept
        answer = await self._send("POST", "/me/events", body=creation_of(event))
        if answer.ok:
            return _id_of(answer.document)
        error = _error(answer)
        if error.get("code") != "ErrorDuplicateTransactionId":
            raise _refused(answer)
        return await self._made_before(event, error)

    async def remove(self, event: Event) -> None:
        """See `Calendar`."""
        known = [event.provider_id] if event.provider_id is not None else []
        for provider_id in dict.fromkeys([*known, *await self._ours(event)]):
            await self._delete(provider_id)

    async def probe(self) -> None:
        """See `Calendar`."""
        now = self._calls.clock.now()
        params = {"startDateTime": _z(now), "endDateTime": _z(now + _AROUND), "$select": "id", "$top": "1"}
        _values(_read(await self._send("GET", "/me/calendarView", params=params)))

    async def timezone(self) -> str:
        """The mailbox's own zone as a tz name, else the one given at the start."""
        answer = await self._send("GET", "/me/mailboxSettings")
        return mailbox_zone(answer.document.get("timeZone") if answer.ok else None, self._timezone)

    async def _made_before(self, event: Event, error: Mapping[str, Any]) -> str:
        """This generation's event was made by an earlier try that never heard back: find it."""
        named = error.get("@event.existingEventId")
        if isinstance(named, str) and named and await self._change(named, event):
            return named
        kept = await self._keep_one(event)
        if kept is None:
            raise Vanished("duplicate_not_found", Provider.OUTLOOK)
        return kept

    async def _keep_one(self, event: Event) -> str | None:
        """Of our events for the session, change one to what is wanted and delete any others; None if there is none."""
        kept = None
        for provider_id in await self._ours(event):
            if kept is None and await self._change(provider_id, event):
                kept = provider_id
            elif kept is not None:
                await self._delete(provider_id)
        return kept

    async def _ours(self, event: Event) -> list[str]:
        """The ids of our events for the session, by the property they carry."""
        marked = f"singleValueExtendedProperties/any(p:p/id eq '{PROPERTY}' and p/value eq '{_quoted(event.session)}')"
        params = {"$filter": marked, "$select": "id", "$top": "50"}
        return sorted([_id_of(item) async for item in self._pages("/me/events", params)])

    async def _change(self, provider_id: str, event: Event) -> bool:
        """Make that event what is wanted; False if it is not there."""
        answer = await self._send("PATCH", _place(provider_id), body=body_of(event))
        if answer.status == 404:
            return False
        if not answer.ok:
            raise _refused(answer)
        return True

    async def _delete(self, provider_id: str) -> None:
        answer = await self._send("DELETE", _place(provider_id))
        if not answer.ok and answer.status != 404:
            raise _refused(answer)

    async def _pages(self, path: str, params: Mapping[str, str]) -> AsyncIterator[Any]:
        """Every item of every page; the next page's address is followed unchanged, to the same server only."""
        document = _read(await self._send("GET", path, params=params))
        for _ in range(_PAGES):
            for item in _values(document):
                yield item
            following = document.get("@odata.nextLink")
            if following is None:
                return
            if not isinstance(following, str) or not same_origin(following, self._url):
                raise Temporary("garbage", Provider.OUTLOOK)
            document = _read(await self._send("GET", following))
        raise Temporary("garbage", Provider.OUTLOOK)

    async def _send(
        self, method: str, place: str, *, params: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """One request; with a token that is refused once more with a newer one, then NeedsReconnecting."""
        url = place if place.startswith(("http://", "https://")) else self._url + place
        for newer in (False, True):
            answer = await self._calls.send(
                Provider.OUTLOOK,
                method,
                url,
                await self._token(newer),
                account=self._account,
                headers={"Prefer": _PREFER},
                params=params,
                body=body,
            )
            if answer.status != 401:
                return answer
        code = code_of(_error(answer).get("code"), "unauthorized")
        raise NeedsReconnecting(code, "Microsoft no longer accepts this sign-in.", answer.claims)


def _z(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _place(provider_id: str) -> str:
    return f"/me/events/{quote(provider_id, safe='')}"


def _read(answer: Answer) -> dict[str, Any]:
    if not answer.ok:
        raise _refused(answer)
    return answer.document


def _values(document: Mapping[str, Any]) -> list[Any]:
    """The items of a page; a page without them is no page, and nothing is free because of it."""
    values = document.get("value")
    if not isinstance(values, list):
        raise Temporary("garbage", Provider.OUTLOOK)
    return values


def _id_of(item: Any) -> str:
    found = item.get("id") if isinstance(item, dict) else None
    if not isinstance(found, str) or not found:
        raise Temporary("garbage", Provider.OUTLOOK)
    return found


def _error(answer: Answer) -> Mapping[str, Any]:
    error = answer.document.get("error")
    return error if isinstance(error, dict) else {}


def _refused(answer: Answer) -> Refused:
    return Refused(code_of(_error(answer).get("code"), f"http_{answer.status}"), Provider.OUTLOOK)

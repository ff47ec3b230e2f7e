"""A Google event in the API's JSON, both ways; no HTTP here.

Documents followed (developers.google.com/workspace/calendar/api/...):
[event] v3/reference/events   [insert] v3/reference/events/insert   [patch] guides/performance "Partial updates"
[props] guides/extended-properties   [errors] guides/errors   [etag] guides/version-resources
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pmtui.sandbox.google_checks import GoogleError, checked, cleaned
from pmtui.sandbox.google_event import GoogleEvent
from pmtui.sandbox.people import Person
from pmtui.sandbox.times import zone

_ID = re.compile(r"[0-9a-v]{5,1024}\Z")
_SHARED = ("summary", "description", "location", "start", "end", "recurrence", "status")
# [event] Left out of an answer when they have these values, as Google leaves out defaults.
_DEFAULTS = {"transparency": "opaque", "visibility": "default", "attendees": [], "recurrence": []}


def created(body: Any, owner: Person, event_id: str, now: datetime, *, by_app: bool = True) -> GoogleEvent:
    """[insert] A new event, not yet stored. `event_id` is for bodies that bring none of their own."""
    fields = cleaned(body)
    own_id = body.get("id", event_id)
    if not isinstance(own_id, str) or not _ID.match(own_id):
        raise GoogleError(400, "invalid", "Invalid resource id value.")
    organizer = None if by_app else (body.get("organizer") or {}).get("email")
    event = GoogleEvent(
        id=own_id,
        fields=fields,
        zone_name=owner.timezone,
        created_at=now,
        modified_at=now,
        organizer=organizer,
        by_app=by_app,
    )
    return checked(event)


def updated(event: GoogleEvent, body: Any, now: datetime) -> GoogleEvent:
    """[event] "update": what the body does not name goes back to its default; a deleted event comes back."""
    kept = {name: event.fields[name] for name in ("recurringEventId", "originalStartTime") if name in event.fields}
    return _changed(event, cleaned(body) | kept, body, now)


def patched(event: GoogleEvent, body: Any, now: datetime, *, by_hand: bool = False) -> GoogleEvent:
    """[patch] Named fields are merged, lists replaced, null takes a field away."""
    merged = _merged(event.fields, cleaned(body, keep_nulls=True))
    return _changed(event, merged, body, now, by_hand=by_hand)


def deleted(event: GoogleEvent, now: datetime) -> GoogleEvent:
    """The event as Google keeps it after a delete. 410 if it is deleted already."""
    if event.status == "cancelled":
        raise GoogleError(410, "deleted", "Resource has been deleted")
    return replace(event, fields=event.fields | {"status": "cancelled"}, modified_at=now, change=event.change + 1)


def _changed(
    event: GoogleEvent, fields: dict[str, Any], body: Any, now: datetime, *, by_hand: bool = False
) -> GoogleEvent:
    if fields.get("eventType", "default") != event.fields.get("eventType", "default"):
        raise GoogleError(400, "eventTypeRestriction", "The event type cannot be changed.")
    if body.get("sequence", event.sequence) < event.sequence:
        raise GoogleError(400, "invalid", "Invalid sequence value. Re-fetch the resource and use its sequence number.")
    touched = any(fields.get(name) != event.fields.get(name) for name in _SHARED)
    if touched and event.organizer is not None and not by_hand:
        message = "Shared properties can only be changed by the organizer of the event."
        raise GoogleError(403, "forbiddenForNonOrganizer", message, domain="calendar")
    return checked(
        replace(
            event,
            fields=fields,
            modified_at=now,
            change=event.change + 1,
            sequence=event.sequence + touched,
        )
    )


def _merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    new = dict(old)
    for name, value in changes.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict):
            new[name] = _merged(old[name] if isinstance(old.get(name), dict) else {}, value)
        else:
            new[name] = value
    return new


def etag(event: GoogleEvent) -> str:
    """[etag] The version of an event, quotes included, as `etag` and `If-Match` carry it."""
    return f'"{int(event.modified_at.timestamp() * 1000)}{event.change:04d}"'


def shown(event: GoogleEvent, owner: Person, zone_name: str | None, max_attendees: int | None) -> dict[str, Any]:
    """[event] The JSON of one event, times in that zone (the calendar's own if none)."""
    organizer = {"email": event.organizer} if event.organizer else {"email": owner.email, "self": True}
    document: dict[str, Any] = {
        "kind": "calendar#event",
        "etag": etag(event),
        "id": event.id,
        "status": event.status,
        "htmlLink": f"https://www.google.com/calendar/event?eid={event.id}",
        "created": milliseconds(event.created_at),
        "updated": milliseconds(event.modified_at),
        "creator": organizer,
        "organizer": organizer,
        "iCalUID": f"{event.series_id or event.id}@google.com",
        "sequence": event.sequence,
        "reminders": {"useDefault": True},
        "eventType": "default",
    }
    written = {name: value for name, value in event.fields.items() if _DEFAULTS.get(name) != value}
    document |= written | _attendees(event, owner, max_attendees)
    where = zone_name or event.zone_name
    for name in ("start", "end", "originalStartTime"):
        if name in document:
            document[name] = _when(document[name], where, event.zone_name)
    return document


def _attendees(event: GoogleEvent, owner: Person, most: int | None) -> dict[str, Any]:
    """[event] Of more attendees than asked for only the calendar's owner is shown, if invited."""
    attendees = [
        one
        | ({"self": True} if one["email"] == owner.email else {})
        | ({"organizer": True} if one["email"] == (event.organizer or owner.email) else {})
        for one in event.fields.get("attendees", [])
    ]
    if not attendees:
        return {}
    if most is None or len(attendees) <= most:
        return {"attendees": attendees}
    return {"attendees": [one for one in attendees if one.get("self")], "attendeesOmitted": True}


def _when(written: dict[str, str], where: str, calendar_zone: str) -> dict[str, str]:
    if "date" in written:
        return {"date": written["date"]}
    own = zone(written["timeZone"]) if "timeZone" in written else UTC
    moment = datetime.fromisoformat(written["dateTime"])
    moment = moment if moment.tzinfo else moment.replace(tzinfo=own)
    text = moment.astimezone(zone(where)).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"dateTime": text, "timeZone": written.get("timeZone", calendar_zone)}


def milliseconds(moment: datetime) -> str:
    """`2027-03-10T15:30:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

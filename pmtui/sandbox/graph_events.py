"""An Outlook event in Microsoft Graph's JSON, both ways; no HTTP here.

Documents followed (learn.microsoft.com/graph/...): [event] api/resources/event, [when] api/resources/datetimetimezone,
[props] api/resources/singlevaluelegacyextendedproperty, [ids] outlook-immutable-id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, cast, get_args

from pmtui.sandbox.calendars import Event, ShowAs
from pmtui.sandbox.graph_zones import graph_zone
from pmtui.sandbox.people import Person
from pmtui.sandbox.times import graph_local, has_offset, parse, seconds_z, zone
from pmtui.sandbox.world import World

# [event] The properties a client may select; the navigation properties are not among them.
_ALL = """
    id createdDateTime lastModifiedDateTime changeKey categories originalStartTimeZone originalEndTimeZone iCalUId
    reminderMinutesBeforeStart isReminderOn hasAttachments subject bodyPreview importance sensitivity isAllDay
    isCancelled isOrganizer responseRequested seriesMasterId showAs type webLink onlineMeetingUrl recurrence
    responseStatus body start end location locations attendees organizer transactionId isDraft hideAttendees
    allowNewTimeProposals isOnlineMeeting onlineMeetingProvider onlineMeeting occurrenceId
"""
FIELDS = tuple(_ALL.split())
# [event] What a create or update request may carry; the rest is read-only, or (attendees, recurrence)
# would send mail to people or make series, which this product must never ask for: refused, so that it shows.
_MAY_WRITE = """
    subject body start end isAllDay showAs sensitivity importance categories location isReminderOn
    reminderMinutesBeforeStart transactionId singleValueExtendedProperties responseRequested
"""
_WRITABLE = tuple(_MAY_WRITE.split())
_SENSITIVITY = ("normal", "personal", "private", "confidential")
SHOW_AS = cast(tuple[ShowAs, ...], get_args(ShowAs))


class GraphError(Exception):
    """An answer in Graph's error form: with `more` beside code and message, or seconds to wait."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        more: dict[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after
        self.more = more or {}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one request wants its events: ids immutable or not, times in which zone, which fields and properties."""

    immutable: bool
    zone_name: str
    where: tzinfo
    select: tuple[str, ...] | None
    expand: tuple[str, ...] | None


def outside_id(event: Event, *, immutable: bool) -> str:
    """[ids] Both kinds of id are opaque and differ; either finds the event."""
    return ("AAkALgAAAA" if immutable else "AAMkADAwAT") + event.id.replace("-", "")


def find(world: World, email: str, given: str) -> Event:
    """The event of that id in that mailbox, else `ErrorItemNotFound`."""
    for event in world.outlook.of(email).values():
        if given in (outside_id(event, immutable=True), outside_id(event, immutable=False)):
            return event
    raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def written(event: Event, owner: Person, reading: Reading) -> dict[str, Any]:
    """[event] The JSON of one event. Extended properties appear only when expanded, never otherwise."""
    whole = _all_fields(event, owner, reading)
    document: dict[str, Any] = {"@odata.etag": etag(event)}
    document |= whole if reading.select is None else {name: whole[name] for name in ("id", *reading.select)}
    if reading.expand is not None:
        shown = [
            {"id": name, "value": value} for name, value in event.properties.items() if _listed(name, reading.expand)
        ]
        if shown:
            document["singleValueExtendedProperties"] = shown
    return document


def etag(event: Event) -> str:
    """The version of an event, as `@odata.etag` and `If-Match` carry it."""
    return f'W/"{_change_key(event)}"'


def created(body: Any, world: World) -> Event:
    """A new event of a create request, not yet stored. `GraphError` for whatever Graph would refuse."""
    _check_names(body)
    starts, ends, zone_name = _times(body)
    now = world.now()
    event = Event(
        id=world.new_event_id(),
        subject="",
        starts=starts,
        ends=ends,
        transaction_id=body.get("transactionId"),
        zone_name=zone_name,
        created_at=now,
        modified_at=now,
        by_app=True,
    )
    return _checked(_with_plain_fields(event, body))


def updated(event: Event, body: Any, world: World) -> Event:
    """The next version of an event after an update request."""
    _check_names(body)
    if "transactionId" in body and body["transactionId"] != event.transaction_id:
        raise GraphError(400, "ErrorPropertyValidationFailure", "transactionId cannot be changed.")
    if "start" in body or "end" in body:
        utc = {"dateTime": "", "timeZone": "UTC"}
        kept = {
            "start": utc | {"dateTime": graph_local(event.starts, UTC)},
            "end": utc | {"dateTime": graph_local(event.ends, UTC)},
        }
        starts, ends, _ = _times(kept | body)
        event = replace(event, starts=starts, ends=ends)
    event = replace(event, modified_at=world.now(), change=event.change + 1)
    return _checked(_with_plain_fields(event, body))


def _check_names(body: Any) -> None:
    if not isinstance(body, dict):
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.")
    for name in body:
        if name not in _WRITABLE:
            raise GraphError(
                400,
                "RequestBodyRead",
                f"The property '{name}' does not exist on type 'Microsoft.OutlookServices.Event'.",
            )


def _times(body: dict[str, Any]) -> tuple[datetime, datetime, str]:
    """[when] A local dateTime and the zone to read it in; an offset inside the dateTime is refused."""
    starts, zone_name = _time(body.get("start"), "start")
    ends, _ = _time(body.get("end"), "end")
    return starts, ends, zone_name


def _time(value: Any, name: str) -> tuple[datetime, str]:
    if not isinstance(value, dict) or set(value) != {"dateTime", "timeZone"}:
        raise GraphError(400, "ErrorPropertyValidationFailure", f"At least one property failed validation: {name}.")
    try:
        where = graph_zone(value["timeZone"])
    except (ValueError, TypeError):
        raise GraphError(400, "TimeZoneNotSupportedException", "A valid TimeZone value must be specified.") from None
    try:
        if has_offset(value["dateTime"]):
            raise GraphError(400, "ErrorPropertyValidationFailure", f"{name}.dateTime must not carry an offset.")
        return parse(value["dateTime"], where), value["timeZone"]
    except (ValueError, TypeError):
        raise GraphError(400, "ErrorPropertyValidationFailure", f"{name}.dateTime is not a date and time.") from None


def _with_plain_fields(event: Event, body: dict[str, Any]) -> Event:
    if "showAs" in body:
        if body["showAs"] not in SHOW_AS:
            raise GraphError(400, "RequestBodyRead", f"Requested value '{body['showAs']}' was not found.")
        event = replace(event, show_as=body["showAs"])
    if "sensitivity" in body:
        if body["sensitivity"] not in _SENSITIVITY:
            raise GraphError(400, "RequestBodyRead", f"Requested value '{body['sensitivity']}' was not found.")
        event = replace(event, sensitivity=body["sensitivity"])
    return replace(
        event,
        subject=body.get("subject", event.subject),
        all_day=body.get("isAllDay", event.all_day),
        properties=event.properties | _properties(body.get("singleValueExtendedProperties", [])),
    )


def _properties(given: Any) -> dict[str, str]:
    """[props] `id` is `String {GUID} Name ...`; the value is text."""
    found: dict[str, str] = {}
    for one in given if isinstance(given, list) else [None]:
        if not isinstance(one, dict) or set(one) != {"id", "value"} or not isinstance(one["value"], str):
            raise GraphError(400, "ErrorPropertyValidationFailure", "An extended property needs id and value.")
        words = str(one["id"]).split(" ", 3)
        if len(words) != 4 or words[0] != "String" or not words[1].startswith("{") or words[2] != "Name":
            raise GraphError(400, "ErrorInvalidProperty", f"The property definition is invalid: {one['id']}")
        found[str(one["id"])] = one["value"]
    return found


def _checked(event: Event) -> Event:
    if event.ends < event.starts:
        raise GraphError(400, "ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate.")
    where = zone(event.zone_name)
    midnights = all(moment.astimezone(where).time().isoformat() == "00:00:00" for moment in (event.starts, event.ends))
    if event.all_day and not (midnights and event.ends - event.starts >= timedelta(hours=23)):
        raise GraphError(
            400, "ErrorPropertyValidationFailure", "The Event.Start and End of an all-day event must be midnights."
        )
    return event


def _listed(name: str, wanted: tuple[str, ...]) -> bool:
    """[props] GUIDs compare without case, names with it."""
    return _folded(name) in {_folded(one) for one in wanted}


def _folded(name: str) -> str:
    words = name.split(" ", 3)
    return " ".join([words[0], words[1].lower(), *words[2:]]) if len(words) == 4 else name


def _when(event: Event, moment: datetime, reading: Reading) -> dict[str, str]:
    """[when] All-day events read midnight to midnight whatever zone is asked for, by Microsoft's own design."""
    where = zone(event.zone_name) if event.all_day else reading.where
    return {"dateTime": graph_local(moment, where), "timeZone": reading.zone_name}


def _change_key(event: Event) -> str:
    return event.id.replace("-", "")[:16] + f"{event.change:04d}"


def _all_fields(event: Event, owner: Person, reading: Reading) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(FIELDS)
    return nothing | {
        "id": outside_id(event, immutable=reading.immutable),
        "createdDateTime": seconds_z(event.created_at),
        "lastModifiedDateTime": seconds_z(event.modified_at),
        "changeKey": _change_key(event),
        "categories": [],
        "originalStartTimeZone": event.zone_name,
        "originalEndTimeZone": event.zone_name,
        "iCalUId": "040000008200E00074C5B7101A82E008" + event.id.replace("-", "").upper(),
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": True,
        "hasAttachments": False,
        "subject": event.subject,
        "bodyPreview": "",
        "importance": "normal",
        "sensitivity": event.sensitivity,
        "isAllDay": event.all_day,
        "isCancelled": event.cancelled,
        "isOrganizer": True,
        "responseRequested": True,
        "seriesMasterId": event.series_id,
        "showAs": event.show_as,
        "type": "singleInstance" if event.series_id is None else "occurrence",
        "body": {"contentType": "html", "content": ""},
        "start": _when(event, event.starts, reading),
        "end": _when(event, event.ends, reading),
        "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"},
        "locations": [],
        "attendees": [],
        "organizer": {"emailAddress": {"name": owner.name, "address": owner.email}},
        "transactionId": event.transaction_id,
        "isDraft": False,
        "isOnlineMeeting": False,
    }

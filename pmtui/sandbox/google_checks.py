"""What Google refuses in an event somebody writes.

Documents followed (developers.google.com/workspace/calendar/api/...):
[event] v3/reference/events   [props] guides/extended-properties   [types] guides/event-types, guides/calendar-status
[errors] guides/errors
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pmtui.sandbox.google_event import GoogleEvent, check_recurrence, instant
from pmtui.sandbox.times import has_offset, zone

# [event] What may be written. Real Google passes silently over names it does not know; here they are refused, so
# that a client's mistake shows.
_MAY_WRITE = """
    summary description location colorId start end recurrence transparency visibility attendees extendedProperties
    reminders status guestsCanInviteOthers guestsCanModify guestsCanSeeOtherGuests anyoneCanAddSelf source eventType
    focusTimeProperties outOfOfficeProperties workingLocationProperties birthdayProperties
"""
WRITABLE = tuple(_MAY_WRITE.split())
# [event] Read-only, or of features not built here: a client that sends back what it got sends them too.
_MAY_SEND = """
    id kind etag htmlLink created updated creator organizer recurringEventId originalStartTime iCalUID sequence
    attendeesOmitted privateCopy locked hangoutLink endTimeUnspecified attachments conferenceData gadget eventLabelId
"""
PASSED_OVER = tuple(_MAY_SEND.split())
_CHOICES = {
    "status": ("confirmed", "tentative", "cancelled"),
    "transparency": ("opaque", "transparent"),
    "visibility": ("default", "public", "private", "confidential"),
    "eventType": ("default", "focusTime", "outOfOffice", "workingLocation", "birthday"),
}
_RESPONSES = ("needsAction", "declined", "tentative", "accepted")
_ATTENDEE = ("email", "displayName", "optional", "resource", "responseStatus", "comment", "additionalGuests")
_KINDS: dict[str, type] = {
    "summary": str,
    "description": str,
    "location": str,
    "colorId": str,
    "start": dict,
    "end": dict,
    "recurrence": list,
    "attendees": list,
    "extendedProperties": dict,
    "reminders": dict,
    "source": dict,
}
_LONGEST_KEY, _LONGEST_VALUE, _MOST_PROPERTIES = 44, 1024, 300  # [props]


class GoogleError(Exception):
    """An answer in the Calendar API's error form."""

    def __init__(
        self, status: int, reason: str, message: str, *, domain: str = "global", location: tuple[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.domain, self.location = status, reason, message, domain, location

    def document(self) -> dict[str, Any]:
        """[errors] `{error: {errors: [{domain, reason, message, locationType?, location?}], code, message}}`."""
        detail = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location is not None:
            detail |= {"locationType": self.location[0], "location": self.location[1]}
        return {"error": {"errors": [detail], "code": self.status, "message": self.message}}


def cleaned(body: Any, *, keep_nulls: bool = False) -> dict[str, Any]:
    """The writable fields of a request body; nulls mean nothing unless kept for a patch."""
    if not isinstance(body, dict):
        raise GoogleError(400, "parseError", "Parse Error")
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if name in WRITABLE:
            if value is not None or keep_nulls:
                fields[name] = _of_its_kind(name, value)
        elif name not in PASSED_OVER:
            raise GoogleError(400, "invalid", f"Unknown field of an event: {name}")
    return fields


def checked(event: GoogleEvent) -> GoogleEvent:
    """The event itself if Google would take it."""
    fields = event.fields
    for name, choices in _CHOICES.items():
        if fields.get(name, choices[0]) not in choices:
            raise GoogleError(400, "invalid", f"Invalid value for: {fields[name]} is not a valid {name}.")
    _check_times(event)
    _check_properties(fields.get("extendedProperties", {}))
    _check_type(event)
    if event.recurrence:
        if not event.all_day and "timeZone" not in fields["start"]:
            raise GoogleError(400, "required", "Missing time zone definition for start time.")
        try:
            check_recurrence(event)
        except (ValueError, TypeError, KeyError):
            raise GoogleError(400, "invalid", "Invalid recurrence rule.") from None
    return event


def _of_its_kind(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _KINDS and not isinstance(value, _KINDS[name]):
        raise GoogleError(400, "parseError", f"Parse Error: {name}")
    return [_attendee(one) for one in value] if name == "attendees" else value


def _attendee(given: Any) -> dict[str, Any]:
    """[event] Who is invited; `self` and `organizer` are Google's to say."""
    if not isinstance(given, dict) or "@" not in str(given.get("email", "")):
        raise GoogleError(400, "required", "Missing attendee email.")
    one = {name: given[name] for name in _ATTENDEE if given.get(name) is not None}
    if one.setdefault("responseStatus", "needsAction") not in _RESPONSES:
        raise GoogleError(400, "invalid", "Invalid attendee response status.")
    return one


def _check_times(event: GoogleEvent) -> None:
    """[event] Both dates or both instants; an instant has an offset or a zone; the end is not before the start."""
    for name in ("start", "end"):
        _check_time(event.fields.get(name), name, event.zone_name)
    start, end = event.fields["start"], event.fields["end"]
    if ("date" in start) != ("date" in end):
        message = "The start and end times must either both be date or both be dateTime."
        raise GoogleError(400, "invalid", message)
    if event.ends < event.starts or (event.all_day and event.ends == event.starts):
        raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")


def _check_time(when: Any, name: str, zone_name: str) -> None:
    if not when:
        raise GoogleError(400, "required", f"Missing {name} time.")
    if len(set(when) & {"date", "dateTime"}) != 1 or not set(when) <= {"date", "dateTime", "timeZone"}:
        raise GoogleError(400, "invalid", f"Invalid {name} time.")
    try:
        if "timeZone" in when:
            zone(when["timeZone"])
    except (ValueError, TypeError):
        raise GoogleError(400, "invalid", f"Invalid time zone definition for {name} time.") from None
    try:
        if "dateTime" in when and "timeZone" not in when and not has_offset(when["dateTime"]):
            raise GoogleError(400, "required", f"Missing time zone definition for {name} time.")
        instant(when, zone_name)
    except (ValueError, TypeError):
        raise GoogleError(400, "invalid", f"Invalid value for: {name} time.") from None


def _check_properties(given: dict[str, Any]) -> None:
    """[props] Text by text, shared or private, with Google's limits."""
    pairs = [pair for group in given.values() if isinstance(group, dict) for pair in group.items()]
    sound = set(given) <= {"private", "shared"} and all(isinstance(group, dict) for group in given.values())
    sound = sound and all(isinstance(value, str) and len(value) <= _LONGEST_VALUE for _, value in pairs)
    if not sound or len(pairs) > _MOST_PROPERTIES or any(len(name) > _LONGEST_KEY for name, _ in pairs):
        raise GoogleError(400, "invalid", "Invalid extended property.")


def _check_type(event: GoogleEvent) -> None:
    """[types] What each kind of event must and must not be."""
    kind = event.fields.get("eventType", "default")
    transparent = event.fields.get("transparency") == "transparent"
    wrong = False
    if kind in ("focusTime", "outOfOffice"):
        wrong = event.all_day or transparent
    elif kind == "workingLocation":
        properties = event.fields.get("workingLocationProperties") or {}
        wrong = not transparent or event.fields.get("visibility") != "public" or "type" not in properties
    elif kind == "birthday":
        rules = event.fields.get("recurrence", [])
        one_day = event.all_day and _length(event) == 1
        yearly = len(rules) == 1 and "FREQ=YEARLY" in rules[0]
        private = event.fields.get("visibility") == "private"
        wrong = not (one_day and transparent and private and (yearly or event.series_id))
    if wrong:
        raise GoogleError(400, "eventTypeRestriction", f"The event is not a valid event of type {kind}.")
    if kind != "default" and event.fields.get("attendees"):
        raise GoogleError(400, "eventTypeRestriction", "Attendees cannot be added for this event type.")


def _length(event: GoogleEvent) -> int:
    first, last = (date.fromisoformat(event.fields[name]["date"]) for name in ("start", "end"))
    return (last - first).days

"""Google calendars to start with: the same month of a coach's life as in Outlook, in the forms Google has for it.

What Outlook only calls busy or away has a kind of its own here, and invitations carry answers: `Project sync` was
declined and `Hold: vendor demo` not answered yet.
"""

from __future__ import annotations

import base64
import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any

from pmtui.sandbox.calendars import Event, calendar_of
from pmtui.sandbox.google_event import GoogleEvent, instances
from pmtui.sandbox.people import DOMAIN, Person, made_up_id
from pmtui.sandbox.times import zone

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_VENDOR = "sales@vendor.example"
_COLLEAGUE = f"planning@{DOMAIN}"
_INVITED = {"Hold: vendor demo": (_VENDOR, "needsAction"), "Project sync": (_COLLEAGUE, "declined")}
_DECLINE = {"autoDeclineMode": "declineOnlyNewConflictingInvitations", "declineMessage": "Declined automatically"}
_FORMS: dict[str, dict[str, Any]] = {
    "Focus time": {"eventType": "focusTime", "focusTimeProperties": {**_DECLINE, "chatStatus": "doNotDisturb"}},
    "Timesheet reminder": {"transparency": "transparent"},
    "Dentist": {"visibility": "private"},
    "Team meeting": {"description": "Agenda in the team folder", "location": "Room 4"},
    "Working from home": {
        "eventType": "workingLocation",
        "transparency": "transparent",
        "visibility": "public",
        "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}},
    },
    "Holiday": {"eventType": "outOfOffice", "outOfOfficeProperties": _DECLINE},
    "Mia's birthday": {
        "eventType": "birthday",
        "transparency": "transparent",
        "visibility": "private",
        "recurrence": ["RRULE:FREQ=YEARLY"],
        "birthdayProperties": {"type": "birthday"},
    },
}


def google_calendar_of(person: Person, now: datetime) -> list[GoogleEvent]:
    """That person's events, the same for the same person and day; a weekly meeting is one recurring event."""
    series: dict[str, list[Event]] = defaultdict(list)
    found: list[GoogleEvent] = []
    for event in calendar_of(person, now):
        if event.series_id is None:
            found.append(_single(event, person))
        else:
            series[event.series_id].append(event)
    return found + [_series(occurrences, person) for occurrences in series.values()]


def google_event_id(*parts: str) -> str:
    """An id as Google makes them, 26 of `0-9a-v`; the same for the same parts."""
    return base64.b32hexencode(uuid.UUID(made_up_id("google", *parts)).bytes).decode().rstrip("=").lower()


def _single(event: Event, person: Person) -> GoogleEvent:
    fields = _fields(event, person)
    if event.cancelled:
        fields["status"] = "cancelled"
    return _made(event, person, google_event_id(event.id), fields)


def _series(occurrences: list[Event], person: Person) -> GoogleEvent:
    """As a weekly rule if that is what it is, else date by date."""
    first, last = occurrences[0], occurrences[-1]
    local = [one.starts.astimezone(zone(person.timezone)) for one in occurrences]
    on = ",".join(_WEEKDAYS[day] for day in sorted({one.weekday() for one in local}))
    weekly = f"RRULE:FREQ=WEEKLY;BYDAY={on};UNTIL={last.starts:%Y%m%dT%H%M%SZ}"
    event = _made(
        first,
        person,
        google_event_id(str(first.series_id)),
        _fields(first, person) | {"recurrence": [weekly]},
    )
    if len(list(instances(event, last.ends))) != len(occurrences):
        dates = ",".join(f"{one:%Y%m%dT%H%M%S}" for one in local[1:])
        event.fields["recurrence"] = [f"RDATE;TZID={person.timezone}:{dates}"] if dates else []
    return event


def _made(event: Event, person: Person, event_id: str, fields: dict[str, Any]) -> GoogleEvent:
    return GoogleEvent(
        id=event_id,
        fields=fields,
        zone_name=person.timezone,
        created_at=event.created_at,
        modified_at=event.modified_at,
        organizer=_INVITED[event.subject][0] if event.subject in _INVITED else None,
    )


def _fields(event: Event, person: Person) -> dict[str, Any]:
    starts, ends = (one.astimezone(zone(person.timezone)) for one in (event.starts, event.ends))
    fields: dict[str, Any] = {"summary": event.subject, **_FORMS.get(event.subject, {})}
    if event.all_day and event.show_as != "oof":  # absences at Google have times, from midnight to midnight
        fields |= {"start": {"date": starts.date().isoformat()}, "end": {"date": ends.date().isoformat()}}
    else:
        fields |= {
            name: {"dateTime": moment.isoformat(timespec="seconds"), "timeZone": person.timezone}
            for name, moment in (("start", starts), ("end", ends))
        }
    if event.subject in _INVITED:
        organizer, answer = _INVITED[event.subject]
        fields["attendees"] = [
            {"email": organizer, "responseStatus": "accepted"},
            {"email": person.email, "displayName": person.name, "responseStatus": answer},
        ]
    return fields

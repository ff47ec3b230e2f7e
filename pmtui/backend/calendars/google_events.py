"""Google Calendar events as the API writes them, both ways. No I/O."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pmtui.backend.calendars.protocol import Event, OwnEvent, Temporary
from pmtui.backend.slots.values import from_minute
from pmtui.backend.slots.zones import minute_at
from pmtui.backend.states import Provider

PROPERTY = "pmtuiSession"
"""The private extended property that marks an event as ours and names its session."""
_OWN_ID = re.compile(r"pm((?:[0-9a-f]{2})+)")
_FREE_TYPES = frozenset({"workingLocation", "birthday"})


@dataclass(frozen=True, slots=True)
class Found:
    """One event of a list: ours, or the time it takes (None: it takes none)."""

    own: OwnEvent | None = None
    busy: tuple[datetime, datetime] | None = None


def event_id(event: Event) -> str:
    """The id under which Google makes this generation's event at most once; the session can be read from it."""
    return "pm" + f"{event.session}:{event.whose.value}:{event.generation}".encode().hex()


def body_of(event: Event) -> dict[str, Any]:
    """The fields that are ours to set, for making and for changing: no description, nobody invited."""
    return {
        "summary": event.title,
        "start": _written(event.starts),
        "end": _written(event.ends),
        "status": "confirmed",
        "transparency": "opaque",
        "visibility": "private",
        "extendedProperties": {"private": {PROPERTY: event.session}},
    }


def creation_of(event: Event) -> dict[str, Any]:
    """The body that makes the event, under its own id."""
    return {"id": event_id(event), **body_of(event)}


def session_of(item: dict[str, Any]) -> str | None:
    """The session an event of ours belongs to, by its property, else by its id; None for a foreign one."""
    extended = item.get("extendedProperties")
    private = extended.get("private") if isinstance(extended, dict) else None
    if isinstance(private, dict) and PROPERTY in private:
        return str(private[PROPERTY])
    ours = _OWN_ID.fullmatch(str(item["id"]))
    if ours is None:
        return None
    try:
        parts = bytes.fromhex(ours[1]).decode().split(":")
    except UnicodeDecodeError:
        return None
    return parts[0] if len(parts) == 3 and parts[2].isdecimal() else None


def read_event(item: object, timezone: str) -> Found:
    """What one item of a list means; `timezone` is the calendar's own. Raises Temporary for nonsense."""
    try:
        return _read(item, timezone)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise Temporary("garbage", Provider.GOOGLE) from None


def _read(item: Any, timezone: str) -> Found:
    if item.get("status") == "cancelled":
        return Found()
    ours = session_of(item)
    if ours is not None:
        starts, ends = _times(item, timezone)
        return Found(own=OwnEvent(ours, str(item["id"]), starts, ends))
    if item.get("transparency") == "transparent" or item.get("eventType") in _FREE_TYPES or _declined(item):
        return Found()
    return Found(busy=_times(item, timezone))


def _declined(item: dict[str, Any]) -> bool:
    """Whether the calendar's owner has said no."""
    attendees = item.get("attendees") or ()
    return any(one.get("self") is True and one.get("responseStatus") == "declined" for one in attendees)


def _times(item: dict[str, Any], timezone: str) -> tuple[datetime, datetime]:
    return _instant(item["start"], timezone), _instant(item["end"], timezone)


def _instant(given: dict[str, str], timezone: str) -> datetime:
    """A dateTime carries its offset; a date is midnight in the calendar's zone, the end one exclusive."""
    if "dateTime" not in given:
        return from_minute(minute_at(timezone, date.fromisoformat(given["date"]).toordinal(), 0))
    at = datetime.fromisoformat(given["dateTime"])
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at.astimezone(UTC)


def _written(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"}

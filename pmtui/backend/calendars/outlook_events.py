"""Outlook events as Graph writes them, both ways. No I/O."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tzlocal.windows_tz import win_tz

from pmtui.backend.calendars.protocol import Event, OwnEvent, Temporary
from pmtui.backend.slots.values import from_minute
from pmtui.backend.slots.zones import minute_at, zone
from pmtui.backend.states import Provider

PROPERTY = "String {00d32564-c219-4562-bad2-772b68b77947} Name pmtuiSession"
"""The extended property (our own GUID) that marks an event as ours and names its session."""

_TRANSACTIONS = uuid.UUID("4384bc75-fba4-4eca-81f6-3ddac795bad7")
_FREE = frozenset({"free", "workingElsewhere"})
_TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True)
class Found:
    """One event of a calendar view: ours, or the time it takes (None: it takes none)."""

    own: OwnEvent | None = None
    busy: tuple[datetime, datetime] | None = None


def transaction_id(event: Event) -> str:
    """The id under which Outlook makes this generation's event at most once."""
    return str(uuid.uuid5(_TRANSACTIONS, f"{event.session}:{event.whose.value}:{event.generation}"))


def body_of(event: Event) -> dict[str, Any]:
    """The fields that are ours to set, for making and for changing: no description, nobody invited."""
    return {
        "subject": event.title,
        "start": _written(event.starts),
        "end": _written(event.ends),
        "isAllDay": False,
        "showAs": "busy",
        "sensitivity": "private",
    }


def creation_of(event: Event) -> dict[str, Any]:
    """The body that makes the event, marked as ours."""
    return {
        **body_of(event),
        "transactionId": transaction_id(event),
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": event.session}],
    }


def is_all_day(item: object) -> bool:
    """Whether this item's times are dates of the calendar's own zone."""
    return isinstance(item, dict) and item.get("isAllDay") is True


def read_event(item: object, timezone: str, *, tentative_is_busy: bool = True) -> Found:
    """What one item of a calendar view means; `timezone` is the calendar's own. Raises Temporary for nonsense."""
    try:
        return _read(item, timezone, _FREE if tentative_is_busy else _FREE | {_TENTATIVE})
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise Temporary("garbage", Provider.OUTLOOK) from None


def mailbox_zone(name: object, default: str) -> str:
    """The tz name of a mailbox's zone (Windows names and tz names occur), or `default`."""
    found = win_tz.get(name, name) if isinstance(name, str) else default
    try:
        zone(found)
    except ValueError:
        return default
    return found


def _read(item: Any, timezone: str, free: frozenset[str]) -> Found:
    all_day = is_all_day(item)
    starts, ends = (_instant(item[name], timezone, all_day=all_day) for name in ("start", "end"))
    ours = session_of(item)
    if ours is not None:
        return Found(own=OwnEvent(ours, str(item["id"]), starts, ends))
    if item["showAs"] in free or item.get("isCancelled") is True:
        return Found()
    return Found(busy=(starts, ends))


def session_of(item: dict[str, Any]) -> str | None:
    """The session an event of ours belongs to; None for a foreign one."""
    for one in item.get("singleValueExtendedProperties") or ():
        if str(one["id"]).lower() == PROPERTY.lower():
            return str(one["value"])
    return None


def _instant(given: dict[str, str], timezone: str, *, all_day: bool) -> datetime:
    """Graph's dateTime (seven fraction digits, no offset, UTC as we asked); all-day ones are the zone's midnights."""
    text = given["dateTime"].rstrip("Z")
    at = datetime.fromisoformat(text[:26])
    if at.tzinfo is not None:
        raise ValueError("an offset where none belongs")
    if all_day:
        return from_minute(minute_at(timezone, at.toordinal(), 0))
    if given.get("timeZone", "UTC") not in ("UTC", "Etc/UTC", "tzone://Microsoft/Utc"):
        raise ValueError("not the zone that was asked for")
    return at.replace(tzinfo=UTC)


def _written(at: datetime) -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0"), "timeZone": "UTC"}

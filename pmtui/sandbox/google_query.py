"""What a request for a list of Google events asks for.

Document followed: developers.google.com/workspace/calendar/api/v3/reference/events/list
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from pmtui.sandbox.google_checks import GoogleError
from pmtui.sandbox.google_event import GoogleEvent
from pmtui.sandbox.times import has_offset, parse, zone

_DEFAULT_PAGE, _LARGEST_PAGE = 250, 2500
STANDARD = ("alt", "fields", "key", "prettyPrint", "quotaUser", "userIp")
# `q` and `syncToken` are not built here, so they are refused like names nobody knows. Real Google passes silently
# over unknown names; here a client's mistake shows.
KNOWN = (
    *("timeMin", "timeMax", "updatedMin", "singleEvents", "showDeleted", "orderBy", "maxResults", "pageToken"),
    *("maxAttendees", "timeZone", "eventTypes", "iCalUID", "privateExtendedProperty", "sharedExtendedProperty"),
    *("alwaysIncludeEmail", "showHiddenInvitations"),
)
_Place = tuple[str, str]  # where a page ended: the sort key and id of its last event


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parameters of one list request; instants are aware UTC, `after` is where the page before ended."""

    since: datetime | None
    until: datetime | None
    updated_since: datetime | None
    singles: bool
    deleted: bool
    order: str | None
    page: int
    after: _Place | None
    most_attendees: int | None
    zone_name: str | None
    types: tuple[str, ...]
    ical_uid: str | None
    private: tuple[tuple[str, str], ...]
    shared: tuple[tuple[str, str], ...]
    digest: str

    def wants(self, event: GoogleEvent) -> bool:
        """Whether an event meets everything but the window."""
        uid = f"{event.series_id or event.id}@google.com"
        kept = event.fields.get("extendedProperties", {})
        return (
            (self.deleted or event.status != "cancelled" or self._changed_instance(event))
            and (self.updated_since is None or event.modified_at >= self.updated_since)
            and (not self.types or event.fields.get("eventType", "default") in self.types)
            and (self.ical_uid in (None, uid))
            and all(kept.get("private", {}).get(name) == value for name, value in self.private)
            and all(kept.get("shared", {}).get(name) == value for name, value in self.shared)
        )

    def _changed_instance(self, event: GoogleEvent) -> bool:
        """ "showDeleted": cancelled instances are told along with the series, and deletions to who asks for changes."""
        return self.updated_since is not None or (not self.singles and event.series_id is not None)

    def place(self, event: GoogleEvent) -> _Place:
        """Where an event stands in the answer. Without `orderBy` the order is stable and means nothing."""
        if self.order == "startTime":
            return event.starts.isoformat(), event.id
        if self.order == "updated":
            return event.modified_at.isoformat(), event.id
        return hashlib.sha256(event.id.encode()).hexdigest(), event.id

    def token(self, last: _Place | None) -> str:
        """The page token that goes on after that event; good for the same query only."""
        return base64.urlsafe_b64encode(json.dumps([self.digest, last]).encode()).decode()


def read_query(asked: QueryParams) -> ListQuery:
    """The query of a list request. `GoogleError` for what Google would refuse."""
    only(asked, *KNOWN)
    since, until = _instant(asked, "timeMin"), _instant(asked, "timeMax")
    if since is not None and until is not None and until <= since:
        location = ("parameter", "timeMax")
        raise GoogleError(
            400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar", location=location
        )
    singles, order = _flag(asked, "singleEvents"), asked.get("orderBy")
    if order not in (None, "startTime", "updated"):
        raise _wrong("orderBy", f"Invalid value '{order}'.")
    if order == "startTime" and not singles:
        raise GoogleError(400, "badRequest", "The requested ordering is not available for the particular query.")
    digest = _digest(asked)
    return ListQuery(
        since=since,
        until=until,
        updated_since=_instant(asked, "updatedMin"),
        singles=singles,
        deleted=_flag(asked, "showDeleted"),
        order=order,
        page=min(_count(asked, "maxResults", _DEFAULT_PAGE), _LARGEST_PAGE),
        after=_after(asked, digest),
        most_attendees=most_attendees(asked),
        zone_name=answer_zone(asked),
        types=tuple(asked.getlist("eventTypes")),
        ical_uid=asked.get("iCalUID"),
        private=_pairs(asked, "privateExtendedProperty"),
        shared=_pairs(asked, "sharedExtendedProperty"),
        digest=digest,
    )


def only(asked: QueryParams, *known: str) -> None:
    """Refuse every parameter but these and the ones all of Google's APIs have."""
    for name in asked:
        if name not in (*known, *STANDARD):
            raise _wrong(name, f"Unknown parameter: {name}")
    if asked.get("alt", "json") != "json":
        raise _wrong("alt", "Invalid value for alt.")


def answer_zone(asked: QueryParams) -> str | None:
    """`timeZone`: the zone of the answer's times."""
    name = asked.get("timeZone")
    try:
        if name is not None:
            zone(name)
    except ValueError:
        raise _wrong("timeZone", "Invalid time zone definition.") from None
    return name


def most_attendees(asked: QueryParams) -> int | None:
    """`maxAttendees`."""
    return _count(asked, "maxAttendees", 0) or None if "maxAttendees" in asked else None


def _instant(asked: QueryParams, name: str) -> datetime | None:
    text = asked.get(name)
    if text is None:
        return None
    try:
        if not has_offset(text):
            raise _wrong(name, "Bad Request")
        return parse(text, UTC).replace(microsecond=0)
    except ValueError:
        raise _wrong(name, "Bad Request") from None


def _flag(asked: QueryParams, name: str) -> bool:
    text = asked.get(name, "false").lower()
    if text not in ("true", "false"):
        raise _wrong(name, f"Invalid boolean value: '{text}'.")
    return text == "true"


def _count(asked: QueryParams, name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not text.isdecimal() or (name in asked and int(text) < 1):
        raise _wrong(name, f"Invalid integer value: '{text}'.")
    return int(text)


def _pairs(asked: QueryParams, name: str) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in asked.getlist(name)]
    if not all(key and equals for key, equals, _ in pairs):
        raise _wrong(name, "Invalid extended property constraint.")
    return tuple((key, value) for key, _, value in pairs)


def _digest(asked: QueryParams) -> str:
    """All that a page token is bound to."""
    bound = sorted(pair for pair in asked.multi_items() if pair[0] not in ("pageToken", "maxResults", *STANDARD))
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()[:16]


def _after(asked: QueryParams, digest: str) -> _Place | None:
    text = asked.get("pageToken")
    if text is None:
        return None
    try:
        made_for, last = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        made_for = last = None
    if made_for != digest:
        raise GoogleError(400, "invalid", "Invalid page token value.", location=("parameter", "pageToken"))
    return ("", "") if last is None else (str(last[0]), str(last[1]))


def _wrong(name: str, message: str) -> GoogleError:
    return GoogleError(400, "badRequest", message, location=("parameter", name))

"""A session as an iCalendar object (RFC 5545), for whoever has no calendar that pmtui writes to."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from pmtui.backend.coaching.records import SessionRecord

_OCTETS = 75  # of a line, without its end (RFC 5545, 3.1)
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,"})


def text(session: SessionRecord, organisation: str, moved: int, now: datetime) -> str:
    """The object, lines ending in CRLF. It is private and takes time, and says no more than who meets under what title.

    Its UID stays the same for the session of this `organisation` (subdomain), and SEQUENCE counts how often the session
    was `moved`: a calendar that has imported it once moves its event when it is imported again.
    """
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//pmtui//Coaching sessions//EN",
        "BEGIN:VEVENT",
        f"UID:{uuid.uuid5(uuid.NAMESPACE_URL, f'pmtui:{organisation}:session:{session.code}')}",
        f"DTSTAMP:{_utc(now)}",
        f"SEQUENCE:{moved}",
        f"DTSTART:{_utc(session.starts_at)}",
        f"DTEND:{_utc(session.ends_at)}",
        f"SUMMARY:{_escaped(f'{session.title}: {session.coach} with {session.agent}')}",
        "STATUS:CONFIRMED",
        "CLASS:PRIVATE",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(value: str) -> str:
    """A value of type TEXT; what can't be printed, line ends among it, is a space."""
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain.translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """A content line in parts of at most 75 octets, all but the first indented by a space; no letter is cut in two."""
    part, used = "", 0
    for letter in line:
        size = len(letter.encode())
        if used + size > _OCTETS:
            yield part
            part, used = " ", 1
        part, used = part + letter, used + size
    yield part

"""Times as people say them: `14:05`, `3 Nov 14:05`, `2 min ago`, `UTC-06:00`."""

from datetime import datetime, timedelta

from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.zones import zone

_MINUTE = timedelta(minutes=1)
_MINUTES_AN_HOUR = 60


def moment(at: datetime, timezone: str, now: datetime, clock24: bool = True) -> str:
    """The clock in `timezone`, with the date on another day than today's."""
    local, today = at.astimezone(zone(timezone)), now.astimezone(zone(timezone)).date()
    text = time_text(local, clock24)
    return text if local.date() == today else f"{local.day} {local:%b} {text}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in minutes, hours or days."""
    minutes = max(0, (now - at) // _MINUTE)
    if minutes == 0:
        return "just now"
    if minutes < _MINUTES_AN_HOUR:
        return f"{minutes} min ago"
    hours = minutes // _MINUTES_AN_HOUR
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"


def zone_now(timezone: str, now: datetime) -> str:
    """`America/Chicago (UTC-06:00)`: the zone, with its offset at `now`."""
    offset = now.astimezone(zone(timezone)).strftime("%z")
    return f"{timezone} (UTC{offset[:3]}:{offset[3:5]})"


def short_ago(at: datetime, now: datetime) -> str:
    """How long ago in at most six cells: `now`, `2 min`, `23 h`, `12 d`."""
    return _short(now - at) or "now"


def short_ahead(at: datetime, now: datetime) -> str:
    """How long until then in at most six cells: `due`, `2 min`, `23 h`, `12 d`."""
    return _short(at - now) or "due"


def _short(length: timedelta) -> str:
    minutes = length // _MINUTE
    if minutes < 1:
        return ""
    hours = minutes // _MINUTES_AN_HOUR
    return f"{minutes} min" if minutes < 100 else f"{hours} h" if hours < 48 else f"{hours // 24} d"

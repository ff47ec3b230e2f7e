"""Time in the sandbox: its own clock, its own time zones and the forms the providers write times in.

Nothing here comes from the rest of pmtui: the stand-ins must not share code with the clients they test.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from pmtui.sandbox.windows_zones import WINDOWS_NAMES

# The pinned tzdata package decides what a zone is, not the machine's own files; this must come before any ZoneInfo.
zoneinfo.reset_tzpath(to=[])

# Outlook and Calabrio name zones the Windows way by default.
_IANA_NAMES = {windows: iana for iana, windows in WINDOWS_NAMES.items()}

_SEVEN_DIGITS = re.compile(r"(\.\d{6})\d+")


def system_now() -> datetime:
    """The machine's clock, aware UTC: what the sandbox runs on unless a test hands it another one."""
    # The sandbox may not import pmtui's Clock, so this one line is its own.
    return datetime.now(UTC)  # noqa: TID251  the sandbox's single source of time; tests inject their own


def windows_name(name: str) -> str:
    """Windows' name of an IANA zone; the same name for one that is not in our table."""
    return WINDOWS_NAMES.get(name, name)


def is_windows_name(name: str) -> bool:
    """Whether Windows knows a zone by this name."""
    return name in _IANA_NAMES


def zone(name: str) -> tzinfo:
    """The zone of an IANA name (`America/Chicago`) or a Windows name (`Central Standard Time`).

    Raises `ValueError` for any other name.
    """
    if name in ("UTC", "Etc/UTC", "Etc/GMT"):
        return UTC
    try:
        return zoneinfo.ZoneInfo(_IANA_NAMES.get(name, name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def local(on: date, at: time, zone_name: str) -> datetime:
    """The instant, in UTC, at which a clock in that zone shows this date and time."""
    return datetime.combine(on, at, tzinfo=zone(zone_name)).astimezone(UTC)


def midnight(on: date, zone_name: str) -> datetime:
    """The instant, in UTC, at which that local day begins."""
    return local(on, time(0), zone_name)


def parse(text: str, default: tzinfo | None = None) -> datetime:
    """An ISO 8601 instant as aware UTC; up to seven fraction digits, as Outlook writes them.

    A text without an offset is read in `default`; without a default it is refused with `ValueError`.
    """
    moment = datetime.fromisoformat(_SEVEN_DIGITS.sub(r"\1", text))
    if moment.tzinfo is None:
        if default is None:
            raise ValueError(f"{text!r} has no offset")
        moment = moment.replace(tzinfo=default)
    return moment.astimezone(UTC)


def has_offset(text: str) -> bool:
    """Whether an ISO 8601 text names its offset (`Z` or `+01:00`). `ValueError` if it is no such text."""
    return datetime.fromisoformat(_SEVEN_DIGITS.sub(r"\1", text)).tzinfo is not None


def seconds_z(moment: datetime) -> str:
    """`2026-11-22T15:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def graph_local(moment: datetime, where: tzinfo) -> str:
    """`2026-11-22T15:00:00.0000000`: Outlook's dateTime, in that zone, seven digits, no offset."""
    return moment.astimezone(where).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"


def days(first: date, last: date) -> list[date]:
    """Every date from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]

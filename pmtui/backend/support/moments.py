"""Instants as support types and reads them. Standard library only."""

import re
from datetime import datetime, timedelta

from pmtui.backend.errors import BadInput
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.zones import zone

_AGO = re.compile(r"(\d{1,5})\s*([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def parse_since(text: str, now: datetime, clock: str) -> datetime:
    """`24h` before `now`, or a date or time on the clock of the zone `clock`. Raises BadInput."""
    ago = _AGO.fullmatch(text.strip().lower())
    if ago is not None:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            "bad_since", f"{text[:30]!r} is not a time.", "Write it like 24h, 7d or 2027-03-01 14:05.", "--since"
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone(clock))


def moment(at: datetime, clock: str, clock24: bool = True) -> str:
    """`24 Nov 14:05`, on the clock of that zone; as wide on every day."""
    local = at.astimezone(zone(clock))
    return f"{local.day:2} {local:%b} {time_text(local, clock24):>{5 if clock24 else 7}}"

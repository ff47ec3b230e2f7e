"""Times of day in words, on a clock of 24 hours or of 12: the one way they are written. Standard library only."""

from datetime import datetime

from pmtui.backend.slots.values import DAY_MINUTES


def minute_text(minute: int, *, clock24: bool = True, compact: bool = False) -> str:
    """A clock minute (0..1440) as `09:00` or `9:00am`; compact `9` or `9am`, minutes only where there are some."""
    hour, past = divmod(minute, 60)
    tail = "" if compact and not past else f":{past:02}"
    if clock24:
        return f"{hour}{tail}" if compact else f"{hour:02}{tail}"
    if minute == DAY_MINUTES:
        return "midnight"
    return f"{(hour + 11) % 12 + 1}{tail}{'pm' if hour % 24 >= 12 else 'am'}"


def time_text(local: datetime, clock24: bool = True) -> str:
    """`14:05`, or `2:05pm`."""
    return minute_text(local.hour * 60 + local.minute, clock24=clock24)

"""A week of hours laid onto real dates."""

from functools import lru_cache

from pmtui.backend.slots import masks
from pmtui.backend.slots.values import DAY_MINUTES, Hours, Week
from pmtui.backend.slots.zones import local_day, minute_at

_OFFICE = (Hours(9 * 60, 17 * 60),)


def default_hours(tenant_timezone: str) -> Week:
    """The hours that count when neither party has a calendar: Monday to Friday, 9 to 5, in the tenant's zone."""
    return Week(tenant_timezone, (_OFFICE,) * 5 + ((),) * 2)


@lru_cache(maxsize=1024)
def open_minutes(week: Week, start: int, end: int) -> int:
    """The minutes of `[start, end)` that the week opens, as a mask with `start` as bit 0."""
    return masks.of_intervals(open_ranges(week, start, end), start, end)


def open_ranges(week: Week, start: int, end: int) -> list[tuple[int, int]]:
    """The ranges that may touch `[start, end)`, in minutes, by the date they start on; uncut, and some may overlap.

    Each end is resolved on its own. A range that a clock change leaves empty or negative is dropped for
    that day, and a local date that a zone skipped has none.
    """
    zone = week.timezone
    overrides = {day.toordinal(): hours for day, hours in week.overrides}
    ranges: list[tuple[int, int]] = []
    # Two days back: a night that started there may reach in across a skipped day.
    for ordinal in range(local_day(zone, start) - 2, local_day(zone, end) + 2):
        hours = overrides.get(ordinal)
        if hours is None:
            hours = week.days[(ordinal + 6) % 7]
        if not hours or minute_at(zone, ordinal, 0) >= minute_at(zone, ordinal, DAY_MINUTES):
            continue
        for row in hours:
            first = minute_at(zone, ordinal, row.start)
            last = minute_at(zone, ordinal + row.overnight, row.end)
            if first < last:
                ranges.append((first, last))
    return ranges

"""A week of hours laid onto real dates."""

from collections.abc import Iterator
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
    return masks.of_intervals(_ranges(week, start, end), start, end)


def _ranges(week: Week, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges that may touch `[start, end)`, uncut; some may overlap.

    Each end is resolved on its own, so that a clock change can leave a range empty or negative: it then
    opens nothing that day. A local date that the zone skipped has no ranges at all.
    """
    zone = week.timezone
    overrides = {day.toordinal(): hours for day, hours in week.overrides}
    # Two days back: a night that started there may reach in across a skipped day.
    for ordinal in range(local_day(zone, start) - 2, local_day(zone, end) + 2):
        hours = overrides.get(ordinal)
        if hours is None:
            hours = week.days[(ordinal + 6) % 7]
        if hours and minute_at(zone, ordinal, 0) < minute_at(zone, ordinal, DAY_MINUTES):
            for row in hours:
                yield minute_at(zone, ordinal, row.start), minute_at(zone, ordinal + row.overnight, row.end)

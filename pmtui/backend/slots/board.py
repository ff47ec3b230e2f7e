"""The coach's time while a plan fills it: who stands where, and which starts are left.

It counts in units, not minutes: the longest step that all starts of a plan share, so that masks stay short. A session
takes whole units from its start on, the gap behind it among them: two that share no unit stand far enough apart.
"""

from collections.abc import Iterator, Sequence
from math import gcd

from pmtui.backend.slots import masks
from pmtui.backend.slots.demands import CoachRoom, Demand, Plan, Unplaced
from pmtui.backend.states import Priority

LEVELS = tuple(Priority)
NOWHERE = -1
_NO_LIMIT = 1 << 30

Places = tuple[int, ...]
"""The unit each demand starts at, in the order of precedence; NOWHERE for one without a place."""


def in_order(demands: Sequence[Demand]) -> list[Demand]:
    """Who comes first: by priority, then the earliest due, the largest miss, the name."""
    return sorted(demands, key=lambda one: (LEVELS.index(one.priority), one.due, -one.miss, one.name, one.key))


class Board:
    """One coach and the demands in the order of precedence; a demand is known by its index in it.

    `starts` are the masks of units, `sizes` the units each takes, `at` where each stands. `taken` are the units that
    are taken and `full` those on days and in weeks without room.
    """

    def __init__(self, room: CoachRoom, demands: Sequence[Demand]) -> None:
        self.demands = in_order(demands)
        everything = 0
        for one in self.demands:
            everything |= one.starts
        found = masks.positions(everything)
        self._first = found[0] if found else 0
        self._unit = gcd(*(at - self._first for at in found)) or 1
        self._start = room.window[0] + self._first
        units = (found[-1] - self._first) // self._unit + 1 if found else 0
        self._set_days(room, units)
        self.starts = [self.units_of(one.starts) & ~self.full for one in self.demands]
        self.sizes = [-(-(one.minutes + room.gap) // self._unit) for one in self.demands]
        self.at = [NOWHERE] * len(self.demands)
        self.taken = 0

    def _set_days(self, room: CoachRoom, units: int) -> None:
        """The rooms of days and weeks, and per unit the day it lies on; what lies on none has no limit."""
        rooms = room.weeks or {}
        weeks = sorted({day.week for day in room.days})
        self.day_units = [self._units_between(day.spans) for day in room.days] + [0]
        self.day_room = [_NO_LIMIT if day.room is None else day.room for day in room.days] + [_NO_LIMIT]
        self.day_week = [weeks.index(day.week) for day in room.days] + [len(weeks)]
        self.day_taken = [day.taken for day in room.days] + [0]
        self.week_room = [rooms.get(week, _NO_LIMIT) for week in weeks] + [_NO_LIMIT]
        self.week_units = [0] * len(self.week_room)
        self.day_at = [len(room.days)] * units
        self.full = 0
        for day, mask in enumerate(self.day_units):
            self.week_units[self.day_week[day]] |= mask
            for unit in masks.positions(mask & masks.full(units)):
                self.day_at[unit] = day
            if self.day_room[day] <= 0 or self.week_room[self.day_week[day]] <= 0:
                self.full |= mask

    def units_of(self, starts: int) -> int:
        """A mask of minutes of the window as one of units; only starts of some demand keep their place."""
        starts >>= self._first
        return starts if self._unit == 1 or not starts else int(f"{starts:b}"[:: -self._unit][::-1], 2)

    def _units_between(self, spans: Sequence[tuple[int, int]]) -> int:
        found = 0
        for start, end in spans:
            low, high = (max(-(-(at - self._start) // self._unit), 0) for at in (start, end))
            found |= masks.full(high) ^ masks.full(low)
        return found

    def free(self, one: int) -> int:
        """The starts that are left to a demand."""
        return self.starts[one] & ~(masks.spread(self.taken, self.sizes[one]) | self.full)

    def put(self, one: int, unit: int) -> None:
        """Place a demand at a start that is free for it."""
        self.at[one] = unit
        self.taken |= masks.full(self.sizes[one]) << unit
        day = self.day_at[unit]
        week = self.day_week[day]
        self.day_room[day] -= 1
        self.week_room[week] -= 1
        if not self.day_room[day]:
            self.full |= self.day_units[day]
        if not self.week_room[week]:
            self.full |= self.week_units[week]

    def lift(self, one: int) -> int:
        """Take a demand off its place, and say which it was."""
        unit = self.at[one]
        self.at[one] = NOWHERE
        self.taken ^= masks.full(self.sizes[one]) << unit
        day = self.day_at[unit]
        week = self.day_week[day]
        self.day_room[day] += 1
        self.week_room[week] += 1
        if self.day_room[day] == 1 or self.week_room[week] == 1:
            self.full = self._full()
        return unit

    def _full(self) -> int:
        found = 0
        for day, mask in enumerate(self.day_units):
            if self.day_room[day] <= 0 or self.week_room[self.day_week[day]] <= 0:
                found |= mask
        return found

    def plan(self) -> Plan:
        """The plan as it stands."""
        standing = sorted((unit, one) for one, unit in enumerate(self.at) if unit != NOWHERE)
        placed = {self.demands[one].key: self._start + unit * self._unit for unit, one in standing}
        return Plan(placed, tuple(self._explained(one) for one, unit in enumerate(self.at) if unit == NOWHERE))

    def _explained(self, one: int) -> Unplaced:
        others = sorted(self._in_the_way(one))
        free_of_sessions = self.starts[one] & ~masks.spread(self.taken, self.sizes[one])
        return Unplaced(
            self.demands[one].key, tuple(self.demands[other].key for _, other in others), bool(free_of_sessions)
        )

    def _in_the_way(self, one: int) -> Iterator[tuple[int, int]]:
        """Who takes a start from a demand, as (unit, demand)."""
        starts, size = self.starts[one], self.sizes[one]
        for other, unit in enumerate(self.at):
            if unit == NOWHERE:
                continue
            day = self.day_at[unit]
            week = self.day_week[day]
            against = masks.full(unit + self.sizes[other]) ^ masks.full(max(unit - size + 1, 0))
            if self.day_room[day] <= 0:
                against |= self.day_units[day]
            if self.week_room[week] <= 0:
                against |= self.week_units[week]
            if starts & against:
                yield unit, other

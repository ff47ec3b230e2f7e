"""The coach's time while a plan fills it: who stands where, and which starts are left.

It counts in units, not minutes: the longest step that all starts of a plan share, so that masks stay short. A session
takes whole units from its start on, the gap behind it among them: two that share no unit stand far enough apart.
"""

from collections.abc import Iterable, Sequence
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
        self._any = 0  # the starts of anybody, a mask of minutes
        for one in self.demands:
            self._any |= one.starts
        found = masks.positions(self._any)
        self._first = found[0] if found else 0
        self._unit = gcd(*(at - self._first for at in found)) or 1
        self._start = room.window[0] + self._first
        units = (found[-1] - self._first) // self._unit + 1 if found else 0
        self._set_days(room, units)
        self.starts = [self.units_of(one.starts) & ~self.full for one in self.demands]
        known: dict[int, int] = {}  # most demands share their wishes
        for wish in {wish for one in self.demands for wish in one.wishes}:
            known[wish] = self.units_of(wish)
        self.wishes = [tuple(known[wish] for wish in one.wishes) for one in self.demands]
        self.sizes = [-(-(one.minutes + room.gap) // self._unit) for one in self.demands]
        self.levels = [LEVELS.index(one.priority) for one in self.demands]
        self.at = [NOWHERE] * len(self.demands)
        self.taken = 0

    def _set_days(self, room: CoachRoom, units: int) -> None:
        """The rooms of days and weeks, and the day of each unit; what lies on none is one day more, without limit."""
        rooms = room.weeks or {}
        weeks = sorted({day.week for day in room.days})
        self.day_room = [_NO_LIMIT if day.room is None else day.room for day in room.days] + [_NO_LIMIT]
        self.day_week = [weeks.index(day.week) for day in room.days] + [len(weeks)]
        self.day_taken = [day.taken for day in room.days] + [0]
        self.week_room = [rooms.get(week, _NO_LIMIT) for week in weeks] + [_NO_LIMIT]
        self.day_at = [len(room.days)] * units
        self.day_units = [0] * len(room.days) + [masks.full(units)]
        for number, day in enumerate(room.days):
            for span in day.spans:
                low, high = (min(max(-(-(at - self._start) // self._unit), 0), units) for at in span)
                self.day_at[low:high] = [number] * (high - low)
                self.day_units[number] |= (1 << high) - (1 << low)
            self.day_units[-1] &= ~self.day_units[number]
        self.week_units = [0] * len(self.week_room)
        for mask, week in zip(self.day_units, self.day_week, strict=True):
            self.week_units[week] |= mask
        self.full = self._full()

    def units_of(self, starts: int) -> int:
        """A mask of minutes of the window as one of units; only starts of some demand keep their place."""
        return masks.every((starts & self._any) >> self._first, self._unit)

    def free(self, one: int) -> int:
        """The starts that are left to a demand."""
        return self.starts[one] & ~(masks.spread(self.taken, self.sizes[one]) | self.full)

    def choose(self, one: int, free: int) -> int:
        """The best of some starts: the first wish that any of them meets, then the calmest day, then the earliest."""
        for wish in self.wishes[one]:
            if free & wish:
                free &= wish
                break
        days = [(taken, day) for day, taken in enumerate(self.day_taken) if free & self.day_units[day]]
        if len(days) > 1:
            free &= self.day_units[min(days)[1]]
        return (free & -free).bit_length() - 1

    def rank(self, one: int, unit: int) -> int:
        """The number of the first wish of a demand that a start meets; the less, the better."""
        wishes = self.wishes[one]
        return next((number for number, wish in enumerate(wishes) if wish >> unit & 1), len(wishes))

    def better(self, one: int) -> int:
        """The starts that a demand wishes for more than the one it has."""
        found = 0
        for wish in self.wishes[one][: self.rank(one, self.at[one])]:
            found |= wish
        return found & self.starts[one]

    def elsewhere(self, one: int, gone: int) -> int:
        """Where else a demand might stand, as wished for as where it does, if `gone` stood nowhere: there at most.

        Limits are left out of account.
        """
        unit, wishes = self.at[one], self.wishes[one]
        rank, found = self.rank(one, unit), 0
        for wish in wishes[: rank + 1]:
            found |= wish
        found = self.starts[one] if rank == len(wishes) else found & self.starts[one]
        taken = self.taken ^ ((1 << self.sizes[one]) - 1) << unit ^ ((1 << self.sizes[gone]) - 1) << self.at[gone]
        return found & ~masks.spread(taken, self.sizes[one]) & ~(1 << unit)

    def overlapping(self, other: int, one: int) -> int:
        """The starts at which `one` would meet `other` where it stands."""
        unit = self.at[other]
        return (1 << unit + self.sizes[other]) - (1 << max(unit - self.sizes[one] + 1, 0))

    def blocked(self, other: int, one: int) -> int:
        """The starts that `one` can't have while `other` stands where it does, its full day or week among them."""
        day = self.day_at[self.at[other]]
        week = self.day_week[day]
        found = self.overlapping(other, one)
        if self.day_room[day] <= 0:
            found |= self.day_units[day]
        if self.week_room[week] <= 0:
            found |= self.week_units[week]
        return found

    def serve(self, those: Iterable[int], as_wished: bool = False) -> None:
        """Give each without a place, one after the other, the earliest start that is left, or the best one."""
        for one in those:
            free = self.free(one) if self.at[one] == NOWHERE else 0
            if free:
                self.put(one, self.choose(one, free) if as_wished else (free & -free).bit_length() - 1)

    def put(self, one: int, unit: int) -> None:
        """Place a demand at a start that is free for it."""
        self.at[one] = unit
        self.taken |= ((1 << self.sizes[one]) - 1) << unit
        day = self.day_at[unit]
        week = self.day_week[day]
        self.day_taken[day] += self.demands[one].minutes
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
        self.taken ^= ((1 << self.sizes[one]) - 1) << unit
        day = self.day_at[unit]
        week = self.day_week[day]
        self.day_taken[day] -= self.demands[one].minutes
        self.day_room[day] += 1
        self.week_room[week] += 1
        if self.day_room[day] == 1 or self.week_room[week] == 1:
            self.full = self._full()
        return unit

    def relief(self, unit: int) -> int:
        """The starts on full days and in full weeks that are no longer once the session at a unit is gone."""
        day = self.day_at[unit]
        week = self.day_week[day]
        if self.week_room[week] > 0:
            return self.day_units[day] if self.day_room[day] <= 0 else 0
        found = self.day_units[day]
        for other, units in enumerate(self.day_units):
            if self.day_week[other] == week and self.day_room[other] > 0:
                found |= units
        return found

    def places(self) -> Places:
        """Where everybody stands now."""
        return tuple(self.at)

    def restore(self, places: Places) -> None:
        """Let everybody stand where they did."""
        for one, unit in enumerate(self.at):
            if unit not in (NOWHERE, places[one]):
                self.lift(one)
        for one, unit in enumerate(places):
            if unit != self.at[one]:
                self.put(one, unit)

    def clear(self) -> None:
        """Let nobody stand."""
        self.restore((NOWHERE,) * len(self.at))

    def counts(self) -> tuple[int, ...]:
        """How many stand, per priority, the highest first."""
        found = [0] * len(LEVELS)
        for one, unit in enumerate(self.at):
            found[self.levels[one]] += unit != NOWHERE
        return tuple(found)

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
        standing = sorted((unit, other) for other, unit in enumerate(self.at) if unit != NOWHERE)
        others = tuple(self.demands[other].key for _, other in standing if self.starts[one] & self.blocked(other, one))
        apart = self.starts[one] & ~masks.spread(self.taken, self.sizes[one])
        return Unplaced(self.demands[one].key, others, limit=bool(apart))

"""Proofs that no search will find a place: more sessions wanted than there is time or room for, counted quickly."""

from bisect import bisect_right
from collections.abc import Collection
from itertools import accumulate
from math import gcd

from pmtui.backend.slots import masks
from pmtui.backend.slots.board import NOWHERE, Board


class Bounds:
    """What an empty board has for every group of its demands."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._units = [  # what each could take, wherever it starts
            masks.spread(starts << size - 1, size) for starts, size in zip(board.starts, board.sizes, strict=True)
        ]
        self._day_room = board.day_room[:]
        self._week_room = board.week_room[:]

    def hopeless(self, target: int) -> bool:
        """Whether those who stand and `target` certainly can't all have a place.

        Looks at growing groups: the target, with those who are in its way, with those who are in theirs, and so on;
        each group must find the time and the room in what its members can reach.
        """
        board = self._board
        group, units, starts = {target}, self._units[target], board.starts[target]
        while not self._too_many(group, units):
            at_limit = starts & board.full and self._sharing_limit(starts)
            more = [
                one
                for one, unit in enumerate(board.at)
                if unit != NOWHERE
                and one not in group
                and (at_limit >> unit & 1 or units >> unit & masks.full(board.sizes[one]))
            ]
            if not more:
                return False
            group.update(more)
            for one in more:
                units |= self._units[one]
                starts |= board.starts[one]
        return True

    def _sharing_limit(self, starts: int) -> int:
        """The full days and weeks that some starts lie in."""
        board, found = self._board, 0
        for day, mask in enumerate(board.day_units):
            if starts & mask:
                week = board.day_week[day]
                found |= board.week_units[week] if board.week_room[week] <= 0 else mask & board.full
        return found

    def _too_many(self, group: Collection[int], units: int) -> bool:
        """Whether a group can't have place for all in these units."""
        board = self._board
        sizes = sorted(board.sizes[one] for one in group)
        together = list(accumulate(sizes))
        if together[-1] > units.bit_count():
            return True
        common = gcd(*sizes)
        if common > 1 and together[-1] > sum((end - start) // common * common for start, end in masks.runs(units)):
            return True
        weeks = [0] * len(self._week_room)
        for day, mask in enumerate(board.day_units):
            if units & mask:
                spilling = sizes[-1] if units & mask << 1 & ~mask else 0  # past midnight
                fitting = bisect_right(together, (units & mask).bit_count() + spilling)
                weeks[board.day_week[day]] += min(max(self._day_room[day], 0), fitting)
        return len(group) > sum(min(count, max(room, 0)) for count, room in zip(weeks, self._week_room, strict=True))

"""Sessions that may stand in each other's way in part: as many as can be found in little time.

To find the most is NP-hard here, so this is a guided ejection search: whoever has no place takes that of those who were
hard to place the least often, these look for another one, and so on, a limited number of times. Chance plays a part in
it, but the same one each time: the same board gives the same answer.
"""

import random
from collections.abc import Iterator

from pmtui.backend.slots import masks
from pmtui.backend.slots.board import NOWHERE, Board
from pmtui.backend.slots.bounds import Bounds

_TRIES = 100  # ejections for one demand until it is given up

Way = tuple[int, tuple[int, ...], int]
"""What it costs, who leaves, and the starts that gives."""


def pack(board: Board) -> None:
    """Place as many as can be found on an empty board, the high priority first.

    Within a priority the short ones come first: time for one long session may be time for several short ones.
    """
    bounds = Bounds(board)
    for level in sorted(set(board.levels)):
        those = [one for one, its in enumerate(board.levels) if its == level]
        those.sort(key=lambda one: board.sizes[one])  # stable: in the order of precedence where they are equally long
        board.serve(those)
        for one in those:
            if board.at[one] == NOWHERE and board.starts[one] and not bounds.hopeless(one):
                _make_place(board, one)


def _make_place(board: Board, target: int) -> None:
    """Find a place for one demand more, such that everybody who stands keeps one; else leave all as it was."""
    before = board.places()
    search = _Search(board, target)
    waiting = [target]
    for _ in range(_TRIES):
        waiting += search.force(waiting.pop())
        waiting = [one for one in waiting if not search.insert(one)]
        if not waiting:
            return
        search.stir()
    board.restore(before)


class _Search:
    def __init__(self, board: Board, seed: int) -> None:
        self._board = board
        self._chance = random.Random(seed)
        self._hardness = [1] * len(board.at)

    def insert(self, one: int) -> bool:
        """Place a demand if there is a free start for it, close to another session if possible."""
        board = self._board
        free = board.free(one)
        if free:
            close = free & (board.taken << 1 | board.taken >> board.sizes[one])
            board.put(one, self._any(close or free))
        return bool(free)

    def force(self, one: int) -> list[int]:
        """Place a demand at the cost of those least hard to place, and say who has no place now."""
        board = self._board
        self._hardness[one] += 1
        ways = list(self._ways(one))
        if not ways:
            return [one]
        least = min(cost for cost, _, _ in ways)
        _, leaving, starts = self._chance.choice([way for way in ways if way[0] == least])
        for other in leaving:
            board.lift(other)
        board.put(one, self._any(starts))
        return list(leaving)

    def _ways(self, one: int) -> Iterator[Way]:
        """Who could leave to give a demand a start: each one who stands, and each two in a row."""
        board = self._board
        starts, full = board.starts[one], board.full
        standing = []
        once = twice = more = 0  # the starts that as many sessions stand against
        for unit, other in sorted((unit, other) for other, unit in enumerate(board.at) if unit != NOWHERE):
            against = board.overlapping(other, one)
            standing.append((unit, other, against))
            more |= twice & against
            twice |= once & against
            once |= against
        alone, both, limit = starts & once & ~twice, starts & twice & ~more, starts & full & ~once
        before: tuple[int, int, int] | None = None  # who stands in front: who, against what, relief
        for unit, other, against in standing:
            relief = board.relief(unit) if full else 0
            found = alone & against & (~full | relief) | limit & relief
            if found:
                yield self._hardness[other], (other,), found
            if before:
                found = both & against & before[1] & (~full | relief | before[2])
                if found:
                    yield self._hardness[other] + self._hardness[before[0]], (before[0], other), found
            before = other, against, relief

    def stir(self) -> None:
        """Move some who stand to another free start, so that the search does not go in circles."""
        board = self._board
        standing = [one for one, unit in enumerate(board.at) if unit != NOWHERE]
        for _ in range(2):
            one = self._chance.choice(standing)
            board.lift(one)
            board.put(one, self._any(board.free(one)))

    def _any(self, starts: int) -> int:
        return self._chance.choice(masks.positions(starts))

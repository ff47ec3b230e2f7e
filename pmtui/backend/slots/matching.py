"""The most sessions where no two different starts are in each other's way: exact, by augmenting paths.

Demands, starts, days and weeks are then the layers of a flow. Placing one demand after the other in the order of
precedence, and moving those that stand where that helps but never taking a place away, ends with the most of high
priority, with those the most of medium, and so on: the sets of demands that can be placed together form a matroid.
"""

from collections import deque

from pmtui.backend.slots import masks
from pmtui.backend.slots.board import NOWHERE, Board


def is_aligned(board: Board) -> bool:
    """Whether any two different starts of the board leave room for the longest session between them."""
    longest = max(board.sizes, default=1)
    everything = 0
    for starts in board.starts:
        everything |= starts
    return longest == 1 or not everything & masks.spread(everything >> 1, longest - 1)


def match(board: Board) -> None:
    """Place the most on an empty board that is aligned, see `is_aligned`."""
    for one in range(len(board.at)):
        _augment(board, one)


def _augment(board: Board, first: int) -> None:
    """Place a demand if moving others makes room for it: the shortest chain of moves, searched breadth first."""
    standing = {unit: one for one, unit in enumerate(board.at) if unit != NOWHERE}
    vacant = ~masks.of_positions(standing, len(board.day_at))
    came_by: dict[int, tuple[int, int]] = {}  # who leaves a place for whom, and where that one goes
    queue, seen = deque((first,)), 0
    while queue:
        mover = queue.popleft()
        new = board.starts[mover] & ~seen
        seen |= new
        free = new & vacant & ~board.full
        if free:
            _move(board, mover, board.choose(mover, free), came_by)
            return
        leaving = [(unit, standing[unit]) for unit in masks.positions(new & ~vacant)]
        for day, units in enumerate(board.day_units):  # all full: it would do if somebody left the day, or the week
            if new & vacant & units:
                unit = board.choose(mover, new & vacant & units)
                leaving += [(unit, one) for one in _sharing_limit(board, day)]
        for unit, one in leaving:
            if one not in came_by:
                came_by[one] = mover, unit
                queue.append(one)


def _sharing_limit(board: Board, day: int) -> list[int]:
    """Those who stand on a day if it is full, else those in its week."""
    within = board.day_units[day] if board.day_room[day] <= 0 else board.week_units[board.day_week[day]]
    return [one for one, at in enumerate(board.at) if at != NOWHERE and within >> at & 1]


def _move(board: Board, mover: int, unit: int, came_by: dict[int, tuple[int, int]]) -> None:
    """Make the moves that end with `mover` at a free unit: each leaves its place to the one it was reached from."""
    chain = [(mover, unit)]
    while mover in came_by:
        mover, unit = came_by[mover]
        chain.append((mover, unit))
    for one, _ in chain[:-1]:
        board.lift(one)
    for one, at in chain:
        board.put(one, at)

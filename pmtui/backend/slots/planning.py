"""Who gets which time of a coach: the sessions of a run, placed together."""

from collections.abc import Sequence

from pmtui.backend.slots.board import Board
from pmtui.backend.slots.demands import CoachRoom, Demand, Plan


def plan(room: CoachRoom, demands: Sequence[Demand]) -> Plan:
    """A start for as many as possible: high priority first, then medium, then low.

    The order in which the demands are given plays no part.
    """
    return first_come(room, demands)


def first_come(room: CoachRoom, demands: Sequence[Demand]) -> Plan:
    """First come, first served: each in the order of precedence gets the earliest start that is left.

    What `plan` is measured by.
    """
    board = Board(room, demands)
    serve(board)
    return board.plan()


def serve(board: Board) -> None:
    """Give each demand without a place, in the order of precedence, the earliest start that is left."""
    for one, unit in enumerate(board.at):
        free = board.free(one) if unit < 0 else 0
        if free:
            board.put(one, (free & -free).bit_length() - 1)

"""Who gets which time of a coach: the sessions of a run, placed together."""

from collections.abc import Sequence

from pmtui.backend.slots.board import NOWHERE, Board
from pmtui.backend.slots.demands import CoachRoom, Demand, Plan
from pmtui.backend.slots.matching import is_aligned, match
from pmtui.backend.slots.packing import pack
from pmtui.backend.slots.settling import prefer_earlier_due, settle


def plan(room: CoachRoom, demands: Sequence[Demand]) -> Plan:
    """A start for as many as possible: of high priority first, with those of medium, with those of low.

    That is exact where no two different starts overlap (an aligned grid), else as good as little time allows; it is
    never worse than `first_come`. Who can't all be placed are served in the order of precedence; then starts that are
    wished for count, then the coach's calm days, then the earlier start. The order of `demands` plays no part.
    """
    board = Board(room, demands)
    everybody = range(len(board.at))
    board.serve(everybody, as_wished=True)
    if any(board.at[one] == NOWHERE and board.starts[one] for one in everybody):
        board.clear()
        if is_aligned(board):
            match(board)
        else:
            _most(board)
            prefer_earlier_due(board)
    settle(board)
    board.serve(everybody, as_wished=True)
    return board.plan()


def first_come(room: CoachRoom, demands: Sequence[Demand]) -> Plan:
    """First come, first served: each in the order of precedence gets the earliest start that is left.

    What `plan` is measured by.
    """
    board = Board(room, demands)
    board.serve(range(len(board.at)))
    return board.plan()


def _most(board: Board) -> None:
    """Place as many as can be found, and at least as many as are served first come, first served."""
    board.serve(range(len(board.at)))
    served, counts = board.places(), board.counts()
    board.clear()
    pack(board)
    if board.counts() < counts:
        board.restore(served)

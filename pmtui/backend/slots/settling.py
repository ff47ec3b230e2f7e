"""A plan made better without placing fewer: who has a place, and which of the starts."""

from pmtui.backend.slots.board import NOWHERE, Board

_ROUNDS = 2


def prefer_earlier_due(board: Board) -> None:
    """Give the place of somebody who comes later in the order to one without a place who comes earlier."""
    for one, unit in enumerate(board.at):
        if unit == NOWHERE and board.starts[one]:
            later = range(len(board.at) - 1, one, -1)
            any(_give_up(board, other, one) for other in later if board.levels[other] == board.levels[one])


def _give_up(board: Board, other: int, one: int) -> bool:
    """Place `one` where it goes without `other`, if it does; who had the place looks for another."""
    if board.at[other] == NOWHERE:
        return False
    unit = board.lift(other)
    free = board.free(one)
    if not free:
        board.put(other, unit)
        return False
    board.put(one, board.choose(one, free))
    board.serve((other,), as_wished=True)
    return True


def settle(board: Board) -> None:
    """Move everybody who stands to a better start: one wished for, on a calmer day, or earlier."""
    for _ in range(_ROUNDS):
        before = board.places()
        for one, unit in enumerate(before):
            if unit != NOWHERE:
                board.lift(one)
                board.put(one, board.choose(one, board.free(one)))
                _take_wish(board, one)
        if board.places() == before:
            return


def _take_wish(board: Board, one: int) -> None:
    """Take a start that is wished for more from somebody whose own wish is met as well elsewhere."""
    better = board.better(one)
    for other, unit in enumerate(board.at) if better else ():
        if unit == NOWHERE or other == one or not board.blocked(other, one) & better:
            continue
        if not board.elsewhere(other, one):  # as with most: nothing needs to be tried
            continue
        rank, mine = board.rank(other, unit), board.lift(one)
        board.lift(other)
        free = board.free(one) & better
        if free:
            board.put(one, board.choose(one, free))
            rest = board.free(other)
            elsewhere = board.choose(other, rest) if rest else NOWHERE
            if rest and board.rank(other, elsewhere) <= rank:
                board.put(other, elsewhere)
                return
            board.lift(one)
        board.put(one, mine)
        board.put(other, unit)

"""How far something long is, as text."""

_CELLS = 20


def bar(done: int, of: int) -> str:
    """`████████············`."""
    filled = _CELLS * done // of if of else 0
    return "█" * filled + "·" * (_CELLS - filled)

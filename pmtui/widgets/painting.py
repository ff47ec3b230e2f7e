"""Painting only what changed."""


def difference(old: str, new: str) -> tuple[int, int] | None:
    """The columns `[start, end)` outside which two lines are the same; None if they are. One cell a character."""
    length = max(len(old), len(new))
    old, new = old.ljust(length), new.ljust(length)
    differ = [at for at in range(length) if old[at] != new[at]]
    return (differ[0], differ[-1] + 1) if differ else None

"""How often a worker's process looks for garbage."""

import gc

_NEW_OBJECTS, _YOUNG, _OLDER = 10_000, 20, 20


def collect_seldom() -> None:
    """Look for garbage after 10,000 new objects, not after Python's 700.

    Planning makes tuples by the hundred thousand, none of which is garbage that only a search would find: looking
    took a third of a worker's processor time. Safe to repeat.
    """
    gc.set_threshold(_NEW_OBJECTS, _YOUNG, _OLDER)

"""Minutes as one integer: bit `i` stands for minute `i` after a base the caller knows.

Union, intersection and difference are the operators `|`, `&` and `& ~`; only what these can't do is here.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress

_WORD = 64


@lru_cache(maxsize=64)
def full(length: int) -> int:
    """All of the first `length` minutes."""
    return (1 << length) - 1 if length > 0 else 0


def of_positions(positions: Iterable[int], length: int) -> int:
    """Those of the first `length` minutes that `positions` names; others are left out."""
    bits = bytearray((length + 7) // 8)
    for at in positions:
        if 0 <= at < length:
            bits[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(bits, "little")


def of_intervals(intervals: Iterable[tuple[int, int]], start: int, end: int) -> int:
    """The union of half-open intervals, cut to `[start, end)`; `start` is bit 0. Empty and negative ones add none."""
    length = max(end - start, 0)
    starts = bytearray(length // 8 + 1)
    ends = bytearray(length // 8 + 1)
    reach = -1  # where the run under way ends; below 0 there is none
    for first, last in sorted(intervals):
        first = first - start if first > start else 0
        last = last - start if last < end else length
        if first <= reach:
            if reach < last and first < last:
                reach = last
        elif first < last:
            if reach >= 0:
                ends[reach >> 3] |= 1 << (reach & 7)
            starts[first >> 3] |= 1 << (first & 7)
            reach = last
    if reach >= 0:
        ends[reach >> 3] |= 1 << (reach & 7)
    # A run from a to b is 2**b - 2**a, so that all runs together are one subtraction.
    return int.from_bytes(ends, "little") - int.from_bytes(starts, "little")


def spread(mask: int, length: int) -> int:
    """Every start whose `length` minutes meet the mask: bit `i` when any of `i .. i + length - 1` is set."""
    if not mask:
        return 0
    done = 1
    while done * 2 <= length:
        mask |= mask >> done
        done *= 2
    return mask | mask >> (length - done) if done < length else mask


def positions(mask: int, start: int = 0) -> list[int]:
    """The set bits in order, counted from `start`."""
    count = (mask.bit_length() + _WORD - 1) // _WORD
    words = struct.unpack(f"<{count}Q", mask.to_bytes(count * 8, "little"))
    found: list[int] = []
    for index in compress(range(count), words):  # passes over empty words at no cost
        word = words[index]
        base = start + index * _WORD - 1
        while word:
            lowest = word & -word
            found.append(base + lowest.bit_length())
            word ^= lowest
    return found


def runs(mask: int, start: int = 0) -> list[tuple[int, int]]:
    """The set bits as half-open intervals in order, as long as possible, counted from `start`."""
    edges = positions(mask ^ mask << 1, start)
    return list(zip(edges[::2], edges[1::2], strict=True))

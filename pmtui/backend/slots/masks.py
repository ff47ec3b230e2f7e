"""Minutes as one integer: bit `i` stands for minute `i` after a base the caller knows.

Union, intersection and difference are the operators `|`, `&` and `& ~`; only what these can't do is here.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress

_OF_BYTE = (1, 2, 4, 8, 16, 32, 64, 128)
"""The bits of a byte; looking one up is quicker than a shift."""
_WORD = 64
_BITS = (0, *(1 << at for at in range(_WORD)))
"""A word with only its highest bit, by that word's bit length."""


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
    in_order = sorted(intervals)
    if not in_order:
        return 0
    length = max(end - start, 0)
    starts = bytearray(length // 8 + 1)
    ends = bytearray(length // 8 + 1)
    reach = start  # all before it is done
    for first, last in in_order:
        if first < reach or last > end or first >= last:
            first, last = max(first, reach), min(last, end)  # the part of it that is new
            if first >= last:
                continue
        reach = last
        first -= start
        last -= start
        starts[first >> 3] |= _OF_BYTE[first & 7]
        ends[last >> 3] |= _OF_BYTE[last & 7]
    # A run from a to b is 2**b - 2**a, so that all together are one subtraction; where two touch, their ends cancel.
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


def every(mask: int, step: int) -> int:
    """The bits at multiples of `step`, moved together: bit `i` is bit `i * step` of a mask that has no others set."""
    if step < 8:  # a byte would hold several of them
        return int(f"{mask:b}"[::-step][::-1], 2) if mask else 0
    for doubled in (1, 2, 4):  # the bits of each eight meet in the lowest byte of every `step` bytes
        mask |= mask >> doubled * (step - 1)
    return int.from_bytes(mask.to_bytes((mask.bit_length() + 7) // 8, "little")[::step], "little")


def positions(mask: int, start: int = 0) -> list[int]:
    """The set bits in order, counted from `start`."""
    count = (mask.bit_length() + _WORD - 1) // _WORD
    words = struct.unpack(f">{count}Q", mask.to_bytes(count * 8, "big"))
    bases = range(start + (count - 1) * _WORD - 1, start - 2, -_WORD)
    found: list[int] = []
    append = found.append
    # From the highest down, because a number's highest bit costs one step to find and its lowest three.
    for base, word in compress(zip(bases, words, strict=True), words):  # passes over empty words at no cost
        highest = word.bit_length()
        while highest:
            append(base + highest)
            word ^= _BITS[highest]
            highest = word.bit_length()
    found.reverse()
    return found


def runs(mask: int, start: int = 0) -> list[tuple[int, int]]:
    """The set bits as half-open intervals in order, as long as possible, counted from `start`."""
    edges = positions(mask ^ mask << 1, start)
    return list(zip(edges[::2], edges[1::2], strict=True))

"""Provider facts to spans of whole minutes: the one place where calendar time is rounded.

Instants here are microseconds since 1970-01-01T00:00Z, whole or (from a case file with more digits)
a Fraction: exact, so that rounding happens once. `instant` makes one of an aware datetime.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from pmtui.backend.slots.values import EPOCH, Span, SpanKind

Instant = int | Fraction

MINUTE = 60_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a WFM schedule, in instants. `activity` is what an explanation may name."""

    start: Instant
    end: Instant
    overwritable: bool
    activity: str = ""


def instant(at: datetime) -> int:
    """The instant of `at` (aware), in microseconds."""
    return datetime.__sub__(at, EPOCH) // timedelta(microseconds=1)  # not `-`: see values.to_minute


def floor_minute(at: Instant) -> int:
    """The minute `at` lies in."""
    return int(at // MINUTE)


def ceil_minute(at: Instant) -> int:
    """The first minute not before `at`."""
    return -int(-at // MINUTE)


def outwards(intervals: Iterable[tuple[Instant, Instant]]) -> tuple[tuple[int, int], ...]:
    """Intervals in minutes, start down and end up, sorted. Empty and negative ones are left out.

    For own sessions; busy time and layers that may not be overwritten are rounded by it too.
    """
    return tuple(sorted((floor_minute(start), ceil_minute(end)) for start, end in intervals if start < end))


def busy_spans(intervals: Iterable[tuple[Instant, Instant]]) -> tuple[Span, ...]:
    """The busy time of a Google or Outlook calendar, rounded outwards and sorted."""
    return tuple(Span(start, end, SpanKind.BUSY) for start, end in outwards(intervals))


def schedule_spans(layers: Iterable[Layer]) -> tuple[Span, ...]:
    """A WFM schedule: overwritable layers joined and then rounded inwards, the others rounded outwards.

    Where both cover a minute, the one that may not be overwritten wins; the engine sees to that. Layers
    that join keep their activity's name only if they share it. Empty and negative layers are left out.
    """
    kept = [layer for layer in layers if layer.start < layer.end]
    closed = [
        Span(floor_minute(layer.start), ceil_minute(layer.end), SpanKind.CLOSED, layer.activity)
        for layer in kept
        if not layer.overwritable
    ]
    opened = _joined(sorted((layer for layer in kept if layer.overwritable), key=lambda layer: layer.start))
    rounded = (
        Span(ceil_minute(layer.start), floor_minute(layer.end), SpanKind.OPEN, layer.activity) for layer in opened
    )
    return tuple(sorted([*closed, *(span for span in rounded if span.start < span.end)]))


def _joined(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Overlapping and touching layers as one; `layers` are sorted by start."""
    current: Layer | None = None
    for layer in layers:
        if current is None:
            current = layer
        elif layer.start <= current.end:
            activity = current.activity if layer.activity == current.activity else ""
            current = Layer(current.start, max(current.end, layer.end), True, activity)
        else:
            yield current
            current = layer
    if current is not None:
        yield current

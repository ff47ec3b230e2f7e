"""One row of a file of schedules, made into a value, and the rows of a person into what the engine reads."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from pmtui.backend.coaching.starts import parse_start
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.schedule import MINUTE, Layer, schedule_spans
from pmtui.backend.slots.values import DAY_MINUTES, Span, to_minute

COLUMNS = ("email", "start", "end", "activity", "overwritable")
OPTIONAL = ("absence",)
ABSENCE = "absence"

_FAR = 400 * DAY_MINUTES  # from now, either way: what lies beyond is a slip of the pen
_LONGEST_NAME = 100

Minutes = tuple[int, int]


class LayerRow(NamedTuple):
    """One layer of somebody's shifts, in minutes. One that says no times (0, 0) says that nothing is planned."""

    person_id: int
    start: int
    end: int
    open: bool
    activity: str


def parsed(cells: Mapping[str, str], people: Mapping[str, tuple[int, str]], now: int) -> LayerRow:
    """The row; `people` are ids and zones by address. Raises BadInput with the column.

    Which layers are absences is known from the column `absence` alone. A file without it could call anything by its
    name, so that layers that may not be overwritten lose theirs.
    """
    email = cells["email"].lower()
    if email not in people:
        raise BadInput("no_person", f"{cells['email'][:60]!r} is nobody among the people you act on.", "", "email")
    person_id, zone = people[email]
    if not cells["start"] and not cells["end"]:
        return LayerRow(person_id, 0, 0, False, "")
    start, end = minute(cells["start"], zone, "start"), minute(cells["end"], zone, "end")
    if end <= start:
        raise BadInput("bad_end", f"{cells['end'][:40]} is not after the start.", "", "end")
    for at, where in ((start, "start"), (end, "end")):
        if abs(at - now) > _FAR:
            raise BadInput("too_far", f"{cells[where][:40]} is more than 400 days away.", "", where)
    absent = _yes(cells.get("absence", ""), "absence")
    opened = _yes(cells["overwritable"], "overwritable") and not absent
    name = _name(cells["activity"])
    if absent:
        name = ABSENCE
    elif not opened and "absence" not in cells:
        name = ""
    return LayerRow(person_id, start, end, opened, name)


def spans(rows: Iterable[LayerRow], window: Minutes) -> tuple[Span, ...]:
    """What one person's rows mean in the window."""
    layers = [Layer(row.start * MINUTE, row.end * MINUTE, row.open, row.activity) for row in rows if row.end]
    return _cut(schedule_spans(layers), window)


def joined(
    known: tuple[Span, ...], known_in: Minutes, new: tuple[Span, ...], window: Minutes, since: int
) -> tuple[tuple[Span, ...], Minutes]:
    """What is known together, and where: the new counts in its window, the other beside it, from minute `since` on.

    Where the windows do not touch, nobody knows what lies between them, and only the new one is kept.
    """
    low, high = known_in
    if high < window[0] or window[1] < low:
        return new, window
    low = min(window[0], max(low, since))
    high = max(window[1], high)
    beside = (*_cut(known, (low, window[0])), *_cut(known, (window[1], high)))
    return tuple(sorted((*new, *beside))), (low, high)


def _cut(some: Iterable[Span], window: Minutes) -> tuple[Span, ...]:
    low, high = window
    cut = (Span(max(one.start, low), min(one.end, high), one.kind, one.activity) for one in some)
    return tuple(one for one in cut if one.start < one.end)


def minute(text: str, zone: str, where: str) -> int:
    """The minute of a time as files write it, local in `zone` or with an offset. Raises BadInput with the column."""
    try:
        return _read(text, zone)
    except BadInput:
        raise BadInput(
            "bad_time",
            f"{text[:40]!r} is no time.",
            "Write it like 2027-03-01 09:00 on the local clock, or with an offset: 2027-03-01T09:00-06:00.",
            where,
        ) from None


@lru_cache(maxsize=65_536)
def _read(text: str, zone: str) -> int:
    return to_minute(parse_start(text, zone))


def _yes(text: str, where: str) -> bool:
    if text.lower() not in ("", "yes", "no"):
        raise BadInput("bad_answer", f"{text[:40]!r} is neither yes nor no.", "", where)
    return text.lower() == "yes"


@lru_cache(maxsize=4_096)
def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > _LONGEST_NAME or not (name.isprintable()):
        raise BadInput(
            "bad_name", f"{text[:40]!r} is no name of an activity.", f"Write up to {_LONGEST_NAME} letters.", "activity"
        )
    return name

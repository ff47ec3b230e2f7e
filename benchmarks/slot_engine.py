"""The slot engine beside libraries for intervals: one person never seen before, and one more pair.

Everybody gets the same people, and their free time is compared before anything is timed.
"""

import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import calgebra
import portion
from intervaltree import Interval, IntervalTree

from benchmarks.report import Section, judged
from pmtui.backend.slots import masks
from pmtui.backend.slots.people import home_zone, paired, person
from pmtui.backend.slots.search import candidates, possible, solve
from pmtui.backend.slots.values import (
    CalendarState,
    Hours,
    Party,
    PartyName,
    Search,
    Span,
    Week,
    from_minute,
    to_minute,
)
from pmtui.backend.slots.zones import local_day, minute_at

PEOPLE = 120
BLOCK = 10
DAYS = 35
ZONE = "America/Chicago"
_START = to_minute(datetime(2027, 3, 1, 6, tzinfo=UTC))  # Monday 00:00 in Chicago; the clocks change on the 14th
WINDOW = (_START, minute_at(ZONE, local_day(ZONE, _START) + DAYS, 0))
SEARCH = Search(WINDOW, WINDOW[0], ZONE, minutes=30, step=15)
_OFFICE = ((Hours(540, 1020),),) * 5 + ((),) * 2

Minutes = tuple[int, int]
Found = tuple[list[Minutes], list[int]]
"""Free time and starts, in minutes."""


def measure() -> list[Section]:
    """Compare the answers, then time each on people of their own."""
    seed = random.SystemRandom().randrange(10**9)
    draw = random.Random(seed)
    solvers: dict[str, Callable[[Party], Any]] = {
        "pmtui": _ours,
        "calgebra (end to end)": _calgebra,
        "portion (subtraction)": _portion,
        "intervaltree (subtraction)": _intervaltree,
    }
    for _ in range(5):
        one = _person(draw)
        free, starts = _ours(one)
        if _calgebra(one) != (free, starts) or _portion(one) != free or _intervaltree(one) != free:
            raise AssertionError(f"answers differ, seed {seed}")
    timed: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(PEOPLE // BLOCK):  # in turn, so that the ratios hold when the machine's speed drifts
        for name, solver in solvers.items():
            people = [_person(draw) for _ in range(BLOCK)]
            gc.collect()  # nobody pays for what another left behind
            timed[name] += [_timed(solver, one) for one in people]
    timed["pmtui, one more pair"] = [_pair(draw) for _ in range(PEOPLE)]
    timed["pmtui, one more pair with all reasons"] = [
        _timed(lambda two: solve(SEARCH, *two), (_person(draw), _person(draw))) for _ in range(PEOPLE)
    ]
    ours = statistics.median(timed["pmtui"])
    medians = {name: statistics.median(times) for name, times in timed.items()}
    rows = tuple(
        (name, f"{min(times) * 1e6:.0f} us", f"{medians[name] * 1e6:.0f} us", f"{medians[name] / ours:.1f}")
        for name, times in timed.items()
    )
    bars = {
        "one person at least 40 times faster than calgebra": medians["calgebra (end to end)"] / ours >= 40,
        "one person in about 150 us": ours <= 150e-6,
        "one more pair in about 40 us": medians["pmtui, one more pair"] <= 40e-6,
    }
    return [
        Section(
            "The slot engine",
            f"Free time and all starts of one person never seen before: {DAYS} days, Monday to Friday 9 to 5, 8 busy "
            f"events a day, step 15, length 30; processor time, {PEOPLE} people in blocks of {BLOCK}, seed {seed}. "
            "calgebra does all of it, as its own guide shows; portion and intervaltree only take busy time from hours "
            "that are laid out for them. pmtui keeps the hours laid out, since people share them. One more pair: coach "
            "and agent are built already, as in a run; with all reasons: from the facts to the whole answer.",
            ("", "min", "median", "ratio to pmtui"),
            rows,
            **judged(bars),
        ),
        _memory(draw),
    ]


def _memory(draw: random.Random) -> Section:
    """What the people of a block take, beside the facts they are built from."""
    count = 1000
    tracemalloc.start()
    parties = [_person(draw) for _ in range(count)]
    facts, _ = tracemalloc.get_traced_memory()
    built = [person(SEARCH, PartyName.COACH, party) for party in parties]
    total, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figures = {"facts of a calendar (280 events)": facts, f"masks of the {len(built)} people": total - facts}
    figures["peak while building them all, facts included"] = peak
    return Section(
        "Memory of the slot engine",
        f"{count} people as above, all kept at once; a run keeps only those of a block of coaches.",
        ("", "in all", "a person"),
        tuple((name, f"{size / 2**20:.1f} MiB", f"{size / count / 1024:.1f} KiB") for name, size in figures.items()),
    )


def _person(draw: random.Random) -> Party:
    spans = []
    first = local_day(ZONE, WINDOW[0])
    for day in range(first, first + DAYS):
        for hour in range(8, 16):
            start = minute_at(ZONE, day, hour * 60) + draw.randrange(40)
            spans.append(Span(start, start + draw.choice((10, 15, 20))))
    return Party(CalendarState.GOOGLE, ZONE, Week(ZONE, _OFFICE), tuple(spans))


def _ours(party: Party) -> Found:
    one = person(SEARCH, PartyName.COACH, party)
    two = (one, one)
    zone = home_zone(party)
    low, high = WINDOW
    free = masks.runs(masks.full(high - low) & ~(one.closed | one.own), low)
    return free, masks.positions(candidates(SEARCH, two, zone) & possible(SEARCH, two, zone), low)


def _pair(draw: random.Random) -> float:
    coach = person(SEARCH, PartyName.COACH, _person(draw))
    agent = person(SEARCH, PartyName.AGENT, _person(draw))

    def search(_: None) -> int:
        two = paired(SEARCH, coach, agent)
        return candidates(SEARCH, two, ZONE) & possible(SEARCH, two, ZONE)

    return _timed(search, None)


def _calgebra(party: Party) -> Found:
    """The library's own way: hours as a pattern, minus busy time, at least as long as a session."""
    low, high = (minute * 60 for minute in WINDOW)
    days = calgebra.day_of_week(["monday", "tuesday", "wednesday", "thursday", "friday"], tz=ZONE)
    hours = calgebra.time_of_day(start=9 * calgebra.HOUR, duration=8 * calgebra.HOUR, tz=ZONE)
    busy = calgebra.timeline(*(calgebra.Interval(start=s.start * 60, end=s.end * 60) for s in party.spans))
    free = [(one.finite_start // 60, one.finite_end // 60) for one in ((days & hours) - busy)[low:high]]
    return free, _starts(free)


def _portion(party: Party) -> list[Minutes]:
    open_hours = portion.Interval(*(portion.closedopen(*hours) for hours in _HOURS))
    busy = portion.Interval(*(portion.closedopen(s.start, s.end) for s in party.spans))
    return [(one.lower, one.upper) for one in open_hours - busy]


def _intervaltree(party: Party) -> list[Minutes]:
    tree = IntervalTree(Interval(*hours) for hours in _HOURS)
    for span in party.spans:
        tree.chop(span.start, span.end)
    return sorted((one.begin, one.end) for one in tree)


def _starts(free: Iterable[Minutes]) -> list[int]:
    return [at for start, end in free for at in range(-(-start // 15) * 15, end - 29, 15)]


def _laid_out() -> list[Minutes]:
    """The office hours of every weekday in the window."""
    zone, found = ZoneInfo(ZONE), []
    for day in range(local_day(ZONE, WINDOW[0]), local_day(ZONE, WINDOW[0]) + DAYS):
        opens, closes = minute_at(ZONE, day, 540), minute_at(ZONE, day, 1020)
        if from_minute(opens).astimezone(zone).weekday() < 5:
            found.append((opens, closes))
    return found


_HOURS = _laid_out()


def _timed(call: Callable[[Any], Any], argument: Any) -> float:
    before = time.thread_time()  # this thread's own time: what else the machine does is left out
    call(argument)
    return time.thread_time() - before


if __name__ == "__main__":
    for section in measure():
        print(section.explanation, *section.rows, *section.missed, sep="\n")

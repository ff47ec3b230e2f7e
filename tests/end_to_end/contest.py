"""Eight processes book overlapping times at the same moments, through the real service.

A round is one prize: eight proposals of different times that all overlap pairwise, and share the coach, the
agent, or a person who is coach in some and agent in others. All processes meet at a barrier before each.
"""

import multiprocessing
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.synchronize import Barrier
from typing import Any

from pmtui.backend.actor import Actor
from pmtui.backend.availability.service import weeks_of
from pmtui.backend.coaching import offering
from pmtui.backend.coaching.service import Coaching
from pmtui.backend.errors import PmtuiError
from pmtui.backend.slots.values import from_minute, to_minute
from pmtui.backend.slots.zones import local_day, minute_at
from pmtui.backend.storage.database import Database
from pmtui.backend.sync.service import Sync
from tests.clock import START, ManualClock

PROCESSES = 8
ROUNDS = 25
ZONE = "America/Chicago"
WON = "won"

_PATIENCE = 60  # seconds; only a hanging process ever waits so long
# Start and length in minutes; each covers 10:45-11:00, and no two are equal.
_TIMES = ((600, 60), (615, 45), (615, 60), (630, 30), (630, 45), (645, 15), (645, 30), (645, 60))


@dataclass(frozen=True, slots=True)
class Bid:
    """One proposal: whom, on which day after the clock's today, at which clock minute, for how many minutes."""

    coach: str
    agent: str
    day: int
    clock_minute: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one process fared in one round: `WON`, an error's type and code, or anything else that was raised."""

    round: int
    process: int
    said: str


def bids(number: int) -> tuple[Bid, ...]:
    """The eight proposals of a round; the process of that number makes each."""
    day = number // 5 * 7 + number % 5  # weekdays, from the clock's Monday on
    shared = number % 3
    found = []
    for process, (clock_minute, minutes) in enumerate(_TIMES):
        coach, agent = f"coach{process}", f"agent{process}"
        if shared == 0 or (shared == 2 and process % 2):
            coach = "both"
        else:
            agent = "both"
        found.append(Bid(coach, agent, day, clock_minute, minutes))
    return tuple(found)


def hold(url: str, actor: Actor, *, guard_only: bool) -> list[Outcome]:
    """Let all processes bid in every round, on the database at `url`.

    With `guard_only` the service's own check is taken out, so that only the database stands between two bookings.
    """
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=_bid, args=(url, actor, number, barrier, results, guard_only), daemon=True)
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=_PATIENCE) for _ in range(PROCESSES * ROUNDS)]
    for process in processes:
        process.join(_PATIENCE)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    return outcomes


def _bid(url: str, actor: Actor, process: int, barrier: Barrier, results: Any, guard_only: bool) -> None:
    database = Database(url, ManualClock())
    coaching = Coaching(database, Sync(database, weeks_of))
    if guard_only:
        offering.require_offered = _ask_nothing
    monday = local_day(ZONE, to_minute(START))
    for number in range(ROUNDS):
        bid = bids(number)[process]
        starts_at = from_minute(minute_at(ZONE, monday + bid.day, bid.clock_minute))
        barrier.wait(_PATIENCE)
        results.put(Outcome(number, process, _said(coaching, actor, bid, starts_at)))
    database.close()


def _said(coaching: Coaching, actor: Actor, bid: Bid, starts_at: datetime) -> str:
    try:
        coaching.propose(
            actor, f"{bid.coach}@acme.example", f"{bid.agent}@acme.example", starts_at, minutes=bid.minutes
        )
    except PmtuiError as error:
        return f"{type(error).__name__} {error.code}"
    except Exception as error:  # whatever else a process meets is what the test must see
        return repr(error)
    return WON


def _ask_nothing(*_: object, **__: object) -> tuple[str, ...]:
    return ()

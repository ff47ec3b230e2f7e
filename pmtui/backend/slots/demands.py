"""What a plan is made of: the room a coach has, the sessions wanted of that coach, and what came of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pmtui.backend.slots.limits import count_days, local_days, week_of
from pmtui.backend.slots.people import home_zone
from pmtui.backend.slots.ranking import minutes_taken
from pmtui.backend.slots.values import Party, Search
from pmtui.backend.slots.zones import EPOCH_DAY
from pmtui.backend.states import Priority


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One local day of a coach inside the searched window.

    `spans` are its minutes on the UTC time line, `(start, end)`: one span, but for a clock that goes back over
    midnight. `room` is how many more sessions may start on it, None without a limit. `week` tells the local weeks
    apart (see `CoachRoom.weeks`). `taken` are the minutes of it that are filled already.
    """

    spans: tuple[tuple[int, int], ...]
    week: int
    room: int | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class CoachRoom:
    """What a coach has left for new sessions in `window`, `(start, end)` minutes.

    `gap` is how many free minutes lie between two sessions at least. `days` cover the window, in order. `weeks` says
    for `LocalDay.week` how many more sessions may start in it; one that is missing has no limit.
    """

    window: tuple[int, int]
    gap: int = 0
    days: tuple[LocalDay, ...] = ()
    weeks: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """One agent who is to have one session of the coach.

    `key` is unique in a plan. `starts` is the mask of the starts that suit coach and agent (bit 0 is the window's
    start), with everything already booked taken into account, as `candidates & possible` of `search` gives it.
    `wishes` are masks of the starts to prefer, the best first; the starts in none of them come last. Who comes first
    within a priority: the earliest `due` (any unit), then the largest `miss`, then `name`, then `key`.
    """

    key: str
    priority: Priority
    minutes: int
    starts: int
    due: int = 0
    miss: float = 0.0
    name: str = ""
    wishes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An agent who got no time, and why.

    `others` are the keys of those whose sessions stand where this one could have been, in the order of their times:
    they overlap, come too near, or fill the coach's day or week. Without any there was no start from the beginning.
    `limit` says that nothing but the coach's limit of a day or week keeps one of the starts from being free.
    """

    key: str
    others: tuple[str, ...] = ()
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The start (minute) of everybody placed, by key, in the order of time; the others in the order of precedence."""

    placed: Mapping[str, int]
    unplaced: tuple[Unplaced, ...] = ()


def coach_room(search: Search, coach: Party) -> CoachRoom:
    """The room of a coach in the search's window, from the own sessions and busy time known."""
    zone = home_zone(coach)
    days_ahead = local_days(zone, search.window)
    limits = search.coach_limits
    counted = count_days(
        zone, (first for first, last in coach.sessions if (first, last) != search.ignore), search.window
    )
    weeks: Counter[int] = Counter()
    for day, count in counted.items():
        weeks[week_of(day)] += count
    taken = minutes_taken(search, coach, [EPOCH_DAY + day for day, _ in days_ahead])
    days = tuple(
        LocalDay(spans, week_of(day), limits.day - counted[day] if limits.day else None, taken[EPOCH_DAY + day])
        for day, spans in days_ahead
    )
    rooms = {day.week: limits.week - weeks[day.week] for day in days} if limits.week else {}
    return CoachRoom(search.window, max(search.buffer_before, search.buffer_after), days, rooms)

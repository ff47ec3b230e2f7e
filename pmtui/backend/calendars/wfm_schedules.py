"""Schedules as the WFM writes them, and what they mean for a session. No I/O."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pmtui.backend.calendars.protocol import Busy, Event, Minutes, OwnEvent, Temporary
from pmtui.backend.slots.schedule import Layer, instant, schedule_spans
from pmtui.backend.slots.values import PartyName, Span, from_minute
from pmtui.backend.states import Provider

ABSENCE = "absence"
MEETING = "meeting"

_OURS = "pmtui"
_NEVER = frozenset({"Lunch", "ShortBreak"})


@dataclass(frozen=True, slots=True)
class Activity:
    """What the WFM calls something a person can be scheduled for."""

    id: str
    name: str
    overwritable: bool


def meeting_id(event: Event) -> str:
    """The ExternalMeetingId of a session's entry for one of its people: always the same, and known again as ours."""
    return f"{_OURS}-{event.session}-{event.whose.value}"


def session_of(external_id: object) -> str | None:
    """The session an ExternalMeetingId of ours belongs to; None for a foreign one."""
    words = external_id.split("-") if isinstance(external_id, str) else []
    ours = len(words) == 3 and words[0] == _OURS and words[2] in (PartyName.COACH, PartyName.AGENT)
    return words[1] if ours else None


def days_of(window: Minutes) -> tuple[date, date]:
    """The schedule days that can hold a layer in `window` (minutes), first and last.

    A layer belongs to the local day its shift started, maybe the day before; local days are off UTC's by one at most.
    """
    return from_minute(window[0]).date() - timedelta(days=2), from_minute(window[1]).date() + timedelta(days=1)


def read_activities(items: Iterable[Any], coachable: Collection[str] = ()) -> dict[str, Activity]:
    """Every activity by its id (lower case). Lunches and short breaks are never overwritable.

    Where the organisation names the coachable activities, these and no others are.
    """
    named = {name.casefold() for name in coachable}

    def overwritable(item: Any) -> bool:
        if named:
            return str(item["Name"]).strip().casefold() in named
        return item["AllowOverwrite"] is True and item["ReportLevelDetail"] not in _NEVER

    try:
        found = [Activity(str(item["Id"]).lower(), str(item["Name"]), overwritable(item)) for item in items]
    except (KeyError, TypeError):
        raise Temporary("garbage", Provider.WFM) from None
    return {activity.id: activity for activity in found}


def read_people(items: Iterable[Any]) -> list[tuple[str, str]]:
    """Email address (lower case) and id of each person who has an address."""
    try:
        return [(str(item["Email"]).strip().lower(), str(item["Id"])) for item in items if item["Email"]]
    except (KeyError, TypeError):
        raise Temporary("garbage", Provider.WFM) from None


def read_schedules(items: Iterable[Any], activities: Mapping[str, Activity], window: Minutes) -> dict[str, Busy]:
    """Each person's schedule in `window`, by person id (lower case). Raises Temporary for nonsense."""
    layers: dict[str, list[Any]] = {}
    try:
        for item in items:
            layers.setdefault(str(item["PersonId"]).lower(), []).extend(item["Shift"] or ())
        return {person_id: _person(found, activities, window) for person_id, found in layers.items()}
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Temporary("garbage", Provider.WFM) from None


def _person(shift: list[Any], activities: Mapping[str, Activity], window: Minutes) -> Busy:
    layers: list[Layer] = []
    own: dict[str, OwnEvent] = {}
    for item in shift:
        starts, ends = (_instant(item["Period"][name]) for name in ("StartTime", "EndTime"))
        ours = session_of(item.get("ExternalMeetingId"))
        overwritable, activity = (True, "") if ours is not None else _meaning(item, activities)
        layers.append(Layer(instant(starts), instant(ends), overwritable, activity))
        if ours is not None:
            known = own.get(item["ExternalMeetingId"])
            first, last = (starts, ends) if known is None else (min(known.starts, starts), max(known.ends, ends))
            own[item["ExternalMeetingId"]] = OwnEvent(ours, item["ExternalMeetingId"], first, last)
    spans = tuple(span for span in schedule_spans(layers) if _meets(span, window))
    return Busy(window, spans, tuple(own.values()))


def _meaning(item: Mapping[str, Any], activities: Mapping[str, Activity]) -> tuple[bool, str]:
    """Whether a foreign layer may be overwritten, and what an explanation may call it: never an absence's name."""
    if item["AbsenceId"] is not None:
        return False, ABSENCE
    if item.get("ExternalMeetingId") is not None:
        return False, MEETING
    activity = activities.get(str(item["ActivityId"]).lower())
    return (False, "unknown activity") if activity is None else (activity.overwritable, activity.name)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without its offset")
    return at.astimezone(UTC)


def _meets(span: Span, window: Minutes) -> bool:
    return span.start < window[1] and window[0] < span.end

"""Coaching sessions and searches for a time as text: a line a session, a line a day."""

from collections import Counter
from datetime import datetime
from itertools import groupby

from pmtui.backend.coaching import words
from pmtui.backend.coaching.records import EventRecord, SearchRecord, SessionRecord
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Delivery, Origin, SessionState

_STANDS = {
    SessionState.HELD: "Approval Required",
    SessionState.APPROVING: "being approved",
}
_DELIVERY = {
    (Delivery.PENDING, True): "not yet in",
    (Delivery.DELIVERED, True): "in",
    (Delivery.REFUSED, True): "refused by",
    (Delivery.LEFT_BEHIND, True): "left behind in",
    (Delivery.PENDING, False): "not yet removed from",
    (Delivery.DELIVERED, False): "removed from",
    (Delivery.REFUSED, False): "could not be removed from",
    (Delivery.LEFT_BEHIND, False): "left behind in",
}
"""How far an event is, by whether it is wanted there."""


def offer(found: SearchRecord) -> str:
    """The starts by day, or why there are none."""
    said = [
        f"{found.coach} with {found.agent}, {found.minutes} minutes, times in {found.timezone}",
        found.rule,
        *(sentence for _, sentence in found.unknown),
    ]
    local = [start.astimezone(zone(found.timezone)) for start in found.starts_at]
    for day, starts in groupby(local, key=lambda start: start.date()):
        said.append(f"{day:%a} {day.day:2} {day:%b}  {' '.join(_clocks(list(starts)))}")
    said += _best(found)
    if not local:
        said += words.no_time(found)
    return "\n".join(said)


def _best(found: SearchRecord) -> list[str]:
    """The best of the starts where staffing has a say in it, and what it says."""
    if found.best_at is None or not found.best_why:
        return []
    local = found.best_at.astimezone(zone(found.timezone))
    return [f"Best: {local:%a} {local.day} {local:%b} {_clocks([local])[0]}, {found.best_why}."]


def _clocks(starts: list[datetime]) -> list[str]:
    """The times of one day; with their offset where the clock shows a time twice."""
    shown = Counter(f"{start:%H:%M}" for start in starts)
    return [f"{start:%H:%M}{start.isoformat()[-6:] if shown[f'{start:%H:%M}'] > 1 else ''}" for start in starts]


def lines(sessions: tuple[SessionRecord, ...]) -> str:
    """A line a session, or that there are none."""
    return "\n".join(line(session) for session in sessions) or "There are no sessions."


def line(session: SessionRecord) -> str:
    """Everything about a session in a line."""
    starts, ends = (at.astimezone(zone(session.timezone)) for at in (session.starts_at, session.ends_at))
    parts = [
        session.code,
        _asked(session) or f"{starts:%a} {starts.day:2} {starts:%b %Y %H:%M}-{ends:%H:%M} {session.timezone}",
        f"{session.coach} with {session.agent}",
        session.title,
        *([f"because: {session.reason}"] if session.reason else []),
        _stands(session),
        *_held(session),
        *([f"booked anyway: {', '.join(session.overruled)}"] if session.overruled else []),
        *map(_event, session.events),
    ]
    if untold := words.untold(session):
        parts.append(untold)
    if session.attention is not None:
        best = words.best_new_time(session.best_at, session.timezone)
        why = f"{session.attention.value.replace('_', ' ')}. {session.attention_details} {best}"
        parts.append(f"needs attention: {why}".rstrip())
    return "  ".join(parts).rstrip()


def _stands(session: SessionRecord) -> str:
    """Where it stands, and whether a run thought of it."""
    stands = _STANDS.get(session.state, session.state.value)
    if session.origin is Origin.MANUAL:
        return stands
    return "Auto-scheduled" if session.state is SessionState.SCHEDULED else f"{stands} (Auto)"


def _asked(session: SessionRecord) -> str:
    """By when a session is wanted that has no time yet, or never had one."""
    if session.has_time or session.wanted_on is None:
        return ""
    return f"wanted by {session.wanted_on:%a} {session.wanted_on.day} {session.wanted_on:%b %Y}"


def _event(event: EventRecord) -> str:
    """How far an event is; why, where that is somebody's business."""
    where = f"the {event.whose}'s {event.provider.label}"
    if event.undelivered and event.delivery is Delivery.PENDING:
        said = f"undelivered for more than a day to {where}" if event.wanted else f"still not removed from {where}"
    else:
        said = f"{_DELIVERY[event.delivery, event.wanted]} {where}"
    return f"{said} ({event.reason})" if event.reason else said


def _held(session: SessionRecord) -> list[str]:
    """Until when the time is held, on the coach's clock."""
    if session.held_until is None:
        return []
    until = session.held_until.astimezone(zone(session.timezone))
    return [f"until {until:%a} {until.day} {until:%b %H:%M}"]

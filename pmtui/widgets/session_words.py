"""How coaching sessions are written: state by glyph and word, times in the coach's zone, and every detail in lines."""

from datetime import datetime, timedelta

from pmtui.backend.coaching.records import EventRecord, SearchRecord, SessionRecord
from pmtui.backend.coaching.words import untold
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.values import CalendarState, PartyName
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Attention, Delivery, Origin, SessionState
from pmtui.widgets.moments import zone_now

STATES = {
    SessionState.REQUESTED: "? Requested",
    SessionState.HELD: "? Approval Required",
    SessionState.APPROVING: "~ Approving",
    SessionState.SCHEDULED: "● Scheduled",
    SessionState.DONE: "✓ Done",
    SessionState.MISSED: "- Missed",
    SessionState.CANCELLED: "x Cancelled",
    SessionState.REJECTED: "x Rejected",
    SessionState.EXPIRED: "x Expired",
}
CALENDARS = {
    CalendarState.NONE: "no calendar",
    CalendarState.WFM: "WFM",
    CalendarState.GOOGLE: "Google",
    CalendarState.OUTLOOK: "Outlook",
}
_ATTENTION = {
    Attention.COACH_GONE: "The coach is gone.",
    Attention.AGENT_GONE: "The agent is gone.",
    Attention.CALENDAR_CHANGED: "A calendar changed.",
    Attention.EVENT_CHANGED: "The entry in the calendar was moved or deleted.",
    Attention.APPROVAL_REFUSED: "It could not be approved.",
}
_DELIVERY = {
    (Delivery.PENDING, True): "~ being written",
    (Delivery.DELIVERED, True): "✓ in the calendar",
    (Delivery.PENDING, False): "~ being removed",
    (Delivery.DELIVERED, False): "✓ removed",
    (Delivery.REFUSED, True): "! the calendar does not take it",
    (Delivery.REFUSED, False): "! could not be removed",
    (Delivery.LEFT_BEHIND, True): "! left behind: no longer connected",
    (Delivery.LEFT_BEHIND, False): "! left behind: no longer connected",
}


def needs_attention(session: SessionRecord) -> bool:
    """Whether somebody has to look at it; what is over needs nobody."""
    return session.attention is not None and session.state.live


def attention(session: SessionRecord) -> str:
    """Why somebody has to look, in sentences; empty where nobody has to."""
    if session.attention is None or not session.state.live:
        return ""
    return f"{_ATTENTION[session.attention]} {session.attention_details}".rstrip()


def state(session: SessionRecord) -> str:
    """Glyph and word; `Auto` where Auto Coaching thought of it; `!` as the glyph where somebody has to look."""
    glyph, word = STATES[session.state].split(" ", 1)
    if session.origin is Origin.AUTO:
        word = "Auto-scheduled" if session.state is SessionState.SCHEDULED else f"{word} · Auto"
    return f"{'!' if needs_attention(session) else glyph} {word}"


def day_and_time(at: datetime, timezone: str, clock24: bool = True) -> str:
    """`Mon 23 Nov 09:00`."""
    local = at.astimezone(zone(timezone))
    return f"{local:%a} {local.day:>2} {local:%b} {time_text(local, clock24)}"


def when(session: SessionRecord, clock24: bool = True) -> str:
    """When it begins; by when it is wanted, where it has no time."""
    if not session.has_time and session.wanted_on is not None:
        return f"by {session.wanted_on:%a} {session.wanted_on.day} {session.wanted_on:%b}"
    return day_and_time(session.starts_at, session.timezone, clock24)


def stretch(starts_at: datetime, ends_at: datetime, timezone: str, clock24: bool = True) -> str:
    """`Mon 23 Nov 09:00-09:30`."""
    return f"{day_and_time(starts_at, timezone, clock24)}-{time_text(ends_at.astimezone(zone(timezone)), clock24)}"


def best_new(found: SearchRecord, key: str, clock24: bool = True) -> str:
    """The best time a session could move to and the key for it, or that there is none."""
    if found.best_at is None:
        return f"No other time was found in the next {found.days} days. {found.helps}".rstrip()
    best = stretch(found.best_at, found.best_at + timedelta(minutes=found.minutes), found.timezone, clock24)
    why = f": {found.best_why}" if found.best_why else ""
    return f"{key} moves it to {best}, the best new time{why}." if key else f"{best} is the best new time{why}."


def details(session: SessionRecord, clock24: bool = True, file_key: str = "") -> tuple[str, ...]:
    """Everything about a session, a line each; `file_key` is the key that saves it as a calendar file."""
    lines = [
        session.title,
        state(session),
        *_time(session, clock24),
        f"Coach  {session.coach}{f' ({session.team})' if session.team else ''}",
        f"Agent  {session.agent}",
        f"Code   {session.code}",
    ]
    if session.reason:
        lines.append(f"Why    {session.reason}")
    if why := attention(session):
        lines.append(f"! {why}")
    if session.overruled:
        lines.append(f"Booked anyway: {', '.join(session.overruled)}")
    if session.state is SessionState.HELD and session.held_until is not None:
        lines.append(f"The time is held until {day_and_time(session.held_until, session.timezone, clock24)}.")
    lines.extend(_event(session, event) for event in session.events)
    if told := untold(session):
        lines.append(f"{told} {file_key} saves it as a calendar file (.ics)." if file_key else told)
    return tuple(lines)


def _time(session: SessionRecord, clock24: bool) -> tuple[str, ...]:
    if not session.has_time:
        yet = "no time is held for it yet" if session.state is SessionState.REQUESTED else "it never had a time"
        return (f"Wanted {when(session)}; {yet}.",)
    return (
        stretch(session.starts_at, session.ends_at, session.timezone, clock24),
        zone_now(session.timezone, session.starts_at),
    )


def _event(session: SessionRecord, event: EventRecord) -> str:
    who = session.coach if event.whose is PartyName.COACH else session.agent
    return f"{who}, {event.provider.label}: {_DELIVERY[event.delivery, event.wanted]}"

"""Why a time can't be booked, in sentences. Standard library only: screens load it too."""

from collections.abc import Iterable
from datetime import datetime

from pmtui.backend.coaching import reason_keys
from pmtui.backend.coaching.records import SearchRecord, SessionRecord
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.values import CalendarState, Impact, PartyName, Reason, ReasonCode
from pmtui.backend.slots.words import REMOVED, layer
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Delivery, SessionState
from pmtui.backend.sync.words import reason as reason_of

_SYSTEM = {
    CalendarState.NONE: "no",
    CalendarState.WFM: "WFM",
    CalendarState.GOOGLE: "Google",
    CalendarState.OUTLOOK: "Outlook",
}

_RULE = {
    CalendarState.NONE: "no calendar",
    CalendarState.WFM: "WFM schedule",
    CalendarState.GOOGLE: "Google calendar and availability",
    CalendarState.OUTLOOK: "Outlook calendar and availability",
}

_HOLDS = frozenset({Delivery.PENDING, Delivery.DELIVERED})
_NOBODYS = frozenset({ReasonCode.OUTSIDE_DEFAULT_HOURS, ReasonCode.NOTICE, ReasonCode.HORIZON})
"""Reasons that only count as the coach's."""
_NEVER_READ = "never_read"

NOT_THAT = "It may not be what was overruled before."
"""Said after a reason of a kind that was overruled, where it is about something else or more."""


def rule(coach: str, coach_calendar: CalendarState, agent: str, agent_calendar: CalendarState, tenant_zone: str) -> str:
    """What decides about this pair's time, in a line."""
    if coach_calendar == agent_calendar == CalendarState.NONE:
        return f"Neither has a calendar connected: Mon-Fri 9 to 5, {tenant_zone}"
    return f"{coach}: {_RULE[coach_calendar]} · {agent}: {_RULE[agent_calendar]}"


def unknown(name: str, calendar: CalendarState, since_at: datetime | None, why: str, now: datetime, clock: str) -> str:
    """Which calendar can't be read, since when (on the clock of the zone `clock`) and why, as a sentence.

    `why` is a connection's error code, or `never_read` or `too_old`.
    """
    system = "WFM schedule" if calendar is CalendarState.WFM else f"{_SYSTEM[calendar]} calendar"
    if since_at is None or why == _NEVER_READ:
        return f"{name}'s {system} has not been read yet."
    reason = reason_of(why)
    return f"{name}'s {system} can't be read since {moment(since_at, now, clock)}{f' ({reason})' if reason else ''}."


def reason_in_words(reason: Reason, name: str, calendar: CalendarState, tenant_zone: str) -> str:
    """One reason of the person called `name`, as a sentence. An unknown calendar is `unknown`'s to put into words."""
    match reason.code:
        case ReasonCode.CALENDAR_UNKNOWN:
            return f"{name}'s {_SYSTEM[calendar]} calendar has not been read that far."
        case ReasonCode.AVAILABILITY_NOT_SET:
            return f"{name} has not set an availability yet."
        case ReasonCode.OUTSIDE_DEFAULT_HOURS:
            return f"It is outside the default hours, Mon-Fri 9 to 5, {tenant_zone}."
        case ReasonCode.OUTSIDE_AVAILABILITY:
            return f"It is outside {name}'s availability."
        case ReasonCode.OUTSIDE_SCHEDULE:
            return f"{name} is not scheduled then."
        case ReasonCode.NOT_OVERWRITABLE:
            return f"{name} has {layer(reason.activity)} in the WFM schedule then."
        case ReasonCode.BUSY:
            return f"{name} is busy in {_SYSTEM[calendar]} then."
        case ReasonCode.OWN_SESSION:
            return f"{name} has another coaching session then."
        case ReasonCode.LIMIT:
            return f"{name} has enough sessions already."
        case _:
            return f"For {name} it is {REMOVED[reason.code]}."


def no_time(found: SearchRecord) -> tuple[str, ...]:
    """Why a search found nothing, in lines: that it did, how many starts each reason took away, and what would help."""
    when = f"in the next {found.days} days" if found.days > 1 else "until tomorrow" if found.days else "today"
    removed = [f"  {line}" for line in removed_in_words(found.reasons)]
    why = "Starts that are ruled out:" if removed else "No start is left to look at before the last day ends."
    return (f"There is no time to offer {when}. {why}", *removed, *([found.helps] if found.helps else []))


def overruled(key: str, coach: str, agent: str) -> str:
    """What was overruled when a time was booked anyway, as `busy (Dana)`. `key` is as `reason_keys` writes it."""
    known = reason_keys.read(key)
    if known.code not in REMOVED:
        return "not one of the starts that are looked at"
    if known.code in _NOBODYS:
        return REMOVED[ReasonCode(known.code)]
    said = f"{layer(known.activity)} in the WFM schedule" if known.activity else REMOVED[ReasonCode(known.code)]
    return f"{said} ({agent if known.party == PartyName.AGENT else coach})"


_STAFFED = {
    Impact.GOOD: "good for staffing: even without the agent, more of the team are there than are needed",
    Impact.NEUTRAL: "neutral for staffing: without the agent, just as many of the team are there as are needed",
    Impact.POOR: "poor for staffing: without the agent, fewer of the team are there than are needed, or nobody knows",
}


def staffed(impact: Impact | None) -> str:
    """What a session there does to the staffing of the agent's team, and why; nothing where nobody said."""
    return "" if impact is None else _STAFFED[impact]


def removed_in_words(reasons: Iterable[tuple[ReasonCode, int]]) -> tuple[str, ...]:
    """How many starts each reason took away, the most first: `1,235: outside the availability`."""
    return tuple(f"{count:,}: {REMOVED[code]}" for code, count in sorted(reasons, key=lambda row: -row[1]))


def untold(session: SessionRecord) -> str:
    """Who has to tell the agent, of a scheduled session that no calendar tells the agent of; empty otherwise."""
    holds = {event.whose for event in session.events if event.wanted and event.delivery in _HOLDS}
    if session.state is not SessionState.SCHEDULED or PartyName.AGENT in holds:
        return ""
    where = f"Not on {session.agent}'s calendar" if holds else "On nobody's calendar"
    return f"{where}: tell {session.agent} yourself."


def best_new_time(at: datetime | None, clock: str) -> str:
    """The best other start of a session, as a sentence on the clock of the zone; nothing where there is none."""
    if at is None:
        return ""
    local = at.astimezone(zone(clock))
    return f"The best new time is {local:%a} {local.day} {local:%b} {time_text(local)}."


def moment(at: datetime, now: datetime, clock: str, clock24: bool = True) -> str:
    """`14:05` today, `3 Nov 14:05` on another day, on the clock of the zone `clock`."""
    local, today = at.astimezone(zone(clock)), now.astimezone(zone(clock)).date()
    text = time_text(local, clock24)
    return text if local.date() == today else f"{local.day} {local:%b} {text}"

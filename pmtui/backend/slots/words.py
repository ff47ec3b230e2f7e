"""Reasons and explanations in words, for the app and the command line. Standard library only."""

from collections.abc import Iterable, Mapping

from pmtui.backend.slots.case import Case
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.explain import Change, ChangeKind, Period, Stretch, Verdict
from pmtui.backend.slots.people import WITH_AVAILABILITY, home_zone
from pmtui.backend.slots.values import Answer, CalendarState, Party, PartyName, ReasonCode, Search
from pmtui.backend.slots.zones import local_datetime

Names = Mapping[PartyName, str]

NAMES: Names = {PartyName.COACH: "the coach", PartyName.AGENT: "the agent"}
"""What the two are called where nobody knows their names."""

REMOVED = {
    ReasonCode.CALENDAR_UNKNOWN: "the calendar can't be read",
    ReasonCode.AVAILABILITY_NOT_SET: "no availability set",
    ReasonCode.OUTSIDE_DEFAULT_HOURS: "outside the default hours",
    ReasonCode.OUTSIDE_AVAILABILITY: "outside the availability",
    ReasonCode.OUTSIDE_SCHEDULE: "outside the WFM schedule",
    ReasonCode.NOT_OVERWRITABLE: "a break, an absence or a meeting in the WFM schedule",
    ReasonCode.BUSY: "busy",
    ReasonCode.OWN_SESSION: "another coaching session",
    ReasonCode.BUFFER: "too close to something else",
    ReasonCode.NOTICE: "too soon",
    ReasonCode.HORIZON: "too far ahead",
    ReasonCode.LIMIT: "enough sessions already",
}
"""Each reason in a few words, to be counted."""

_STANDS = {
    ReasonCode.CALENDAR_UNKNOWN: "{whose} calendar is not known then",
    ReasonCode.AVAILABILITY_NOT_SET: "{who} has not set an availability",
    ReasonCode.OUTSIDE_DEFAULT_HOURS: "it is outside the default hours, Mon-Fri 9 to 5, {tenant}",
    ReasonCode.OUTSIDE_AVAILABILITY: "it is outside {whose} availability",
    ReasonCode.OUTSIDE_SCHEDULE: "{who} is not scheduled",
    ReasonCode.NOT_OVERWRITABLE: "{who} has {activity} in the WFM schedule",
    ReasonCode.BUSY: "{who} is busy",
    ReasonCode.OWN_SESSION: "{who} has another coaching session",
    ReasonCode.BUFFER: "it is too close to something else of {who}",
    ReasonCode.NOTICE: "that is too soon: {notice} of notice are asked for",
    ReasonCode.HORIZON: "that is more than {days} ahead",
    ReasonCode.LIMIT: "{who} has {limits} already",
}


def layer(activity: str) -> str:
    """What stands in a WFM schedule, with its article."""
    if activity in ("", "absence"):
        return "an absence" if activity else "something fixed"
    return "a meeting" if activity == "meeting" else activity


def clock(zone: str, minute: int, clock24: bool = True) -> str:
    """`Mon 1 Mar 10:15` on the zone's clock; with its offset where the clock shows that time twice."""
    return f"{_day(zone, minute)} {_time(zone, minute, clock24)}"


def removed_in_words(removed: Iterable[tuple[PartyName, ReasonCode, int]], names: Names = NAMES) -> tuple[str, ...]:
    """How many starts each reason of each party took away, the most first, as in `95: busy (the coach)`."""
    rows = sorted(removed, key=lambda row: -row[2])
    return tuple(f"{count:,}: {REMOVED[code]} ({names[party]})" for party, code, count in rows)


def verdict_in_words(
    found: Verdict, search: Search, coach: Party, agent: Party, names: Names = NAMES
) -> tuple[str, ...]:
    """Whether the start is offered, and if not, what stands against it: a line for each thing."""
    zone = home_zone(coach)
    start = clock(zone, found.start)
    if found.offered:
        return (f"{start} is offered.",)
    if not found.inside:
        return (f"{start} is not offered: a session there does not lie inside the time that was searched.",)
    lines = [f"{start} is not offered, {zone} time:"]
    if not found.on_grid:
        lines.append(f"  it is not one of the starts looked at, every {spell(search.step)} on the coach's clock")
    lines += [f"  {_stretch(one, zone, search, names)}" for one in found.stretches]
    return tuple(lines)


def change_in_words(
    change: Change | None, search: Search, coach: Party, agent: Party, names: Names = NAMES, clock24: bool = True
) -> str:
    """The one change that would give a first start, as a sentence; or that no single one would."""
    if change is None:
        unknown = [names[name] for name, party in zip(PartyName, (coach, agent), strict=True) if party.unknown]
        if unknown:
            return _capital(f"nothing can be offered until the calendar of {' and '.join(unknown)} is read again.")
        return "No single change would give a start."
    zone = home_zone(coach)
    text = _capital(_change(change, search, (coach, agent), zone, names, clock24))
    return f"{text}: {clock(zone, change.slot, clock24)} is free then."


def explained(
    case: Case, answer: Answer, helps: Change | None, names: Names = NAMES, clock24: bool = True
) -> tuple[str, ...]:
    """What a search found, why the other starts are not offered, and, if it found none, which change would help."""
    search, coach, agent = case.search, case.coach, case.agent
    zone = home_zone(coach)
    first, last = (clock(zone, minute, clock24) for minute in search.window)
    lines = [f"{search.minutes} minutes from {first} to {last}, {zone} time. {answer.rule}."]
    if answer.slots:
        count = len(answer.slots)
        from_then = f"from {clock(zone, answer.slots[0], clock24)} on."
        lines.append(f"{count:,} start{' is' if count == 1 else 's are'} offered, {from_then}")
    else:
        lines.append("There is no time to offer.")
    removed = removed_in_words(answer.removed, names)
    if removed:
        lines += ["Starts that are ruled out, each by its first reason:", *(f"  {line}" for line in removed)]
    elif not answer.slots:
        lines.append("No start could be looked at: no session fits into the window from a start on the grid.")
    if not answer.slots:
        lines.append(change_in_words(helps, search, coach, agent, names, clock24))
    return tuple(lines)


def _change(
    change: Change, search: Search, parties: tuple[Party, Party], zone: str, names: Names, clock24: bool
) -> str:
    match change.kind:
        case ChangeKind.LOOK_FURTHER:
            return f"look {_count(change.value, 'day')} ahead instead of {search.horizon_days}"
        case ChangeKind.SHORTER_NOTICE:
            return f"ask for {spell(change.value)} of notice instead of {spell(search.notice)}"
        case ChangeKind.NO_BUFFERS:
            return "leave out the buffers"
        case ChangeKind.RAISE_LIMIT:
            who = names[change.party or PartyName.COACH]
            return f"allow {who} {_count(change.value, 'session')} a {change.period} instead of {change.value - 1}"
        case ChangeKind.OPEN_HOURS:
            party = parties[change.party is PartyName.AGENT]
            hours = " and ".join(
                f"{_day(zone, start)} {_range(zone, start, end, clock24)}" for start, end in change.hours
            )
            who = names[change.party or PartyName.COACH]
            if party.calendar in WITH_AVAILABILITY:
                return f"add {hours} to {_whose(who)} availability"
            if party.calendar is CalendarState.WFM:
                return f"add {hours} to {_whose(who)} WFM schedule"
            return f"add {hours} to the default hours"


def _stretch(one: Stretch, zone: str, search: Search, names: Names) -> str:
    who = names[one.reason.party]
    limits = search.coach_limits if one.reason.party is PartyName.COACH else search.agent_limits
    figures = ((limits.day, Period.DAY), (limits.week, Period.WEEK))
    text = _STANDS[one.reason.code].format(
        who=who,
        whose=_whose(who),
        tenant=search.tenant_timezone,
        activity=layer(one.reason.activity),
        notice=spell(search.notice),
        days=_count(search.horizon_days or 0, "day"),
        limits=" or ".join(f"{_count(value, 'session')} a {period}" for value, period in figures if value),
    )
    return f"{_range(zone, one.start, one.end)}  {text}"


def _whose(who: str) -> str:
    return f"{who}'s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def spell(minutes: int) -> str:
    """Minutes in words: `2 hours 15 minutes`."""
    hours, rest = divmod(minutes, 60)
    parts = [_count(hours, "hour")] if hours else []
    return " ".join([*parts, _count(rest, "minute")] if rest or not hours else parts)


def _day(zone: str, minute: int) -> str:
    local = local_datetime(zone, minute)
    return f"{local:%a} {local.day} {local:%b}"


def _time(zone: str, minute: int, clock24: bool = True) -> str:
    local = local_datetime(zone, minute)
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{time_text(local, clock24)}{local.isoformat()[-6:] if twice else ''}"


def _range(zone: str, start: int, end: int, clock24: bool = True) -> str:
    return f"{_time(zone, start, clock24)}-{_time(zone, end, clock24)}"

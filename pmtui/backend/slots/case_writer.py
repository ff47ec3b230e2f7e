"""Case files out of the engine's own values: what `case.read_case` reads back with the same answer."""

from typing import Any

from pmtui.backend.slots.case import DAYS, Case, shown_instant
from pmtui.backend.slots.people import WITH_AVAILABILITY
from pmtui.backend.slots.values import CalendarState, Hours, Limits, Party, PartyName, Search, Span, SpanKind, Week

Interval = tuple[int, int]


def document(case: Case) -> dict[str, Any]:
    """The case as JSON types. Nothing in it names anybody: engine values hold no names."""
    search = case.search
    seconds = 1 if search.now_passed else 0
    sessions = {s for party in (case.coach, case.agent) for s in (*party.sessions, *party.elsewhere)}
    return {
        "version": 1,
        **({} if case.id is None else {"id": case.id}),
        "window": _interval(search.window),
        "now": shown_instant(search.now, seconds),
        "tenant": {"timezone": search.tenant_timezone},
        "session": {
            "minutes": search.minutes,
            "step": search.step,
            "buffer_before": search.buffer_before,
            "buffer_after": search.buffer_after,
            "notice": search.notice,
            "horizon_days": search.horizon_days,
        },
        "limits": {"coach": _limits(search.coach_limits), "agent": _limits(search.agent_limits)},
        **({"ignore": _interval(search.ignore)} if search.ignore in sessions and search.ignore else {}),
        **({} if search.staffing is None else {"staffing": _staffing(search)}),
        "coach": _party(PartyName.COACH, PartyName.AGENT, case.coach),
        "agent": _party(PartyName.AGENT, PartyName.COACH, case.agent),
    }


def _party(role: PartyName, other: PartyName, party: Party) -> dict[str, Any]:
    written: dict[str, Any] = {"calendar": party.calendar.value, "timezone": party.timezone}
    if party.unknown:
        written["unknown"] = True
    if party.known is not None and party.calendar is not CalendarState.NONE:
        written["known"] = _interval(party.known)
    if party.calendar in WITH_AVAILABILITY:
        if party.week is not None:
            written["availability"] = _availability(party.week)
        written["busy"] = [_interval((s.start, s.end)) for s in party.spans if s.kind is SpanKind.BUSY]
    elif party.calendar is CalendarState.WFM:
        written["shifts"] = [_shift(span) for span in party.spans if span.kind is not SpanKind.BUSY]
    sessions: list[tuple[Interval, dict[str, str]]] = [(own, {}) for own in party.sessions] + [
        (own, {"role": other.value}) for own in party.elsewhere
    ]
    written["sessions"] = [{**_interval(own), **named} for own, named in sorted(sessions, key=lambda row: row[0])]
    return written


def _availability(week: Week) -> dict[str, Any]:
    by_hours: dict[Hours, list[str]] = {}
    for day, hours in zip(DAYS, week.days, strict=True):
        for row in hours:
            by_hours.setdefault(row, []).append(day)
    return {
        "timezone": week.timezone,
        "weekly": [{"days": days, **_hours(row)} for row, days in by_hours.items()],
        "overrides": [{"date": day.isoformat(), "hours": list(map(_hours, rows))} for day, rows in week.overrides],
    }


def _hours(row: Hours) -> dict[str, str]:
    return {"start": _clock(row.start), "end": _clock(row.end)}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _shift(span: Span) -> dict[str, Any]:
    named = {"activity": span.activity} if span.activity else {}
    return {**_interval((span.start, span.end)), **named, "overwritable": span.kind is SpanKind.OPEN}


def _limits(limits: Limits) -> dict[str, int]:
    return {"day": limits.day, "week": limits.week}


def _staffing(search: Search) -> list[dict[str, Any]]:
    return [
        {**_interval((row.start, row.end)), "staff": row.staff, "forecast": row.forecast}
        for row in search.staffing or ()
    ]


def _interval(interval: Interval) -> dict[str, str]:
    start, end = interval
    return {"start": shown_instant(start), "end": shown_instant(end)}

"""What the availability editor says: which hours count, what fills them, why nothing is found, what changed."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

from pmtui.backend.availability import shown
from pmtui.backend.availability.hours import DAY_NAMES, format_day, weekdays_from
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord, KeptDraft
from pmtui.backend.slots.values import CalendarState, ReasonCode, SpanKind, Week
from pmtui.backend.slots.words import REMOVED
from pmtui.backend.states import Provider
from pmtui.widgets.moments import ago, moment
from pmtui.widgets.week_picture import BusyTime

NO_TIME = "Auto Coaching will find no time for you."
LOCKED = {
    CalendarState.NONE: "No calendar is connected: these default hours count",
    CalendarState.WFM: "Your WFM schedule counts: it is changed in WFM",
}


def calendar_name(record: AvailabilityRecord) -> str:
    """`Outlook`; empty without a calendar."""
    return "" if record.calendar is CalendarState.NONE else Provider(record.calendar.value).label


def freshness(record: AvailabilityRecord, busy: BusyRecord, now: datetime) -> str:
    """`Outlook, read 2 min ago`; empty without a calendar."""
    read = f"read {ago(busy.read_at, now)}" if busy.read_at else "not read yet"
    return f"{calendar_name(record)}, {read}" if calendar_name(record) else ""


def busy_times(
    record: AvailabilityRecord, busy: BusyRecord, zone_name: str, first: date
) -> tuple[tuple[BusyTime, ...], ...]:
    """What fills each weekday (0 is Monday) of the seven days from `first`: the calendar's events and own sessions."""
    events = [(span.start, span.end) for span in busy.spans if span.kind is not SpanKind.OPEN]
    days: list[list[BusyTime]] = [[] for _ in range(7)]
    for spans, why in (
        (events, f"busy in {calendar_name(record)} this week"),
        (busy.sessions, "a coaching session stands there this week"),
    ):
        for day, stretches in enumerate(shown.laid_out(zone_name, first, spans)):
            days[day] += (BusyTime(start, end, why) for start, end in stretches)
    by_weekday = (days[(weekday - first.weekday()) % 7] for weekday in range(7))
    return tuple(tuple(sorted(day, key=lambda taken: taken.start)) for day in by_weekday)


def why_nothing(record: AvailabilityRecord, busy: BusyRecord, found: shown.Starts, week: Week, now: datetime) -> str:
    """Why the preview is empty; empty when it is not."""
    if found.total:
        return ""
    if found.unread:
        read = f"was last read {ago(busy.read_at, now)}" if busy.read_at else "has not been read yet"
        return f"! {calendar_name(record)} {read}: you get no sessions until it is."
    if record.calendar in shown.EDITABLE and not week.minutes:
        return f"! {NO_TIME}"
    return "Nothing in this week; > shows the next."


def not_offered(missed: Iterable[tuple[ReasonCode, int]]) -> str:
    """Why starts inside the open hours are not offered: `Not offered: 6 busy, 2 too soon`; empty if all are."""
    counted = ", ".join(f"{count} {REMOVED[code]}" for code, count in missed)
    return f"Not offered: {counted}" if counted else ""


def kept_at(kept: KeptDraft, zone_name: str, now: datetime, clock24: bool = True) -> str:
    """When the edits were made that were left behind."""
    return f"They are from {moment(kept.kept_at, zone_name, now, clock24)}:"


def saved_by(record: AvailabilityRecord, zone_name: str, now: datetime, clock24: bool = True) -> str:
    """Who saved the week that stands there now, and when."""
    if record.saved_at is None:
        return ""
    return f"{record.saved_by or 'Somebody'} saved it at {moment(record.saved_at, zone_name, now, clock24)}."


def changes(saved: Week, edited: Week, clock24: bool = True, first_day: int = 0) -> tuple[str, ...]:
    """What differs from the saved week, a line a day: `Fri  9-17 -> 9-12:30`."""
    written = partial(format_day, clock24=clock24)
    lines = [
        f"{DAY_NAMES[day]}  {written(saved.days[day])} -> {written(edited.days[day])}"
        for day in weekdays_from(first_day)
        if saved.days[day] != edited.days[day]
    ]
    if saved.timezone != edited.timezone:
        lines.append(f"Zone  {saved.timezone} -> {edited.timezone}")
    before, after = dict(saved.overrides), dict(edited.overrides)
    for on in sorted({*before, *after}):
        if before.get(on) != after.get(on):
            old, new = ("as weekly" if h is None else written(h) for h in (before.get(on), after.get(on)))
            lines.append(f"{on.isoformat()}  {old} -> {new}")
    return tuple(lines)

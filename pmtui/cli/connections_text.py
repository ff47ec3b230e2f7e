"""Connections as text: a table of at most 80 columns, sentences for screen readers, one person, a test reading."""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Delivery, Provider
from pmtui.backend.support import words

if TYPE_CHECKING:
    from pmtui.backend.support.records import (
        AlarmRecord,
        AuditRecord,
        ConnectionsPage,
        EventRecord,
        FiguresRecord,
        PersonDetail,
        PersonRecord,
        ReadingRecord,
    )

WIDTH = 80
_COLUMNS = (24, 21, 8, 12, 6, 4)  # name, state, calendar, last read, hours, sessions


def page(shown: "ConnectionsPage") -> str:
    """The list as a table, with why under whoever it concerns."""
    lines = [*_summary(shown), ""]
    if shown.people:
        lines.append(_row("Name", "State", "Calendar", "Last read", "Hours", "Sess"))
        for person in shown.people:
            lines += _person_rows(person, shown.now, shown.timezone)
    else:
        lines.append("Nobody is like that.")
    lines += ["", *_figures(shown.figures, shown.now, shown.timezone)]
    return "\n".join(line.rstrip() for line in lines)


def page_plain(shown: "ConnectionsPage") -> str:
    """The list a sentence at a time."""
    lines = [*_summary(shown)]
    for person in shown.people:
        lines.append(f"{person.name}, {person.email}: {words.LABELS[person.state]}.")
        lines += [f"  {sentence}" for sentence in _about(person, shown.now, shown.timezone)]
    lines += _figures(shown.figures, shown.now, shown.timezone)
    return "\n".join(lines)


def detail(shown: "PersonDetail") -> str:
    """One person."""
    person, clock = shown.person, shown.shown_timezone
    lines = [f"{person.name}, {person.email}: {words.LABELS[person.state]}"]
    lines += [f"  {sentence}" for sentence in _about(person, shown.now, clock)]
    if shown.ended is not None:
        lines.append(
            f"  The {words.calendar(shown.ended.provider)} ({shown.ended.account}) was disconnected"
            f" {words.ended(shown.ended.why)} on {moment(shown.ended.ended_at, clock)}."
        )
    lines += [f"  {_event(event, clock)}" for event in shown.events]
    if shown.history:
        lines += ["", f"History (times in {clock}), the newest first"]
        lines += [f"  {entry_line(entry, clock, about=False)}" for entry in shown.history]
    return "\n".join(lines)


def tested(result: "ReadingRecord") -> str:
    """A test reading that worked."""
    return f"{result.name}'s {words.calendar(result.provider)} was read just now: it can be read."


def entry_line(entry: "AuditRecord", clock: str, *, about: bool = True) -> str:
    """One audit entry on a line."""
    by = "" if entry.actor == entry.about else f" ({entry.actor}, {words.surface(entry.surface)})"
    if entry.actor == words.surface(entry.surface):
        by = f" ({entry.actor})"
    whom = f"{entry.about}: " if about or entry.about_email is None else ""
    return f"{moment(entry.at, clock)}  {whom}{entry.said}{by}"


def moment(at: datetime, clock: str) -> str:
    """`24 Nov 14:05`, on the clock of that zone."""
    local = at.astimezone(zone(clock))
    return f"{local.day:2} {local:%b %H:%M}"


def _summary(shown: "ConnectionsPage") -> list[str]:
    counts = ", ".join(f"{count:,} {words.LABELS[state]}" for state, count in shown.counts)
    total = sum(count for _, count in shown.counts)
    many = "person" if total == 1 else "people"
    lines = _wrapped(f"{total:,} {many}: {counts}. Times in {shown.timezone}." if counts else "There is nobody.", "")
    if len(shown.people) != total:
        lines.append(f"{len(shown.people):,} of them shown.")
    waits = words.approval_waits(shown.approval, shown.timezone) if shown.approval is not None else None
    if waits is not None:
        lines += _wrapped(waits.said, "")
    return [*lines, *(line for alarm in shown.alarms for line in _alarm(alarm, shown.timezone))]


def _alarm(alarm: "AlarmRecord", clock: str) -> list[str]:
    since = f" Since {moment(alarm.since_at, clock).strip()}." if alarm.since_at is not None else ""
    people = f" {alarm.people:,} {'person' if alarm.people == 1 else 'people'}." if alarm.people else ""
    return _wrapped(f"ALARM: {alarm.said}{since}{people} {alarm.next_step}", "")


def _person_rows(person: "PersonRecord", now: datetime, clock: str) -> Iterator[str]:
    hours = words.hours(person.weekly_minutes) if person.weekly_minutes is not None else "-"
    if person.provider is Provider.WFM:
        hours = "WFM"
    read = moment(person.last_read_at, clock) if person.last_read_at is not None else "-"
    calendar = person.provider.label if person.provider is not None else "-"
    state = words.LABELS[person.state]
    yield _row(person.name, state, calendar, read, hours, str(person.upcoming))
    sentences = [person.trouble.said, person.trouble.next_step] if person.trouble is not None else []
    if person.provider not in (None, Provider.WFM) and person.weekly_minutes is None:
        sentences.append(words.NO_AVAILABILITY)
    sentences += _events(person)
    if sentences:
        yield from _wrapped(f"{person.email}: {' '.join(sentences)}", "  ")


def _row(*cells: str) -> str:
    cut = (cell if len(cell) <= width else f"{cell[: width - 1]}…" for cell, width in zip(cells, _COLUMNS, strict=True))
    left = [f"{cell:<{width}}" for cell, width in zip(cut, _COLUMNS, strict=True)]
    return " ".join(left[:-2]) + f" {left[-2].strip():>{_COLUMNS[-2]}} {left[-1].strip():>{_COLUMNS[-1]}}"


def _about(person: "PersonRecord", now: datetime, clock: str) -> Iterator[str]:
    """Everything about one person, a sentence at a time."""
    if person.trouble is not None:
        since = f" Since {moment(person.trouble.since_at, clock).strip()}." if person.trouble.since_at else ""
        yield f"{person.trouble.said}{since} {person.trouble.next_step}"
    elif person.state in words.MEANINGS:
        yield words.MEANINGS[person.state]
    if person.provider is not None:
        yield f"Calendar: {words.calendar(person.provider)}, account {person.account}."
        yield f"{_last_read(person, clock)} {_next_read(person, now, clock)}"
    yield f"Time zone: {person.timezone}. {_hours(person)}"
    sessions = f"{person.upcoming:,} upcoming {'session' if person.upcoming == 1 else 'sessions'}."
    yield " ".join([sessions, *_events(person)])
    if person.teams:
        yield f"{'Team' if len(person.teams) == 1 else 'Teams'}: {', '.join(person.teams)}."


def _events(person: "PersonRecord") -> Iterator[str]:
    if person.undelivered:
        many = "event is" if person.undelivered == 1 else "events are"
        why = f": {'; '.join(person.undelivered_reasons)}" if person.undelivered_reasons else ""
        yield f"{person.undelivered:,} {many} undelivered{why}."
    if person.left_behind:
        many = "event is" if person.left_behind == 1 else "events are"
        yield f"{person.left_behind:,} {many} left behind in a calendar that is not connected any more."


def _last_read(person: "PersonRecord", clock: str) -> str:
    return f"Last read {moment(person.last_read_at, clock).strip()}." if person.last_read_at else "Never read."


def _next_read(person: "PersonRecord", now: datetime, clock: str) -> str:
    if person.being_read:
        return "It is being read now."
    if person.next_read_at is None:
        return "No reading is planned."
    due = "Due to be read since" if person.next_read_at <= now else "Next reading"
    return f"{due} {moment(person.next_read_at, clock).strip()}."


def _hours(person: "PersonRecord") -> str:
    if person.provider is Provider.WFM:
        return "The WFM schedule decides."
    if person.weekly_minutes is None:
        return words.NO_AVAILABILITY if person.provider is not None else "No availability is saved."
    return f"Available {words.hours(person.weekly_minutes)} hours a week."


def _event(event: "EventRecord", clock: str) -> str:
    what = f"Session {event.session} of {moment(event.starts_at, clock).strip()}"
    where = f"the {words.calendar(event.provider)}"
    since = moment(event.since_at, clock).strip()
    why = f": {event.reason}" if event.reason else ""
    if event.delivery is Delivery.LEFT_BEHIND:
        return f"{what}: its event is left behind in {where}, which is not connected any more."
    if event.delivery is Delivery.REFUSED:
        return f"{what}: refused by {where}{why}."
    done = "not written to" if event.wanted else "not removed from"
    return f"{what}: {done} {where} since {since}{why}."


def _figures(figures: "Iterable[FiguresRecord]", now: datetime, clock: str) -> Iterator[str]:
    """A line or two for each provider that was asked anything, or should have been."""
    for one in figures:
        if not (one.day.calls or one.reads_due or one.writes_waiting):
            continue
        said = f"{one.provider.label}: {_counted(one.hour.calls, one.hour.errors)} in the last hour"
        said += f", {_counted(one.day.calls, one.day.errors)} in the last day."
        if one.day.throttled:
            said += f" {one.day.throttled:,} times asked for fewer requests."
        if one.last_error_at is not None:
            said += f" Last error {moment(one.last_error_at, clock).strip()} ({one.last_error_code})."
        if one.reads_due:
            due = "reading is" if one.reads_due == 1 else "readings are"
            said += f" {one.reads_due:,} {due} due, the first for {_long(one.read_late_seconds)}."
        if one.oldest_write_at is not None:
            waits = int((now - one.oldest_write_at).total_seconds())
            wait = "event waits" if one.writes_waiting == 1 else "events wait"
            said += f" {one.writes_waiting:,} {wait} to be written, the first for {_long(waits)}."
        yield from _wrapped(said, "")


def _counted(calls: int, errors: int) -> str:
    return f"{calls:,} {'call' if calls == 1 else 'calls'}, {errors:,} {'error' if errors == 1 else 'errors'}"


def _long(seconds: int) -> str:
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"


def _wrapped(text: str, indent: str) -> list[str]:
    more = indent or "  "
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False)

"""One person's connection in sentences, and one audit entry on a line. Standard library only."""

from collections.abc import Iterator
from datetime import datetime

from pmtui.backend.states import Delivery, Provider
from pmtui.backend.support import words
from pmtui.backend.support.moments import moment
from pmtui.backend.support.records import (
    AuditRecord,
    EventRecord,
    ImportedRecord,
    PersonDetail,
    PersonRecord,
    ReadingRecord,
)

_FILE = "file"


def about(person: PersonRecord, now: datetime, clock: str, clock24: bool = True) -> Iterator[str]:
    """Everything about one person, a sentence at a time."""
    if person.trouble is not None:
        since = f" Since {moment(person.trouble.since_at, clock, clock24).strip()}." if person.trouble.since_at else ""
        yield f"{person.trouble.said}{since} {person.trouble.next_step}"
    elif person.state in words.MEANINGS:
        yield words.MEANINGS[person.state]
    if person.schedule is not None:
        yield imported(person.schedule, clock)
    if person.provider is not None:
        yield f"Calendar: {words.calendar(person.provider)}, account {person.account}."
        yield f"{_last_read(person, clock, clock24)} {_next_read(person, now, clock, clock24)}"
    yield f"Time zone: {person.timezone}. {_hours(person)}"
    sessions = f"{person.upcoming:,} upcoming {'session' if person.upcoming == 1 else 'sessions'}."
    yield " ".join([sessions, *events(person)])
    if person.teams:
        yield f"{'Team' if len(person.teams) == 1 else 'Teams'}: {', '.join(person.teams)}."


def imported(schedule: ImportedRecord, clock: str) -> str:
    """Where the times of somebody without a calendar come from."""
    at, until = moment(schedule.imported_at, clock).strip(), schedule.until_on
    return f"Schedule imported {at}, until {until.day} {until:%b}; it counts as one of the WFM does."


def calendar_cell(person: PersonRecord) -> str:
    """`Outlook`; `file` where a schedule was imported; `-` where nothing says when they can."""
    if person.provider is not None:
        return person.provider.label
    return _FILE if person.schedule is not None else "-"


def hours_cell(person: PersonRecord) -> str:
    """`28:30`; `WFM` or `file` where a schedule decides; `-` where none was saved."""
    if person.provider is Provider.WFM or (person.provider is None and person.schedule is not None):
        return calendar_cell(person)
    return words.hours(person.weekly_minutes) if person.weekly_minutes is not None else "-"


def read_at(person: PersonRecord) -> datetime | None:
    """When what their times come from was read last, or imported."""
    return person.schedule.imported_at if person.schedule is not None else person.last_read_at


def events(person: PersonRecord) -> Iterator[str]:
    """How many events are not as they should be, and why."""
    if person.undelivered:
        many = "event is" if person.undelivered == 1 else "events are"
        why = f": {'; '.join(person.undelivered_reasons)}" if person.undelivered_reasons else ""
        yield f"{person.undelivered:,} {many} undelivered{why}."
    if person.left_behind:
        many = "event is" if person.left_behind == 1 else "events are"
        yield f"{person.left_behind:,} {many} left behind in a calendar that is not connected any more."


def whole(shown: PersonDetail, clock24: bool = True) -> Iterator[str]:
    """Everything about one person but their history: `about`, the connection that ended last, events by name."""
    clock = shown.shown_timezone
    yield from about(shown.person, shown.now, clock, clock24)
    if shown.ended is not None:
        yield (
            f"The {words.calendar(shown.ended.provider)} ({shown.ended.account}) was disconnected"
            f" {words.ended(shown.ended.why)} on {moment(shown.ended.ended_at, clock, clock24).strip()}."
        )
    yield from (_event(event, clock, clock24) for event in shown.events)


def tested(result: ReadingRecord) -> str:
    """How a test reading went, that is over."""
    if result.trouble is not None:
        return f"{result.trouble.said} {result.trouble.next_step}"
    return f"{result.name}'s {words.calendar(result.provider)} was read just now: it can be read."


def _last_read(person: PersonRecord, clock: str, clock24: bool = True) -> str:
    return f"Last read {moment(person.last_read_at, clock, clock24).strip()}." if person.last_read_at else "Never read."


def _next_read(person: PersonRecord, now: datetime, clock: str, clock24: bool = True) -> str:
    if person.being_read:
        return "It is being read now."
    if person.next_read_at is None:
        return "No reading is planned."
    due = "Due to be read since" if person.next_read_at <= now else "Next reading"
    return f"{due} {moment(person.next_read_at, clock, clock24).strip()}."


def _hours(person: PersonRecord) -> str:
    if person.provider is Provider.WFM:
        return "The WFM schedule decides."
    if person.provider is None and person.schedule is not None:
        return "The imported schedule decides."
    if person.weekly_minutes is None:
        return words.NO_AVAILABILITY if person.provider is not None else "No availability is saved."
    return f"Available {words.hours(person.weekly_minutes)} hours a week."


def _event(event: EventRecord, clock: str, clock24: bool = True) -> str:
    what = f"Session {event.session} of {moment(event.starts_at, clock, clock24).strip()}"
    where = f"the {words.calendar(event.provider)}"
    since = moment(event.since_at, clock, clock24).strip()
    why = f": {event.reason}" if event.reason else ""
    if event.delivery is Delivery.LEFT_BEHIND:
        return f"{what}: its event is left behind in {where}, which is not connected any more."
    if event.delivery is Delivery.REFUSED:
        return f"{what}: refused by {where}{why}."
    done = "not written to" if event.wanted else "not removed from"
    return f"{what}: {done} {where} since {since}{why}."


def entry_lines(entry: AuditRecord, clock: str, clock24: bool = True) -> Iterator[str]:
    """One audit entry with everything that is kept of it."""
    yield entry.said
    yield f"When     {moment(entry.at, clock, clock24).strip()}, {clock}"
    who = (entry.actor, entry.actor_email, words.surface(entry.surface))
    yield f"Who      {', '.join(dict.fromkeys(part for part in who if part))}"
    email = f", {entry.about_email}" if entry.about_email else ""
    yield f"About    {entry.about}{email}"
    yield f"Kind     {entry.verb.value}"
    yield f"Outcome  {entry.outcome.value}"
    for name, value in sorted(entry.details.items()):
        yield f"{name.replace('_', ' ')}: {_detail(value)}"


def _detail(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_detail, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_detail(one)}" for key, one in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def entry_line(entry: AuditRecord, clock: str, clock24: bool = True, *, about: bool = True) -> str:
    """One audit entry on a line."""
    by = "" if entry.actor == entry.about else f" ({entry.actor}, {words.surface(entry.surface)})"
    if entry.actor == words.surface(entry.surface):
        by = f" ({entry.actor})"
    whom = f"{entry.about}: " if about or entry.about_email is None else ""
    return f"{moment(entry.at, clock, clock24)}  {whom}{entry.said}{by}"

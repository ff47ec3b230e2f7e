"""What stands above and under the list of connections, in sentences. Standard library only."""

from collections.abc import Iterator

from pmtui.backend.support import words
from pmtui.backend.support.moments import moment
from pmtui.backend.support.records import AlarmRecord, ConnectionsPage


def summary(shown: ConnectionsPage, clock24: bool = True) -> Iterator[str]:
    """How many people stand how, whether an approval is waited for, and the alarms."""
    counts = ", ".join(f"{count:,} {words.LABELS[state]}" for state, count in shown.counts)
    total = sum(count for _, count in shown.counts)
    many = "person" if total == 1 else "people"
    yield f"{total:,} {many}: {counts}. Times in {shown.timezone}." if counts else "There is nobody."
    if len(shown.people) != total:
        yield f"{len(shown.people):,} of them shown."
    waits = words.approval_waits(shown.approval, shown.timezone) if shown.approval is not None else None
    if waits is not None:
        yield waits.said
    yield from (_alarm(alarm, shown.timezone, clock24) for alarm in shown.alarms)


def figures(shown: ConnectionsPage, clock24: bool = True) -> Iterator[str]:
    """Some sentences on each provider that was asked anything, or should have been."""
    for one in shown.figures:
        if not (one.day.calls or one.reads_due or one.writes_waiting):
            continue
        said = f"{one.provider.label}: {_counted(one.hour.calls, one.hour.errors)} in the last hour"
        said += f", {_counted(one.day.calls, one.day.errors)} in the last day."
        if one.day.throttled:
            said += f" {one.day.throttled:,} times asked for fewer requests."
        if one.last_error_at is not None:
            said += f" Last error {moment(one.last_error_at, shown.timezone, clock24).strip()} ({one.last_error_code})."
        if one.reads_due:
            due = "reading is" if one.reads_due == 1 else "readings are"
            said += f" {one.reads_due:,} {due} due, the first for {_long(one.read_late_seconds)}."
        if one.oldest_write_at is not None:
            waits = int((shown.now - one.oldest_write_at).total_seconds())
            wait = "event waits" if one.writes_waiting == 1 else "events wait"
            said += f" {one.writes_waiting:,} {wait} to be written, the first for {_long(waits)}."
        yield said


def _counted(calls: int, errors: int) -> str:
    return f"{calls:,} {'call' if calls == 1 else 'calls'}, {errors:,} {'error' if errors == 1 else 'errors'}"


def _long(seconds: int) -> str:
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"


def _alarm(alarm: AlarmRecord, clock: str, clock24: bool) -> str:
    since = f" Since {moment(alarm.since_at, clock, clock24).strip()}." if alarm.since_at is not None else ""
    people = f" {alarm.people:,} {'person' if alarm.people == 1 else 'people'}." if alarm.people else ""
    return f"ALARM: {alarm.said}{since}{people} {alarm.next_step}"

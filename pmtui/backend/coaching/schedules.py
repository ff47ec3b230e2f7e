"""People's shifts, as files bring them, for whoever has no calendar connected: for administrators."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, TextIO

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, func, select
from sqlmodel import col

from pmtui.backend import csv_file
from pmtui.backend.actor import Actor
from pmtui.backend.coaching import schedule_rows
from pmtui.backend.coaching.records import ScheduleImportRecord
from pmtui.backend.coaching.schedule_rows import LayerRow, Minutes
from pmtui.backend.errors import BadInput
from pmtui.backend.people import access
from pmtui.backend.people.membership import alone
from pmtui.backend.slots.values import DAY_MINUTES, to_minute
from pmtui.backend.slots.zones import local_day, minute_at
from pmtui.backend.states import ADMINISTER, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.staging import staged
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import ImportedSchedule
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.facts import read_spans, write_spans

Changed = Callable[[Transaction, Collection[int]], None]
"""Told whose schedules are others now: their sessions are looked at again."""

_AT_ONCE = 500  # people whose schedules are written together
_KEPT = timedelta(days=8)
"""How long a schedule is kept once it is past: limits of sessions look back a week."""


@dataclass(frozen=True, slots=True)
class _File:
    """One import as it is checked: who may be in it, and what it may speak of."""

    columns: tuple[str, ...]
    people: Mapping[str, tuple[int, str]]
    clock: str
    now: int
    days: tuple[date | None, date | None]

    def row(self, cells: Sequence[str]) -> LayerRow:
        row = schedule_rows.parsed(dict(zip(self.columns, cells, strict=True)), self.people, self.now)
        if row.end:
            first, last = (None if day is None else minute_at(self.clock, day.toordinal(), 0) for day in self.days)
            if first is not None and row.end <= first:
                raise BadInput("outside", f"It ends before {self.days[0]}.", "", "end")
            if last is not None and row.start >= last + DAY_MINUTES:
                raise BadInput("outside", f"It starts after {self.days[1]}.", "", "start")
        return row


class Schedules:
    """Schedules of an organisation's people. A scoped administrator imports those of their people."""

    def __init__(self, database: Database, changed: Changed) -> None:
        self._database = database
        self._changed = changed

    def import_file(
        self,
        actor: Actor,
        file: TextIO,
        *,
        first: date | None = None,
        last: date | None = None,
        progress: csv_file.Progress = lambda rows: None,
    ) -> ScheduleImportRecord:
        """Take in a CSV file (which can be rewound) with the columns `schedule_rows.COLUMNS` and `OPTIONAL`.

        The file is all there is to know of its people from the local day `first` to `last` in the organisation's zone,
        else from its first to its last day; outside, and of who has no row, it says nothing. Raises BadRows and
        BadInput (see `csv_file.check`), NotAllowed.
        """
        if first is not None and last is not None and last < first:
            raise BadInput("bad_days", f"{last} is before {first}.", "Turn them round.", "to")
        columns = csv_file.present(file, schedule_rows.COLUMNS, schedule_rows.OPTIONAL)
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            clock = access.tenant(tx).timezone
            read = _File(columns, _people(tx, clock), clock, to_minute(tx.now), (first, last))
        reach: list[int] = []

        def check(cells: Sequence[str]) -> None:
            row = read.row(cells)
            if row.end:
                reach[:] = (min(row.start, *reach[:1]), max(row.end, *reach[1:])) if reach else (row.start, row.end)

        rows = csv_file.check(file, columns, check, progress)
        days = _days(read, reach)

        @repeated
        def stored() -> int:
            with self._database.write(actor) as tx:
                access.require(tx, *ADMINISTER)
                alone(tx)
                seen = self._store(tx, csv_file.rows_of(file, columns, read.row), _window(clock, days), progress)
                tx.audit(Verb.SCHEDULES_IMPORTED, f"tenant:{tx.tenant_id}", rows=rows, people=seen)
            return seen

        return ScheduleImportRecord(rows, stored(), *days)

    def _store(self, tx: Transaction, rows: Iterator[LayerRow], window: Minutes, progress: csv_file.Progress) -> int:
        """Write what the rows say of each of their people, some at a time; how many they are."""
        seen = 0
        with staged(tx, "staged_layer", _columns(), _counted(rows, progress)) as layers:
            for some in _by_person(tx, layers):
                seen += len(some)
                changed = _keep(tx, some, window)
                if changed:
                    self._changed(tx, changed)
                    tx.changed(Topic.AVAILABILITY, Topic.COACHING)
                tx.db.flush()
                tx.db.expunge_all()
        return seen


def _people(tx: Transaction, clock: str) -> dict[str, tuple[int, str]]:
    scope = access.scope(tx)
    rows = tx.db.execute(
        select(Person.id, Person.email, Person.timezone).where(  # type: ignore[call-overload]  # SQLModel's columns look like their values
            Person.tenant_id == tx.tenant_id, col(Person.disabled_at).is_(None)
        )
    )
    return {email: (number, zone or clock) for number, email, zone in rows if scope is None or number in scope}


def _days(read: _File, reach: Sequence[int]) -> tuple[date, date]:
    """The first and the last day the file speaks of, as told or as its rows reach."""
    first, last = read.days
    if (first is None or last is None) and not reach:
        raise BadInput("no_days", "No row says when.", "Name the days that nothing is planned on: --from and --to.")
    found_first = first or date.fromordinal(local_day(read.clock, reach[0]))
    found_last = last or date.fromordinal(local_day(read.clock, reach[1] - 1))
    return found_first, max(found_first, found_last)


def _window(clock: str, days: tuple[date, date]) -> Minutes:
    first, last = (day.toordinal() for day in days)
    return minute_at(clock, first, 0), minute_at(clock, last, DAY_MINUTES)


def _columns() -> list[Any]:
    return [
        Column("person_id", Integer, nullable=False),
        Column("starts", Integer, nullable=False),
        Column("ends", Integer, nullable=False),
        Column("opened", Boolean, nullable=False),
        Column("activity", String, nullable=False),
        Index("ix_staged_layer_person", "person_id"),
    ]


def _counted(rows: Iterable[LayerRow], progress: csv_file.Progress) -> Iterator[LayerRow]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % csv_file.EVERY == 0:
            progress(number)


def _by_person(tx: Transaction, layers: Table) -> Iterator[dict[int, list[LayerRow]]]:
    """The rows of the people, some people at a time."""
    last = 0
    who = layers.c.person_id
    while True:
        page = select(who).where(who > last).group_by(who).order_by(who).limit(_AT_ONCE).subquery()
        highest = tx.db.execute(select(func.max(page.c.person_id))).scalar_one()
        if highest is None:
            return
        found = tx.db.execute(select(layers).where(who > last, who <= highest).order_by(who, layers.c.starts))
        rows = (LayerRow(*row) for row in found)
        yield {person_id: list(theirs) for person_id, theirs in groupby(rows, attrgetter("person_id"))}
        last = highest


def _keep(tx: Transaction, people: Mapping[int, Sequence[LayerRow]], window: Minutes) -> list[int]:
    """Store these people's schedules; the ids of those of whom something else was known before."""
    table = ImportedSchedule.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    there = {
        row.person_id: row
        for row in tx.db.execute(
            select(table).where(table.c.tenant_id == tx.tenant_id, table.c.person_id.in_(list(people)))
        )
    }
    since = to_minute(tx.now - _KEPT)
    values = []
    for person_id, rows in people.items():
        spans, known_in = schedule_rows.spans(rows, window), window
        was = there.get(person_id)
        if was is not None:
            known = (was.window_start, was.window_end)
            spans, known_in = schedule_rows.joined(read_spans(was.spans), known, spans, window, since)
        written = write_spans(spans)
        if was is None or (was.window_start, was.window_end, was.spans) != (*known_in, written):
            values.append(
                {
                    "person_id": person_id,
                    "tenant_id": tx.tenant_id,
                    "imported_at": tx.now,
                    "window_start": known_in[0],
                    "window_end": known_in[1],
                    "spans": written,
                }
            )
    if values:
        into = tx.insert(table)
        news = {name: into.excluded[name] for name in ("imported_at", "window_start", "window_end", "spans")}
        tx.db.connection().execute(into.on_conflict_do_update(index_elements=["person_id"], set_=news), values)
    return [int(str(value["person_id"])) for value in values]

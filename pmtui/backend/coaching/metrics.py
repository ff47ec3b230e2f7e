"""Agents' metrics, as files bring them: for administrators."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import TextIO

from pmtui.backend import csv_file
from pmtui.backend.actor import Actor
from pmtui.backend.coaching import rules_typed, who
from pmtui.backend.coaching.records import ImportRecord
from pmtui.backend.errors import BadInput
from pmtui.backend.people import access
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import ADMINISTER, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.rules import MetricValue
from pmtui.backend.storage.transaction import Transaction

COLUMNS = ("email", "metric", "value", "date")
_AT_ONCE = 5_000  # rows handed to the database together

_Value = tuple[int, str, date, float]
"""Person's id, metric, day, value."""


class Metrics:
    """Metrics of an organisation's agents. A scoped administrator imports those of their people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def import_file(self, actor: Actor, file: TextIO, progress: csv_file.Progress = lambda rows: None) -> ImportRecord:
        """Take in a CSV file (which can be rewound) with the columns `COLUMNS`: all of it or, with a bad row, nothing.

        A value of the same agent, metric and day replaces the earlier one; so does a later row of the file. `progress`
        hears how many rows were looked at, then how many were stored. Raises BadRows and BadInput (see
        `csv_file.check`), NotAllowed.
        """
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            people = {person.email: who.identity(person) for person in who.agents_in_scope(tx)}
            today = tx.now.astimezone(zone(access.tenant(tx).timezone)).date()

        def parse(cells: Sequence[str]) -> _Value:
            return _parsed(cells, people, today + timedelta(days=1))  # it may be tomorrow already where they work

        rows = csv_file.check(file, COLUMNS, parse, progress)

        @repeated  # two imports of the same agents may wait for each other
        def stored() -> int:
            with self._database.write(actor) as tx:
                access.require(tx, *ADMINISTER)
                seen = _store(tx, csv_file.rows_of(file, COLUMNS, parse), progress)
                tx.audit(Verb.METRICS_IMPORTED, f"tenant:{tx.tenant_id}", rows=rows, people=len(seen))
                tx.changed(Topic.COACHING)
            return len(seen)

        return ImportRecord(rows, stored())


def _parsed(cells: Sequence[str], people: dict[str, int], latest: date) -> _Value:
    email, metric, value, on = cells
    person_id = people.get(email.lower())
    if person_id is None:
        raise BadInput("no_person", f"{email[:60]!r} is no agent among the people you act on.", "", "email")
    measured_on = rules_typed.day(on)
    if measured_on > latest:
        raise BadInput("bad_date", f"{on} is still to come.", "", "date")
    return person_id, rules_typed.metric(metric), measured_on, rules_typed.number(value)


def _store(tx: Transaction, values: Iterator[_Value], progress: csv_file.Progress) -> set[int]:
    """Write them, some at a time; whose they were."""
    into = tx.insert(MetricValue)
    keys = ["person_id", "metric", "measured_on"]
    statement = into.on_conflict_do_update(index_elements=keys, set_={"value": into.excluded.value})
    seen: set[int] = set()
    done = 0
    while some := list(islice(values, _AT_ONCE)):
        tx.db.connection().execute(
            statement,
            [
                {"tenant_id": tx.tenant_id, "person_id": person_id, "metric": metric, "measured_on": on, "value": value}
                for person_id, metric, on, value in some
            ],
        )
        seen.update(person_id for person_id, *_ in some)
        done += len(some)
        progress(done)
    return seen

"""Files of people: adding, changing and disabling as many as a contact centre has, all or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from sqlmodel import col, select

from pmtui.backend import csv_file
from pmtui.backend.actor import Actor
from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.people import access, row
from pmtui.backend.people.membership import alone
from pmtui.backend.people.records import PeopleImportRecord
from pmtui.backend.people.row import PersonRow
from pmtui.backend.people.storing import Leaving, Storing
from pmtui.backend.states import ADMINISTER, Permission, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Person, PersonPermission
from pmtui.backend.storage.transaction import Transaction

Agree = Callable[[int], None]
"""Told how many people are to be disabled or to coach no more; raises to stop the import."""

_BITS = 1 << 26
"""Addresses met leave a bit each, in 8 MiB: enough for a million to be nearly always told apart."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Who is there already; their access ends when they are disabled or may coach no more."""

    coaches: bool
    disabled: bool


class PeopleImport:
    """Files of people. `leaving(tx, person_id)` ends what a coach has open: calendar, sign-ins, sessions."""

    def __init__(self, database: Database, leaving: Leaving) -> None:
        self._database = database
        self._leaving = leaving

    def import_file(
        self, actor: Actor, file: TextIO, agree: Agree, progress: csv_file.Progress = lambda rows: None
    ) -> PeopleImportRecord:
        """Take in a CSV file (which can be rewound) with the columns `row.COLUMNS` and any of `row.OPTIONAL`.

        People are known by their address: new ones are added, the others become as their row says; who has no row
        stays as they are. Raises BadRows and BadInput (see `csv_file.check`), NotAllowed, and Conflict where other
        people's access would end than was agreed to.
        """
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            known = _known(tx)
        columns = csv_file.present(file, row.COLUMNS, row.OPTIONAL)
        check = _Check(file, columns, known)
        rows = csv_file.check(file, columns, check, progress)
        agree(check.ending)

        @repeated
        def stored() -> PeopleImportRecord:
            with self._database.write(actor) as tx:
                access.require(tx, *ADMINISTER)
                alone(tx)
                done = Storing(tx, self._leaving)
                done.take(csv_file.rows_of(file, columns, lambda cells: row.parsed(columns, cells)), progress)
                if "coach" in columns:
                    done.assign(csv_file.rows_of(file, ("email", "coach"), lambda cells: (cells[0], cells[1])))
                if done.ended != check.ending:
                    raise Conflict("numbers_changed", "People have changed meanwhile.", "Import the file again.")
                found = PeopleImportRecord(rows, len(done.added), len(done.changed - done.added), done.ended)
                _note(tx, found)
            return found

        return stored()


def _note(tx: Transaction, done: PeopleImportRecord) -> None:
    subject = f"tenant:{tx.tenant_id}"
    tx.audit(Verb.PEOPLE_IMPORTED, subject, rows=done.rows, added=done.added, changed=done.changed, ended=done.ended)
    if done.added or done.changed:
        tx.look_at(WorkKind.LINK, tx.tenant_id)  # the WFM may know them
        tx.changed(*Topic)


class _Check:
    """Makes rows of cells and says what is wrong with them that only the whole file and the database show."""

    def __init__(self, file: TextIO, columns: Sequence[str], known: Mapping[str, _Known]) -> None:
        self.ending = 0
        self._columns, self._known = columns, known
        self._perhaps_again = _perhaps_again(file)
        self._seen: set[str] = set()
        self._coaches = _coaches(file, known) if "coach" in columns else frozenset()

    def __call__(self, cells: Sequence[str]) -> PersonRow:
        one = row.parsed(self._columns, cells)
        if one.email in self._perhaps_again:
            if one.email in self._seen:
                raise BadInput("again", f"An earlier row is about {one.email[:60]} already.", "", "email")
            self._seen.add(one.email)
        if one.coach and one.coach not in self._known and one.coach not in self._coaches:
            raise BadInput(
                "no_coach", f"{one.coach[:60]} is nobody here, and has no row in the file.", "", where="coach"
            )
        self.ending += _ends(one, self._known.get(one.email))
        return one


def _ends(one: PersonRow, was: _Known | None) -> bool:
    if was is None or was.disabled:
        return False
    loses = one.permissions is not None and Permission.COACH not in one.permissions
    return one.disabled is True or (loses and was.coaches)


def _known(tx: Transaction) -> dict[str, _Known]:
    coaches = frozenset(
        tx.db.exec(
            select(PersonPermission.person_id).where(
                PersonPermission.tenant_id == tx.tenant_id, col(PersonPermission.permission) == Permission.COACH
            )
        ).all()
    )
    people = tx.db.exec(select(Person.id, Person.email, Person.disabled_at).where(Person.tenant_id == tx.tenant_id))
    return {email: _Known(number in coaches, at is not None) for number, email, at in people}


def _perhaps_again(file: TextIO) -> set[str]:
    """The addresses that stand in the file more than once, and a few others: memory does not grow with the file."""
    met, again = bytearray(_BITS // 8), set()
    for email in csv_file.rows_of(file, ("email",), lambda cells: cells[0].lower()):
        place = hash(email) % _BITS
        if met[place >> 3] >> (place & 7) & 1:
            again.add(email)
        met[place >> 3] |= 1 << (place & 7)
    return again


def _coaches(file: TextIO, known: Mapping[str, _Known]) -> frozenset[str]:
    """The coaches that the file names, who are new and have a row in it."""
    named = csv_file.rows_of(file, ("coach",), lambda cells: cells[0].lower())
    new = {coach for coach in named if "@" in coach and coach not in known}
    emails = csv_file.rows_of(file, ("email",), lambda cells: cells[0].lower()) if new else ()
    return frozenset(email for email in emails if email in new)

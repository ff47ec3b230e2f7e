"""Rows of a file of people into the tables, thousands at a time, and only where something differs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Row, Table, bindparam, delete
from sqlmodel import SQLModel, col, select

from pmtui.backend.people.row import PersonRow
from pmtui.backend.states import Outcome, Permission, TeamRole, Verb
from pmtui.backend.storage.among import among
from pmtui.backend.storage.staging import insert_all, new_ids, update_all
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import Group, GroupTeam, Person, PersonPermission, Team, TeamMember
from pmtui.backend.storage.transaction import Transaction

T = TypeVar("T")
Leaving = Callable[[Transaction, int], None]
"""Ends what a coach has open: calendar, sign-ins, sessions."""

_AT_ONCE = 2_000  # people looked up and written together


class Storing:
    """One import. The caller has locked the organisation; each person has one row. `ended`: whose access ended."""

    def __init__(self, tx: Transaction, leaving: Leaving) -> None:
        self.added: set[int] = set()
        self.changed: set[int] = set()
        self.ended = 0
        self._tx, self._leaving = tx, leaving
        self._teams = _by_name(tx, Team)
        self._groups = _by_name(tx, Group)
        grouped = select(GroupTeam.group_id, GroupTeam.team_id).where(GroupTeam.tenant_id == tx.tenant_id)
        self._grouped = {(group_id, team_id) for group_id, team_id in tx.db.exec(grouped)}

    def take(self, rows: Iterator[PersonRow], progress: Callable[[int], None]) -> None:
        """Everything but who coaches whom."""
        done = 0
        for some in _batches(rows):
            there = self._there([row.email for row in some])
            self._add([row for row in some if row.email not in there])
            people = self._there([row.email for row in some])
            self._change([(row, there[row.email]) for row in some if row.email in there])
            pairs = [(int(people[row.email].id), row) for row in some]
            self._join(pairs)
            losing = self._permit(pairs)
            self._group(some)
            self._leave(pairs, there, losing)
            done += len(some)
            progress(done)

    def assign(self, pairs: Iterator[tuple[str, str]]) -> None:
        """Give people their own coach: address of the person, and of the coach or nothing."""
        for some in _batches((email.lower(), coach.lower()) for email, coach in pairs):
            people = self._there(sorted({email for pair in some for email in pair if email}))
            wanted = [(people[email], people[coach].id if coach else None) for email, coach in some]
            differ = [(person, coach_id) for person, coach_id in wanted if person.coach_id != coach_id]
            self._update([{"id": person.id, "coach_id": coach_id} for person, coach_id in differ])
            self.changed.update(person.id for person, _ in differ)

    def _there(self, emails: Sequence[str]) -> dict[str, "Row[Any]"]:
        query = select(Person.id, Person.email, Person.name, Person.timezone, Person.coach_id, Person.disabled_at)  # type: ignore[call-overload]  # its overloads end at four columns
        found = self._tx.db.exec(query.where(Person.tenant_id == self._tx.tenant_id, among(Person.email, emails))).all()
        return {person.email: person for person in found}

    def _add(self, rows: Sequence[PersonRow]) -> None:
        tx = self._tx
        values = [
            {
                "email": row.email,
                "name": row.name,
                "timezone": row.timezone or None,
                "disabled_at": tx.now if row.disabled else None,
                "created_at": tx.now,
            }
            for row in rows
        ]
        if values:
            new = self._insert_new(Person, values)
            self.added.update(new)
            self._audit(Verb.PERSON_ADDED, [(person_id, {}) for person_id in new])

    def _change(self, pairs: Sequence[tuple[PersonRow, "Row[Any]"]]) -> None:
        """Names, zones, and whoever was disabled and is back."""
        values: list[dict[str, Any]] = []
        back: list[tuple[int, dict[str, str]]] = []
        for row, was in pairs:
            zone = was.timezone if row.timezone is None else row.timezone or None
            returns = row.disabled is False and was.disabled_at is not None
            if (row.name, zone) != (was.name, was.timezone) or returns:
                disabled_at = None if returns else was.disabled_at
                values.append({"id": was.id, "name": row.name, "timezone": zone, "disabled_at": disabled_at})
            if returns:
                back.append((was.id, {}))
        self._update(values)
        self.changed.update(value["id"] for value in values)
        self._audit(Verb.PERSON_ENABLED, back)

    def _update(self, values: Sequence[dict[str, Any]]) -> None:
        update_all(self._tx, _table(Person), values)

    def _join(self, pairs: Sequence[tuple[int, PersonRow]]) -> None:
        """Be in exactly the teams named, the first one the main one."""
        tx = self._tx
        spoken = [(person_id, row) for person_id, row in pairs if row.teams is not None or row.role is not None]
        if not spoken:
            return
        members: dict[int, dict[int, tuple[TeamRole, bool]]] = defaultdict(dict)
        query = select(TeamMember).where(
            TeamMember.tenant_id == tx.tenant_id, among(TeamMember.person_id, [each for each, _ in spoken])
        )
        for one in tx.db.exec(query).all():
            members[one.person_id][one.team_id] = (TeamRole(one.role), one.main)
        tx.db.expunge_all()
        self._make(Team, self._teams, (name for _, row in spoken for name in row.teams or ()))
        gone, new = [], []
        for person_id, row in spoken:
            was = members.get(person_id, {})
            wanted = self._membership(row, was)
            for team_id in was.keys() | wanted.keys():
                if was.get(team_id) == wanted.get(team_id):
                    continue
                self.changed.add(person_id)
                if team_id in was:
                    gone.append({"team": team_id, "person": person_id})
                if team_id in wanted:
                    role, main = wanted[team_id]
                    new.append({"team_id": team_id, "person_id": person_id, "role": role, "main": main})
        theirs = (col(TeamMember.team_id) == bindparam("team"), col(TeamMember.person_id) == bindparam("person"))
        self._write(delete(TeamMember).where(*theirs), gone)
        self._insert(TeamMember, new)

    def _membership(self, row: PersonRow, was: Mapping[int, tuple[TeamRole, bool]]) -> dict[int, tuple[TeamRole, bool]]:
        if row.teams is None:
            return {team_id: (row.role or role, main) for team_id, (role, main) in was.items()}
        wanted = {}
        for index, name in enumerate(row.teams):
            team_id = self._teams[name]
            held = was[team_id][0] if team_id in was else TeamRole.AGENT
            wanted[team_id] = (row.role or held, index == 0)
        return wanted

    def _permit(self, pairs: Sequence[tuple[int, PersonRow]]) -> set[int]:
        """Have exactly the permissions named; who lost Coach View Access."""
        tx = self._tx
        spoken = {person_id: row.permissions for person_id, row in pairs if row.permissions is not None}
        if not spoken:
            return set()
        held: dict[int, set[Permission]] = defaultdict(set)
        query = select(PersonPermission.person_id, PersonPermission.permission).where(
            PersonPermission.tenant_id == tx.tenant_id, among(PersonPermission.person_id, spoken)
        )
        for person_id, permission in tx.db.exec(query).all():
            held[person_id].add(Permission(permission))
        wanted = {(person_id, one) for person_id, named in spoken.items() for one in named}
        there = {(person_id, one) for person_id, some in held.items() for one in some}
        taken, given = sorted(there - wanted), sorted(wanted - there)
        theirs = (
            col(PersonPermission.person_id) == bindparam("person"),
            col(PersonPermission.permission) == bindparam("which"),
        )
        self._write(delete(PersonPermission).where(*theirs), [{"person": each, "which": one} for each, one in taken])
        self._insert(PersonPermission, [{"person_id": each, "permission": one} for each, one in given])
        for verb, some in ((Verb.PERMISSION_TAKEN, taken), (Verb.PERMISSION_GIVEN, given)):
            self._audit(verb, [(each, {"permission": one.value}) for each, one in some])
            self.changed.update(each for each, _ in some)
        return {each for each, one in taken if one is Permission.COACH}

    def _group(self, rows: Iterable[PersonRow]) -> None:
        self._make(Group, self._groups, (name for row in rows for name in row.groups))
        new = []
        for main, groups in {(row.teams[0], row.groups) for row in rows if row.teams and row.groups}:
            for name in groups:
                place = (self._groups[name], self._teams[main])
                if place not in self._grouped:
                    self._grouped.add(place)
                    new.append({"group_id": place[0], "team_id": place[1]})
        self._insert(GroupTeam, new)

    def _leave(self, pairs: Sequence[tuple[int, PersonRow]], there: Mapping[str, "Row[Any]"], losing: set[int]) -> None:
        """Disable whom the file disables, and end what they, or those who coach no more, have open."""
        tx = self._tx
        enabled = [(each, row) for each, row in pairs if row.email in there and there[row.email].disabled_at is None]
        disabled = [each for each, row in enabled if row.disabled]
        ending = sorted({*disabled, *(each for each, _ in enabled if each in losing)})
        if not ending:
            return
        tx.lock_people(*ending)
        self._update([{"id": person_id, "disabled_at": tx.now} for person_id in disabled])
        self._audit(Verb.PERSON_DISABLED, [(person_id, {}) for person_id in disabled])
        self.changed.update(disabled)
        for person_id in ending:
            self._leaving(tx, person_id)
        tx.db.flush()
        tx.db.expunge_all()
        self.ended += len(ending)

    def _make(self, kind: type[Team] | type[Group], known: dict[str, int], names: Iterable[str]) -> None:
        """Those of these teams or groups that are not there yet."""
        new = [name for name in dict.fromkeys(names) if name not in known]
        known.update(zip(new, self._insert_new(kind, [{"name": name} for name in new]), strict=True))

    def _audit(self, verb: Verb, about: Sequence[tuple[int, dict[str, str]]]) -> None:
        """One entry for each person, all at once."""
        actor = self._tx.actor
        common = {
            "at": self._tx.now,
            "actor": actor.kind,
            "surface": actor.surface,
            "outcome": Outcome.OK,
            "verb": verb,
        }
        rows = [common | {"subject": f"person:{each}", "details": details} for each, details in about]
        self._insert(AuditEntry, [row | {"person_id": actor.person_id} for row in rows])

    def _insert(self, kind: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
        insert_all(self._tx, _table(kind), [{"tenant_id": self._tx.tenant_id, **row} for row in rows])

    def _insert_new(self, kind: type[SQLModel], rows: Sequence[dict[str, Any]]) -> list[int]:
        """The same for rows that get ids; which."""
        ids = new_ids(self._tx, _table(kind), len(rows))
        self._insert(kind, [{"id": number, **row} for number, row in zip(ids, rows, strict=True)])
        return ids

    def _write(self, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._tx.db.connection().execute(statement, list(rows))


def _table(kind: type[SQLModel]) -> Table:
    table: Table = kind.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    return table


def _by_name(tx: Transaction, kind: type[Team] | type[Group]) -> dict[str, int]:
    query = select(kind.id, kind.name).where(kind.tenant_id == tx.tenant_id)
    return {name: number for number, name in tx.db.exec(query).all() if number is not None}


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(rows, _AT_ONCE)):
        yield some

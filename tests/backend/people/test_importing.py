"""Files of people, on both databases."""

import io
import tracemalloc

import pytest

from pmtui.backend import csv_file
from pmtui.backend.errors import BadInput, BadRows, Conflict, NotAllowed
from pmtui.backend.people.importing import PeopleImport
from pmtui.backend.people.records import PeopleImportRecord
from pmtui.backend.people.service import People
from pmtui.backend.states import Permission, TeamRole, Verb, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import Group, GroupTeam, Person, PersonPermission, Team, TeamMember
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction
from tests.clock import ManualClock
from tests.world import ADMINISTRATOR, World

HEAD = "email,name,timezone,teams,role,groups,permissions,coach,disabled"
DANA = "dana@acme.example,Dana,Europe/London,Billing;Sales,coach,East,view;coach,,"
KIM = "Kim@acme.example,Kim  Lund,,Billing,agent,,,dana@acme.example,"


class Rig:
    """Amy administers an organisation that has nobody else."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.world = World(database, clock)
        self.world.person("amy", ADMINISTRATOR, team=None)
        self.amy = self.world.actor("amy")
        self.left: list[int] = []
        self.service = PeopleImport(database, self._leave)
        self.people = People(database, self._leave)

    def _leave(self, tx: Transaction, person_id: int) -> None:
        self.left.append(person_id)

    def take_in(self, *rows: str, head: str = HEAD, agreed: int = 0, who: str = "amy") -> PeopleImportRecord:
        def agree(ending: int) -> None:
            assert ending == agreed

        return self.service.import_file(self.world.actor(who), io.StringIO("\n".join((head, *rows))), agree)

    def person(self, who: str) -> Person:
        (found,) = (one for one in self.world.rows(Person) if one.email == self.world.email(who))
        return found

    def teams(self, who: str) -> list[tuple[str, TeamRole, bool]]:
        names = {team.id: team.name for team in self.world.rows(Team)}
        person_id = self.person(who).id
        members = [one for one in self.world.rows(TeamMember) if one.person_id == person_id]
        return sorted((names[one.team_id], one.role, one.main) for one in members)

    def permissions(self, who: str) -> set[Permission]:
        person_id = self.person(who).id
        return {one.permission for one in self.world.rows(PersonPermission) if one.person_id == person_id}

    def person_count(self, email: str) -> int:
        return sum(one.email == email for one in self.world.rows(Person))

    def verbs(self) -> list[Verb]:
        return [one.verb for one in self.world.rows(AuditEntry)]


@pytest.fixture
def rig(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock)


def test_people_are_added_with_everything_their_row_says(rig: Rig) -> None:
    assert rig.take_in(KIM, DANA) == PeopleImportRecord(rows=2, added=2, changed=0, ended=0)
    dana, kim = rig.person("dana"), rig.person("kim")
    assert (dana.name, dana.timezone, dana.coach_id) == ("Dana", "Europe/London", None)
    assert (kim.name, kim.timezone, kim.coach_id) == ("Kim Lund", None, dana.id)
    assert rig.teams("dana") == [("Billing", TeamRole.COACH, True), ("Sales", TeamRole.COACH, False)]
    assert rig.teams("kim") == [("Billing", TeamRole.AGENT, True)]
    assert rig.permissions("dana") == {Permission.VIEW, Permission.COACH}
    assert rig.permissions("kim") == set()
    (group,), (place,) = rig.world.rows(Group), rig.world.rows(GroupTeam)
    assert (group.name, place.group_id) == ("East", group.id)
    assert sorted(rig.verbs()) == sorted([Verb.PERSON_ADDED] * 2 + [Verb.PERMISSION_GIVEN] * 2 + [Verb.PEOPLE_IMPORTED])
    assert [row.kind for row in rig.world.rows(Work)] == [WorkKind.LINK]


def test_the_same_file_again_changes_nothing(rig: Rig) -> None:
    rig.take_in(KIM, DANA)
    before = len(rig.verbs())
    assert rig.take_in(KIM, DANA) == PeopleImportRecord(rows=2, added=0, changed=0, ended=0)
    assert rig.verbs()[before:] == [Verb.PEOPLE_IMPORTED]
    assert rig.left == []


def test_only_what_the_file_speaks_of_is_changed(rig: Rig) -> None:
    rig.take_in(KIM, DANA)
    assert rig.take_in("kim@acme.example,Kim,Sales", head="email,name,teams").changed == 1
    assert rig.teams("kim") == [("Sales", TeamRole.AGENT, True)]
    assert (rig.person("kim").name, rig.person("kim").coach_id) == ("Kim", rig.person("dana").id)
    assert rig.take_in("dana@acme.example,Dana,agent", head="email,name,role").changed == 1
    assert {role for _, role, _ in rig.teams("dana")} == {TeamRole.AGENT}
    assert rig.take_in("kim@acme.example,Kim,,,", head="email,name,coach,timezone,teams").changed == 1
    assert (rig.person("kim").coach_id, rig.teams("kim")) == (None, [])
    assert rig.permissions("dana") == {Permission.VIEW, Permission.COACH}


def test_whose_access_ends_is_agreed_to_first(rig: Rig) -> None:
    rig.take_in(KIM, DANA, "lee@acme.example,Lee,,,,,coach,,")
    dana, lee = rig.world.id("dana"), rig.world.id("lee")
    gone = ("dana@acme.example,Dana,view,", "lee@acme.example,Lee,coach,yes", "kim@acme.example,Kim Lund,,no")
    head = "email,name,permissions,disabled"

    def refuse(ending: int) -> None:
        raise BadInput("stopped", f"{ending}", "")

    with pytest.raises(BadInput, match="2"):
        rig.service.import_file(rig.amy, io.StringIO("\n".join((head, *gone))), refuse)
    assert (rig.left, rig.person("lee").disabled_at) == ([], None)
    assert rig.take_in(*gone, head=head, agreed=2) == PeopleImportRecord(rows=3, added=0, changed=2, ended=2)
    assert sorted(rig.left) == sorted([dana, lee])
    assert rig.permissions("dana") == {Permission.VIEW}
    assert rig.person("lee").disabled_at == rig.world.clock.now()
    assert {Verb.PERMISSION_TAKEN, Verb.PERSON_DISABLED} <= set(rig.verbs())
    assert rig.take_in(*gone, head=head).changed == 0
    assert rig.take_in("lee@acme.example,Lee,no", head="email,name,disabled").changed == 1
    assert rig.person("lee").disabled_at is None
    assert rig.verbs()[-2:] == [Verb.PERSON_ENABLED, Verb.PEOPLE_IMPORTED]


def test_somebody_disabled_meanwhile_stops_it_whole(rig: Rig) -> None:
    rig.take_in(DANA)

    def meanwhile(ending: int) -> None:
        rig.people.disable(rig.amy, "dana@acme.example")

    text = "email,name,disabled\nnew@acme.example,New,\ndana@acme.example,Dana,yes"
    with pytest.raises(Conflict):
        rig.service.import_file(rig.amy, io.StringIO(text), meanwhile)
    assert [one.email for one in rig.world.rows(Person)] == ["amy@acme.example", "dana@acme.example"]


def test_bad_rows_are_named_and_nothing_is_taken_in(rig: Rig) -> None:
    with pytest.raises(BadRows) as refused:
        rig.take_in(
            DANA,
            "nobody,N,,,,,,,",
            "a@acme.example,,,,,,,,",
            "b@acme.example,B,Mars/Base,,,,,,",
            "c@acme.example,C,,,boss,,,,",
            "d@acme.example,D,,,,East,,,",
            "e@acme.example,E,,,,,fly,,",
            "f@acme.example,F,,,,,,far@acme.example,",
            "g@acme.example,G,,,,,,g@acme.example,",
            "h@acme.example,H,,,,,,,perhaps",
            "DANA@acme.example,Dana,,,,,,,",
            "i@acme.example,I,,\x01,,,,,",
            "j@acme.example,J,,,,,,nobody,",
        )
    assert [line.split(": ")[:2] for line in refused.value.rows] == [
        ["line 3", "email"],
        ["line 4", "name"],
        ["line 5", "timezone"],
        ["line 6", "role"],
        ["line 7", "groups"],
        ["line 8", "permissions"],
        ["line 9", "coach"],
        ["line 10", "coach"],
        ["line 11", "disabled"],
        ["line 12", "email"],
        ["line 13", "teams"],
        ["line 14", "coach"],
    ]
    assert [one.email for one in rig.world.rows(Person)] == ["amy@acme.example"]


def test_only_administrators_import_people_and_only_into_their_organisation(rig: Rig) -> None:
    rig.take_in(DANA, KIM)
    with pytest.raises(NotAllowed):
        rig.take_in(KIM, who="dana")
    other = World(rig.world.database, rig.world.clock, subdomain="other")
    other.person("zoe", ADMINISTRATOR, team="Billing")
    text = "email,name,teams,disabled\ndana@acme.example,Other Dana,Billing,yes"
    record = rig.service.import_file(other.actor("zoe"), io.StringIO(text), lambda ending: None)
    assert (record.added, rig.person_count("dana@acme.example")) == (1, 2)
    assert rig.left == []


def test_a_person_who_came_while_the_file_was_read_is_changed_like_any_other(rig: Rig) -> None:
    def meanwhile(ending: int) -> None:
        rig.people.add(rig.amy, "kim@acme.example", "K")

    text = "email,name\nkim@acme.example,Kim"
    assert rig.service.import_file(rig.amy, io.StringIO(text), meanwhile).changed == 1


def test_a_long_file_does_not_grow_memory(rig: Rig) -> None:
    class Rows(io.TextIOBase):
        """A file of 60,000 rows that are made as they are read; the last one is wrong."""

        def __init__(self) -> None:
            self._at = 0

        def seek(self, place: int, whence: int = 0) -> int:
            self._at = 0
            return 0

        def __next__(self) -> str:  # type: ignore[override]  # the stub of TextIOBase speaks of bytes
            self._at += 1
            if self._at > 60_000:
                raise StopIteration
            if self._at == 1:
                return "email,name,teams\n"
            name = "" if self._at == 60_000 else f"Agent {self._at}"
            return f"agent{self._at}@acme.example,{name},Team {self._at % 50}\n"

    tracemalloc.start()
    with pytest.raises(BadRows, match="1 row is wrong") as refused:
        rig.service.import_file(rig.amy, Rows(), lambda ending: None)  # type: ignore[arg-type]  # reads like a text file
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.rows[0].startswith("line 60000: name:")
    assert peak < 12 << 20  # 8 MiB of them tell addresses apart, however many there are


def test_optional_columns_are_found_and_none_may_stand_twice() -> None:
    text = "Name, EMAIL ,team,coach\n"
    assert csv_file.present(io.StringIO(text), ("email", "name"), ("coach", "role")) == ("email", "name", "coach")
    with pytest.raises(BadInput, match="coach is there twice"):
        csv_file.present(io.StringIO("email,coach,coach"), ("email",), ("coach",))
    with pytest.raises(BadInput, match="email is missing"):
        csv_file.present(io.StringIO(""), ("email",), ("coach",))

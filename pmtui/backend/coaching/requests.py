"""What agents ask for, as files bring it: sessions without a time, until a coach proposes one or says no."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple, TextIO

from sqlalchemy import insert
from sqlmodel import col, select

from pmtui.backend import csv_file
from pmtui.backend.actor import Actor
from pmtui.backend.coaching import assigned, offering, rules_typed, sessions, who
from pmtui.backend.coaching.records import RequestImportRecord
from pmtui.backend.errors import BadInput
from pmtui.backend.people import access
from pmtui.backend.people.membership import alone
from pmtui.backend.settings.typed import LENGTHS
from pmtui.backend.slots.values import DAY_MINUTES, from_minute
from pmtui.backend.slots.zones import minute_at, zone
from pmtui.backend.states import ADMINISTER, Origin, Outcome, Permission, SessionState, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Session, SessionRequest
from pmtui.backend.storage.tables.people import Person, PersonPermission
from pmtui.backend.storage.transaction import Transaction

COLUMNS = ("email", "title")
OPTIONAL = ("coach", "reason", "wanted_by", "minutes")

_AT_ONCE = 1_000  # requests written together
_FAR = timedelta(days=400)
_LONGEST_REASON = 500


class RequestRow(NamedTuple):
    """What one agent asks for. `digest` is the same for the same wish, whenever it is read."""

    agent_id: int
    coach_id: int
    title: str
    reason: str
    wanted_on: date
    minutes: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Around:
    """What rows are read against: agents and coaches by address, agents' coaches, the organisation's day and length."""

    agents: Mapping[str, int]
    coaches: Mapping[str, int]
    of_agent: Mapping[int, int]
    today: date
    look_ahead: int
    minutes: int
    clock: str


class Requests:
    """Agents' requests. Coaches import those to themselves; who schedules for others or administers, all in scope."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def import_file(
        self, actor: Actor, file: TextIO, progress: csv_file.Progress = lambda rows: None
    ) -> RequestImportRecord:
        """Take in a CSV file (which can be rewound) with the columns `COLUMNS` and any of `OPTIONAL`, or nothing of it.

        A wish that was taken in before is not taken in again, whatever became of it. Raises BadRows and BadInput (see
        `csv_file.check`), NotAllowed.
        """
        columns = csv_file.present(file, COLUMNS, OPTIONAL)
        with self._database.read(actor) as tx:
            access.require(tx, *who.PROPOSE, *ADMINISTER)
            around = _around(tx)

        def parse(cells: Sequence[str]) -> RequestRow:
            return _parsed(dict(zip(columns, cells, strict=True)), around)

        rows = csv_file.check(file, columns, parse, progress)

        @repeated
        def stored() -> int:
            with self._database.write(actor) as tx:
                access.require(tx, *who.PROPOSE, *ADMINISTER)
                alone(tx)
                new = _store(tx, csv_file.rows_of(file, columns, parse), around.clock, progress)
                tx.audit(Verb.REQUESTS_IMPORTED, f"tenant:{tx.tenant_id}", rows=rows, new=new)
                tx.changed(Topic.COACHING)
            return new

        return RequestImportRecord(rows, stored())


def _around(tx: Transaction) -> _Around:
    scope, clock = access.scope(tx), access.tenant(tx).timezone
    able = select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id, PersonPermission.permission == Permission.COACH
    )
    there = (Person.tenant_id == tx.tenant_id, col(Person.disabled_at).is_(None))
    found = tx.db.exec(select(Person.id, Person.email).where(*there, col(Person.id).in_(able)).order_by(Person.name))
    everybody = _for_all(tx)
    coaches = {
        email: number
        for number, email in found
        if number is not None and (scope is None or number in scope) and (everybody or number == tx.actor.person_id)
    }
    agents = who.agents_in_scope(tx)
    return _Around(
        {person.email: who.identity(person) for person in agents},
        coaches,
        _coaches_of(tx, agents, frozenset(coaches.values())),
        tx.now.astimezone(zone(clock)).date(),
        offering.look_ahead(tx, None),
        offering.length(tx, None),
        clock,
    )


def _for_all(tx: Transaction) -> bool:
    """Whether the actor speaks for other coaches too."""
    return who.schedules_for_others(tx) or not access.permissions(tx).isdisjoint(ADMINISTER)


def _coaches_of(tx: Transaction, agents: Iterable[Person], able: Collection[int]) -> dict[int, int]:
    """Who of those `able` coaches each agent: their own coach or nobody, else the first of their main team."""
    of_team = assigned.coaches(tx).of_team
    found: dict[int, int] = {}
    for agent in agents:
        mine = of_team.get(who.identity(agent), ()) if agent.coach_id is None else (agent.coach_id,)
        coach_id = next((one for one in mine if one in able), None)
        if coach_id is not None:
            found[who.identity(agent)] = coach_id
    return found


def _parsed(cells: Mapping[str, str], around: _Around) -> RequestRow:
    agent_id = around.agents.get(cells["email"].lower())
    if agent_id is None:
        raise BadInput("no_person", f"{cells['email'][:60]!r} is no agent among the people you act on.", "", "email")
    named = cells.get("coach", "")
    coach_id = around.coaches.get(named.lower()) if named else around.of_agent.get(agent_id)
    if coach_id is None:
        said = f"{named[:60]!r} is no coach you act for." if named else "The agent has no coach you act for."
        raise BadInput("no_coach", said, "", "coach")
    if coach_id == agent_id:
        raise BadInput("own_coach", "Nobody is their own coach.", "", "coach")
    return RequestRow(
        agent_id,
        coach_id,
        rules_typed.name(cells["title"], "title"),
        _reason(cells.get("reason", "")),
        _wanted(cells.get("wanted_by", ""), around),
        _minutes(cells.get("minutes", ""), around),
        _digest(cells, agent_id, around.coaches.get(named.lower(), 0)),
    )


def _digest(cells: Mapping[str, str], agent_id: int, coach_id: int) -> str:
    said = [" ".join(cells.get(name, "").split()) for name in ("title", "reason", "wanted_by", "minutes")]
    return hashlib.sha256(json.dumps([agent_id, coach_id, *said]).encode()).hexdigest()


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise BadInput("bad_reason", f"A reason has up to {_LONGEST_REASON} letters.", "", "reason")
    return reason


def _wanted(text: str, around: _Around) -> date:
    if not text:
        return around.today + timedelta(days=around.look_ahead)
    wanted = rules_typed.day(text, "wanted_by")
    if abs(wanted - around.today) > _FAR:
        raise BadInput("too_far", f"{text} is more than 400 days away.", "", "wanted_by")
    return wanted


def _minutes(text: str, around: _Around) -> int:
    if not text:
        return around.minutes
    if text not in {str(length) for length in LENGTHS}:
        raise BadInput("bad_minutes", f"A session can't last {text[:40]!r}.", "Write 15, 30, 45 or 60.", "minutes")
    return int(text)


def _store(tx: Transaction, rows: Iterator[RequestRow], clock: str, progress: csv_file.Progress) -> int:
    """Write those that are new, some at a time; how many they are."""
    new = done = 0
    while some := list(islice(rows, _AT_ONCE)):
        wishes = {row.digest: row for row in some}
        known = select(SessionRequest.digest).where(
            SessionRequest.tenant_id == tx.tenant_id, col(SessionRequest.digest).in_(wishes)
        )
        for digest in tx.db.exec(known).all():
            del wishes[digest]
        _write(tx, list(wishes.values()), clock)
        new += len(wishes)
        done += len(some)
        progress(done)
    return new


def _write(tx: Transaction, rows: Sequence[RequestRow], clock: str) -> None:
    if not rows:
        return
    drawn = dict(zip(sessions.new_codes(tx, len(rows)), rows, strict=True))
    numbers = tx.db.execute(
        insert(Session).returning(col(Session.code), col(Session.id)),
        [_session(tx, code, row, clock) for code, row in drawn.items()],
    )
    ids = {row.code: row.id for row in numbers}
    connection = tx.db.connection()
    connection.execute(
        insert(SessionRequest),
        [
            {
                "session_id": ids[code],
                "tenant_id": tx.tenant_id,
                "digest": row.digest,
                "reason": row.reason,
                "wanted_on": row.wanted_on,
            }
            for code, row in drawn.items()
        ],
    )
    connection.execute(insert(AuditEntry), [_entry(tx, code) for code in drawn])


def _session(tx: Transaction, code: str, row: RequestRow, clock: str) -> dict[str, object]:
    """A session that takes nobody's time yet: it stands at the end of the day by which it is wanted."""
    ends = from_minute(minute_at(clock, row.wanted_on.toordinal(), DAY_MINUTES))
    return {
        "tenant_id": tx.tenant_id,
        "code": code,
        "title": row.title,
        "coach_id": row.coach_id,
        "agent_id": row.agent_id,
        "starts": ends - timedelta(minutes=row.minutes),
        "ends": ends,
        "state": SessionState.REQUESTED,
        "live": False,
        "origin": Origin.MANUAL,
        "attention_details": "",
        "generation": 0,
        "created_at": tx.now,
        "created_by_id": tx.actor.person_id,
    }


def _entry(tx: Transaction, code: str) -> dict[str, object]:
    return {
        "tenant_id": tx.tenant_id,
        "at": tx.now,
        "actor": tx.actor.kind,
        "person_id": tx.actor.person_id,
        "surface": tx.actor.surface,
        "verb": Verb.SESSION_REQUESTED,
        "subject": f"session:{code}",
        "outcome": Outcome.OK,
        "details": {},
    }

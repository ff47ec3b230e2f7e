"""What the engine gets to know of people: their calendar, its last good read, their own sessions.

Functions here take an open transaction and read a handful of queries whatever the number of people.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, Table, null
from sqlmodel import col, or_, select

from pmtui.backend.slots.people import home_zone
from pmtui.backend.slots.schedule import instant, outwards
from pmtui.backend.slots.values import DAY_MINUTES, CalendarState, Party, Span, SpanKind, Week, from_minute
from pmtui.backend.states import ConnectionState, Permission, Provider, TeamRole
from pmtui.backend.storage.among import among
from pmtui.backend.storage.tables.coaching import Participant
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person, PersonPermission, Tenant
from pmtui.backend.storage.tables.sync import CalendarFacts, ImportedSchedule
from pmtui.backend.storage.transaction import Transaction

PROPOSING = timedelta(minutes=60)
"""How old a good read may be for times to be proposed."""
BOOKING = timedelta(minutes=5)
"""How old a good read may be for a session to be booked."""

NEVER_READ = "never_read"
TOO_OLD = "too_old"

_AROUND = timedelta(days=8)  # own sessions beyond the window still count: a session is at most a day, limits are weekly

_SEEN = 2 * DAY_MINUTES  # what lies further from the window touches no session, buffer or local day of it
_EVER = (-(1 << 60), 1 << 60)
_KINDS = {kind.value: kind for kind in SpanKind}

Weeks = Callable[[Transaction, Collection[int]], Mapping[int, Week]]
"""The saved Availability of these people (by id), of whoever has one."""

Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """One person's share of a search, and how much is known.

    `party` is what the engine takes of a coach, `as_agent` of an agent. `read_at` is the last good read. Where
    `party.unknown`, `why` is `never_read`, `too_old` or the connection's error code, and `since_at` when it began,
    if known. `connection_id` is the calendar that counts, None for a person without one, whose schedule a file may
    have brought.
    """

    person_id: int
    party: Party
    connection_id: int | None = None
    read_at: datetime | None = None
    since_at: datetime | None = None
    why: str = ""

    @property
    def as_agent(self) -> Party:
        """The same person as an agent: limits count the sessions in that role."""
        return replace(self.party, sessions=self.party.elsewhere, elsewhere=self.party.sessions)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is stored of some people, read in a handful of queries, to be made into facts one person at a time.

    Many people's spans take much more memory than the text they are made of.
    """

    now: datetime
    seen: Minutes
    max_age: timedelta | None
    zones: Mapping[int, str]
    connections: Mapping[int, Connection]
    reads: Mapping[int, "_Read"]
    imported: Mapping[int, "_Read"]
    weeks: Mapping[int, Week]
    sessions: Mapping[tuple[int, TeamRole], tuple[Minutes, ...]]

    def of(self, person_id: int) -> Facts:
        """One of the people's facts. LookupError for anybody else."""
        connection = self.connections.get(person_id)
        party = Party(
            _calendar(connection),
            self.zones[person_id],
            sessions=self.sessions.get((person_id, TeamRole.COACH), ()),
            elsewhere=self.sessions.get((person_id, TeamRole.AGENT), ()),
        )
        if connection is None:
            return _unconnected(person_id, party, self.imported.get(person_id), self.seen)
        read, week = self.reads.get(person_id), self.weeks.get(person_id)
        return _connected(self.now, party, week, connection, read, self.max_age, self.seen)


class _Read(NamedTuple):
    """The columns of `CalendarFacts` or `ImportedSchedule` that count."""

    person_id: int
    connection_id: int | None
    read_at: datetime
    window_start: int
    window_end: int
    spans: str


def gather(
    tx: Transaction, person_ids: Collection[int], window: Minutes, max_age: timedelta | None, weeks: Weeks
) -> Gathered:
    """The facts of these people (of the actor's tenant) for a search in `window` (minutes).

    A read older than `max_age` leaves the calendar unknown (None: any age will do).
    """
    zones = _zones(tx, person_ids)
    connections = connections_that_count(tx, person_ids)
    return Gathered(
        tx.now,
        (window[0] - _SEEN, window[1] + _SEEN),
        max_age,
        zones,
        connections,
        _reads(tx, connections),
        _imported(tx, [person_id for person_id in zones if person_id not in connections]),
        _hours(tx, connections, weeks),
        own_sessions(tx, person_ids, window),
    )


def clocks(tx: Transaction, person_ids: Collection[int], weeks: Weeks) -> dict[int, str]:
    """The zones these people's local clocks show: that of their Availability where it counts, else their own."""
    connections = connections_that_count(tx, person_ids)
    hours = _hours(tx, connections, weeks)
    return {
        person_id: home_zone(Party(_calendar(connections.get(person_id)), timezone, week=hours.get(person_id)))
        for person_id, timezone in _zones(tx, person_ids).items()
    }


def connections_that_count(tx: Transaction, person_ids: Collection[int]) -> dict[int, Connection]:
    """The live connections of these people: Google and Outlook only with Coach View Access."""
    coaches = select(PersonPermission.person_id).where(PersonPermission.permission == Permission.COACH)
    rows = tx.db.exec(
        select(Connection).where(
            Connection.tenant_id == tx.tenant_id,
            among(Connection.person_id, person_ids),
            col(Connection.ended_at).is_(None),
            or_(col(Connection.provider) == Provider.WFM, col(Connection.person_id).in_(coaches)),
        )
    ).all()
    return {row.person_id: row for row in rows}


def own_sessions(
    tx: Transaction, person_ids: Collection[int], window: Minutes
) -> dict[tuple[int, TeamRole], tuple[Minutes, ...]]:
    """Held and scheduled sessions of these people in and around `window`, in minutes, by person and role."""
    rows = tx.db.exec(
        select(Participant.person_id, Participant.role, Participant.starts, Participant.ends).where(
            Participant.tenant_id == tx.tenant_id,
            among(Participant.person_id, person_ids),
            col(Participant.live),
            Participant.starts < from_minute(window[1]) + _AROUND,
            Participant.starts > from_minute(window[0]) - _AROUND,
        )
    ).all()
    found: dict[tuple[int, TeamRole], list[Minutes]] = {}
    for person_id, role, starts, ends in rows:
        found.setdefault((person_id, TeamRole(role)), []).extend(outwards([(instant(starts), instant(ends))]))
    return {key: tuple(sorted(minutes)) for key, minutes in found.items()}


def write_spans(spans: Iterable[Span]) -> str:
    """Spans as the compact JSON a row keeps."""
    return json.dumps([[s.start, s.end, s.kind, s.activity] for s in spans], separators=(",", ":"), ensure_ascii=False)


def read_spans(text: str, window: Minutes = _EVER) -> tuple[Span, ...]:
    """What `write_spans` wrote, as far as it touches `window`."""
    first, last = window
    make, kinds = Span._make, _KINDS
    return tuple(
        [
            make((start, end, kinds[kind], activity))
            for start, end, kind, activity in json.loads(text)
            if start < last and end > first
        ]
    )


def _zones(tx: Transaction, person_ids: Collection[int]) -> dict[int, str]:
    rows = tx.db.exec(
        select(Person.id, Person.timezone, Tenant.timezone)
        .join(Tenant, col(Tenant.id) == col(Person.tenant_id))
        .where(Person.tenant_id == tx.tenant_id, among(Person.id, person_ids))
    ).all()
    return {person_id: own or tenants for person_id, own, tenants in rows if person_id is not None}


def _hours(tx: Transaction, connections: Mapping[int, Connection], weeks: Weeks) -> Mapping[int, Week]:
    """The weeks of those whose calendar says only when they are busy."""
    external = [person_id for person_id, row in connections.items() if row.provider is not Provider.WFM]
    return weeks(tx, external) if external else {}


def _calendar(connection: Connection | None) -> CalendarState:
    return CalendarState.NONE if connection is None else CalendarState(connection.provider.value)


def _reads(tx: Transaction, connections: Mapping[int, Connection]) -> dict[int, _Read]:
    """The last good read of each connection; one that belongs to an earlier connection is none."""
    table = CalendarFacts.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    rows = _rows(tx, table, (table.c.connection_id, table.c.read_at), connections)
    return {row.person_id: row for row in rows if row.connection_id == connections[row.person_id].id}


def _imported(tx: Transaction, person_ids: Collection[int]) -> dict[int, _Read]:
    """The schedules that files brought of these people."""
    table = ImportedSchedule.__table__  # type: ignore[attr-defined]  # as above
    rows = _rows(tx, table, (null(), table.c.imported_at), person_ids) if person_ids else ()
    return {row.person_id: row for row in rows}


def _rows(
    tx: Transaction, table: Table, read: tuple[ColumnElement[Any], ...], person_ids: Collection[int]
) -> Iterator[_Read]:
    columns = (table.c.person_id, *read, table.c.window_start, table.c.window_end, table.c.spans)
    theirs = (table.c.tenant_id == tx.tenant_id, among(table.c.person_id, person_ids))
    return map(_Read._make, tx.db.execute(sqlalchemy.select(*columns).where(*theirs)))


def _unconnected(person_id: int, party: Party, schedule: _Read | None, seen: Minutes) -> Facts:
    """Somebody without a calendar: a schedule from a file counts as that of the WFM, as far as the file went."""
    if schedule is None:
        return Facts(person_id, party)
    known = (schedule.window_start, schedule.window_end)
    whole = replace(party, calendar=CalendarState.WFM, spans=read_spans(schedule.spans, seen), known=known)
    return Facts(person_id, whole, read_at=schedule.read_at)


def _connected(
    now: datetime,
    party: Party,
    week: Week | None,
    connection: Connection,
    read: _Read | None,
    max_age: timedelta | None,
    seen: Minutes,
) -> Facts:
    why, since_at = _unknown(now, connection, read, max_age)
    whole = Party(
        calendar=party.calendar,
        timezone=party.timezone,
        week=week,
        spans=read_spans(read.spans, seen) if read is not None else (),
        sessions=party.sessions,
        elsewhere=party.elsewhere,
        known=(read.window_start, read.window_end) if read is not None else None,
        unknown=bool(why),
    )
    read_at = read.read_at if read is not None else None
    return Facts(connection.person_id, whole, connection.id, read_at, since_at, why)


def _unknown(
    now: datetime, connection: Connection, read: _Read | None, max_age: timedelta | None
) -> tuple[str, datetime | None]:
    """Why the calendar is unknown and since when; an empty reason when it is known."""
    since_at = connection.failing_since_at
    if connection.state is ConnectionState.NEEDS_RECONNECTING:
        return connection.error_code or ConnectionState.NEEDS_RECONNECTING.value, since_at
    if read is None:
        return connection.error_code or NEVER_READ, since_at or connection.connected_at
    if max_age is not None and now - read.read_at > max_age:
        return connection.error_code or TOO_OLD, since_at or read.read_at
    return "", None

"""Holding the sessions of a run, many at a time: the same rows as `sessions.hold` makes, in a few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, insert, literal, select
from sqlalchemy.exc import IntegrityError

from pmtui.backend.coaching import codes
from pmtui.backend.coaching.sessions import SUBJECT
from pmtui.backend.errors import SlotTaken
from pmtui.backend.settings.records import Settings
from pmtui.backend.slots.values import from_minute
from pmtui.backend.states import Origin, Outcome, SessionState, TeamRole, Topic, Verb, WorkKind
from pmtui.backend.storage.among import among
from pmtui.backend.storage.constraints import meaning
from pmtui.backend.storage.staging import as_in, new_ids, staged
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction

_SESSION: Table = Session.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
_PARTICIPANT: Table = Participant.__table__  # type: ignore[attr-defined]  # as above
_WORK: Table = Work.__table__  # type: ignore[attr-defined]  # as above
_AUDIT: Table = AuditEntry.__table__  # type: ignore[attr-defined]  # as above
_STAGED = ("id", "code", "title", "coach_id", "agent_id", "starts", "ends", "held_until")


@dataclass(frozen=True, slots=True)
class Held:
    """A session to hold: whose, from which minute on, for how many."""

    coach_id: int
    agent_id: int
    start: int
    minutes: int
    title: str


def hold_all(tx: Transaction, held: Sequence[Held], settings: Settings) -> dict[int, int]:
    """Hold these sessions, marked Auto; the ids of those held by agent. The caller has locked everybody.

    One that meets the database's own guard is left out, and nothing is done of it. Where the organisation approves at
    once, the worker is told to.
    """
    if not held:
        return {}
    try:
        with tx.db.connection().begin_nested():
            return _hold_together(tx, held, settings)
    except IntegrityError as error:
        if not isinstance(meaning(error), SlotTaken):
            raise
    if len(held) == 1:
        return {}
    half = len(held) // 2
    return {**hold_all(tx, held[:half], settings), **hold_all(tx, held[half:], settings)}


def _hold_together(tx: Transaction, held: Sequence[Held], settings: Settings) -> dict[int, int]:
    named = zip(held, new_ids(tx, _SESSION, len(held)), _codes(tx, len(held)), strict=True)
    latest = tx.now + timedelta(days=settings.hold_days)
    rows = [_row(one, session_id, code, latest) for one, session_id, code in named]
    columns = [*as_in(_SESSION, *_STAGED), *as_in(_AUDIT, "details")]
    with staged(tx, "staged_session", columns, rows) as new:
        _hold(tx, new)
        for role in (TeamRole.COACH, TeamRole.AGENT):
            _take_time(tx, new, role)
        _look_at(tx, new, WorkKind.EXPIRE, new.c.held_until)
        if settings.approve_at_once:
            _look_at(tx, new, WorkKind.APPROVE, tx.now)
        _audit(tx, new)
    tx.changed(Topic.COACHING, Topic.ACTIVITY)
    return {agent_id: session_id for session_id, _, _, _, agent_id, *_ in rows}


def _row(one: Held, session_id: int, code: str, latest: datetime) -> tuple[Any, ...]:
    starts, ends = from_minute(one.start), from_minute(one.start + one.minutes)
    until, details = min(latest, starts), {"minutes": one.minutes}
    return session_id, code, one.title, one.coach_id, one.agent_id, starts, ends, until, details


def _hold(tx: Transaction, new: Table) -> None:
    values: dict[str, Any] = {
        "state": SessionState.HELD,
        "live": True,
        "origin": Origin.AUTO,
        "attention_details": "",
        "generation": 0,
        "created_at": tx.now,
        "created_by_id": tx.actor.person_id,
    }
    _insert(tx, _SESSION, new, {name: new.c[name] for name in _STAGED} | values)


def _take_time(tx: Transaction, new: Table, role: TeamRole) -> None:
    person_id = new.c.coach_id if role is TeamRole.COACH else new.c.agent_id
    values = {"session_id": new.c.id, "person_id": person_id, "role": role}
    _insert(tx, _PARTICIPANT, new, {**values, "starts": new.c.starts, "ends": new.c.ends, "live": True})


def _look_at(tx: Transaction, new: Table, kind: WorkKind, due_at: Any) -> None:
    _insert(tx, _WORK, new, {"kind": kind, "subject": new.c.id, "due_at": due_at, "attempts": 0})


def _audit(tx: Transaction, new: Table) -> None:
    """As `tx.audit` notes it for a session by hand."""
    values = {
        "at": tx.now,
        "actor": tx.actor.kind,
        "person_id": tx.actor.person_id,
        "surface": tx.actor.surface,
        "verb": Verb.SESSION_PROPOSED,
        "subject": literal(SUBJECT) + new.c.code,
        "outcome": Outcome.OK,
        "details": new.c.details,
    }
    _insert(tx, _AUDIT, new, values)


def _insert(tx: Transaction, table: Table, new: Table, values: Mapping[str, Any]) -> None:
    """A row of the tenant for each staged session: its columns, or the same value for all."""
    values = {"tenant_id": tx.tenant_id, **values}
    given = [
        value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    tx.db.execute(insert(table).from_select(list(values), select(*given).select_from(new)))


def _codes(tx: Transaction, count: int) -> list[str]:
    """New codes that no session has."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {codes.draw() for _ in range(count - len(found))} - found
        there = tx.db.execute(select(_SESSION.c.code).where(among(_SESSION.c.code, drawn))).scalars()
        found |= drawn.difference(there)
    return list(found)

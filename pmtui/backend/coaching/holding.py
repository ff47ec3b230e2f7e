"""Holding the sessions of a run, many at a time: the same rows as `sessions.hold` makes, in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select

from pmtui.backend.coaching import codes
from pmtui.backend.settings.records import Settings
from pmtui.backend.slots.values import from_minute
from pmtui.backend.states import Origin, SessionState, TeamRole, Topic, WorkKind
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Held:
    """A session to hold: whose, from which minute on, for how many."""

    coach_id: int
    agent_id: int
    start: int
    minutes: int
    title: str


def hold_all(tx: Transaction, held: Sequence[Held], settings: Settings) -> dict[int, int]:
    """Hold these sessions, marked Auto; their ids by agent. The caller has locked everybody.

    Where the organisation approves at once, the worker is told to. Raises SlotTaken, from the database's own guard.
    """
    if not held:
        return {}
    db = tx.db.connection()
    rows = _sessions(tx, held, settings)
    ids = db.execute(insert(Session).returning(col(Session.id), sort_by_parameter_order=True), rows).scalars().all()
    db.execute(
        insert(Participant),
        [
            {
                "session_id": session_id,
                "person_id": row[f"{role.value}_id"],
                "tenant_id": tx.tenant_id,
                "role": role,
                "starts": row["starts"],
                "ends": row["ends"],
                "live": True,
            }
            for session_id, row in zip(ids, rows, strict=True)
            for role in (TeamRole.COACH, TeamRole.AGENT)
        ],
    )
    work = [_work(tx, WorkKind.EXPIRE, one, row["held_until"]) for one, row in zip(ids, rows, strict=True)]
    if settings.approve_at_once:
        work += [_work(tx, WorkKind.APPROVE, session_id, tx.now) for session_id in ids]
    db.execute(insert(Work), work)
    tx.changed(Topic.COACHING)
    return {one.agent_id: session_id for one, session_id in zip(held, ids, strict=True) if session_id is not None}


def _sessions(tx: Transaction, held: Sequence[Held], settings: Settings) -> list[dict[str, Any]]:
    latest = tx.now + timedelta(days=settings.hold_days)
    rows = []
    for one, code in zip(held, _codes(tx, len(held)), strict=True):
        starts = from_minute(one.start)
        rows.append(
            {
                "tenant_id": tx.tenant_id,
                "code": code,
                "title": one.title,
                "coach_id": one.coach_id,
                "agent_id": one.agent_id,
                "starts": starts,
                "ends": from_minute(one.start + one.minutes),
                "state": SessionState.HELD,
                "live": True,
                "origin": Origin.AUTO,
                "held_until": min(latest, starts),
                "attention_details": "",
                "generation": 0,
                "created_at": tx.now,
                "created_by_id": tx.actor.person_id,
            }
        )
    return rows


def _work(tx: Transaction, kind: WorkKind, subject: int | None, due_at: Any) -> dict[str, Any]:
    return {"tenant_id": tx.tenant_id, "kind": kind, "subject": subject, "due_at": due_at, "attempts": 0}


def _codes(tx: Transaction, count: int) -> list[str]:
    """New codes that no session has."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {codes.draw() for _ in range(count - len(found))} - found
        found |= drawn.difference(tx.db.exec(select(Session.code).where(col(Session.code).in_(drawn))).all())
    return list(found)

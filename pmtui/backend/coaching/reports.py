"""What there is to tell of a run: how far it is, and what came of every agent."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col

from pmtui.backend.coaching import outcomes, run_words
from pmtui.backend.coaching.outcomes import Why
from pmtui.backend.coaching.records import RunAgentRecord, RunRecord, RunReport
from pmtui.backend.coaching.who import identity
from pmtui.backend.errors import NotFound
from pmtui.backend.people import access
from pmtui.backend.slots.values import from_minute
from pmtui.backend.states import Priority, RunOutcome, RunState, SessionState
from pmtui.backend.storage.among import among
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.runs import Run, RunAgent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.service import Sync

_ORDER = list(Priority)
_OPERATOR = "the operator"
_ZONES_AT_A_TIME = 500


def record(tx: Transaction, run: Run) -> RunRecord:
    """How far a run is now."""
    state = _state(run)
    rate, left = None, None
    if run.started_at is not None and run.agents_done:
        seconds = max(((run.ended_at or tx.now) - run.started_at).total_seconds(), 0.001)
        rate = run.agents_done / seconds
        if state is RunState.RUNNING:
            left = round((run.agents - run.agents_done) / rate)
    asked_by = tx.db.get(Person, run.asked_by_id) if run.asked_by_id is not None else None
    return RunRecord(
        code=run.code,
        state=state,
        rules=tuple(json.loads(run.rules)),
        team=run.team,
        asked_at=run.asked_at,
        asked_by=asked_by.name if asked_by is not None else _OPERATOR,
        started_at=run.started_at,
        ended_at=run.ended_at,
        agents=run.agents,
        done=run.agents_done,
        proposed=run.proposed,
        per_second=rate,
        seconds_left=left,
    )


def report(tx: Transaction, sync: Sync, run: Run, agent_email: str | None) -> RunReport:
    """What came of the agents in scope, or of one of them."""
    which = _in_scope(tx)
    if agent_email is not None:
        person = access.find(tx, agent_email)
        access.require_in_scope(tx, identity(person))
        which = (col(RunAgent.agent_id) == person.id,)
    rows = _rows(tx, run, *which)
    if agent_email is not None and not rows:
        raise NotFound(
            "not_in_run",
            f"{agent_email.strip()} was not in run {run.code}.",
            "See who falls under a rule with: pmtui coaching rules who",
        )
    zones = _zones(tx, sync, {row.coach_id for row in rows if row.coach_id is not None})
    default, over = access.tenant(tx).timezone, run.ended_at is not None
    found = tuple(_agent(row, zones.get(row.coach_id or 0, default), over, tx.now) for row in rows)
    return RunReport(record(tx, run), _counted(Counter(one.outcome for one in found)), found)


def outcomes_of(tx: Transaction, run: Run) -> tuple[tuple[RunOutcome, int], ...]:
    """How many of the agents in scope came to what, those still waiting apart: counted by the database."""
    counted = (
        sqlalchemy.select(col(RunAgent.outcome), func.count())
        .where(col(RunAgent.tenant_id) == tx.tenant_id, col(RunAgent.run_id) == run.id, *_in_scope(tx))
        .group_by(col(RunAgent.outcome))
    )
    over = run.ended_at is not None
    return _counted({_outcome(outcome, over): count for outcome, count in tx.db.execute(counted)})


def _counted(counts: Mapping[RunOutcome | None, int]) -> tuple[tuple[RunOutcome, int], ...]:
    return tuple((outcome, counts[outcome]) for outcome in RunOutcome if counts.get(outcome))


def _in_scope(tx: Transaction) -> tuple[ColumnElement[bool], ...]:
    scope = access.scope(tx)
    return () if scope is None else (among(RunAgent.agent_id, scope),)


class _Row(NamedTuple):
    """One agent of a run with what a report says of them: whole rows of four tables would take several times more."""

    agent_id: int
    coach_id: int | None
    rule: str
    priority: Priority
    value: float
    due: int
    miss: float
    outcome: RunOutcome | None
    details: str
    agent: str
    agent_email: str
    coach: str | None
    coach_email: str | None
    session: str | None
    starts: datetime | None
    state: SessionState | None


def _rows(tx: Transaction, run: Run, *which: ColumnElement[bool]) -> list[_Row]:
    """The agents in the order in which they get scarce time."""
    agent, coach = aliased(Person), aliased(Person)
    own = [col(getattr(RunAgent, name)) for name in _Row._fields[: _Row._fields.index("agent")]]
    others = (agent.name, agent.email, coach.name, coach.email, Session.code, Session.starts, Session.state)
    query = (
        sqlalchemy.select(*own, *map(col, others))
        .join(agent, col(agent.id) == RunAgent.agent_id)
        .join(coach, col(coach.id) == RunAgent.coach_id, isouter=True)
        .join(Session, col(Session.id) == RunAgent.session_id, isouter=True)
        .where(col(RunAgent.tenant_id) == tx.tenant_id, col(RunAgent.run_id) == run.id, *which)
    )
    return sorted(map(_Row._make, tx.db.execute(query)), key=_precedence)


def _precedence(row: _Row) -> tuple[int, int, float, str, str]:
    return _ORDER.index(row.priority), row.due, -row.miss, row.agent, row.agent_email


def _agent(row: _Row, timezone: str, over: bool, now: datetime) -> RunAgentRecord:
    why = outcomes.read(row.details)
    outcome = _outcome(row.outcome, over)
    coach = row.coach or ""
    return RunAgentRecord(
        agent=row.agent,
        agent_email=row.agent_email,
        coach=coach,
        coach_email=row.coach_email or "",
        rule=row.rule,
        priority=row.priority,
        value=row.value,
        outcome=outcome,
        session=row.session if row.session is not None else why.session,
        starts_at=row.starts if row.starts is not None else _starts(why),
        timezone=timezone,
        state=row.state,
        reason=run_words.reason(outcome, why, coach, row.agent, timezone, now),
        removed=why.removed,
        helps=why.helps,
    )


def _outcome(stored: RunOutcome | None, over: bool) -> RunOutcome | None:
    return stored or (RunOutcome.NOT_PLANNED if over else None)


def _starts(why: Why) -> datetime | None:
    return from_minute(why.start) if why.start is not None else None


def _state(run: Run) -> RunState:
    if run.ended_at is not None:
        return RunState.CANCELLED if run.cancelled_at is not None else RunState.DONE
    if run.cancelled_at is not None:
        return RunState.CANCELLING
    return RunState.WAITING if run.started_at is None else RunState.RUNNING


def _zones(tx: Transaction, sync: Sync, coach_ids: Collection[int]) -> dict[int, str]:
    ids, found = sorted(coach_ids), dict[int, str]()
    for first in range(0, len(ids), _ZONES_AT_A_TIME):
        found |= sync.clocks(tx, ids[first : first + _ZONES_AT_A_TIME])
    return found

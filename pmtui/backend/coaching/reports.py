"""What there is to tell of a run: how far it is, and what came of every agent."""

import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from pmtui.backend.coaching import outcomes, run_words
from pmtui.backend.coaching.outcomes import Why
from pmtui.backend.coaching.records import RunAgentRecord, RunRecord, RunReport
from pmtui.backend.coaching.who import identity
from pmtui.backend.errors import NotFound
from pmtui.backend.people import access
from pmtui.backend.slots.values import from_minute
from pmtui.backend.states import Priority, RunOutcome, RunState
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
    agent, coach = aliased(Person), aliased(Person)
    query = (
        select(RunAgent, agent, coach, Session)
        .join(agent, col(agent.id) == RunAgent.agent_id)
        .join(coach, col(coach.id) == RunAgent.coach_id, isouter=True)
        .join(Session, col(Session.id) == RunAgent.session_id, isouter=True)
        .where(RunAgent.tenant_id == tx.tenant_id, RunAgent.run_id == run.id)
    )
    if agent_email is not None:
        person = access.find(tx, agent_email)
        access.require_in_scope(tx, identity(person))
        query = query.where(RunAgent.agent_id == person.id)
    scope = access.scope(tx)
    rows = [row for row in tx.db.exec(query).all() if scope is None or row[0].agent_id in scope]
    if agent_email is not None and not rows:
        raise NotFound(
            "not_in_run",
            f"{agent_email.strip()} was not in run {run.code}.",
            "See who falls under a rule with: pmtui coaching rules who",
        )
    zones = _zones(tx, sync, {row.coach_id for row, *_ in rows if row.coach_id is not None})
    default, over = access.tenant(tx).timezone, run.ended_at is not None
    found = [
        _agent(row, person, other, session, zones.get(row.coach_id or 0, default), over, tx.now)
        for row, person, other, session in rows
    ]
    due = {row.agent_id: row.due for row, *_ in rows}
    miss = {person.email: (due[row.agent_id], -row.miss) for row, person, *_ in rows}
    found.sort(key=lambda one: (_ORDER.index(one.priority), *miss[one.agent_email], one.agent, one.agent_email))
    counts = Counter(one.outcome for one in found if one.outcome is not None)
    ordered = tuple((outcome, counts[outcome]) for outcome in RunOutcome if counts[outcome])
    return RunReport(record(tx, run), ordered, tuple(found))


def _agent(
    row: RunAgent,
    agent: Person,
    coach: Person | None,
    session: Session | None,
    timezone: str,
    over: bool,
    now: datetime,
) -> RunAgentRecord:
    why = outcomes.read(row.details)
    outcome = row.outcome or (RunOutcome.NOT_PLANNED if over else None)
    names = (coach.name if coach is not None else "", agent.name)
    return RunAgentRecord(
        agent=agent.name,
        agent_email=agent.email,
        coach=names[0],
        coach_email=coach.email if coach is not None else "",
        rule=row.rule,
        priority=row.priority,
        value=row.value,
        outcome=outcome,
        session=session.code if session is not None else why.session,
        starts_at=session.starts if session is not None else _starts(why),
        timezone=timezone,
        state=session.state if session is not None else None,
        reason=run_words.reason(outcome, why, *names, timezone, now),
        removed=why.removed,
        helps=why.helps,
    )


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

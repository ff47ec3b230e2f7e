"""Whom a run passes over, and storing what came of everybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from pmtui.backend.coaching.outcomes import Result, Why
from pmtui.backend.slots.values import to_minute
from pmtui.backend.states import Permission, RunOutcome, SessionState
from pmtui.backend.storage.among import among
from pmtui.backend.storage.staging import as_in, staged
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.people import Person, PersonPermission
from pmtui.backend.storage.tables.rules import Rule
from pmtui.backend.storage.tables.runs import RunAgent
from pmtui.backend.storage.transaction import Transaction

_AGENT = RunAgent.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
_WAITS = frozenset({SessionState.REQUESTED, SessionState.HELD, SessionState.APPROVING})
_HAPPENED = frozenset({SessionState.SCHEDULED, SessionState.DONE})


def passed_over(
    tx: Transaction, rows: Sequence[RunAgent], people: Mapping[int, Person], rules: Mapping[int, Rule]
) -> dict[int, Result]:
    """Who gets no session whatever the calendars say, and why, by agent id: as things are now."""
    found: dict[int, Result] = {}
    able = select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id,
        PersonPermission.permission == Permission.COACH,
        among(PersonPermission.person_id, {row.coach_id for row in rows if row.coach_id is not None}),
    )
    coaches = frozenset(tx.db.exec(able).all())
    before = _sessions_before(tx, rows, rules)
    for row in rows:
        coach = people.get(row.coach_id or 0)
        if row.rule_id is None or row.rule_id not in rules:  # it may have been removed after the row was read
            found[row.agent_id] = Result(RunOutcome.RULE_GONE)
        elif people[row.agent_id].disabled_at is not None:
            found[row.agent_id] = Result(RunOutcome.AGENT_GONE)
        elif coach is None:
            found[row.agent_id] = Result(RunOutcome.NO_COACH)
        elif coach.disabled_at is not None:
            found[row.agent_id] = Result(RunOutcome.COACH_DISABLED)
        elif row.coach_id not in coaches:
            found[row.agent_id] = Result(RunOutcome.COACH_WITHOUT_PERMISSION)
        else:
            for session in before.get((row.agent_id, row.rule_id), ()):
                result = _kept_out(session, rules[row.rule_id], tx.now)
                if result is not None:
                    found[row.agent_id] = result
                    break
    return found


def store(
    tx: Transaction, rows: Sequence[RunAgent], results: Mapping[int, Result], sessions: Mapping[int, int]
) -> None:
    """Write what came of each of these agents of a run; `sessions` are the ids of those proposed, by agent."""
    names = ("run_id", "agent_id", "outcome", "session_id", "details")
    came = ((row.run_id, row.agent_id, results[row.agent_id]) for row in rows)
    told = ((run, agent, result.outcome, sessions.get(agent), result.why.written()) for run, agent, result in came)
    with staged(tx, "staged_result", as_in(_AGENT, *names), told) as found:
        news = {name: found.c[name] for name in ("outcome", "session_id", "details")}
        this = (_AGENT.c.run_id == found.c.run_id, _AGENT.c.agent_id == found.c.agent_id)
        tx.db.execute(update(_AGENT).where(*this).values(news))


def _sessions_before(
    tx: Transaction, rows: Sequence[RunAgent], rules: Mapping[int, Rule]
) -> dict[tuple[int, int], list[Session]]:
    """The sessions that runs gave these agents by rule, the latest first: those ahead, and those a cooldown counts."""
    longest = max((rule.cooldown_days for rule in rules.values()), default=0)
    query = (
        select(RunAgent.agent_id, RunAgent.rule_id, Session)
        .join(Session, col(Session.id) == col(RunAgent.session_id))
        .where(
            RunAgent.tenant_id == tx.tenant_id,
            among(RunAgent.agent_id, [row.agent_id for row in rows]),
            col(RunAgent.rule_id).is_not(None),
            col(Session.state).in_(_WAITS | _HAPPENED),
            Session.ends > tx.now - timedelta(days=longest),
        )
        .order_by(col(Session.starts).desc())
    )
    found: dict[tuple[int, int], list[Session]] = {}
    for agent_id, rule_id, session in tx.db.exec(query).all():
        found.setdefault((agent_id, rule_id or 0), []).append(session)
    return found


def _kept_out(session: Session, rule: Rule, now: datetime) -> Result | None:
    """Whether this session of the rule keeps its agent out of a new one."""
    why = Why(session=session.code, start=to_minute(session.starts))
    if session.state in _WAITS:
        return Result(RunOutcome.OPEN_PROPOSAL, why) if session.starts > now else None
    if session.ends > now:
        return Result(RunOutcome.UPCOMING_SESSION, why)
    until = session.ends + timedelta(days=rule.cooldown_days)
    if until <= now:
        return None
    return Result(RunOutcome.COOLDOWN, Why(session=session.code, start=why.start, until=to_minute(until)))

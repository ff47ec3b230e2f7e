"""Who is called to coaching: the agents of the actor's scope who fall under a rule, by their latest metrics."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func
from sqlmodel import col, select

from pmtui.backend.coaching import who
from pmtui.backend.coaching.matching import Candidate, chosen
from pmtui.backend.coaching.records import MatchRecord
from pmtui.backend.people import access
from pmtui.backend.states import Priority, TeamRole
from pmtui.backend.storage.tables.people import GroupTeam, Person, TeamMember
from pmtui.backend.storage.tables.rules import MetricValue, Rule, RuleAudience
from pmtui.backend.storage.transaction import Transaction

_ORDER = list(Priority)


@dataclass(frozen=True, slots=True)
class Call:
    """An agent, the rule they fall under, and by what. `coach_id` is their own coach, if they have one."""

    agent_id: int
    coach_id: int | None
    rule: Rule
    match: MatchRecord


def calls(tx: Transaction) -> list[Call]:
    """The agents in scope who fall under a rule now, in the order in which they get scarce time as far as rules say."""
    rules = list(tx.db.exec(select(Rule).where(Rule.tenant_id == tx.tenant_id)).all())
    latest = _latest(tx, {rule.metric for rule in rules})
    audiences = _audiences(tx)
    scope = access.scope(tx)
    found: list[Call] = []
    agents = select(Person.id, Person.name, Person.email, Person.coach_id)
    agents = agents.where(Person.tenant_id == tx.tenant_id, col(Person.disabled_at).is_(None), who.agents_of(tx))
    for agent_id, name, email, coach_id in tx.db.exec(agents).all():
        if agent_id is None or (scope is not None and agent_id not in scope):
            continue
        candidates = [
            Candidate(rule, rule.name, rule.priority, rule.comparison, rule.value, latest[agent_id, rule.metric][0])
            for rule in rules
            if (agent_id, rule.metric) in latest and (rule.id not in audiences or agent_id in audiences[rule.id])
        ]
        best = chosen(candidates)
        if best is not None:
            _, measured_on = latest[agent_id, best.rule.metric]
            match = MatchRecord(
                name, email, best.name, best.priority, best.rule.metric, best.value, measured_on, best.miss
            )
            found.append(Call(agent_id, coach_id, best.rule, match))
    return sorted(found, key=_precedence)


def _precedence(call: Call) -> tuple[int, float, str, str]:
    one = call.match
    return _ORDER.index(one.priority), -one.miss, one.agent, one.agent_email


def _latest(tx: Transaction, metrics: Collection[str]) -> dict[tuple[int, str], tuple[float, date]]:
    """The newest value and its day, by agent and metric."""
    newest = (
        select(MetricValue.person_id, MetricValue.metric, func.max(MetricValue.measured_on).label("newest"))
        .where(MetricValue.tenant_id == tx.tenant_id, col(MetricValue.metric).in_(metrics))
        .group_by(col(MetricValue.person_id), col(MetricValue.metric))
        .subquery()
    )
    rows = tx.db.exec(
        select(MetricValue.person_id, MetricValue.metric, MetricValue.value, col(MetricValue.measured_on)).join(
            newest,
            and_(
                col(MetricValue.person_id) == newest.c.person_id,
                col(MetricValue.metric) == newest.c.metric,
                col(MetricValue.measured_on) == newest.c.newest,
            ),
        )
    ).all()
    return {(person_id, metric): (value, measured_on) for person_id, metric, value, measured_on in rows}


def _audiences(tx: Transaction) -> dict[int, frozenset[int]]:
    """The people of each rule's teams and groups, by rule; a rule for everybody is not in it."""
    in_team = select(RuleAudience.rule_id, TeamMember.person_id).join(
        TeamMember, col(TeamMember.team_id) == col(RuleAudience.team_id)
    )
    in_group = (
        select(RuleAudience.rule_id, TeamMember.person_id)
        .join(GroupTeam, col(GroupTeam.group_id) == col(RuleAudience.group_id))
        .join(TeamMember, col(TeamMember.team_id) == col(GroupTeam.team_id))
    )
    mine, agent = RuleAudience.tenant_id == tx.tenant_id, TeamMember.role == TeamRole.AGENT
    found: dict[int, set[int]] = defaultdict(set)
    for rule_id in tx.db.exec(select(RuleAudience.rule_id).where(mine).distinct()).all():
        found[rule_id] = set()
    for query in (in_team, in_group):
        for rule_id, person_id in tx.db.exec(query.where(mine, agent)).all():
            found[rule_id].add(person_id)
    return {rule_id: frozenset(people) for rule_id, people in found.items()}

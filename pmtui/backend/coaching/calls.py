"""Who is called to coaching: the agents of the actor's scope who fall under a rule, by their latest metrics."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, func
from sqlmodel import col, select

from pmtui.backend.coaching import who
from pmtui.backend.coaching.matching import Candidate, chosen
from pmtui.backend.coaching.records import MatchRecord
from pmtui.backend.states import Priority, TeamRole
from pmtui.backend.storage.tables.people import GroupTeam, TeamMember
from pmtui.backend.storage.tables.rules import MetricValue, Rule, RuleAudience
from pmtui.backend.storage.transaction import Transaction

_ORDER = list(Priority)


def calls(tx: Transaction) -> tuple[MatchRecord, ...]:
    """The agents in scope who fall under a rule now, in the order in which they get scarce time as far as rules say."""
    rules = list(tx.db.exec(select(Rule).where(Rule.tenant_id == tx.tenant_id)).all())
    latest = _latest(tx, {rule.metric for rule in rules})
    audiences = _audiences(tx)
    found: list[MatchRecord] = []
    for person in who.agents_in_scope(tx):
        candidates = [
            Candidate(rule, rule.name, rule.priority, rule.comparison, rule.value, value)
            for rule in rules
            if (value := latest.get((who.identity(person), rule.metric), (None, None))[0]) is not None
            and (rule.id not in audiences or who.identity(person) in audiences[rule.id])
        ]
        best = chosen(candidates)
        if best is not None:
            _, measured_on = latest[who.identity(person), best.rule.metric]
            found.append(
                MatchRecord(
                    person.name,
                    person.email,
                    best.name,
                    best.priority,
                    best.rule.metric,
                    best.value,
                    measured_on,
                    best.miss,
                )
            )
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.priority), -one.miss, one.agent, one.agent_email)))


def _latest(tx: Transaction, metrics: Collection[str]) -> dict[tuple[int, str], tuple[float, date]]:
    """The newest value and its day, by agent and metric."""
    newest = (
        select(MetricValue.person_id, MetricValue.metric, func.max(MetricValue.measured_on).label("newest"))
        .where(MetricValue.tenant_id == tx.tenant_id, col(MetricValue.metric).in_(metrics))
        .group_by(col(MetricValue.person_id), col(MetricValue.metric))
        .subquery()
    )
    rows = tx.db.exec(
        select(MetricValue).join(
            newest,
            and_(
                col(MetricValue.person_id) == newest.c.person_id,
                col(MetricValue.metric) == newest.c.metric,
                col(MetricValue.measured_on) == newest.c.newest,
            ),
        )
    ).all()
    return {(row.person_id, row.metric): (row.value, row.measured_on) for row in rows}


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

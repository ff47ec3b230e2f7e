"""Auto Coaching's rules: who is to be coached, about what, how soon. For administrators."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, select

from pmtui.backend.actor import Actor
from pmtui.backend.coaching import offering, rules_typed
from pmtui.backend.coaching.calls import calls
from pmtui.backend.coaching.records import MatchRecord, RuleDraft, RuleRecord
from pmtui.backend.errors import Conflict, NotFound, SavedElsewhere
from pmtui.backend.people import access
from pmtui.backend.people.membership import group_named, stored_id, team_named
from pmtui.backend.states import ADMINISTER, Priority, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Group, GroupTeam, Person, Team, TeamMember
from pmtui.backend.storage.tables.rules import Rule, RuleAudience
from pmtui.backend.storage.tables.runs import RunAgent
from pmtui.backend.storage.transaction import Transaction

_ORDER = list(Priority)


class Rules:
    """The rules of an organisation. What a scoped administrator sees and changes is of their people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, actor: Actor) -> tuple[RuleRecord, ...]:
        """Every rule in the order in which it counts, with how many agents fall under it now."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            return _records(tx)

    def matches(self, actor: Actor, name: str | None = None) -> tuple[MatchRecord, ...]:
        """The agents who fall under a rule now (or under that one), by priority, largest miss and name."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            wanted = rule_named(tx, name, lock=False).name if name is not None else None
            return tuple(one.match for one in calls(tx) if wanted in (None, one.rule.name))

    @repeated
    def save(self, actor: Actor, draft: RuleDraft, version: int = 0) -> RuleRecord:
        """Make a rule (`version` 0), or change the one of that name from that version on.

        Raises BadInput, Conflict `rule_exists`, SavedElsewhere, NotFound (team, group, rule), NotAllowed: a rule for
        everybody needs the whole organisation in scope.
        """
        draft = _checked(draft)
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            teams = [stored_id(team_named(tx, each)) for each in dict.fromkeys(draft.teams)]
            groups = [stored_id(group_named(tx, each)) for each in dict.fromkeys(draft.groups)]
            if draft.minutes is not None:
                offering.length(tx, draft.minutes)
            _require_scope(tx, teams, groups)
            row = _to_change(tx, draft.name, version)
            if row is None:
                row = Rule(tenant_id=tx.tenant_id, name=draft.name, saved_at=tx.now, **_values(draft))
            else:
                row.version, row.saved_at = version + 1, tx.now
                for name, value in _values(draft).items():
                    setattr(row, name, value)
            tx.db.add(row)
            tx.db.flush()
            rule_id = _id(row)
            tx.db.execute(delete(RuleAudience).where(col(RuleAudience.rule_id) == rule_id))
            tx.db.add_all(RuleAudience(tenant_id=tx.tenant_id, rule_id=rule_id, team_id=each) for each in teams)
            tx.db.add_all(RuleAudience(tenant_id=tx.tenant_id, rule_id=rule_id, group_id=each) for each in groups)
            tx.audit(Verb.RULE_SAVED, f"rule:{rule_id}", version=row.version)
            tx.changed(Topic.COACHING)
            tx.db.flush()
            return next(one for one in _records(tx) if one.rule.name == draft.name)

    @repeated
    def remove(self, actor: Actor, name: str) -> None:
        """Take a rule away; sessions made by it stay as they are."""
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            row = rule_named(tx, name)
            _require_audience_in_scope(tx, row)
            tx.audit(Verb.RULE_REMOVED, f"rule:{row.id}")
            tx.db.execute(delete(RuleAudience).where(col(RuleAudience.rule_id) == row.id))
            tx.db.execute(update(RunAgent).where(col(RunAgent.rule_id) == row.id).values(rule_id=None))
            tx.db.delete(row)
            tx.changed(Topic.COACHING)


def _records(tx: Transaction) -> tuple[RuleRecord, ...]:
    rows = tx.db.exec(select(Rule).where(Rule.tenant_id == tx.tenant_id)).all()
    counts: dict[str, int] = defaultdict(int)
    for one in calls(tx):
        counts[one.rule.name] += 1
    audience: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    told = tx.db.exec(select(RuleAudience).where(RuleAudience.tenant_id == tx.tenant_id)).all()
    teams, groups = _names(tx, Team), _names(tx, Group)  # afterwards: none of theirs can be missing
    for each in told:
        if each.team_id is not None:
            audience[each.rule_id][0].append(teams[each.team_id])
        elif each.group_id is not None:
            audience[each.rule_id][1].append(groups[each.group_id])
    return tuple(
        RuleRecord(_draft(row, *audience[_id(row)]), row.version, counts[row.name])
        for row in sorted(rows, key=lambda row: (_ORDER.index(row.priority), row.name))
    )


def _names(tx: Transaction, table: type[Team] | type[Group]) -> dict[int | None, str]:
    return dict(tx.db.exec(select(table.id, table.name).where(table.tenant_id == tx.tenant_id)).all())


def _draft(row: Rule, teams: Iterable[str], groups: Iterable[str]) -> RuleDraft:
    target = (row.target_value, row.target_days) if row.target_value is not None and row.target_days else None
    return RuleDraft(
        name=row.name,
        metric=row.metric,
        comparison=row.comparison,
        value=row.value,
        priority=row.priority,
        title=row.title,
        description=row.description,
        teams=tuple(sorted(teams)),
        groups=tuple(sorted(groups)),
        target=target,
        minutes=row.minutes,
        look_ahead_days=row.look_ahead_days,
        cooldown_days=row.cooldown_days,
    )


def _values(draft: RuleDraft) -> dict[str, Any]:
    target_value, target_days = draft.target or (None, None)
    return {
        "title": draft.title,
        "description": draft.description,
        "priority": draft.priority,
        "metric": draft.metric,
        "comparison": draft.comparison,
        "value": draft.value,
        "target_value": target_value,
        "target_days": target_days,
        "minutes": draft.minutes,
        "look_ahead_days": draft.look_ahead_days,
        "cooldown_days": draft.cooldown_days,
    }


def _checked(draft: RuleDraft) -> RuleDraft:
    if draft.look_ahead_days is not None:
        rules_typed.days(draft.look_ahead_days, "look-ahead", offering.DAYS_AT_MOST)
    rules_typed.days(draft.cooldown_days, "cooldown")
    return replace(
        draft,
        name=rules_typed.name(draft.name),
        metric=rules_typed.metric(draft.metric),
        title=rules_typed.name(draft.title, "title"),
        description=rules_typed.description(draft.description),
    )


def _to_change(tx: Transaction, name: str, version: int) -> Rule | None:
    """The rule to change, None where a new one is wanted."""
    row = _find(tx, name)
    if version == 0:
        if row is not None:
            raise Conflict("rule_exists", f"There is a rule {name!r} already.", "Choose another name, or change it.")
        return None
    if row is None:
        raise _unknown(name)
    _require_audience_in_scope(tx, row)
    if row.version != version:
        raise SavedElsewhere(
            "saved_elsewhere", "Somebody else has changed this rule in the meantime.", "Look at it again, then repeat."
        )
    return row


def rule_named(tx: Transaction, name: str, *, lock: bool = True) -> Rule:
    """The rule of this name; NotFound."""
    row = _find(tx, rules_typed.name(name), lock=lock)
    if row is None:
        raise _unknown(name)
    return row


def _find(tx: Transaction, name: str, *, lock: bool = True) -> Rule | None:
    found = select(Rule).where(Rule.tenant_id == tx.tenant_id, Rule.name == name)
    return tx.db.exec(found.with_for_update() if lock else found).first()


def _unknown(name: str) -> NotFound:
    return NotFound("no_rule", f"There is no rule {name[:60]!r}.", "pmtui coaching rules list shows them.", "name")


def _require_audience_in_scope(tx: Transaction, row: Rule) -> None:
    audience = tx.db.exec(select(RuleAudience).where(RuleAudience.rule_id == row.id)).all()
    teams = [one.team_id for one in audience if one.team_id is not None]
    _require_scope(tx, teams, [one.group_id for one in audience if one.group_id is not None])


def _require_scope(tx: Transaction, teams: Collection[int], groups: Collection[int]) -> None:
    """A scoped administrator makes rules for people of theirs only; one for everybody is the organisation's."""
    scope = access.scope(tx)
    if scope is None:
        return
    in_groups = select(GroupTeam.team_id).where(col(GroupTeam.group_id).in_(groups))
    members = select(TeamMember.person_id).where(
        TeamMember.tenant_id == tx.tenant_id,
        col(TeamMember.team_id).in_(teams) | col(TeamMember.team_id).in_(in_groups),
    )
    everybody = select(Person.id).where(Person.tenant_id == tx.tenant_id)
    meant = tx.db.exec(members if teams or groups else everybody).all()
    access.require_in_scope(tx, *[person_id for person_id in meant if person_id is not None])


def _id(row: Rule) -> int:
    assert row.id is not None
    return row.id

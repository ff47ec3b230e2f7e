"""Which coach an agent has: their own, else one of their main team."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from pmtui.backend.people import access
from pmtui.backend.states import Permission, RunOutcome, TeamRole
from pmtui.backend.storage.tables.people import Person, PersonPermission, Team, TeamMember
from pmtui.backend.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Coaches:
    """Who coaches whom, and what stands against a coach."""

    of_team: Mapping[int, tuple[int, ...]]
    """The coaches of an agent's main team, in the order of their names, by the agent's id."""
    disabled: frozenset[int]
    able: frozenset[int]
    scope: frozenset[int] | None

    def of(self, agent_id: int, own: int | None) -> int | None:
        """The agent's `own` coach, else the first of their main team who is somebody else."""
        if own is not None:
            return own
        return next((one for one in self.of_team.get(agent_id, ()) if one != agent_id), None)

    def against(self, coach_id: int | None) -> RunOutcome | None:
        """Why this coach can't be taken; nobody is taken instead."""
        if coach_id is None:
            return RunOutcome.NO_COACH
        if coach_id in self.disabled:
            return RunOutcome.COACH_DISABLED
        if coach_id not in self.able:
            return RunOutcome.COACH_WITHOUT_PERMISSION
        if self.scope is not None and coach_id not in self.scope:
            return RunOutcome.COACH_OUT_OF_SCOPE
        return None


def coaches(tx: Transaction) -> Coaches:
    """The coaches of the actor's organisation."""
    main: dict[int, int] = {}
    memberships = (
        select(TeamMember.person_id, TeamMember.team_id)
        .join(Team, col(Team.id) == TeamMember.team_id)
        .where(TeamMember.tenant_id == tx.tenant_id, TeamMember.role == TeamRole.AGENT)
        .order_by(col(TeamMember.main).desc(), col(Team.name))
    )
    for person_id, team_id in tx.db.exec(memberships).all():
        main.setdefault(person_id, team_id)
    of_team: dict[int, list[int]] = defaultdict(list)
    leading = (
        select(TeamMember.team_id, TeamMember.person_id)
        .join(Person, col(Person.id) == TeamMember.person_id)
        .where(TeamMember.tenant_id == tx.tenant_id, TeamMember.role == TeamRole.COACH)
        .order_by(col(Person.name), col(Person.email))
    )
    for team_id, person_id in tx.db.exec(leading).all():
        of_team[team_id].append(person_id)
    teams = {team_id: tuple(people) for team_id, people in of_team.items()}
    disabled = select(Person.id).where(Person.tenant_id == tx.tenant_id, col(Person.disabled_at).is_not(None))
    able = select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id, PersonPermission.permission == Permission.COACH
    )
    return Coaches(
        {person_id: teams.get(team_id, ()) for person_id, team_id in main.items()},
        frozenset(one for one in tx.db.exec(disabled).all() if one is not None),
        frozenset(tx.db.exec(able).all()),
        access.scope(tx),
    )

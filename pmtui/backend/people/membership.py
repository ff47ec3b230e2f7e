"""Teams and groups: finding them by name, making them, and who is in them."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import col, select

from pmtui.backend.errors import NotFound
from pmtui.backend.people import typed
from pmtui.backend.states import TeamRole
from pmtui.backend.storage.tables.people import Group, GroupTeam, Person, Team, TeamMember, Tenant
from pmtui.backend.storage.transaction import Transaction


def stored_id(row: Tenant | Person | Team | Group) -> int:
    """The id of a row that is in the database."""
    if row.id is None:
        raise LookupError(f"not stored: {type(row).__name__}")
    return row.id


def team_named(tx: Transaction, name: str) -> Team:
    """The tenant's team of this name; NotFound otherwise."""
    found = tx.db.exec(
        select(Team).where(Team.tenant_id == tx.tenant_id, Team.name == typed.name(name, "team"))
    ).first()
    if found is None:
        raise NotFound("no_team", f"There is no team {name!r}.", "pmtui people list shows the teams.", "team")
    return found


def group_named(tx: Transaction, name: str) -> Group:
    """The tenant's group of teams of this name; NotFound otherwise."""
    found = tx.db.exec(
        select(Group).where(Group.tenant_id == tx.tenant_id, Group.name == typed.name(name, "group"))
    ).first()
    if found is None:
        raise NotFound(
            "no_group", f"There is no group {name!r}.", "Make it: pmtui people group NAME --team TEAM", "group"
        )
    return found


def join(tx: Transaction, person_id: int, team: str, role: TeamRole) -> None:
    """Put a person into a team, made if it is new. The first team is the main one."""
    clean = typed.name(team, "team")
    alone(tx)
    row = tx.db.exec(select(Team).where(Team.tenant_id == tx.tenant_id, Team.name == clean)).first()
    if row is None:
        row = Team(tenant_id=tx.tenant_id, name=clean)
        tx.db.add(row)
        tx.db.flush()
    team_id = stored_id(row)
    member = tx.db.get(TeamMember, (team_id, person_id))
    if member is None:
        others = select(TeamMember.team_id).where(TeamMember.person_id == person_id).limit(1)
        first = tx.db.exec(others).first() is None
        member = TeamMember(tenant_id=tx.tenant_id, team_id=team_id, person_id=person_id, role=role, main=first)
    member.role = role
    tx.db.add(member)


def set_group(tx: Transaction, name: str, teams: Collection[str]) -> None:
    """Let a group, made if it is new, hold exactly these teams."""
    team_ids = [stored_id(team_named(tx, each)) for each in dict.fromkeys(teams)]
    alone(tx)
    group = tx.db.exec(select(Group).where(Group.tenant_id == tx.tenant_id, Group.name == name)).first()
    if group is None:
        group = Group(tenant_id=tx.tenant_id, name=name)
        tx.db.add(group)
        tx.db.flush()
    group_id = stored_id(group)
    tx.db.execute(delete(GroupTeam).where(col(GroupTeam.group_id) == group_id))
    tx.db.add_all(GroupTeam(tenant_id=tx.tenant_id, group_id=group_id, team_id=team_id) for team_id in team_ids)


def alone(tx: Transaction) -> None:
    """Nobody else makes a team or group of the tenant until this transaction ends: a name would be made twice."""
    tx.db.exec(select(Tenant.id).where(Tenant.id == tx.tenant_id).with_for_update(key_share=True)).one()

"""The list of people, read in three queries however many they are."""

from collections import defaultdict
from collections.abc import Collection

from sqlmodel import col, select

from pmtui.backend.people import access
from pmtui.backend.people.records import PersonRecord
from pmtui.backend.states import Permission
from pmtui.backend.storage.tables.people import Person, PersonPermission, Team, TeamMember
from pmtui.backend.storage.transaction import Transaction

_ORDER = {permission: index for index, permission in enumerate(Permission)}


def records(tx: Transaction, only: Collection[int] | None = None) -> tuple[PersonRecord, ...]:
    """The people of the tenant (or only these) by name."""
    default = access.tenant(tx).timezone
    query = select(Person).where(Person.tenant_id == tx.tenant_id).order_by(Person.name, Person.email)
    few = only is not None and len(only) == 1
    people = tx.db.exec(query.where(col(Person.id).in_(only or ())) if few else query).all()
    permissions: dict[int, list[Permission]] = defaultdict(list)
    held = select(PersonPermission.person_id, PersonPermission.permission).where(
        PersonPermission.tenant_id == tx.tenant_id
    )
    member = (
        select(TeamMember.person_id, Team.name)
        .join(Team, col(Team.id) == TeamMember.team_id)
        .where(TeamMember.tenant_id == tx.tenant_id)
        .order_by(col(TeamMember.main).desc(), Team.name)
    )
    if few:
        held = held.where(col(PersonPermission.person_id).in_(only or ()))
        member = member.where(col(TeamMember.person_id).in_(only or ()))
    for person_id, permission in tx.db.exec(held).all():
        permissions[person_id].append(Permission(permission))
    teams: dict[int, list[str]] = defaultdict(list)
    for person_id, team_name in tx.db.exec(member).all():
        teams[person_id].append(team_name)
    return tuple(
        PersonRecord(
            email=person.email,
            name=person.name,
            timezone=person.timezone or default,
            teams=tuple(teams[person.id or 0]),
            permissions=tuple(sorted(permissions[person.id or 0], key=_ORDER.__getitem__)),
            disabled=person.disabled_at is not None,
        )
        for person in people
        if only is None or person.id in only
    )

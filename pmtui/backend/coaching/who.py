"""Who can be coach or agent of a session, and who may do what about it."""

from collections.abc import Collection

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select

from pmtui.backend.coaching.records import CoachableRecord
from pmtui.backend.errors import BadInput
from pmtui.backend.people import access
from pmtui.backend.slots.values import CalendarState
from pmtui.backend.states import ADMINISTER, Permission, TeamRole
from pmtui.backend.storage.among import among
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person, PersonPermission, Team, TeamMember
from pmtui.backend.storage.tables.sync import ImportedSchedule
from pmtui.backend.storage.transaction import Transaction

SCHEDULE = (Permission.APPROVE, Permission.ADMIN_ESSENTIALS)
"""Any of these approves, and schedules for other coaches."""
PROPOSE = (Permission.COACH, *SCHEDULE)
SEE = (*PROPOSE, *ADMINISTER, Permission.SUPPORT)


def schedules_for_others(tx: Transaction) -> bool:
    """Whether the actor may propose and change sessions of other coaches."""
    return any(permission in access.permissions(tx) for permission in SCHEDULE)


def sees_others(tx: Transaction) -> bool:
    """Whether the actor may look why other coaches have no times."""
    others = frozenset((*SCHEDULE, *ADMINISTER, Permission.SUPPORT))
    return not others.isdisjoint(access.permissions(tx))


def coaches(tx: Transaction, *, others: bool) -> tuple[CoachableRecord, ...]:
    """The coaches in the actor's scope, by name; without `others` only themselves."""
    may_coach = select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id, PersonPermission.permission == Permission.COACH
    )
    found = _listed(tx, col(Person.id).in_(may_coach), TeamRole.COACH)
    if others:
        return tuple(record for _, record in found)
    return tuple(record for person_id, record in found if person_id == tx.actor.person_id)


def agents(tx: Transaction) -> tuple[CoachableRecord, ...]:
    """The agents in the actor's scope, by name."""
    return tuple(record for _, record in _listed(tx, agents_of(tx), TeamRole.AGENT))


def agents_in_scope(tx: Transaction) -> list[Person]:
    """The rows of the agents in the actor's scope who are not disabled."""
    scope = access.scope(tx)
    query = select(Person).where(Person.tenant_id == tx.tenant_id, col(Person.disabled_at).is_(None), agents_of(tx))
    return [person for person in tx.db.exec(query).all() if scope is None or person.id in scope]


def pair(tx: Transaction, coach_email: str, agent_email: str, *, lock: bool = False) -> tuple[Person, Person]:
    """Coach and agent of a session the actor may propose; locked, so that they stay so until the transaction ends.

    Raises NotFound (nobody there), NotAllowed (permission or scope), BadInput (they can't be a pair).
    """
    access.require(tx, *PROPOSE)
    return _two(tx, coach_email, agent_email, lock, may_schedule=schedules_for_others(tx))


def pair_to_see(tx: Transaction, coach_email: str, agent_email: str) -> tuple[Person, Person]:
    """The same for whoever only looks why there are no times: support, too."""
    access.require(tx, *SEE)
    return _two(tx, coach_email, agent_email, lock=False, may_schedule=sees_others(tx))


def _two(
    tx: Transaction, coach_email: str, agent_email: str, lock: bool, *, may_schedule: bool
) -> tuple[Person, Person]:
    coach, agent = access.find(tx, coach_email), access.find(tx, agent_email)
    if coach.id == agent.id:
        raise BadInput("own_coach", "Nobody is their own coach.", "Choose two people.", where="agent")
    if lock:
        tx.lock_people(identity(coach), identity(agent))
        tx.db.refresh(coach)
        tx.db.refresh(agent)
    if coach.id != tx.actor.person_id and not may_schedule:
        access.require(tx, *SCHEDULE)
    access.require_in_scope(tx, identity(coach), identity(agent))
    if not can_coach(tx, coach):
        raise BadInput(
            "not_a_coach",
            f"{coach.name} is disabled or has no {Permission.COACH.value}.",
            "Choose another coach, or ask an administrator to give it.",
            where="coach",
        )
    if not is_agent(tx, agent):
        raise BadInput(
            "not_an_agent", f"{agent.name} is not an agent of any team.", "Choose another agent.", where="agent"
        )
    return coach, agent


def can_coach(tx: Transaction, person: Person) -> bool:
    """Whether they are there and have Coach View Access."""
    return Permission.COACH in access.permissions_of(tx, identity(person))


def is_agent(tx: Transaction, person: Person) -> bool:
    """Whether they are there and are an agent of a team, or of a coach."""
    found = tx.db.exec(select(Person.id).where(Person.id == person.id, agents_of(tx))).first()
    return person.disabled_at is None and found is not None


def gone(tx: Transaction, coach: Person, agent: Person) -> tuple[str, ...]:
    """Why the two can't meet at all any more, in sentences; empty where they can."""
    found = []
    if not can_coach(tx, coach):
        found.append(f"{coach.name} coaches no more.")
    if agent.disabled_at is not None:
        found.append(f"{agent.name} is not there any more.")
    return tuple(found)


def require_may_change(tx: Transaction, session: Session) -> None:
    """NotAllowed unless the actor is the session's coach, or schedules for others and has both in scope."""
    access.require(tx, *PROPOSE)
    if tx.actor.person_id == session.coach_id and Permission.COACH in access.permissions(tx):
        return
    access.require(tx, *SCHEDULE)
    access.require_in_scope(tx, session.coach_id, session.agent_id)


def identity(person: Person) -> int:
    """The id of a stored person."""
    if person.id is None:
        raise LookupError("this person is not stored yet")
    return person.id


def agents_of(tx: Transaction) -> ColumnElement[bool]:
    """The condition that picks the tenant's agents: of a team, or of a coach."""
    members = select(TeamMember.person_id).where(
        TeamMember.tenant_id == tx.tenant_id, TeamMember.role == TeamRole.AGENT
    )
    return or_(col(Person.id).in_(members), col(Person.coach_id).is_not(None))


def team_names(tx: Transaction, role: TeamRole, person_ids: Collection[int] | None = None) -> dict[int, str]:
    """The team in which each person is that, the main one of several; of these people, or of everybody."""
    query = (
        select(TeamMember.person_id, Team.name)
        .join(Team, col(Team.id) == TeamMember.team_id)
        .where(TeamMember.tenant_id == tx.tenant_id, TeamMember.role == role)
        .order_by(col(TeamMember.main), col(Team.name).desc())
    )
    if person_ids is not None:
        query = query.where(among(TeamMember.person_id, person_ids))
    return dict(tx.db.exec(query).all())  # the main team comes last, and counts


def _listed(tx: Transaction, which: ColumnElement[bool], role: TeamRole) -> list[tuple[int, CoachableRecord]]:
    scope, teams = access.scope(tx), team_names(tx, role)
    rows = tx.db.exec(
        select(Person, Connection.provider, ImportedSchedule.person_id)
        .join(Connection, (col(Connection.person_id) == Person.id) & col(Connection.ended_at).is_(None), isouter=True)
        .join(ImportedSchedule, col(ImportedSchedule.person_id) == Person.id, isouter=True)
        .where(Person.tenant_id == tx.tenant_id, col(Person.disabled_at).is_(None), which)
        .order_by(col(Person.name), col(Person.email))
    ).all()
    return [
        (
            identity(person),
            CoachableRecord(
                person.email,
                person.name,
                teams.get(identity(person), ""),
                _calendar(provider, imported is not None),
            ),
        )
        for person, provider, imported in rows
        if scope is None or person.id in scope
    ]


def _calendar(provider: str | None, imported: bool) -> CalendarState:
    """The calendar that counts: a connected one, else a schedule from a file as that of the WFM."""
    if provider is None:
        return CalendarState.WFM if imported else CalendarState.NONE
    return CalendarState(provider)

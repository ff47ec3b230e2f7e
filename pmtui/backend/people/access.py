"""Who may do what, and to whom: read in the transaction that asks, so that a permission taken away counts at once."""

from sqlmodel import col, or_, select

from pmtui.backend.actor import ActorKind
from pmtui.backend.errors import NotAllowed, NotFound
from pmtui.backend.people import words
from pmtui.backend.states import ADMINISTER, Permission
from pmtui.backend.storage.among import among
from pmtui.backend.storage.tables.people import GroupTeam, Person, PersonPermission, Scope, TeamMember, Tenant
from pmtui.backend.storage.transaction import Transaction

EVERYTHING = frozenset(Permission)
_NAMED = 3
_ORGANISATION_WIDE = (*ADMINISTER, Permission.SUPPORT)


def permissions(tx: Transaction) -> frozenset[Permission]:
    """What the actor may do now; the operator and the worker everything.

    Raises NotAllowed (`person_disabled`) for a disabled person, NotFound for one of another tenant.
    """
    if tx.actor.kind is not ActorKind.PERSON:
        return EVERYTHING
    held = _held(tx, tx.actor.person_id)
    if held is None:
        raise NotFound("no_person", "There is no such person.", "Check who you act as.")
    disabled, found = held
    if disabled:
        raise NotAllowed(
            "person_disabled", "You are disabled here.", words.who_can_give(administrators(tx), "tell you why")
        )
    return found


def permissions_of(tx: Transaction, person_id: int) -> frozenset[Permission]:
    """What a person of the tenant may do now, whoever asks; nothing for a disabled one."""
    held = _held(tx, person_id)
    return frozenset() if held is None or held[0] else held[1]


def stored_permissions(tx: Transaction, person_id: int) -> frozenset[Permission]:
    """What is stored as given to a person, disabled or not."""
    held = _held(tx, person_id)
    return frozenset() if held is None else held[1]


def require(tx: Transaction, *any_of: Permission) -> None:
    """Refuse (NotAllowed `missing_permission`) unless the actor has one of these; says which, and who can give it."""
    if permissions(tx).isdisjoint(any_of):
        raise NotAllowed("missing_permission", words.missing(any_of), words.who_can_give(administrators(tx)))


def administrators(tx: Transaction, limit: int = _NAMED) -> tuple[str, ...]:
    """The names of up to `limit` people of the tenant who can give permissions."""
    able = select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id, col(PersonPermission.permission).in_(ADMINISTER)
    )
    names = select(Person.name).where(col(Person.id).in_(able), col(Person.disabled_at).is_(None))
    return tuple(tx.db.exec(names.order_by(Person.name, col(Person.id)).limit(limit)).all())


def scope(tx: Transaction) -> frozenset[int] | None:
    """The ids of the people the actor may act on; None is the whole organisation. One is always in one's own scope.

    Without teams or groups given: the whole organisation for administrators, support, the operator and
    the worker; for everybody else the members of their own teams.
    """
    me = tx.actor.person_id
    if tx.actor.kind is not ActorKind.PERSON or me is None:
        return None
    mine = (Scope.tenant_id == tx.tenant_id, Scope.person_id == me)
    if tx.db.exec(select(Scope.id).where(*mine).limit(1)).first() is not None:
        given_teams = select(Scope.team_id).where(*mine, col(Scope.team_id).is_not(None))
        given_groups = select(Scope.group_id).where(*mine, col(Scope.group_id).is_not(None))
        grouped = select(GroupTeam.team_id).where(col(GroupTeam.group_id).in_(given_groups))
        teams = or_(col(TeamMember.team_id).in_(given_teams), col(TeamMember.team_id).in_(grouped))
    elif not permissions(tx).isdisjoint(_ORGANISATION_WIDE):
        return None
    else:
        own = select(TeamMember.team_id).where(TeamMember.tenant_id == tx.tenant_id, TeamMember.person_id == me)
        teams = col(TeamMember.team_id).in_(own)
    members = select(TeamMember.person_id).where(TeamMember.tenant_id == tx.tenant_id, teams)
    return frozenset(tx.db.exec(members).all()) | {me}


def require_in_scope(tx: Transaction, *person_ids: int) -> None:
    """Refuse (NotAllowed `out_of_scope`) unless the actor may act on all of these people."""
    within = scope(tx)
    outside = [] if within is None else [person_id for person_id in person_ids if person_id not in within]
    if not outside:
        return
    names = tx.db.exec(
        select(Person.name)
        .where(Person.tenant_id == tx.tenant_id, among(Person.id, outside))
        .order_by(Person.name)
        .limit(_NAMED)
    ).all()
    title = f"{words.listed(names, 'and') or 'That person'} is not among the people you act on."
    if len(names) > 1:
        title = title.replace(" is not ", " are not ")
    raise NotAllowed("out_of_scope", title, words.who_can_give(administrators(tx), "change your teams and groups"))


def find(tx: Transaction, email: str) -> Person:
    """The person of the tenant with this address, in any case; NotFound otherwise."""
    wanted = email.strip().lower()
    person = tx.db.exec(select(Person).where(Person.tenant_id == tx.tenant_id, Person.email == wanted)).first()
    if person is None:
        raise NotFound(
            "no_person",
            f"There is nobody here with the address {wanted or '(empty)'}.",
            "pmtui people list shows everybody.",
        )
    return person


def tenant(tx: Transaction) -> Tenant:
    """The tenant acted in."""
    found = tx.db.get(Tenant, tx.tenant_id)
    if found is None:
        raise NotFound("no_tenant", "There is no such organisation.", "Run: pmtui init")
    return found


def person_timezone(tx: Transaction, person: Person | None) -> str:
    """The person's own zone, else the tenant's (the tenant's for None)."""
    return person.timezone if person is not None and person.timezone else tenant(tx).timezone


def _held(tx: Transaction, person_id: int | None) -> tuple[bool, frozenset[Permission]] | None:
    """Whether they are disabled, and what they hold; None for nobody of this tenant. Asks the database each time."""
    rows = tx.db.exec(
        select(Person.disabled_at, PersonPermission.permission)
        .join(PersonPermission, col(PersonPermission.person_id) == Person.id, isouter=True)
        .where(Person.tenant_id == tx.tenant_id, Person.id == person_id)
    ).all()
    if not rows:
        return None
    # The outer join gives None for somebody without any permission.
    return rows[0][0] is not None, frozenset(Permission(held) for _, held in rows if held)

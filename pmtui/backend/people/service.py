"""Tenants and their people: who is there, in which team, what they may do and to whom."""

from collections.abc import Callable, Collection
from functools import partial

from sqlalchemy import delete
from sqlmodel import col, select

from pmtui.backend.actor import Actor, ActorKind, Surface, operator
from pmtui.backend.errors import BadInput, NotAllowed, NotFound
from pmtui.backend.people import access, typed
from pmtui.backend.people.membership import group_named, join, set_group, stored_id, team_named
from pmtui.backend.people.records import Me, PersonRecord
from pmtui.backend.people.roll import records
from pmtui.backend.states import ADMINISTER, Permission, TeamRole, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import CalendarAccess
from pmtui.backend.storage.tables.people import Person, PersonPermission, Scope, Tenant
from pmtui.backend.storage.tables.sync import Change
from pmtui.backend.storage.transaction import Transaction

ADMINISTRATOR = (Permission.VIEW, Permission.ADMIN_ESSENTIALS)
"""What the first administrator of an organisation is given."""

_SHOWN = tuple(Topic)  # what somebody may do shows everywhere


class People:
    """The people of every tenant. `leaving(tx, person_id)` ends what a coach has open: calendar, sign-ins, sessions."""

    def __init__(self, database: Database, leaving: Callable[[Transaction, int], None]) -> None:
        self._database = database
        self._leaving = leaving

    @repeated
    def create_tenant(
        self,
        actor: Actor,
        subdomain: str,
        name: str,
        timezone: str,
        *,
        new_login_experience: bool = True,
        administrator: tuple[str, str] | None = None,
    ) -> int:
        """Make an organisation, with its first administrator (address, name) if given; its id. The operator only."""
        make = partial(
            Tenant,
            subdomain=typed.subdomain(subdomain),
            name=typed.name(name),
            timezone=typed.timezone(timezone),
            new_login_experience=new_login_experience,
        )
        first = (typed.email(administrator[0]), typed.name(administrator[1])) if administrator else None
        with self._database.write(actor) as tx:
            if actor.kind is not ActorKind.OPERATOR:
                raise NotAllowed(
                    "operator_only", "Only the operator of this machine makes organisations.", "Run: pmtui init"
                )
            row = make(created_at=tx.now)
            tx.db.add(row)
            tx.db.flush()
            tenant_id = stored_id(row)
            tx.db.add(CalendarAccess(tenant_id=tenant_id))
            tx.db.add_all(Change(tenant_id=tenant_id, topic=topic) for topic in Topic)
            tx.audit(Verb.TENANT_CREATED, f"tenant:{tenant_id}", tenant_id=tenant_id)
            if first is not None:
                person = Person(tenant_id=tenant_id, email=first[0], name=first[1], created_at=tx.now)
                tx.db.add(person)
                tx.db.flush()
                _give(tx, tenant_id, stored_id(person), ADMINISTRATOR)
            return tenant_id

    def tenants(self, actor: Actor) -> tuple[tuple[int, str, str], ...]:
        """Every organisation as (id, subdomain, name) for the operator and the worker; a person's own."""
        with self._database.read(actor) as tx:
            query = select(Tenant.id, Tenant.subdomain, Tenant.name).order_by(Tenant.subdomain)
            if actor.kind is ActorKind.PERSON:
                query = query.where(Tenant.id == tx.tenant_id)
            return tuple((tenant_id or 0, subdomain, name) for tenant_id, subdomain, name in tx.db.exec(query).all())

    def actor_for(self, email: str, surface: Surface, subdomain: str | None = None) -> Actor:
        """The person with this address as the one who acts (the local `--as`); `subdomain` where several have it."""
        with self._database.read(operator()) as tx:
            query = (
                select(Person.id, Person.tenant_id, Person.disabled_at, Tenant.subdomain)
                .join(Tenant, col(Tenant.id) == Person.tenant_id)
                .where(Person.email == email.strip().lower())
                .order_by(Tenant.subdomain)
            )
            rows = tx.db.exec(query if subdomain is None else query.where(Tenant.subdomain == subdomain)).all()
            known = subdomain is None or tx.db.exec(select(Tenant.id).where(Tenant.subdomain == subdomain)).first()
        if not known:
            raise NotFound("no_tenant", "There is no such organisation.", "Run: pmtui init", where=subdomain)
        if not rows:
            raise NotFound(
                "no_person",
                f"There is nobody with the address {email.strip()!r}.",
                "pmtui people list shows everybody.",
            )
        if len(rows) > 1:
            names = ", ".join(row[3] for row in rows)
            raise BadInput(
                "which_tenant", f"Several organisations know this address: {names}.", "Name one with --tenant."
            )
        person_id, tenant_id, disabled_at, _ = rows[0]
        if disabled_at is not None:
            raise NotAllowed("person_disabled", f"{email.strip()} is disabled.", "Act as somebody else.")
        return Actor(ActorKind.PERSON, tenant_id, person_id, surface)

    def me(self, actor: Actor) -> Me:
        """Who the actor is and what they may do; persons only."""
        with self._database.read(actor) as tx:
            permissions = access.permissions(tx)
            person = tx.db.get(Person, actor.person_id) if actor.person_id is not None else None
            if person is None:
                raise NotFound("no_person", "You act as no person.", "Name one with --as EMAIL.")
            tenant = access.tenant(tx)
            return Me(
                person_id=stored_id(person),
                email=person.email,
                name=person.name,
                tenant_name=tenant.name,
                subdomain=tenant.subdomain,
                tenant_timezone=tenant.timezone,
                timezone=access.person_timezone(tx, person),
                permissions=permissions,
                new_login_experience=tenant.new_login_experience,
            )

    def list(self, actor: Actor) -> tuple[PersonRecord, ...]:
        """Everybody in the actor's scope, by name. Needs either Administer, or Support View Access."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER, Permission.SUPPORT)
            return records(tx, access.scope(tx))

    @repeated
    def add(
        self,
        actor: Actor,
        email: str,
        name: str,
        *,
        timezone: str | None = None,
        team: str | None = None,
        role: TeamRole = TeamRole.AGENT,
        permissions: Collection[Permission] = (),
        coach_email: str | None = None,
    ) -> PersonRecord:
        """Add a person; the team is made if it is new. Conflict `email_taken` if the address is in use."""
        make = partial(Person, email=typed.email(email), name=typed.name(name))
        zone = typed.timezone(timezone) if timezone else None
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            coach_id = stored_id(access.find(tx, coach_email)) if coach_email else None
            person = make(tenant_id=tx.tenant_id, timezone=zone, coach_id=coach_id, created_at=tx.now)
            tx.db.add(person)
            tx.db.flush()
            person_id = stored_id(person)
            tx.audit(Verb.PERSON_ADDED, f"person:{person_id}")
            _give(tx, tx.tenant_id, person_id, permissions)
            if team is not None:
                join(tx, person_id, team, role)
            tx.look_at(WorkKind.LINK, tx.tenant_id)  # the WFM may know them
            tx.changed(*_SHOWN)
            return records(tx, {person_id})[0]

    @repeated
    def permit(
        self, actor: Actor, email: str, give: Collection[Permission] = (), take: Collection[Permission] = ()
    ) -> PersonRecord:
        """Give and take permissions. Taking Coach View Access ends the person's calendar connection and sign-ins."""
        if set(give) & set(take):
            raise BadInput("give_and_take", "The same permission is given and taken.", "Name it once.", "take")
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            person_id = stored_id(access.find(tx, email))
            tx.lock_people(person_id)  # nobody connects a calendar meanwhile
            held = access.stored_permissions(tx, person_id)
            _give(tx, tx.tenant_id, person_id, [permission for permission in give if permission not in held])
            for permission in take:
                if permission in held:
                    tx.db.execute(
                        delete(PersonPermission).where(
                            col(PersonPermission.person_id) == person_id,
                            col(PersonPermission.permission) == permission,
                        )
                    )
                    tx.audit(Verb.PERMISSION_TAKEN, f"person:{person_id}", permission=permission.value)
            if Permission.COACH in take and Permission.COACH in held:
                self._leave(tx, person_id)
            tx.changed(*_SHOWN)
            return records(tx, {person_id})[0]

    @repeated
    def disable(self, actor: Actor, email: str) -> PersonRecord:
        """Shut a person out at once; ends their calendar connection and sign-ins. Safe to repeat."""
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            person_id = stored_id(access.find(tx, email))
            tx.lock_people(person_id)
            person = access.find(tx, email)
            if person.disabled_at is None:
                person.disabled_at = tx.now
                tx.db.add(person)
                tx.audit(Verb.PERSON_DISABLED, f"person:{person_id}")
                self._leave(tx, person_id)
                tx.changed(*_SHOWN)
            return records(tx, {person_id})[0]

    @repeated
    def set_scope(
        self, actor: Actor, email: str, teams: Collection[str] = (), groups: Collection[str] = ()
    ) -> PersonRecord:
        """Let a person act on these teams and groups only; none at all means the usual scope again."""
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            person_id = stored_id(access.find(tx, email))
            team_ids = [stored_id(team_named(tx, name)) for name in dict.fromkeys(teams)]
            group_ids = [stored_id(group_named(tx, name)) for name in dict.fromkeys(groups)]
            tx.db.execute(delete(Scope).where(col(Scope.person_id) == person_id))
            make = partial(Scope, tenant_id=tx.tenant_id, person_id=person_id)
            tx.db.add_all([make(team_id=each) for each in team_ids] + [make(group_id=each) for each in group_ids])
            tx.audit(Verb.SCOPE_SET, f"person:{person_id}", teams=team_ids, groups=group_ids)
            tx.changed(*_SHOWN)
            return records(tx, {person_id})[0]

    @repeated
    def set_team(self, actor: Actor, email: str, team: str, role: TeamRole = TeamRole.AGENT) -> PersonRecord:
        """Put a person into a team (made if it is new), or change what they are in it."""
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            person_id = stored_id(access.find(tx, email))
            join(tx, person_id, team, role)
            tx.changed(*_SHOWN)
            return records(tx, {person_id})[0]

    @repeated
    def set_group(self, actor: Actor, name: str, teams: Collection[str]) -> None:
        """Let a group (made if it is new) hold exactly these teams."""
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            set_group(tx, typed.name(name, "group"), teams)
            tx.changed(*_SHOWN)

    def _leave(self, tx: Transaction, person_id: int) -> None:
        tx.db.flush()
        self._leaving(tx, person_id)
        tx.look_at(WorkKind.LINK, tx.tenant_id)  # whoever is an agent still is linked anew


def _give(tx: Transaction, tenant_id: int, person_id: int, permissions: Collection[Permission]) -> None:
    for permission in dict.fromkeys(permissions):
        tx.db.add(PersonPermission(tenant_id=tenant_id, person_id=person_id, permission=permission))
        tx.audit(Verb.PERMISSION_GIVEN, f"person:{person_id}", tenant_id=tenant_id, permission=permission.value)

"""A small organisation for tests: rows put straight into the database, so that no service is needed to test another.

`World(database, clock)` makes the tenant `acme` (zone America/Chicago) with calendar access all off.
People are named by the part before the @: `world.coach("dana")` is dana@acme.example.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import SQLModel, col, select

from pmtui.backend.actor import Actor, ActorKind, Surface, operator
from pmtui.backend.slots.values import Span, to_minute
from pmtui.backend.states import (
    ADMINISTER,
    AttemptState,
    ConnectionState,
    Delivery,
    EndedWhy,
    External,
    Permission,
    Provider,
    SessionState,
    TeamRole,
    Topic,
    Wanted,
)
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import (
    Availability,
    CalendarAccess,
    Connection,
    ConnectionToken,
    WfmService,
)
from pmtui.backend.storage.tables.people import (
    Group,
    GroupTeam,
    Person,
    PersonPermission,
    Scope,
    Team,
    TeamMember,
    Tenant,
)
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import CalendarFacts, Change, WantedEvent, Work
from tests.clock import ManualClock
from tests.planned import plan

Row = TypeVar("Row", bound=SQLModel)

COACH = (Permission.VIEW, Permission.COACH)
ADMINISTRATOR = (Permission.VIEW, ADMINISTER[0])
NINE_TO_FIVE = json.dumps(
    {
        "timezone": "America/Chicago",
        "weekly": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
        "overrides": [],
    }
)


class World:
    """One tenant and what a test puts into it. Every method is one transaction of its own."""

    def __init__(
        self,
        database: Database,
        clock: ManualClock,
        *,
        subdomain: str = "acme",
        timezone: str = "America/Chicago",
        new_login_experience: bool = True,
    ) -> None:
        self.database = database
        self.clock = clock
        self.subdomain = subdomain
        self.domain = f"{subdomain}.example"
        self._number = 0
        with database.write(operator()) as tx:
            tenant = Tenant(
                subdomain=subdomain,
                name=subdomain.capitalize(),
                timezone=timezone,
                new_login_experience=new_login_experience,
                created_at=tx.now,
            )
            tx.db.add(tenant)
            tx.db.flush()
            assert tenant.id is not None
            self.tenant_id = tenant.id
            tx.db.add(CalendarAccess(tenant_id=tenant.id))
            tx.db.add_all(Change(tenant_id=tenant.id, topic=topic) for topic in Topic)

    @property
    def operator(self) -> Actor:
        """The operator, in this tenant."""
        return operator(self.tenant_id)

    def email(self, who: str) -> str:
        """The address of `who` (a whole address stays as it is)."""
        return who if "@" in who else f"{who}@{self.domain}"

    def person(
        self,
        who: str,
        permissions: Collection[Permission] = (),
        *,
        team: str | None = "North",
        role: TeamRole = TeamRole.AGENT,
        name: str | None = None,
        timezone: str | None = None,
        coach: str | None = None,
        disabled: bool = False,
    ) -> int:
        """Add a person, and their team if it is new; the person's id."""
        with self.database.write(self.operator) as tx:
            person = Person(
                tenant_id=self.tenant_id,
                email=self.email(who),
                name=name or who.split("@")[0].capitalize(),
                timezone=timezone,
                coach_id=self.id(coach) if coach else None,
                disabled_at=tx.now if disabled else None,
                created_at=tx.now,
            )
            tx.db.add(person)
            tx.db.flush()
            assert person.id is not None
            tx.db.add_all(
                PersonPermission(tenant_id=self.tenant_id, person_id=person.id, permission=permission)
                for permission in permissions
            )
            if team is not None:
                row = tx.db.exec(select(Team).where(Team.tenant_id == self.tenant_id, Team.name == team)).first()
                if row is None:
                    row = Team(tenant_id=self.tenant_id, name=team)
                    tx.db.add(row)
                    tx.db.flush()
                assert row.id is not None
                tx.db.add(TeamMember(tenant_id=self.tenant_id, team_id=row.id, person_id=person.id, role=role))
            return person.id

    def coach(self, who: str, *, team: str | None = "North", timezone: str | None = None) -> int:
        """Add a person with Coach View Access."""
        return self.person(who, COACH, team=team, role=TeamRole.COACH, timezone=timezone)

    def agent(
        self, who: str, *, team: str | None = "North", timezone: str | None = None, coach: str | None = None
    ) -> int:
        """Add a person without any permission."""
        return self.person(who, team=team, timezone=timezone, coach=coach)

    def administrator(self, who: str, *extra: Permission) -> int:
        """Add a person with View Performance Management and Administer ... Essentials, in no team."""
        return self.person(who, (*ADMINISTRATOR, *extra), team=None)

    def id(self, who: str) -> int:
        """The person's id."""
        with self.database.read(self.operator) as tx:
            found = tx.db.exec(
                select(Person.id).where(Person.tenant_id == self.tenant_id, Person.email == self.email(who))
            ).one()
        assert found is not None
        return found

    def actor(self, who: str, surface: Surface = Surface.APP) -> Actor:
        """This person as the one who acts."""
        return Actor(ActorKind.PERSON, self.tenant_id, self.id(who), surface)

    def group(self, name: str, *teams: str) -> None:
        """Add a group of teams that exist."""
        with self.database.write(self.operator) as tx:
            group = Group(tenant_id=self.tenant_id, name=name)
            tx.db.add(group)
            tx.db.flush()
            assert group.id is not None
            rows = tx.db.exec(select(Team).where(Team.tenant_id == self.tenant_id, col(Team.name).in_(teams))).all()
            tx.db.add_all(
                GroupTeam(tenant_id=self.tenant_id, group_id=group.id, team_id=team.id)
                for team in rows
                if team.id is not None
            )

    def scope(self, who: str, *, team: str | None = None, group: str | None = None) -> None:
        """Give a person one team or group to act on."""
        person_id = self.id(who)
        with self.database.write(self.operator) as tx:
            teams = tx.db.exec(select(Team).where(Team.tenant_id == self.tenant_id, Team.name == team)).all()
            groups = tx.db.exec(select(Group).where(Group.tenant_id == self.tenant_id, Group.name == group)).all()
            tx.db.add(
                Scope(
                    tenant_id=self.tenant_id,
                    person_id=person_id,
                    team_id=teams[0].id if teams else None,
                    group_id=groups[0].id if groups else None,
                )
            )

    def allow(self, *, wfm: bool = False, external: External = External.NONE) -> None:
        """Let the organisation's calendar access be this, as if sent now (connections stay as they are)."""
        with self.database.write(self.operator) as tx:
            access = tx.db.exec(select(CalendarAccess).where(CalendarAccess.tenant_id == self.tenant_id)).one()
            access.wfm = access.draft_wfm = wfm
            access.external = access.draft_external = external
            access.sent_at = tx.now
            access.version += 1
            tx.db.add(access)

    def wfm_service(self, *, works: bool = True, url: str = "https://wfm.acme.example/api") -> None:
        """Store a WFM service whose token does not open (for tests that never call the WFM)."""
        with self.database.write(self.operator) as tx:
            tx.db.add(
                WfmService(
                    tenant_id=self.tenant_id,
                    url=url,
                    sealed_token=b"sealed",
                    key_id="test",
                    works=works,
                    checked_at=tx.now if works else None,
                )
            )

    def connect(
        self,
        who: str,
        provider: Provider,
        *,
        state: ConnectionState = ConnectionState.READY,
        automatic: bool = False,
        read: bool = True,
        account: str | None = None,
        tokens: bool | None = None,
    ) -> int:
        """Give a person a live connection, with (unopenable) tokens for Google and Outlook; its id."""
        person_id, email = self.id(who), account or self.email(who)
        with self.database.write(self.operator) as tx:
            connection = Connection(
                tenant_id=self.tenant_id,
                person_id=person_id,
                uid=f"uid-{self.subdomain}-{self._next()}",
                provider=provider,
                state=state,
                account=email,
                external_id=f"{provider.value}-{email}",
                automatic=automatic,
                connected_at=tx.now,
                last_read_at=tx.now if read else None,
                failing_since_at=None if state is ConnectionState.READY else tx.now,
            )
            tx.db.add(connection)
            tx.db.flush()
            assert connection.id is not None
            if tokens if tokens is not None else provider is not Provider.WFM:
                tx.db.add(
                    ConnectionToken(
                        connection_id=connection.id,
                        tenant_id=self.tenant_id,
                        sealed=b"sealed",
                        key_id="test",
                        expires_at=tx.now + timedelta(hours=1),
                    )
                )
            return connection.id

    def ended(self, who: str, provider: Provider, why: EndedWhy) -> int:
        """Give a person a connection that ended just now; its id."""
        connection_id = self.connect(who, provider, tokens=False)
        with self.database.write(self.operator) as tx:
            connection = tx.db.exec(select(Connection).where(Connection.id == connection_id)).one()
            connection.ended_at, connection.ended_why = tx.now, why
            tx.db.add(connection)
        return connection_id

    def attempt(
        self,
        who: str,
        provider: Provider,
        state: AttemptState = AttemptState.CONFIRMING,
        *,
        account: str | None = None,
    ) -> int:
        """Put a sign-in where it may stand; CONFIRMING ones carry an account and (unopenable) tokens. Its id."""
        person_id, email = self.id(who), account or self.email(who)
        confirming = state is AttemptState.CONFIRMING
        sealed = confirming and provider is not Provider.WFM
        number = self._next()
        with self.database.write(self.operator) as tx:
            attempt = Attempt(
                tenant_id=self.tenant_id,
                person_id=person_id,
                uid=f"uid-{self.subdomain}-{number}",
                provider=provider,
                state=state,
                state_digest=f"state-{self.subdomain}-{number}",
                sealed_tokens=b"sealed tokens" if sealed else None,
                key_id="test" if sealed else None,
                tokens_expire_at=tx.now + timedelta(hours=1) if sealed else None,
                account=email if confirming else None,
                external_id=f"{provider.value}-{email}" if confirming else None,
                created_at=tx.now,
                expires_at=tx.now + timedelta(minutes=10),
            )
            tx.db.add(attempt)
            tx.db.flush()
            assert attempt.id is not None
            return attempt.id

    def week(self, who: str, text: str = NINE_TO_FIVE, *, timezone: str = "America/Chicago", version: int = 1) -> None:
        """Save a person's availability; `text` is as `availability.hours.week_to_text` writes it."""
        person_id = self.id(who)
        with self.database.write(self.operator) as tx:
            tx.db.add(
                Availability(
                    person_id=person_id,
                    tenant_id=self.tenant_id,
                    timezone=timezone,
                    week=text,
                    version=version,
                    saved_at=tx.now,
                    saved_by_id=person_id,
                )
            )

    def facts(
        self,
        who: str,
        connection_id: int,
        spans: Iterable[Span] = (),
        *,
        days: int = 45,
        read_at: datetime | None = None,
    ) -> None:
        """Store what the last good read of a person's calendar found, known from yesterday for `days` days."""
        person_id, now = self.id(who), to_minute(self.clock.now())
        with self.database.write(self.operator) as tx:
            tx.db.add(
                CalendarFacts(
                    person_id=person_id,
                    tenant_id=self.tenant_id,
                    connection_id=connection_id,
                    read_at=read_at or tx.now,
                    window_start=now - 24 * 60,
                    window_end=now + days * 24 * 60,
                    spans=json.dumps([[s.start, s.end, s.kind.value, s.activity] for s in spans]),
                )
            )

    def session(
        self,
        coach: str,
        agent: str,
        starts: datetime,
        minutes: int = 30,
        *,
        state: SessionState = SessionState.SCHEDULED,
        title: str = "Coaching session",
    ) -> str:
        """Plan a session of two people with their participants' rows; its code."""
        coach_id, agent_id = self.id(coach), self.id(agent)
        code = f"S{self.tenant_id}{self._next():03}"
        with self.database.write(self.operator) as tx:
            plan(
                tx,
                code,
                (coach_id, agent_id),
                (starts, starts + timedelta(minutes=minutes)),
                state=state,
                title=title,
                held_until=tx.now + timedelta(days=5) if state is SessionState.HELD else None,
            )
        return code

    def wanted(
        self,
        code: str,
        who: str,
        connection_id: int,
        wanted: Wanted = Wanted.PRESENT,
        delivery: Delivery = Delivery.DELIVERED,
    ) -> int:
        """Want a session's event in a connection's calendar; the wanted event's id."""
        person_id = self.id(who)
        with self.database.write(self.operator) as tx:
            session = tx.db.exec(select(Session).where(Session.code == code)).one()
            connection = tx.db.exec(select(Connection).where(Connection.id == connection_id)).one()
            assert session.id is not None
            event = WantedEvent(
                tenant_id=self.tenant_id,
                session_id=session.id,
                person_id=person_id,
                connection_id=connection_id,
                provider=connection.provider,
                wanted=wanted,
                delivery=delivery,
                title=session.title,
                starts=session.starts,
                ends=session.ends,
                provider_id=f"event-{session.id}" if delivery is Delivery.DELIVERED else None,
                wanted_at=tx.now,
            )
            tx.db.add(event)
            tx.db.flush()
            assert event.id is not None
            return event.id

    def rows(self, table: type[Row]) -> list[Row]:
        """Every row of a table, of all tenants, in the order of its key."""
        with self.database.read(self.operator) as tx:
            found = list(tx.db.exec(select(table)).all())
        key = [column.name for column in table.__table__.primary_key]  # type: ignore[attr-defined]  # set by SQLModel
        return sorted(found, key=lambda row: tuple(getattr(row, name) for name in key))

    def passes(self, **wait: float) -> None:
        """Time goes by, as in `passes(minutes=5)`: for the clock, and for leases of work, which go by another."""
        self.clock.advance(**wait)
        with self.database.write(self.operator) as tx:
            for row in tx.db.exec(select(Work).where(col(Work.leased_until).is_not(None))).all():
                assert row.leased_until is not None
                row.leased_until -= timedelta(**wait)
                tx.db.add(row)

    def number(self, topic: Topic) -> int:
        """How often what `topic` shows has changed."""
        with self.database.read(self.operator) as tx:
            return tx.db.exec(
                select(Change.number).where(Change.tenant_id == self.tenant_id, Change.topic == topic)
            ).one()

    def _next(self) -> int:
        self._number += 1
        return self._number

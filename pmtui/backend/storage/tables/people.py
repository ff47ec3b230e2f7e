"""Tenants, people, teams, groups, permissions and scope."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import Permission, TeamRole
from pmtui.backend.storage.tables.base import of_tenant, stored


class Tenant(SQLModel, table=True):
    """One customer organisation."""

    id: int | None = Field(default=None, primary_key=True)
    subdomain: str = Field(unique=True)
    name: str
    timezone: str
    new_login_experience: bool = True
    created_at: datetime


class Person(SQLModel, table=True):
    """A person of a tenant.

    `email` is lower case; `timezone` None means the tenant's; `coach_id` is the agent's own coach.
    """

    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "email"),
        of_tenant("coach_id", "person"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    email: str
    name: str
    timezone: str | None = None
    coach_id: int | None = None
    disabled_at: datetime | None = None
    created_at: datetime


class PersonPermission(SQLModel, table=True):
    """One permission of one person."""

    __tablename__ = "person_permission"
    __table_args__ = (of_tenant("person_id", "person"),)
    tenant_id: int
    person_id: int = Field(primary_key=True)
    permission: Permission = Field(primary_key=True, sa_type=stored(Permission))


class Team(SQLModel, table=True):
    """A team of coaches and agents."""

    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    name: str


class TeamMember(SQLModel, table=True):
    """Who is in a team, as what; `main` marks an agent's main team."""

    __tablename__ = "team_member"
    __table_args__ = (of_tenant("team_id", "team"), of_tenant("person_id", "person"))
    tenant_id: int
    team_id: int = Field(primary_key=True)
    person_id: int = Field(primary_key=True, index=True)
    role: TeamRole = Field(sa_type=stored(TeamRole))
    main: bool = True


class Group(SQLModel, table=True):
    """A group of teams."""

    __tablename__ = "team_group"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    name: str


class GroupTeam(SQLModel, table=True):
    """A team's place in a group."""

    __tablename__ = "group_team"
    __table_args__ = (of_tenant("group_id", "team_group"), of_tenant("team_id", "team"))
    tenant_id: int
    group_id: int = Field(primary_key=True)
    team_id: int = Field(primary_key=True)


class Scope(SQLModel, table=True):
    """A team or a group whose people this person acts on. No rows: see `people.access`."""

    __table_args__ = (
        of_tenant("person_id", "person"),
        of_tenant("team_id", "team"),
        of_tenant("group_id", "team_group"),
        CheckConstraint("(team_id IS NULL) <> (group_id IS NULL)", name="one_of"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    person_id: int = Field(index=True)
    team_id: int | None = None
    group_id: int | None = None


class PersonPreferences(SQLModel, table=True):
    """What a person has set for themselves (`people.records.Preferences` says what each means). No row: the defaults.

    `keys` is a JSON object.
    """

    __tablename__ = "person_preferences"
    __table_args__ = (of_tenant("person_id", "person"),)
    person_id: int = Field(primary_key=True)
    tenant_id: int
    theme: str
    clock: str
    first_day: str
    keys: str


class SshKey(SQLModel, table=True):
    """A person's SSH public key, in all organisations nobody else's: it alone says who signs in.

    What an SSH server asks by: `fingerprint` is OpenSSH's (`SHA256:...`), `kind` and `body` are the two words of the
    key's line. A session host is given `id`.
    """

    __tablename__ = "ssh_key"
    __table_args__ = (of_tenant("person_id", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    person_id: int = Field(index=True)
    kind: str
    body: str
    fingerprint: str = Field(unique=True)
    bits: int
    comment: str
    added_at: datetime
    last_used_at: datetime | None = None

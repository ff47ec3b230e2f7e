"""The organisation's calendar access, its WFM service, and people's connections."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import ConnectionState, EndedWhy, External, Provider
from pmtui.backend.storage.tables.base import of_tenant, stored


class CalendarAccess(SQLModel, table=True):
    """What the organisation allows (sent) and what an administrator prepares (draft)."""

    __tablename__ = "calendar_access"
    tenant_id: int = Field(primary_key=True, foreign_key="tenant.id")
    wfm: bool = False
    external: External = Field(default=External.NONE, sa_type=stored(External))
    sent_at: datetime | None = None
    draft_wfm: bool = False
    draft_external: External = Field(default=External.NONE, sa_type=stored(External))
    version: int = 0


class WfmService(SQLModel, table=True):
    """How the organisation's WFM is reached: one service user's token, sealed."""

    __tablename__ = "wfm_service"
    tenant_id: int = Field(primary_key=True, foreign_key="tenant.id")
    url: str
    sealed_token: bytes = Field(sa_type=LargeBinary)
    key_id: str
    business_unit_id: str = ""
    scenario_id: str | None = None
    coaching_activity_id: str | None = None
    works: bool = False
    """Whether the last call with this token succeeded."""
    checked_at: datetime | None = None


class Connection(SQLModel, table=True):
    """A person's calendar link, live until `ended_at`. The partial unique index keeps it to one a person."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("uid"),
        of_tenant("person_id", "person"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    person_id: int = Field(index=True)
    uid: str
    """Opaque; part of the associated data that seals this connection's tokens."""
    provider: Provider = Field(sa_type=stored(Provider))
    state: ConnectionState = Field(default=ConnectionState.READY, sa_type=stored(ConnectionState))
    account: str
    """The account's address as the person knows it."""
    external_id: str
    """The provider's own id of the account: Microsoft's oid, the WFM's person id."""
    automatic: bool = False
    """An agent's WFM link, made by email without the person."""
    connected_at: datetime
    ended_at: datetime | None = None
    ended_why: EndedWhy | None = Field(default=None, sa_type=stored(EndedWhy))
    ended_by_id: int | None = None
    last_read_at: datetime | None = None
    failing_since_at: datetime | None = None
    error_code: str | None = None
    claims: str | None = None
    """What the provider wants asked for when it is signed in to again (Microsoft's conditional access)."""


class ConnectionToken(SQLModel, table=True):
    """A connection's tokens, sealed; wiped when it ends. The lease lets one process at a time refresh them."""

    __tablename__ = "connection_token"
    __table_args__ = (of_tenant("connection_id", "connection"),)
    connection_id: int = Field(primary_key=True)
    tenant_id: int
    sealed: bytes = Field(sa_type=LargeBinary)
    key_id: str
    expires_at: datetime
    leased_until: datetime | None = None
    leased_by: str | None = None


class Availability(SQLModel, table=True):
    """A person's saved week as text (`availability.hours`), with the version a save must start from."""

    __table_args__ = (of_tenant("person_id", "person"), CheckConstraint("version > 0", name="version"))
    person_id: int = Field(primary_key=True)
    tenant_id: int
    timezone: str
    week: str
    version: int
    saved_at: datetime
    saved_by_id: int | None = None


class AvailabilityDraft(SQLModel, table=True):
    """A week somebody is editing, as text, and the version their edits started from (0: nothing was saved yet)."""

    __tablename__ = "availability_draft"
    __table_args__ = (of_tenant("person_id", "person"),)
    person_id: int = Field(primary_key=True)
    tenant_id: int
    week: str
    version: int
    kept_at: datetime

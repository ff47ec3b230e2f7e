"""What is known of calendars, what is wanted in them, and what the worker looks at next."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import Delivery, Provider, Topic, Wanted, WorkKind
from pmtui.backend.storage.tables.base import of_tenant, stored


class CalendarFacts(SQLModel, table=True):
    """The last good read of a person's calendar: foreign entries as spans, never a title.

    `spans` is compact JSON `[[start minute, end minute, kind, activity], ...]`; what lies outside
    `[window_start, window_end)` (minutes) is unknown.
    """

    __tablename__ = "calendar_facts"
    __table_args__ = (of_tenant("person_id", "person"), of_tenant("connection_id", "connection"))
    person_id: int = Field(primary_key=True)
    tenant_id: int
    connection_id: int
    read_at: datetime
    window_start: int
    window_end: int
    spans: str


class ImportedSchedule(SQLModel, table=True):
    """What files said of a person's shifts; it counts while the person has no calendar connected.

    `spans` and the window are those of `CalendarFacts`: what lies outside the window is unknown.
    """

    __tablename__ = "imported_schedule"
    __table_args__ = (of_tenant("person_id", "person"),)
    person_id: int = Field(primary_key=True)
    tenant_id: int
    imported_at: datetime
    window_start: int
    window_end: int
    spans: str


class WantedEvent(SQLModel, table=True):
    """One session's entry in one person's calendar: what is wanted, and what is there."""

    __tablename__ = "wanted_event"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("session_id", "person_id"),
        of_tenant("session_id", "session"),
        of_tenant("person_id", "person"),
        of_tenant("connection_id", "connection"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    session_id: int
    person_id: int
    connection_id: int
    provider: Provider = Field(sa_type=stored(Provider))
    wanted: Wanted = Field(sa_type=stored(Wanted))
    delivery: Delivery = Field(default=Delivery.PENDING, sa_type=stored(Delivery))
    generation: int = 0
    title: str
    starts: datetime
    ends: datetime
    provider_id: str | None = None
    """The entry's id in the calendar once known (Outlook makes its own)."""
    error_code: str | None = None
    wanted_at: datetime
    delivered_at: datetime | None = None


class Work(SQLModel, table=True):
    """ "Look at this again": written in the transaction that wants it, one row a thing."""

    __table_args__ = (UniqueConstraint("kind", "subject"), Index("ix_work_due", "due_at"))
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    kind: WorkKind = Field(sa_type=stored(WorkKind))
    subject: int
    due_at: datetime
    attempts: int = 0
    leased_until: datetime | None = None
    leased_by: str | None = None
    last_error: str | None = None


class Change(SQLModel, table=True):
    """A number a topic: it grows whenever something a screen of that topic shows has changed."""

    tenant_id: int = Field(primary_key=True, foreign_key="tenant.id")
    topic: Topic = Field(primary_key=True, sa_type=stored(Topic))
    number: int = 0


class ProviderCalls(SQLModel, table=True):
    """How often a provider was asked for an organisation in a quarter of an hour, by how that ended.

    `code` is empty for answers as they should be, else the error's. Old rows are pruned (`sync.figures`).
    """

    __tablename__ = "provider_calls"
    __table_args__ = (Index("ix_provider_calls_quarter_at", "quarter_at"),)
    tenant_id: int = Field(primary_key=True, foreign_key="tenant.id")
    provider: Provider = Field(primary_key=True, sa_type=stored(Provider))
    quarter_at: datetime = Field(primary_key=True)
    code: str = Field(primary_key=True)
    calls: int
    last_at: datetime

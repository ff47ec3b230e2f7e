"""Coaching sessions and the time they take. What guards them stands in `storage.guards`."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import Attention, Origin, SessionState, TeamRole
from pmtui.backend.storage.tables.base import of_tenant, stored


class Session(SQLModel, table=True):
    """A coaching session. `live` says whether it takes its people's time and follows from `state`."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("code"),
        UniqueConstraint("id", "starts", "ends", "live", name="uq_session_time"),
        of_tenant("coach_id", "person"),
        of_tenant("agent_id", "person"),
        CheckConstraint("coach_id <> agent_id", name="two_people"),
        CheckConstraint("starts < ends", name="order"),
        Index("ix_session_ends_tenant", "ends", "tenant_id"),  # see migration 0016
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    code: str
    """Short and opaque; how people and commands name the session."""
    title: str
    coach_id: int
    agent_id: int
    starts: datetime
    ends: datetime
    state: SessionState = Field(sa_type=stored(SessionState))
    live: bool
    origin: Origin = Field(default=Origin.MANUAL, sa_type=stored(Origin))
    held_until: datetime | None = None
    attention: Attention | None = Field(default=None, sa_type=stored(Attention))
    attention_details: str = ""
    best_at: datetime | None = None
    """The best other start there was when it was marked, if one was looked for and found."""
    overruled: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    """What stood against its time when somebody chose that anyway, as keys; see `coaching.reason_keys`."""
    generation: int = 0
    """Raised whenever the calendars' events must be made anew; provider ids derive from it."""
    created_at: datetime
    created_by_id: int | None = None


class SessionRequest(SQLModel, table=True):
    """What an agent asked for, kept beside the session it became.

    `digest` is the same for the same wish, so that none is taken in twice. While the session is only requested it has
    no time: its starts and ends are the last ones on the day by which it is wanted, and it has no participants.
    """

    __tablename__ = "session_request"
    __table_args__ = (of_tenant("session_id", "session"), UniqueConstraint("tenant_id", "digest"))
    session_id: int = Field(primary_key=True)
    tenant_id: int
    digest: str
    reason: str
    wanted_on: date


class Participant(SQLModel, table=True):
    """One person's share of a session: a copy of its time, kept equal by the foreign key, with the overlap guard."""

    __table_args__ = (
        of_tenant("person_id", "person"),
        ForeignKeyConstraint(
            ["session_id", "starts", "ends", "live"],
            ["session.id", "session.starts", "session.ends", "session.live"],
            onupdate="CASCADE",
            ondelete="CASCADE",
            name="fk_participant_session_time",
        ),
    )
    session_id: int = Field(primary_key=True)
    person_id: int = Field(primary_key=True)
    tenant_id: int
    role: TeamRole = Field(sa_type=stored(TeamRole))
    starts: datetime
    ends: datetime
    live: bool

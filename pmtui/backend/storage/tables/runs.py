"""Runs of Auto Coaching: what was asked for, the blocks it is done in, and what came of every agent."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import Priority, RunOutcome
from pmtui.backend.storage.tables.base import of_tenant, stored


class Run(SQLModel, table=True):
    """One run, with its progress summed up. It has started once its agents and blocks are written down."""

    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("code"))
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    code: str
    """Short and opaque; how people and commands name the run."""
    rules: str
    """The rules it is for, as a JSON list of names; none means all of them."""
    team: str = ""
    asked_at: datetime
    asked_by_id: int | None = None
    """Whose scope it keeps to; None is the operator's, the whole organisation."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled_at: datetime | None = None
    agents: int = 0
    agents_done: int = 0
    proposed: int = 0
    blocks_left: int = 0


class RunBlock(SQLModel, table=True):
    """Some whole coaches of a run and all their agents: what is planned in one transaction."""

    __tablename__ = "run_block"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), of_tenant("run_id", "run"))
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    run_id: int = Field(index=True)
    done_at: datetime | None = None


class RunAgent(SQLModel, table=True):
    """One agent of a run: by which rule, with whom, and what came of it. Without an outcome nothing has yet."""

    __tablename__ = "run_agent"
    __table_args__ = (
        of_tenant("run_id", "run"),
        of_tenant("block_id", "run_block"),
        of_tenant("agent_id", "person"),
        of_tenant("coach_id", "person"),
        of_tenant("rule_id", "rule"),
        of_tenant("session_id", "session"),
        Index("ix_run_agent_agent_rule", "agent_id", "rule_id"),
        Index("ix_run_agent_block", "block_id"),
    )
    tenant_id: int
    run_id: int = Field(primary_key=True)
    agent_id: int = Field(primary_key=True)
    block_id: int | None = None
    coach_id: int | None = None
    rule_id: int | None = None
    """The rule while it exists; its name and priority stay with the run."""
    rule: str
    priority: Priority = Field(sa_type=stored(Priority))
    value: float
    due: int
    """The local day (`date.toordinal()`) on which the target is to be reached."""
    miss: float
    outcome: RunOutcome | None = Field(default=None, sa_type=stored(RunOutcome))
    session_id: int | None = None
    details: str = ""
    """Why, as JSON; see `coaching.outcomes`."""

"""What Auto Coaching goes by: rules, whom they are for, and people's metrics."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import Comparison, Priority
from pmtui.backend.storage.tables.base import of_tenant, stored


class Rule(SQLModel, table=True):
    """When an agent is to be coached, and how. Whom it is for stands in `RuleAudience`; no rows mean everybody."""

    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    name: str
    title: str
    description: str = ""
    priority: Priority = Field(sa_type=stored(Priority))
    metric: str
    comparison: Comparison = Field(sa_type=stored(Comparison))
    value: float
    target_value: float | None = None
    target_days: int | None = None
    minutes: int | None = None
    """The session's length; None for the organisation's own."""
    look_ahead_days: int | None = None
    cooldown_days: int = 0
    version: int = 1
    saved_at: datetime


class RuleAudience(SQLModel, table=True):
    """A team or a group whose agents a rule is for."""

    __tablename__ = "rule_audience"
    __table_args__ = (
        of_tenant("rule_id", "rule", ondelete="CASCADE"),
        of_tenant("team_id", "team"),
        of_tenant("group_id", "team_group"),
        CheckConstraint("(team_id IS NULL) <> (group_id IS NULL)", name="one_of"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    rule_id: int = Field(index=True)
    team_id: int | None = None
    group_id: int | None = None


class MetricValue(SQLModel, table=True):
    """One agent's value of one metric on one day."""

    __tablename__ = "metric_value"
    __table_args__ = (of_tenant("person_id", "person"),)
    tenant_id: int
    person_id: int = Field(primary_key=True)
    metric: str = Field(primary_key=True)
    measured_on: date = Field(primary_key=True)
    value: float


class StaffingFigure(SQLModel, table=True):
    """How many of a team are staffed in one quarter of an hour (by its first minute), and how many are needed."""

    __tablename__ = "staffing_figure"
    __table_args__ = (of_tenant("team_id", "team"),)
    tenant_id: int
    team_id: int = Field(primary_key=True)
    starts: int = Field(primary_key=True)
    staff: int
    forecast: int

"""What an organisation has set for itself; without a row, the defaults count."""

from sqlmodel import Field, SQLModel


class TenantSettings(SQLModel, table=True):
    """One organisation's settings (`settings.records.Settings` says what each means), and their version.

    `coachable_activities` is a JSON list of names.
    """

    __tablename__ = "tenant_settings"
    tenant_id: int = Field(primary_key=True, foreign_key="tenant.id")
    session_minutes: int
    step_minutes: int
    look_ahead_days: int
    notice_minutes: int
    run_notice_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    coach_sessions_a_day: int
    coach_sessions_a_week: int
    agent_sessions_a_day: int
    agent_sessions_a_week: int
    hold_days: int
    approve_at_once: bool
    tentative_is_busy: bool
    coachable_activities: str

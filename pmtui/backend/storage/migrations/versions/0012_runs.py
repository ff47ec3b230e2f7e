"""Runs of Auto Coaching, and what is set for them"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0012"
down_revision = "0011"

_OUTCOMES = (
    "proposed",
    "open_proposal",
    "upcoming_session",
    "cooldown",
    "target_met",
    "rule_gone",
    "agent_gone",
    "no_coach",
    "coach_disabled",
    "coach_without_permission",
    "coach_out_of_scope",
    "calendar_unknown",
    "no_slot",
    "taken_by_others",
    "not_planned",
)


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("tenant_settings") as batch:
        batch.add_column(sa.Column("run_notice_minutes", sa.Integer(), nullable=False, server_default="1440"))
        batch.add_column(sa.Column("approve_at_once", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("tenant_settings") as batch:
        batch.alter_column("run_notice_minutes", server_default=None)
        batch.alter_column("approve_at_once", server_default=None)
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("code", sqltypes.AutoString(), nullable=False),
        sa.Column("rules", sqltypes.AutoString(), nullable=False),
        sa.Column("team", sqltypes.AutoString(), nullable=False),
        sa.Column("asked_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("cancelled_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.Column("agents_done", sa.Integer(), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.Column("blocks_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_run_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("code", name=op.f("uq_run_code")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_run_tenant_id_id")),
    )
    op.create_table(
        "run_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("done_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["run.tenant_id", "run.id"], name=op.f("fk_run_block_tenant_id_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_block")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_run_block_tenant_id_id")),
    )
    op.create_index(op.f("ix_run_block_run_id"), "run_block", ["run_id"])
    op.create_table(
        "run_agent",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.Integer(), nullable=True),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("rule", sqltypes.AutoString(), nullable=False),
        sa.Column(
            "priority", sa.Enum("high", "medium", "low", name="priority", native_enum=False, length=60), nullable=False
        ),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("miss", sa.Float(), nullable=False),
        sa.Column("outcome", sa.Enum(*_OUTCOMES, name="runoutcome", native_enum=False, length=60), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("details", sqltypes.AutoString(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_run_agent_tenant_id_{column}"),
            )
            for column, table in (
                ("run_id", "run"),
                ("block_id", "run_block"),
                ("agent_id", "person"),
                ("coach_id", "person"),
                ("rule_id", "rule"),
                ("session_id", "session"),
            )
        ),
        sa.PrimaryKeyConstraint("run_id", "agent_id", name=op.f("pk_run_agent")),
    )
    op.create_index("ix_run_agent_agent_rule", "run_agent", ["agent_id", "rule_id"])
    op.create_index("ix_run_agent_block", "run_agent", ["block_id"])

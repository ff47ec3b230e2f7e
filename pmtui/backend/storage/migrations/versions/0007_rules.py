"""Rules of Auto Coaching, and agents' metrics"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("description", sqltypes.AutoString(), nullable=False),
        sa.Column(
            "priority", sa.Enum("high", "medium", "low", name="priority", native_enum=False, length=60), nullable=False
        ),
        sa.Column("metric", sqltypes.AutoString(), nullable=False),
        sa.Column(
            "comparison",
            sa.Enum("below", "at most", "above", "at least", name="comparison", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("target_value", sa.Float(), nullable=True),
        sa.Column("target_days", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("look_ahead_days", sa.Integer(), nullable=True),
        sa.Column("cooldown_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_rule_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_rule_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_rule_tenant_id_name")),
    )
    op.create_table(
        "metric_value",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("metric", sqltypes.AutoString(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_metric_value_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", "metric", "measured_on", name=op.f("pk_metric_value")),
    )
    op.create_table(
        "rule_audience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(team_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_rule_audience_one_of")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["team_group.tenant_id", "team_group.id"],
            name=op.f("fk_rule_audience_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id"],
            ["rule.tenant_id", "rule.id"],
            name=op.f("fk_rule_audience_tenant_id_rule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_rule_audience_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_audience")),
    )
    op.create_index(op.f("ix_rule_audience_rule_id"), "rule_audience", ["rule_id"], unique=False)

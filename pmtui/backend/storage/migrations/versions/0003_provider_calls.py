"""Figures per provider, and audit entries found by what they are about"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "provider_calls",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "provider",
            sa.Enum("wfm", "google", "outlook", name="provider", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("quarter_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("code", sqltypes.AutoString(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("last_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_provider_calls_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "provider", "quarter_at", "code", name=op.f("pk_provider_calls")),
    )
    op.create_index("ix_provider_calls_quarter_at", "provider_calls", ["quarter_at"])
    op.create_index("ix_audit_entry_tenant_subject", "audit_entry", ["tenant_id", "subject", "at"])

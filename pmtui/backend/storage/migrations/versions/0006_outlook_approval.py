"""Outlook approval"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the change. Where an Outlook calendar was ever connected, Microsoft had approved."""
    op.create_table(
        "outlook_approval",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "not_asked",
                "requested",
                "denied",
                "blocked",
                "approved",
                name="approvalstate",
                native_enum=False,
                length=60,
            ),
            nullable=False,
        ),
        sa.Column("since_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("requested_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("justification", sqltypes.AutoString(), nullable=True),
        sa.Column("needed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_outlook_approval_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "requested_by_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_outlook_approval_tenant_id_requested_by_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_outlook_approval")),
    )
    op.execute(
        "INSERT INTO outlook_approval (tenant_id, state, since_at)"
        " SELECT tenant_id, 'approved', min(connected_at) FROM connection WHERE provider = 'outlook' GROUP BY tenant_id"
    )

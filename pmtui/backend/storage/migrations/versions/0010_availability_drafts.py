"""Weeks being edited, kept until they are saved or given up"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "availability_draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("week", sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kept_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_availability_draft_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_availability_draft")),
    )

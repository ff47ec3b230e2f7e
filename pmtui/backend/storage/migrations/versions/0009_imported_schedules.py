"""Schedules that files brought"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "imported_schedule",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("imported_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("window_start", sa.Integer(), nullable=False),
        sa.Column("window_end", sa.Integer(), nullable=False),
        sa.Column("spans", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_imported_schedule_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_imported_schedule")),
    )

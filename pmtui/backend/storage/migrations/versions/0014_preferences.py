"""What people set for themselves"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "person_preferences",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("theme", sqltypes.AutoString(), nullable=False),
        sa.Column("clock", sqltypes.AutoString(), nullable=False),
        sa.Column("first_day", sqltypes.AutoString(), nullable=False),
        sa.Column("keys", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_person_preferences_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_preferences")),
    )

"""SSH public keys of people"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "ssh_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("body", sqltypes.AutoString(), nullable=False),
        sa.Column("fingerprint", sqltypes.AutoString(), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.Column("comment", sqltypes.AutoString(), nullable=False),
        sa.Column("added_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_used_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_ssh_key_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ssh_key")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_ssh_key_fingerprint")),
    )
    op.create_index(op.f("ix_ssh_key_person_id"), "ssh_key", ["person_id"], unique=False)

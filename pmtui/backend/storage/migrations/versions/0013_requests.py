"""What agents asked for"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "session_request",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("digest", sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqltypes.AutoString(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            ["session.tenant_id", "session.id"],
            name=op.f("fk_session_request_tenant_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_request")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_session_request_tenant_id_digest")),
    )

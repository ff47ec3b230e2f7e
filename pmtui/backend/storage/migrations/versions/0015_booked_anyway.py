"""What stood against a session's time when somebody chose that anyway"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the change."""
    # Not by a batch, which would make the table anew and lose its guards.
    op.add_column("session", sa.Column("overruled", sa.JSON(), nullable=False, server_default="[]"))

"""The best new time of sessions that need attention"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the change."""
    # Not by a batch, which would make the table anew and lose its guards.
    op.add_column("session", sa.Column("best_at", sqltypes.UTCDateTime(), nullable=True))

"""How many sessions a coach and an agent may have in a day and in a week"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# What every organisation had been promised; 0 is no limit.
_DEFAULTS = {
    "coach_sessions_a_day": "8",
    "coach_sessions_a_week": "0",
    "agent_sessions_a_day": "1",
    "agent_sessions_a_week": "0",
}


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("tenant_settings") as batch:
        for name, default in _DEFAULTS.items():
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=default))
    with op.batch_alter_table("tenant_settings") as batch:
        for name in _DEFAULTS:
            batch.alter_column(name, server_default=None)

"""Sessions are looked for by when they end"""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the change.

    While there were few sessions, PostgreSQL took the index that began with the tenant for its checks of references
    to sessions, and kept to it: each check then read the whole tenant's sessions.
    """
    op.drop_index("ix_session_tenant_starts", table_name="session")
    op.create_index("ix_session_ends_tenant", "session", ["ends", "tenant_id"])

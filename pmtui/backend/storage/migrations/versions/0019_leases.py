"""Leases that ran out are found without reading all work there is"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the change.

    After a large run there is a row for every hold that will expire; an idle worker read them all several
    times a second.
    """
    leased = sa.text("leased_until IS NOT NULL")
    op.create_index("ix_work_leased", "work", ["leased_until"], postgresql_where=leased, sqlite_where=leased)

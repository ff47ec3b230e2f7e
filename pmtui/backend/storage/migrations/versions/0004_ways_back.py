"""The ways a sign-in's answer comes back"""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the change. Sign-ins under way go on: their state becomes its digest."""
    way = sa.Enum("loopback", "paste", "hosted", "device", name="answerway", native_enum=False, length=60)
    with op.batch_alter_table("attempt") as batch:
        batch.drop_constraint("uq_attempt_state_token", type_="unique")
        batch.alter_column("state_token", new_column_name="state_digest", existing_type=sa.String())
    with op.batch_alter_table("attempt") as batch:  # after the renaming: SQLite makes the table anew for each
        batch.create_unique_constraint("uq_attempt_state_digest", ["state_digest"])
        batch.add_column(sa.Column("way", way, nullable=True))
        batch.add_column(sa.Column("user_code", sqltypes.AutoString(), nullable=True))
        batch.add_column(sa.Column("verification_uri", sqltypes.AutoString(), nullable=True))
        batch.add_column(sa.Column("poll_seconds", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("claims", sqltypes.AutoString(), nullable=True))
    op.add_column("connection", sa.Column("claims", sqltypes.AutoString(), nullable=True))
    attempt = sa.table(
        "attempt",
        sa.column("id", sa.Integer),
        sa.column("provider", sa.String),
        sa.column("way", sa.String),
        sa.column("port", sa.Integer),
        sa.column("state_digest", sa.String),
    )
    connection = op.get_bind()
    external = sa.update(attempt).where(attempt.c.provider != "wfm")
    connection.execute(external.where(attempt.c.port.is_(None)).values(way="paste"))
    connection.execute(external.where(attempt.c.port.is_not(None)).values(way="loopback"))
    under_way = sa.select(attempt.c.id, attempt.c.state_digest).where(attempt.c.state_digest.is_not(None))
    for number, state in connection.execute(under_way).all():
        digest = hashlib.sha256(state.encode()).hexdigest()
        connection.execute(sa.update(attempt).where(attempt.c.id == number).values(state_digest=digest))

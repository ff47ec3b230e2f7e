"""The whole schema, for whoever needs it (migrations, tests): every table, and the partial indexes.

These stand here because their definition loads PostgreSQL's part of SQLAlchemy, which a start on SQLite does without.
"""

from sqlalchemy import Index, text
from sqlmodel import col

from pmtui.backend.storage.tables import audit, coaching, integrations, people, rules, runs, settings, signin, sync
from pmtui.backend.storage.tables.base import metadata

__all__ = ["audit", "coaching", "integrations", "metadata", "people", "rules", "runs", "settings", "signin", "sync"]

Index(
    "one_live_connection",
    col(integrations.Connection.person_id),
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "ix_participant_person_live",
    col(coaching.Participant.person_id),
    col(coaching.Participant.starts),
    sqlite_where=text("live"),
    postgresql_where=text("live"),
)
Index(
    "ix_work_leased",
    col(sync.Work.leased_until),
    sqlite_where=text("leased_until IS NOT NULL"),
    postgresql_where=text("leased_until IS NOT NULL"),
)

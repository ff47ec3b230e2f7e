"""Imports every table, for whoever needs the whole schema (migrations, tests)."""

from pmtui.backend.storage.tables import audit, coaching, integrations, people, signin, sync
from pmtui.backend.storage.tables.base import metadata

__all__ = ["audit", "coaching", "integrations", "metadata", "people", "signin", "sync"]

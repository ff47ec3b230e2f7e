"""Imports every table, for whoever needs the whole schema (migrations, tests)."""

from pmtui.backend.storage.tables import audit, coaching, integrations, people, rules, settings, signin, sync
from pmtui.backend.storage.tables.base import metadata

__all__ = ["audit", "coaching", "integrations", "metadata", "people", "rules", "settings", "signin", "sync"]

"""Imports every table, for whoever needs the whole schema (migrations, tests)."""

from pmtui.backend.storage.tables import audit, coaching, integrations, people, rules, runs, settings, signin, sync
from pmtui.backend.storage.tables.base import metadata

__all__ = ["audit", "coaching", "integrations", "metadata", "people", "rules", "runs", "settings", "signin", "sync"]

"""What a person sets for themselves: read and changed by that person alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pmtui.backend.actor import Actor
from pmtui.backend.errors import BadInput, NotFound
from pmtui.backend.people import access
from pmtui.backend.people import preferences_typed as typed
from pmtui.backend.people.records import DEFAULTS, Preferences
from pmtui.backend.states import Topic
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import PersonPreferences
from pmtui.backend.storage.transaction import Transaction

_MOST_ACTIONS = 300


class PreferencesService:
    """Preferences of whoever asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def show(self, actor: Actor) -> Preferences:
        """What the actor has set; persons only."""
        with self._database.read(actor) as tx:
            return _preferences(tx, _person_id(tx))

    @repeated
    def change(self, actor: Actor, values: Mapping[str, str]) -> Preferences:
        """Set all of these, by name, as typed, or none of them; everything as it is then.

        An empty value is the default. `keys.ID` gives the action ID its keys. BadInput names the first that is wrong.
        """
        with self._database.write(actor) as tx:
            person_id = _person_id(tx)
            parsed = dict(typed.parse(name, text) for name, text in values.items())
            tx.lock_people(person_id)  # one change after the other
            before = _preferences(tx, person_id)
            plain = {
                typed.PREFERENCES[name].field: value for name, value in parsed.items() if name in typed.PREFERENCES
            }
            keys = dict(before.keys) | {
                name.removeprefix(typed.KEYS): value for name, value in parsed.items() if name not in typed.PREFERENCES
            }
            wished: dict[str, Any] = plain | {"keys": tuple(sorted((one, key) for one, key in keys.items() if key))}
            after = replace(before, **wished)
            if len(after.keys) > _MOST_ACTIONS:
                raise BadInput("too_many_keys", "So many actions can't have keys of their own.", "Reset some first.")
            if after != before:
                _store(tx, person_id, after)
                tx.changed(Topic.PREFERENCES)
            return after


def _person_id(tx: Transaction) -> int:
    """Whose preferences they are; refuses who may not act at all."""
    access.permissions(tx)
    if tx.actor.person_id is None:
        raise NotFound("no_person", "You act as no person.", "Name one with --as EMAIL.")
    return tx.actor.person_id


def _preferences(tx: Transaction, person_id: int) -> Preferences:
    row = tx.db.get(PersonPreferences, person_id)
    if row is None:
        return DEFAULTS
    return Preferences(row.theme, row.clock, row.first_day, tuple(sorted(json.loads(row.keys).items())))


def _store(tx: Transaction, person_id: int, preferences: Preferences) -> None:
    values = asdict(preferences) | {"keys": json.dumps(dict(preferences.keys))}
    row = tx.db.get(PersonPreferences, person_id)
    if row is None:
        row = PersonPreferences(person_id=person_id, tenant_id=tx.tenant_id, **values)
    for name, value in values.items():
        setattr(row, name, value)
    tx.db.add(row)

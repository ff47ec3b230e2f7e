"""An organisation's settings: read by everybody in their own transactions, changed by administrators."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from sqlmodel import select

from pmtui.backend.actor import Actor
from pmtui.backend.people import access
from pmtui.backend.settings import typed
from pmtui.backend.settings.records import SettingRecord, Settings
from pmtui.backend.states import ADMINISTER, Provider, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Tenant
from pmtui.backend.storage.tables.settings import TenantSettings
from pmtui.backend.storage.transaction import Transaction

Changed = Callable[[Transaction, frozenset[str]], None]
"""Told, in the transaction that changes them, the names of the settings that are others now."""

_LISTS = ("coachable_activities",)


def settings_of(tx: Transaction) -> Settings:
    """The settings of the organisation acted in."""
    row = tx.db.get(TenantSettings, tx.tenant_id)
    if row is None:
        return Settings()
    values: dict[str, Any] = {one.name: getattr(row, one.name) for one in fields(Settings)}
    return Settings(**values | {name: tuple(json.loads(values[name])) for name in _LISTS})


def meaning_of_reads(tx: Transaction, provider: Provider) -> object:
    """What the settings make of a calendar's entries: reads under another meaning are other facts.

    It stays so until the transaction ends: a change of settings waits.
    """
    tx.db.exec(select(Tenant.id).where(Tenant.id == tx.tenant_id).with_for_update(read=True)).one()
    settings = settings_of(tx)
    return {Provider.OUTLOOK: settings.tentative_is_busy, Provider.WFM: settings.coachable_activities}.get(provider)


class SettingsService:
    """Settings for administrators. `changed` lets others follow."""

    def __init__(self, database: Database, changed: Changed) -> None:
        self._database = database
        self._changed = changed

    def show(self, actor: Actor) -> tuple[SettingRecord, ...]:
        """Every setting in force, with its default. For administrators."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            return _records(tx)

    @repeated
    def change(self, actor: Actor, values: Mapping[str, str]) -> tuple[SettingRecord, ...]:
        """Set all of these, by name, as typed; or none of them. Everything as it is then.

        Raises NotAllowed, BadInput naming the first setting that is wrong.
        """
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            parsed = {name: typed.parse(name, text) for name, text in values.items()}
            tenant = tx.db.get_one(Tenant, tx.tenant_id, with_for_update=True)  # one change after the other
            before = settings_of(tx)
            wished: dict[str, Any] = {setting.field: value for setting, value in parsed.values() if setting.field}
            after = replace(before, **wished)
            other = {name for name, value in asdict(after).items() if value != asdict(before)[name]}
            zone = next((value for setting, value in parsed.values() if not setting.field), tenant.timezone)
            if zone != tenant.timezone:
                tenant.timezone = zone
                tx.db.add(tenant)
                other.add("timezone")
            if other:
                _store(tx, after)
                tx.audit(Verb.SETTINGS_CHANGED, f"tenant:{tx.tenant_id}", settings=sorted(other))
                tx.changed(*Topic)
                self._changed(tx, frozenset(other))
                tx.db.flush()
            return _records(tx)


def _store(tx: Transaction, settings: Settings) -> None:
    values = asdict(settings) | {name: json.dumps(getattr(settings, name)) for name in _LISTS}
    row = tx.db.get(TenantSettings, tx.tenant_id)
    if row is None:
        tx.db.add(TenantSettings(tenant_id=tx.tenant_id, **values))
        return
    for name, value in values.items():
        setattr(row, name, value)
    tx.db.add(row)


def _records(tx: Transaction) -> tuple[SettingRecord, ...]:
    now, default = settings_of(tx), Settings()
    return tuple(
        SettingRecord(
            name,
            one.shown(getattr(now, one.field) if one.field else access.tenant(tx).timezone),
            one.shown(getattr(default, one.field)) if one.field else "",
            one.what,
        )
        for name, one in typed.SETTINGS.items()
    )

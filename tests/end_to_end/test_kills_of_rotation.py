"""A rotation killed at every statement, commit, fsync and rename: all still opens, and the next one finishes it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin import key_file
from pmtui.backend.signin.rotation import Rotation
from pmtui.backend.signin.vault import Sealed, Vault, associated
from pmtui.backend.states import Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken, WfmService
from tests.clock import ManualClock
from tests.end_to_end import kills
from tests.world import World


@pytest.fixture(scope="module")
def driver() -> Iterator[kills.Driver]:
    """One driver for the module."""
    with kills.Driver() as driver:
        yield driver


def rotate(url: str, path: Path) -> None:
    Rotation(Database(url, ManualClock()), path, service_seal).rotate(_nothing, 3)


def _nothing() -> None:
    """Nobody else works meanwhile."""


def opened(world: World, path: Path) -> list[bytes]:
    """Everything sealed, opened with nothing but the file."""
    vault = Vault.load(path)
    owners = {row.id: row for row in world.rows(Connection)}
    found = []
    for token in world.rows(ConnectionToken):
        row = owners[token.connection_id]
        bound_to = associated(row.tenant_id, row.person_id, row.provider, row.uid)
        found.append(vault.open(Sealed(token.sealed, token.key_id), bound_to))
    [service] = world.rows(WfmService)
    return [*found, vault.open(Sealed(service.sealed_token, service.key_id), service_seal(world.tenant_id))]


def test_nothing_is_ever_lost(
    database: Database,
    clock: ManualClock,
    tmp_path: Path,
    driver: kills.Driver,
    record_property: Callable[[str, object], None],
) -> None:
    world, path = World(database, clock), tmp_path / "keys"
    vault = Vault.create(path)
    world.wfm_service()
    for who in ("dana", "marcus"):
        world.coach(who)
        world.connect(who, Provider.OUTLOOK)
    with database.write(world.operator) as tx:
        for token in tx.db.exec(select(ConnectionToken)).all():
            row = tx.db.get_one(Connection, token.connection_id)
            bound_to = associated(row.tenant_id, row.person_id, row.provider, row.uid)
            sealed = vault.seal(row.account.encode(), bound_to)
            token.sealed, token.key_id = sealed.data, sealed.key_id
        service = tx.db.get_one(WfmService, world.tenant_id)
        sealed = vault.seal(b"wfm", service_seal(world.tenant_id))
        service.sealed_token, service.key_id = sealed.data, sealed.key_id
    before, first = opened(world, path), path.read_bytes()
    place = kills.place(database.url)
    place.keep()

    def back() -> None:
        place.restore()
        path.write_bytes(first)

    driver.warm(rotate, database.url, path)
    back()
    moments = driver.perform(rotate, database.url, path)
    assert moments
    unfinished = 0
    for moment in range(moments):
        back()
        assert driver.perform(rotate, database.url, path, kill_at=moment) is None, f"{moment} was not reached"
        assert opened(world, path) == before, f"after moment {moment} of {moments}"
        assert path.stat().st_mode & 0o777 == 0o600
        unfinished += len(key_file.read(path)) > 1
        driver.perform(rotate, database.url, path)
        assert opened(world, path) == before, f"repeated after moment {moment} of {moments}"
        [current] = key_file.read(path)
        assert {row.key_id for row in world.rows(ConnectionToken)} == {current}
        assert not list(path.parent.glob(".keys.*")) or unfinished == 0
    record_property("kill points", f"{moments} (afterwards unfinished {unfinished})")
    assert 0 < unfinished < moments

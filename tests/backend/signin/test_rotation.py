"""A rotation seals everything anew while others work, retires a key only when nothing needs it, and can be repeated."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select, update

from pmtui.backend.errors import Conflict, Unavailable
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin import key_file, rotation
from pmtui.backend.signin.records import KeyRecord, SealedKind
from pmtui.backend.signin.rotation import Rotation
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import AttemptState, ConnectionState, EndedWhy, Provider, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken, WfmService
from pmtui.backend.storage.tables.signin import Attempt, Revocation
from pmtui.backend.storage.tables.sync import Work
from tests.clock import ManualClock
from tests.world import World

EVERY = {SealedKind.CONNECTION: 2, SealedKind.SIGN_IN: 2, SealedKind.REVOCATION: 1, SealedKind.WFM: 1}


def nobody() -> None:
    """Nothing happens while the rotation waits."""


@dataclass
class Sealing:
    """An organisation with something of each kind sealed."""

    world: World
    path: Path

    @property
    def vault(self) -> Vault:
        return Vault.load(self.path)

    @property
    def rotation(self) -> Rotation:
        return Rotation(self.world.database, self.path, service_seal)

    def rotate(self, wait: Callable[[], object] = nobody, looks: int = 3) -> None:
        self.rotation.rotate(wait, looks)

    def opened(self) -> list[bytes]:
        """Every sealed value, opened with nothing but the file."""
        vault, found = self.vault, []
        for row in self.world.rows(Attempt):
            for data in (row.sealed_verifier, row.sealed_tokens):
                if data is not None:
                    found.append(vault.open(Sealed(data, row.key_id or ""), bound(row)))
        connections = {row.id: row for row in self.world.rows(Connection)}
        for token in self.world.rows(ConnectionToken):
            owner = bound(connections[token.connection_id])
            found.append(vault.open(Sealed(token.sealed, token.key_id), owner))
        found += [vault.open(Sealed(row.sealed, row.key_id), bound(row)) for row in self.world.rows(Revocation)]
        for service in self.world.rows(WfmService):
            found.append(vault.open(Sealed(service.sealed_token, service.key_id), service_seal(service.tenant_id)))
        return found

    def record(self, key_id: str) -> KeyRecord:
        [found] = [key for key in self.rotation.status().keys if key.key_id == key_id]
        return found


def bound(row: Attempt | Connection | Revocation) -> str:
    return associated(row.tenant_id, row.person_id, row.provider, row.uid)


@pytest.fixture
def sealing(database: Database, clock: ManualClock, tmp_path: Path) -> Sealing:
    """Two connections, a sign-in with its verifier and one with tokens, a revocation and a WFM token."""
    world, path = World(database, clock), tmp_path / "keys"
    vault = Vault.create(path)
    world.wfm_service()
    for who in ("dana", "marcus", "lee", "noor"):
        world.coach(who)
    for who in ("dana", "marcus"):
        world.connect(who, Provider.OUTLOOK)
    world.attempt("lee", Provider.OUTLOOK, AttemptState.AWAITING)
    world.attempt("noor", Provider.OUTLOOK, AttemptState.CONFIRMING)
    with database.write(world.operator) as tx:
        for number, row in enumerate(tx.db.exec(select(Attempt).order_by(Attempt.id)).all()):  # type: ignore[arg-type]
            sealed = vault.seal(f"attempt {number}".encode(), bound(row))
            row.key_id = sealed.key_id
            if row.state is AttemptState.CONFIRMING:
                row.sealed_tokens = sealed.data
            else:
                row.sealed_verifier = sealed.data
        for connection, token in tx.db.exec(
            select(Connection, ConnectionToken).join(ConnectionToken, ConnectionToken.connection_id == Connection.id)  # type: ignore[arg-type]
        ).all():
            sealed = vault.seal(f"connection {connection.id}".encode(), bound(connection))
            token.sealed, token.key_id = sealed.data, sealed.key_id
        gone = Revocation(
            tenant_id=world.tenant_id,
            person_id=world.id("dana"),
            provider=Provider.GOOGLE,
            uid="gone",
            sealed=b"",
            key_id="",
            created_at=tx.now,
        )
        sealed = vault.seal(b"revocation", bound(gone))
        gone.sealed, gone.key_id = sealed.data, sealed.key_id
        tx.db.add(gone)
        service = tx.db.get_one(WfmService, world.tenant_id)
        sealed = vault.seal(b"wfm token", service_seal(world.tenant_id))
        service.sealed_token, service.key_id = sealed.data, sealed.key_id
    return Sealing(world, path)


def test_everything_is_sealed_anew_and_the_old_key_is_gone(sealing: Sealing) -> None:
    before, [old] = sealing.opened(), key_file.read(sealing.path)
    done = sealing.rotation.rotate(nobody)
    assert sealing.opened() == before
    assert done.retired == (old,)
    assert done.sealed_anew == 6
    assert not done.finished_earlier
    assert list(key_file.read(sealing.path)) == [done.current]
    [key] = done.keys
    assert (key.values, key.not_opening, key.current) == (EVERY, 0, True)


def test_status_counts_by_key_and_kind(sealing: Sealing) -> None:
    [old] = key_file.read(sealing.path)
    added = sealing.rotation.add()
    assert [key.current for key in added.keys] == [True, False]
    assert sum(added.keys[0].values.values()) == 0
    assert added.keys[1].key_id == old
    assert added.keys[1].values == EVERY
    assert str(sealing.path) == added.file


def test_what_was_begun_is_finished_without_another_key(sealing: Sealing) -> None:
    current = sealing.rotation.add().keys[0].key_id
    done = sealing.rotation.rotate(nobody)
    assert done.finished_earlier
    assert done.current == current
    assert len(key_file.read(sealing.path)) == 1


def test_a_token_refreshed_meanwhile_stays(sealing: Sealing, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, vault = rotation._opened, sealing.vault
    [first, *_] = sealing.world.rows(Connection)

    def refreshed_between(given: Vault, value: rotation._Value) -> dict[str, bytes] | None:
        if value.connection is not None and value.connection[0] == first.id and value.key_id == vault.current:
            monkeypatch.setattr(rotation, "_opened", plain)
            sealed = vault.seal(b"newer", bound(first))  # by a worker that has only the old key
            with sealing.world.database.engine.connect() as other:
                statement = update(ConnectionToken).where(ConnectionToken.connection_id == first.id)  # type: ignore[arg-type]
                if other.dialect.name == "postgresql":  # SQLite has one writer
                    other.execute(statement.values(sealed=sealed.data))
                    other.commit()
        return plain(given, value)

    monkeypatch.setattr(rotation, "_opened", refreshed_between)
    sealing.rotate()
    newest = b"newer" if sealing.world.database.url.startswith("postgresql") else f"connection {first.id}".encode()
    assert newest in sealing.opened()


def test_the_old_key_stays_while_a_refresh_begun_before_is_under_way(sealing: Sealing) -> None:
    [old] = key_file.read(sealing.path)
    lent = sealing.vault
    waits: list[int] = []
    [first, *_] = sealing.world.rows(Connection)
    with sealing.world.database.write(sealing.world.operator) as tx:
        leased = tx.database_now() + timedelta(seconds=50)
        tx.db.execute(
            update(ConnectionToken)
            .where(ConnectionToken.connection_id == first.id)  # type: ignore[arg-type]
            .values(leased_until=leased, leased_by="copy")
        )
    with pytest.raises(Unavailable, match="still uses the older key") as caught:
        sealing.rotate(looks=2)
    assert "keys rotate" in caught.value.next_step
    assert old in key_file.read(sealing.path)

    def stores_under_the_old_key() -> None:
        if waits:
            return
        waits.append(1)
        sealed = lent.seal(b"newest", bound(first))
        with sealing.world.database.write(sealing.world.operator) as tx:
            tx.db.execute(
                update(ConnectionToken)
                .where(ConnectionToken.connection_id == first.id)  # type: ignore[arg-type]
                .values(sealed=sealed.data, key_id=sealed.key_id, leased_until=None, leased_by=None)
            )

    sealing.rotate(stores_under_the_old_key)
    assert waits
    assert old not in key_file.read(sealing.path)
    assert b"newest" in sealing.opened()


def test_whoever_holds_the_keys_keeps_them_from_being_retired(sealing: Sealing) -> None:
    if sealing.world.database.url.startswith("sqlite"):
        with sealing.world.database.write(sealing.world.operator) as tx:
            assert tx.may_retire_keys()  # there is only ever one writer
        return
    [old] = key_file.read(sealing.path)
    with sealing.world.database.write(sealing.world.operator) as tx:
        tx.hold_keys()
        with pytest.raises(Unavailable):
            sealing.rotate(looks=1)
        assert old in key_file.read(sealing.path)
    sealing.rotate()
    assert old not in key_file.read(sealing.path)


def test_a_value_of_another_row_does_not_open_and_keeps_no_key_alive(sealing: Sealing) -> None:
    first, second = sealing.world.rows(ConnectionToken)
    with sealing.world.database.write(sealing.world.operator) as tx:
        tx.db.execute(
            update(ConnectionToken)
            .where(ConnectionToken.connection_id == second.connection_id)  # type: ignore[arg-type]
            .values(sealed=first.sealed)
        )
    done = sealing.rotation.rotate(nobody)
    assert done.sealed_anew == 5
    [victim] = [row for row in sealing.world.rows(Connection) if row.id == second.connection_id]
    assert (victim.state, victim.error_code) == (ConnectionState.NEEDS_RECONNECTING, "seal_broken")
    [left] = [key for key in done.keys if not key.in_file]
    assert (left.values[SealedKind.CONNECTION], left.not_opening) == (1, 1)
    with pytest.raises(CannotOpen):
        sealing.opened()


def test_a_lost_key_shows_and_leaves_what_it_sealed_alone(sealing: Sealing) -> None:
    [old] = key_file.read(sealing.path)
    sealing.path.unlink()
    key_file.create(sealing.path)
    lost = sealing.record(old)
    assert (lost.in_file, lost.not_opening, lost.values) == (False, 6, EVERY)
    assert sealing.rotation.rotate(nobody).sealed_anew == 0
    assert sealing.record(old).not_opening == 6


def test_connections_whose_key_is_back_are_read_again(sealing: Sealing) -> None:
    with sealing.world.database.write(sealing.world.operator) as tx:
        tx.db.execute(update(Connection).values(state=ConnectionState.NEEDS_RECONNECTING, error_code="key_lost"))
    other = Vault({"other": b"x" * 32})
    assert rotation.recover(sealing.world.database, other) == 0
    assert rotation.recover(sealing.world.database, sealing.vault) == 2
    assert {row.state for row in sealing.world.rows(Connection)} == {ConnectionState.DEGRADED}
    due = {row.subject for row in sealing.world.rows(Work) if row.kind is WorkKind.READ}
    assert due == {row.id for row in sealing.world.rows(Connection)}
    assert rotation.recover(sealing.world.database, sealing.vault) == 0


def test_an_ended_connection_does_not_come_back(sealing: Sealing) -> None:
    connection_id = sealing.world.ended("lee", Provider.OUTLOOK, EndedWhy.BY_COACH)
    assert rotation.recover(sealing.world.database, sealing.vault) == 0
    assert connection_id not in {row.subject for row in sealing.world.rows(Work)}


def test_only_one_rotation_at_a_time(sealing: Sealing) -> None:
    with key_file.alone(sealing.path), pytest.raises(Conflict, match="changing the keys"):
        sealing.rotate()


def test_more_than_one_lot_is_sealed_anew(sealing: Sealing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_AT_ONCE", 1)
    assert sealing.rotation.rotate(nobody).sealed_anew == 6

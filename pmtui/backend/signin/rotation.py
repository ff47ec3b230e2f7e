"""A new key for everything that is sealed, while app and worker run; and what is under which key. Where the keys are.

A rotation is the key file with a new key in front, every value sealed anew under it in small transactions, and the
older keys taken out once nothing is under them. Killed anywhere, it is finished by the next one. A value is replaced
only where it still is what was opened, so a token refreshed meanwhile stays; and a key is retired only while nobody
holds the keys (`Transaction.hold_keys`) and no refresh begun before is under way.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from pmtui.backend.actor import operator, worker
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.signin import key_file
from pmtui.backend.signin.records import KeyRecord, KeysRecord, RotationRecord, SealedKind
from pmtui.backend.signin.tokens import mark_lost
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import ConnectionState, Outcome, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken, WfmService
from pmtui.backend.storage.tables.signin import Attempt, Revocation
from pmtui.backend.storage.transaction import Transaction

_log = logging.getLogger(__name__)
_AT_ONCE = 100  # values in one transaction
_PASSES = 8
_KEY_LOST = "key_lost"


@dataclass(frozen=True, slots=True)
class _Value:
    """One row's sealed columns, as read. `connection` is (id, tenant, uid) where they are a connection's tokens."""

    kind: SealedKind
    row_id: int
    key_id: str
    bound_to: str
    data: dict[str, bytes] = field(repr=False)
    connection: tuple[int, int, str] | None = None


class Rotation:
    """Looks at the keys in use and puts a new one in use. `wait` returns after a moment (for what others finish)."""

    def __init__(self, database: Database, path: Path, service_seal: Callable[[int], str]) -> None:
        """`service_seal` says what a tenant's WFM token is bound to."""
        self._database = database
        self._path = path
        self._service_seal = service_seal

    def status(self) -> KeysRecord:
        """Which keys there are, how many values are under each, and how many of those do not open."""
        vault = Vault.load(self._path)
        values: Counter[tuple[str, SealedKind]] = Counter()
        closed: Counter[str] = Counter()
        for some in self._all(()):
            for value in some:
                values[value.key_id, value.kind] += 1
                closed[value.key_id] += _opened(vault, value) is None
        ids = dict.fromkeys((*vault.key_ids, *sorted(key_id for key_id, _ in values)))
        keys = tuple(
            KeyRecord(
                key_id=key_id,
                current=key_id == vault.current,
                in_file=key_id in vault.key_ids,
                values={kind: values[key_id, kind] for kind in SealedKind},
                not_opening=closed[key_id],
            )
            for key_id in ids
        )
        return KeysRecord(str(self._path), keys)

    def add(self) -> KeysRecord:
        """Put a new key in front of the file; what is sealed stays as it is. Raises BadInput, Conflict."""
        with key_file.alone(self._path):
            key_file.add(self._path)
        return self.status()

    def rotate(self, wait: Callable[[], object], looks: int = 400) -> RotationRecord:
        """Seal everything under a new key (or the one an unfinished rotation made) and retire the older keys.

        Safe to repeat from any point. Raises BadInput (nothing was changed), Conflict, or Unavailable while a worker
        keeps using an older key: then everything still opens, and the older keys stay.
        """
        with key_file.alone(self._path):
            begun_before = len(Vault.load(self._path).key_ids) > 1
            if not begun_before:
                key_file.add(self._path)
            vault = Vault.load(self._path)
            older = vault.key_ids[1:]
            sealed = 0
            for _ in range(_PASSES):
                done = self._pass(vault)
                sealed += done
                if not done:
                    break
            if not self._retire(vault, frozenset(older), wait, looks):
                raise Unavailable(
                    "keys_still_used",
                    f"Something still uses the older key {', '.join(older)}: it stays in the key file.",
                    "Restart the worker if it has the keys as a credential, then run `pmtui keys rotate` again.",
                    whose=Whose.OPERATOR,
                )
        recovered = recover(self._database, vault)
        _log.info("keys: %s is current, %s retired, %s values sealed anew", vault.current, ", ".join(older), sealed)
        return RotationRecord(vault.current, older, sealed, recovered, begun_before, self.status().keys)

    def _pass(self, vault: Vault) -> int:
        """Seal anew, once through, what is under another key than the current one; how many values."""
        done = 0
        for some in self._all((vault.current,)):
            done += self._seal_anew(vault, some)
        return done

    @repeated
    def _seal_anew(self, vault: Vault, values: list[_Value]) -> int:
        done = 0
        lost: list[tuple[int, int, str]] = []
        with self._database.write(operator()) as tx:
            tx.hold_keys()
            for value in values:
                plain = _opened(vault, value)
                if plain is not None:
                    done += _replace(tx, vault, value, plain)
                elif value.key_id in vault.key_ids and value.connection is not None:
                    lost.append(value.connection)
        for connection_id, tenant_id, uid in lost:
            with self._database.write(worker(tenant_id)) as tx:
                mark_lost(tx, connection_id, uid, "seal_broken")
        return done

    def _retire(self, vault: Vault, older: frozenset[str], wait: Callable[[], object], looks: int) -> bool:
        """Take the older keys out of the file as soon as nothing needs them; False if that does not come."""
        refreshing = self._refreshing()
        for _ in range(looks):
            if self._retired(older, refreshing, vault):
                return True
            self._pass(vault)
            wait()
        return self._retired(older, refreshing, vault)

    @repeated
    def _retired(self, older: frozenset[str], refreshing: frozenset[str], vault: Vault) -> bool:
        with self._database.write(operator()) as tx:
            if not tx.may_retire_keys():
                return False
            if refreshing & _leases(tx):
                return False
            if any(_opened(vault, value) is not None for value in _under(tx, older, self._service_seal)):
                return False
            key_file.drop(self._path, older)
            return True

    def _refreshing(self) -> frozenset[str]:
        """Who is refreshing a token now: one that has only the older keys would seal under them."""
        with self._database.read(operator()) as tx:
            return _leases(tx)

    def _all(self, but: tuple[str, ...]) -> Iterator[list[_Value]]:
        """Every sealed value that is not under these keys, some at a time, each lot read in its own transaction."""
        for kind in SealedKind:
            last = 0
            while True:
                with self._database.read(operator()) as tx:
                    some = _read(tx, kind, self._service_seal, last, col(_TABLES[kind].key_id).not_in(but))
                if not some:
                    break
                yield some
                last = some[-1].row_id


@repeated
def recover(database: Database, vault: Vault) -> int:
    """Connections whose key was lost and is back are read again; how many. Their people need not do anything."""
    with database.read(worker()) as tx:
        rows = tx.db.exec(
            select(Connection, ConnectionToken)
            .join(ConnectionToken, col(ConnectionToken.connection_id) == Connection.id)
            .where(
                Connection.state == ConnectionState.NEEDS_RECONNECTING,
                Connection.error_code == _KEY_LOST,
                col(Connection.ended_at).is_(None),
            )
        ).all()
        found = [row for row, token in rows if _opened(vault, _tokens_of(row, token)) is not None]
    for row in found:
        assert row.id is not None
        with database.write(worker(row.tenant_id)) as tx:
            back = tx.db.exec(
                update(Connection)
                .where(
                    col(Connection.id) == row.id,
                    col(Connection.uid) == row.uid,
                    col(Connection.ended_at).is_(None),
                    col(Connection.error_code) == _KEY_LOST,
                )
                .values(state=ConnectionState.DEGRADED)
            )
            if back.rowcount:
                tx.look_at(WorkKind.READ, row.id)
                tx.audit(Verb.CALENDAR_READ, f"person:{row.person_id}", Outcome.OK, provider=row.provider.value)
                tx.changed(Topic.INTEGRATIONS, Topic.AVAILABILITY, Topic.COACHING)
    return len(found)


_TABLES: dict[SealedKind, Any] = {
    SealedKind.SIGN_IN: Attempt,  # in the order in which values move: from sign-ins to connections to revocations
    SealedKind.CONNECTION: ConnectionToken,
    SealedKind.REVOCATION: Revocation,
    SealedKind.WFM: WfmService,
}


def _read(
    tx: Transaction, kind: SealedKind, service_seal: Callable[[int], str], after: int, *which: ColumnElement[bool]
) -> list[_Value]:
    """Some values of a kind, by ascending id from `after`."""
    table = _TABLES[kind]
    key = table.__table__.primary_key.columns[0]
    found = select(table).where(key > after, *which, col(table.key_id).is_not(None)).order_by(key).limit(_AT_ONCE)
    if kind is SealedKind.CONNECTION:
        joined = found.add_columns(Connection).join(Connection, col(Connection.id) == ConnectionToken.connection_id)
        return [_tokens_of(connection, token) for token, connection in tx.db.execute(joined).all()]
    rows = tx.db.execute(found).scalars().all()
    if kind is SealedKind.WFM:
        return [
            _Value(kind, row.tenant_id, row.key_id, service_seal(row.tenant_id), {"sealed_token": row.sealed_token})
            for row in rows
        ]
    names = ("sealed",) if kind is SealedKind.REVOCATION else ("sealed_verifier", "sealed_tokens")
    return [
        _Value(
            kind,
            row.id,
            row.key_id,
            associated(row.tenant_id, row.person_id, row.provider, row.uid),
            {name: data for name in names if (data := getattr(row, name)) is not None},
        )
        for row in rows
    ]


def _tokens_of(connection: Connection, token: ConnectionToken) -> _Value:
    assert connection.id is not None
    bound_to = associated(connection.tenant_id, connection.person_id, connection.provider, connection.uid)
    of = (connection.id, connection.tenant_id, connection.uid)
    return _Value(SealedKind.CONNECTION, connection.id, token.key_id, bound_to, {"sealed": token.sealed}, of)


def _under(tx: Transaction, keys: frozenset[str], service_seal: Callable[[int], str]) -> Iterator[_Value]:
    """The values under these keys. None moves while the transaction may retire keys."""
    for kind, table in _TABLES.items():
        last = 0
        while some := _read(tx, kind, service_seal, last, col(table.key_id).in_(keys)):
            yield from some
            last = some[-1].row_id


def _opened(vault: Vault, value: _Value) -> dict[str, bytes] | None:
    """What the columns hold; None if one of them does not open."""
    try:
        return {name: vault.open(Sealed(data, value.key_id), value.bound_to) for name, data in value.data.items()}
    except CannotOpen:
        return None


def _replace(tx: Transaction, vault: Vault, value: _Value, plain: dict[str, bytes]) -> int:
    """Put the values sealed anew in the place of exactly those that were read; 1, or 0 if they are others by now."""
    table = _TABLES[value.kind]
    anew = {name: vault.seal(data, value.bound_to).data for name, data in plain.items()}
    same = [col(getattr(table, name)) == data for name, data in value.data.items()]
    statement = (
        update(table)
        .where(table.__table__.primary_key.columns[0] == value.row_id, col(table.key_id) == value.key_id, *same)
        .values(key_id=vault.current, **anew)
        .execution_options(synchronize_session=False)
    )
    return int(tx.db.connection().execute(statement).rowcount)


def _leases(tx: Transaction) -> frozenset[str]:
    now = tx.database_now()
    held = select(ConnectionToken.leased_by).where(
        col(ConnectionToken.leased_by).is_not(None), col(ConnectionToken.leased_until) > now
    )
    return frozenset(holder for holder in tx.db.exec(held).all() if holder is not None)

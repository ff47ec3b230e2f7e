"""Grants that ended here and are still to be ended at the provider: their sealed tokens, handed over and settled.

Only Google has an endpoint for it, and ends a person's whole grant there. Functions take an open transaction and
never commit; nothing here opens a token.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, insert, or_
from sqlmodel import col, select

from pmtui.backend.states import Outcome, Provider, Verb, WorkKind
from pmtui.backend.storage.tables.integrations import Connection, ConnectionToken
from pmtui.backend.storage.tables.signin import Attempt, Revocation
from pmtui.backend.storage.transaction import Transaction

KEPT = timedelta(hours=24)
"""How long a revocation is tried."""


def hand_over(tx: Transaction, connection_ids: Sequence[int]) -> None:
    """Let the Google tokens of these connections, which end in this transaction, be revoked."""
    tx.hold_keys()
    found = (
        select(Connection, ConnectionToken)
        .join(ConnectionToken, col(ConnectionToken.connection_id) == Connection.id)
        .where(col(Connection.id).in_(connection_ids), Connection.provider == Provider.GOOGLE)
        .order_by(col(Connection.id))
    )
    rows = [
        {
            "tenant_id": tx.tenant_id,
            "person_id": connection.person_id,
            "provider": connection.provider,
            "uid": connection.uid,
            "external_id": connection.external_id,
            "sealed": token.sealed,
            "key_id": token.key_id,
            "created_at": tx.now,
        }
        for connection, token in tx.db.exec(found).all()
    ]
    if rows:
        tx.db.execute(insert(Revocation), rows)
        tx.look_at(WorkKind.REVOKE, tx.tenant_id)


def hand_over_sign_in(tx: Transaction, attempt: Attempt) -> None:
    """Let what a Google sign-in had been given be revoked: it ends without a connection."""
    if attempt.sealed_tokens is not None and attempt.key_id is not None:
        hand_over_tokens(tx, attempt, attempt.sealed_tokens, attempt.key_id)


def hand_over_tokens(tx: Transaction, attempt: Attempt, sealed: bytes, key_id: str) -> None:
    """The same for tokens that are not in its row (any more)."""
    if attempt.provider is not Provider.GOOGLE:
        return
    tx.hold_keys()
    tx.db.add(
        Revocation(
            tenant_id=attempt.tenant_id,
            person_id=attempt.person_id,
            provider=attempt.provider,
            uid=attempt.uid,
            external_id=attempt.external_id,
            sealed=sealed,
            key_id=key_id,
            created_at=tx.now,
        )
    )
    tx.look_at(WorkKind.REVOKE, tx.tenant_id)


def supersede(tx: Transaction, person_id: int, external_id: str) -> None:
    """The person has granted anew, for this account: revoking an older token would end that grant too."""
    same = or_(col(Revocation.external_id).is_(None), col(Revocation.external_id) == external_id)
    tx.db.execute(delete(Revocation).where(col(Revocation.person_id) == person_id, same))


def in_use(tx: Transaction, row: Revocation) -> bool:
    """Whether a live connection, whoever's, stands on the same account's grant."""
    live = select(Connection.id).where(col(Connection.ended_at).is_(None), Connection.provider == row.provider)
    same = (
        Connection.person_id == row.person_id if row.external_id is None else Connection.external_id == row.external_id
    )
    return tx.db.exec(live.where(same)).first() is not None


def signing_in(tx: Transaction, row: Revocation) -> bool:
    """Whether the person holds new tokens that are not confirmed yet: maybe of the same grant."""
    holding = select(Attempt.id).where(
        Attempt.person_id == row.person_id,
        Attempt.provider == row.provider,
        col(Attempt.sealed_tokens).is_not(None),
    )
    return tx.db.exec(holding).first() is not None


def settle(tx: Transaction, revocation_id: int, outcome: Outcome, why: str) -> None:
    """Erase it, and note how it ended; nothing if somebody else was faster."""
    row = tx.db.get(Revocation, revocation_id, with_for_update=True)
    if row is None:
        return
    tx.audit(Verb.GRANT_REVOKED, f"person:{row.person_id}", outcome, provider=row.provider.value, code=why)
    tx.db.delete(row)

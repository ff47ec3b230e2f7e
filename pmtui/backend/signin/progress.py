"""A sign-in's row as the worker reads and changes it: every change one transaction, and none waits for the network."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import col, select, update

from pmtui.backend.actor import worker
from pmtui.backend.calendars.protocol import Temporary
from pmtui.backend.errors import BadInput, Unavailable
from pmtui.backend.signin import attempts, grants
from pmtui.backend.signin.granted import TokenSet
from pmtui.backend.signin.identity import NotProven
from pmtui.backend.signin.machine import Action, Event
from pmtui.backend.signin.oauth import Denied
from pmtui.backend.signin.refusals import Verdict, verdict_of
from pmtui.backend.signin.vault import CannotOpen, Sealed, Vault, associated
from pmtui.backend.states import AttemptState, Provider, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.transaction import Transaction

_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=30)


class Progress:
    """Reads and changes rows for whoever advances sign-ins; the vault is opened when first needed."""

    def __init__(self, database: Database, vault: Callable[[], Vault], chance: Callable[[], float]) -> None:
        self._database = database
        self._vault = vault
        self._chance = chance

    @repeated
    def look(self, attempt_id: int) -> Attempt | None:
        """The sign-in as it stands, its code claimed if one is in; None when there is nothing to do."""
        with self._database.read(worker()) as tx:
            tenant_id = tx.db.exec(select(Attempt.tenant_id).where(Attempt.id == attempt_id)).first()
        if tenant_id is None:
            return None
        with self._database.write(worker(tenant_id)) as tx:
            attempts.end_overdue(tx)
            attempt = attempts.load(tx, attempt_id)
            if attempt.state.over:
                return None
            if tx.now >= attempt.expires_at:
                attempts.move(tx, attempt, Event.TIME_UP, attempts.overdue(attempt))
                return None
            return attempt if attempt.code is None or self._claim(tx, attempt) else None

    def _claim(self, tx: Transaction, attempt: Attempt) -> bool:
        """Take the code out of the clear: one conditional UPDATE wipes it and the link, and seals it in."""
        tx.hold_keys()
        try:
            kept = self.unsealed(attempt, attempt.sealed_verifier)
            sealed = self.sealed(attempt, json.dumps({**json.loads(kept), "code": attempt.code}).encode())
        except (CannotOpen, BadInput) as error:
            said = meaning(error, attempt.provider)
            attempts.move(tx, attempt, said.event, said.code)
            return False
        claimed = (
            update(Attempt)
            .where(
                col(Attempt.id) == attempt.id,
                col(Attempt.state) == AttemptState.EXCHANGING,
                col(Attempt.code).is_not(None),
            )
            .values(code=None, link=None, sealed_verifier=sealed.data, key_id=sealed.key_id)
        )
        won = tx.db.connection().execute(claimed).rowcount == 1
        tx.db.refresh(attempt)
        return won

    @repeated
    def change(
        self,
        attempt: Attempt,
        store: Callable[[Attempt], None],
        event: Event | None = None,
        look_at: datetime | None = None,
    ) -> None:
        """Write what was learned, unless the sign-in moved on meanwhile; and when to look again, if that is known."""
        with self._database.write(worker(attempt.tenant_id)) as tx:
            tx.hold_keys()  # `store` may seal
            row = attempts.load(tx, attempts.id_of(attempt))
            if row.state is not attempt.state:
                return
            store(row)
            tx.db.add(row)
            if event is not None:
                attempts.move(tx, row, event)
            if look_at is not None and not row.state.over:
                tx.look_at(WorkKind.ATTEMPT, attempts.id_of(row), min(look_at, row.expires_at))

    @repeated
    def keep_tokens(self, attempt: Attempt, tokens: TokenSet, event: Event | None = None) -> None:
        """Seal and keep what the provider gave, before anything is done with it.

        If the sign-in was ended in that very moment, what was granted is handed over to be revoked instead.
        """
        with self._database.write(worker(attempt.tenant_id)) as tx:
            tx.hold_keys()
            sealed = self.sealed(attempt, tokens.to_bytes())
            row = attempts.load(tx, attempts.id_of(attempt))
            if row.state.over:
                grants.hand_over_tokens(tx, row, sealed.data, sealed.key_id)
            if row.state is not attempt.state:
                return
            row.sealed_tokens, row.key_id, row.tokens_expire_at = sealed.data, sealed.key_id, tokens.expires_at
            row.sealed_verifier = row.user_code = None
            tx.db.add(row)
            if event is not None:
                attempts.move(tx, row, event)

    @repeated
    def later(self, attempt: Attempt, error: Temporary) -> None:
        """The same again, after a wait that grows with the time already spent; never beyond the sign-in's own end."""
        with self._database.write(worker(attempt.tenant_id)) as tx:
            row = attempts.load(tx, attempts.id_of(attempt))
            if attempts.move(tx, row, Event.TROUBLE, error.code) is Action.RETRY:
                due_at = _due(row.answered_at or row.created_at, tx.now, self._chance())
                due_at = min(max(due_at, error.retry_at or due_at), row.expires_at)
                tx.look_at(WorkKind.ATTEMPT, attempts.id_of(row), due_at)

    @repeated
    def end(self, attempt: Attempt, said: Verdict, claims: str | None = None) -> None:
        """It ends so. `claims` are what the provider wants asked for the next time."""
        with self._database.write(worker(attempt.tenant_id)) as tx:
            row = attempts.load(tx, attempts.id_of(attempt))
            if attempts.move(tx, row, said.event, said.code) is Action.FINISH:
                row.claims = claims

    def claims(self, attempt: Attempt) -> str | None:
        """What the provider wants asked for: said to the connection that is reconnected, or to the sign-in before."""
        with self._database.read(worker(attempt.tenant_id)) as tx:
            connection = select(Connection.claims).where(
                Connection.person_id == attempt.person_id,
                Connection.provider == attempt.provider,
                col(Connection.ended_at).is_(None),
            )
            before = select(Attempt.claims).where(
                Attempt.person_id == attempt.person_id,
                Attempt.provider == attempt.provider,
                col(Attempt.id) < attempts.id_of(attempt),
            )
            latest = before.order_by(col(Attempt.id).desc()).limit(1)
            return tx.db.exec(latest).first() or tx.db.exec(connection).first()

    def sealed(self, attempt: Attempt, plain: bytes) -> Sealed:
        """`plain`, sealed for this sign-in; hold the keys (`Transaction.hold_keys`) until it is stored."""
        return self._vault().seal(plain, _bound(attempt))

    def unsealed(self, attempt: Attempt, data: bytes | None) -> bytes:
        """What was sealed for this sign-in. Raises CannotOpen."""
        return self._vault().open(Sealed(data or b"", attempt.key_id or ""), _bound(attempt))


def meaning(error: NotProven | Unavailable | BadInput, provider: Provider) -> Verdict:
    """How an error that repetition does not mend ends the sign-in."""
    if isinstance(error, NotProven):
        return error.verdict
    if isinstance(error, Denied):
        return verdict_of(provider, error.error, error.suberror, error.number)
    if provider is Provider.WFM:
        return Verdict(Event.REFUSED, "wfm_not_ready")
    if isinstance(error, CannotOpen):
        return Verdict(Event.REFUSED, error.code)
    return Verdict(Event.REFUSED, f"operator:{error.code}")  # endpoint, client id, secret or key file


def _due(since: datetime, now: datetime, chance: float) -> datetime:
    wait = min(max((now - since) / 2, _SHORTEST_WAIT), _LONGEST_WAIT)
    return now + wait / 2 + wait / 2 * chance


def _bound(attempt: Attempt) -> str:
    return associated(attempt.tenant_id, attempt.person_id, attempt.provider, attempt.uid)

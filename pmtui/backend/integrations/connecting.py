"""Making a connection of a confirmed sign-in: every condition looked at again, in the transaction that connects."""

from collections.abc import Callable

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from pmtui.backend.errors import AlreadyConnected, NotAllowed
from pmtui.backend.integrations import words
from pmtui.backend.integrations.ending import SHOWN, end
from pmtui.backend.integrations.records import Access
from pmtui.backend.people import access
from pmtui.backend.people import words as people_words
from pmtui.backend.signin import attempts
from pmtui.backend.signin.attempts import Verified
from pmtui.backend.states import ConnectionState, EndedWhy, Permission, Verb, WorkKind
from pmtui.backend.storage.tables.integrations import CalendarAccess, Connection, ConnectionToken
from pmtui.backend.storage.transaction import Transaction

Connected = Callable[[Transaction, Connection], None]
"""What else happens when somebody has connected: their upcoming sessions become wanted in this calendar."""


def sent_access(tx: Transaction) -> CalendarAccess:
    """The tenant's calendar access, to look at."""
    return tx.db.exec(_access(tx)).one()


def access_to_change(tx: Transaction) -> CalendarAccess:
    """The same, locked to be changed."""
    return tx.db.exec(_access(tx).with_for_update().execution_options(populate_existing=True)).one()


def access_to_rely_on(tx: Transaction) -> CalendarAccess:
    """The same, while nobody can send another until this transaction ends. For whoever makes connections."""
    return tx.db.exec(_access(tx).with_for_update(read=True).execution_options(populate_existing=True)).one()


def live_connection(tx: Transaction, person_id: int) -> Connection | None:
    """The person's live connection."""
    return tx.db.exec(
        select(Connection).where(
            Connection.tenant_id == tx.tenant_id, Connection.person_id == person_id, col(Connection.ended_at).is_(None)
        )
    ).first()


def require_login_experience(tx: Transaction) -> None:
    """Refuse (NotAllowed) in an organisation without the new login experience."""
    if not access.tenant(tx).new_login_experience:
        raise NotAllowed("no_new_login_experience", words.NO_LOGIN_EXPERIENCE, words.NO_LOGIN_EXPERIENCE_NEXT)


def connect(tx: Transaction, attempt_id: int, connected: Connected) -> int:
    """Make the person's connection of their verified sign-in; its id.

    Raises NotAllowed (calendar no longer allowed, no Coach View Access, disabled), AlreadyConnected, Conflict
    (the sign-in is over). If two sign-ins of one person race, the database lets one through.
    """
    sent = access_to_rely_on(tx)
    person_id = attempts.load(tx, attempt_id, lock=False).person_id
    tx.lock_people(person_id)  # nobody takes Coach View Access away meanwhile
    require_login_experience(tx)
    if Permission.COACH not in access.permissions_of(tx, person_id):
        raise NotAllowed(
            "missing_permission",
            f"Connecting a calendar needs the permission {Permission.COACH.value}.",
            people_words.who_can_give(access.administrators(tx)),
        )
    verified = attempts.take(tx, attempt_id)
    if not Access(sent.wfm, sent.external).allows(verified.provider):
        raise NotAllowed(
            "access_not_sent",
            f"Your organisation does not allow the {verified.provider.label} calendar any more.",
            "Ask an administrator, or connect a calendar that is allowed.",
        )
    connection = _renewed(tx, verified) or _made(tx, verified)
    assert connection.id is not None
    if verified.sealed is not None:
        _keep_tokens(tx, connection.id, verified)
    tx.look_at(WorkKind.READ, connection.id)
    connected(tx, connection)
    tx.audit(Verb.CONNECTED, f"person:{person_id}", provider=verified.provider.value)
    tx.changed(*SHOWN)
    return connection.id


def _access(tx: Transaction) -> SelectOfScalar[CalendarAccess]:
    return select(CalendarAccess).where(CalendarAccess.tenant_id == tx.tenant_id)


def _renewed(tx: Transaction, verified: Verified) -> Connection | None:
    """The same account, signed in to again because it needed it, goes on; another account ends the old connection."""
    connection = live_connection(tx, verified.person_id)
    if connection is None:
        return None
    waiting = connection.state is ConnectionState.NEEDS_RECONNECTING and connection.provider is verified.provider
    if not waiting:
        raise AlreadyConnected(
            "already_connected",
            f"Your {words.calendar(connection.provider)} is connected already.",
            "You can connect only one calendar: disconnect it first.",
        )
    if connection.external_id != verified.external_id:
        end(tx, col(Connection.id) == connection.id, EndedWhy.BY_COACH)
        return None
    connection.uid, connection.account = verified.uid, verified.account  # the tokens are bound to the sign-in's uid
    connection.state, connection.connected_at = ConnectionState.READY, tx.now
    connection.failing_since_at = connection.error_code = connection.claims = None
    connection.automatic = False
    tx.db.add(connection)
    tx.db.flush()
    return connection


def _made(tx: Transaction, verified: Verified) -> Connection:
    connection = Connection(
        tenant_id=tx.tenant_id,
        person_id=verified.person_id,
        uid=verified.uid,
        provider=verified.provider,
        account=verified.account,
        external_id=verified.external_id,
        connected_at=tx.now,
    )
    tx.db.add(connection)
    tx.db.flush()  # the unique index decides here
    return connection


def _keep_tokens(tx: Transaction, connection_id: int, verified: Verified) -> None:
    """The tokens move over as they are, sealed."""
    assert verified.sealed is not None
    token = tx.db.get(ConnectionToken, connection_id) or ConnectionToken(
        connection_id=connection_id, tenant_id=tx.tenant_id, sealed=b"", key_id="", expires_at=tx.now
    )
    token.sealed, token.key_id = verified.sealed, verified.key_id or ""
    token.expires_at = verified.tokens_expire_at or tx.now
    token.leased_until = token.leased_by = None
    tx.db.add(token)
    tx.db.flush()

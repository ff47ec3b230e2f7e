"""SSH public keys of people: who a key that signs in over SSH belongs to."""

from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from pmtui.backend.actor import Actor, ActorKind, Surface, operator
from pmtui.backend.errors import BadInput, NotAllowed, NotFound
from pmtui.backend.people import access
from pmtui.backend.people.membership import stored_id
from pmtui.backend.people.public_key import PublicKey, parse
from pmtui.backend.people.records import SshKeyRecord
from pmtui.backend.states import ADMINISTER, Topic, Verb
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Person, SshKey
from pmtui.backend.storage.transaction import Transaction

_MOST_KEYS = 20


class SshKeys:
    """A person's own keys; those of others are for administrators, and for the operator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def understood(self, text: str) -> PublicKey:
        """The key in `text`, without keeping it. Raises BadInput."""
        return parse(text)

    def list(self, actor: Actor, email: str | None = None) -> tuple[SshKeyRecord, ...]:
        """The actor's keys, or those of the person with that address, the oldest first."""
        with self._database.read(actor) as tx:
            return _records(tx, SshKey.person_id == _whose(tx, email))

    def everybodys(self, actor: Actor) -> tuple[SshKeyRecord, ...]:
        """All keys of the organisation, by person. For administrators."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            return _records(tx)

    @repeated
    def add(self, actor: Actor, text: str, email: str | None = None) -> SshKeyRecord:
        """Keep the public key in `text`. Raises BadInput, also for one that is there; Conflict for somebody else's."""
        with self._database.write(actor) as tx:
            person_id = _whose(tx, email)
            key = parse(text)
            tx.lock_people(person_id)
            mine = tx.db.exec(select(SshKey.fingerprint).where(SshKey.person_id == person_id)).all()
            if key.fingerprint in mine:
                raise BadInput("key_there", f"That key is here already: {key.fingerprint}.", "Nothing has changed.")
            if len(mine) >= _MOST_KEYS:
                raise BadInput("too_many_keys", f"There are {_MOST_KEYS} keys already.", "Remove one first.")
            row = SshKey(
                tenant_id=tx.tenant_id,
                person_id=person_id,
                kind=key.kind,
                body=key.body,
                fingerprint=key.fingerprint,
                bits=key.bits,
                comment=key.comment,
                added_at=tx.now,
            )
            tx.db.add(row)
            tx.db.flush()
            tx.audit(Verb.SSH_KEY_ADDED, f"person:{person_id}", kind=key.kind, fingerprint=key.fingerprint)
            tx.changed(Topic.PREFERENCES)
            return _records(tx, SshKey.id == row.id)[0]

    @repeated
    def remove(self, actor: Actor, fingerprint: str, email: str | None = None) -> SshKeyRecord:
        """Forget a key, named by its fingerprint or a beginning of it: it signs nobody in any more. What it was."""
        with self._database.write(actor) as tx:
            found = _named(tx, _whose(tx, email), fingerprint)
            record = _records(tx, SshKey.id == found.id)[0]
            tx.db.delete(found)
            tx.audit(Verb.SSH_KEY_REMOVED, f"person:{found.person_id}", kind=found.kind, fingerprint=found.fingerprint)
            tx.changed(Topic.PREFERENCES)
            return record

    def named(self, actor: Actor, fingerprint: str, email: str | None = None) -> SshKeyRecord:
        """The key with that fingerprint, or a beginning of it. NotFound, or BadInput where several begin so."""
        with self._database.read(actor) as tx:
            return _records(tx, SshKey.id == _named(tx, _whose(tx, email), fingerprint).id)[0]

    @repeated
    def log_in(self, key_id: int, surface: Surface) -> Actor:
        """Who signs in with the key of that id, as the one who acts; notes that it was used.

        The id comes from what the SSH server was told for the key that signed. Raises NotFound for a key that was
        removed, NotAllowed for a disabled person.
        """
        with self._database.read(operator()) as tx:
            tenant_id = tx.db.exec(select(SshKey.tenant_id).where(SshKey.id == key_id)).first()
        if tenant_id is None:
            raise NotFound("no_key", "That key is not here any more.", "Ask an administrator to add it.")
        with self._database.write(operator(tenant_id)) as tx:
            key = tx.db.get(SshKey, key_id)
            if key is None:
                raise NotFound("no_key", "That key is not here any more.", "Ask an administrator to add it.")
            person = tx.db.get_one(Person, key.person_id)
            if person.disabled_at is not None:
                raise NotAllowed("person_disabled", "You are disabled here.", "Ask an administrator.")
            key.last_used_at = tx.now
            tx.db.add(key)
            tx.changed(Topic.PREFERENCES)
            return Actor(ActorKind.PERSON, key.tenant_id, key.person_id, surface)


def _whose(tx: Transaction, email: str | None) -> int:
    """Whose keys are meant: the actor's own, or those of somebody an administrator names."""
    access.permissions(tx)
    me = tx.actor.person_id
    if email is None:
        if me is None:
            raise BadInput("whose_keys", "It does not say whose keys.", "Name the person by their address.", "person")
        return me
    wanted = tx.db.exec(
        select(Person.id).where(Person.tenant_id == tx.tenant_id, Person.email == email.strip().lower())
    ).first()
    if wanted is None or wanted != me:
        access.require(tx, *ADMINISTER)
    return stored_id(access.find(tx, email))


def _named(tx: Transaction, person_id: int, fingerprint: str) -> SshKey:
    wanted = fingerprint.strip()
    rows = tx.db.exec(select(SshKey).where(SshKey.person_id == person_id)).all()
    found = [row for row in rows if wanted and row.fingerprint.removeprefix("SHA256:").startswith(_digest(wanted))]
    if not found:
        raise NotFound("no_key", "There is no key with that fingerprint.", "pmtui ssh key list shows them.")
    if len(found) > 1:
        raise BadInput("which_key", f"{len(found)} keys begin so.", "Write more of the fingerprint.", "fingerprint")
    return found[0]


def _digest(fingerprint: str) -> str:
    return fingerprint.removeprefix("SHA256:") or fingerprint


def _records(tx: Transaction, *only: Any) -> tuple[SshKeyRecord, ...]:
    query = (
        select(Person.email, Person.name, SshKey)
        .join(Person, (col(Person.id) == SshKey.person_id) & (col(Person.tenant_id) == SshKey.tenant_id))
        .where(SshKey.tenant_id == tx.tenant_id, *only)
        .order_by(func.lower(Person.name), Person.email, col(SshKey.added_at), col(SshKey.id))
    )
    return tuple(
        SshKeyRecord(email, name, row.kind, row.bits, row.fingerprint, row.comment, row.added_at, row.last_used_at)
        for email, name, row in tx.db.exec(query).all()
    )

"""The audit as people read it: one person's history, and everything that was done in an organisation."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, literal
from sqlmodel import col, or_, select

from pmtui.backend.actor import Actor, ActorKind
from pmtui.backend.config import Config
from pmtui.backend.people import access
from pmtui.backend.states import ADMINISTER, Outcome, Permission, Verb
from pmtui.backend.storage.among import among
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.support import words
from pmtui.backend.support.records import AuditRecord

MAY_LOOK = (Permission.SUPPORT, *ADMINISTER)
"""Any of these lets somebody look."""
HISTORY = 200
"""How many entries a person's history has at most."""
LONGEST = 10_000
"""How many entries are told at once at most."""
_PERSON, _SESSION = "person:", "session:"
_NOBODY = {ActorKind.WORKER: "the worker", ActorKind.OPERATOR: "the operator"}
_EVENTS = (Verb.EVENT_WRITTEN, Verb.EVENT_REMOVED)


class Audit:
    """What was done in an organisation, by whom. Needs Support View Access or either Administer."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._app = config.microsoft_app_name

    def entries(
        self,
        actor: Actor,
        *,
        since: datetime | None = None,
        email: str | None = None,
        verbs: Collection[Verb] = (),
        limit: int = 100,
    ) -> tuple[AuditRecord, ...]:
        """The newest entries first, `limit` (at most 10,000) of them; those `email` did or that are about them.

        Scope limits what is shown of people and sessions; what concerns the organisation is shown to all who may look.
        Raises NotAllowed, NotFound.
        """
        with self._database.read(actor) as tx:
            access.require(tx, *MAY_LOOK)
            which: list[ColumnElement[bool]] = []
            if since is not None:
                which.append(col(AuditEntry.at) >= since)
            if verbs:
                which.append(col(AuditEntry.verb).in_(verbs))
            if email is not None:
                person_id = access.find(tx, email).id
                assert person_id is not None
                access.require_in_scope(tx, person_id)
                own = col(AuditEntry.person_id) == person_id
                which.append(or_(own, _about(tx, person_id), _in_sessions(tx, [person_id])))
            return _records(tx, self._app, which, limit)

    def clock(self, actor: Actor) -> str:
        """The zone of whoever looks."""
        with self._database.read(actor) as tx:
            access.require(tx, *MAY_LOOK)
            return own_clock(tx)


def own_clock(tx: Transaction) -> str:
    """The zone of whoever acts, the organisation's for nobody."""
    me = tx.db.get(Person, tx.actor.person_id) if tx.actor.person_id is not None else None
    return access.person_timezone(tx, me)


def of_person(tx: Transaction, person_id: int, app: str) -> tuple[AuditRecord, ...]:
    """What happened to one person, the newest first: their connection, and events a calendar would not take.

    The caller has checked who looks.
    """
    events = _in_sessions(tx, [person_id]) & col(AuditEntry.verb).in_(_EVENTS)
    refused = events & (col(AuditEntry.outcome) != Outcome.OK)
    found = _newest(tx, [or_(_about(tx, person_id), refused)], HISTORY)
    return _told(tx, app, [row for row in found if row.details.get("person_id") in (None, person_id)])


def _about(tx: Transaction, person_id: int) -> ColumnElement[bool]:
    return col(AuditEntry.subject) == f"{_PERSON}{person_id}"


def _in_sessions(tx: Transaction, person_ids: Collection[int]) -> ColumnElement[bool]:
    theirs = (
        select(literal(_SESSION) + Session.code)
        .join(Participant, col(Participant.session_id) == Session.id)
        .where(Participant.tenant_id == tx.tenant_id, among(Participant.person_id, person_ids))
    )
    return col(AuditEntry.subject).in_(theirs)


def _records(tx: Transaction, app: str, which: Sequence[ColumnElement[bool]], limit: int) -> tuple[AuditRecord, ...]:
    scope = access.scope(tx)
    if scope is not None:
        people = [f"{_PERSON}{person_id}" for person_id in sorted(scope)]
        organisation = col(AuditEntry.subject).startswith("tenant:")
        which = [*which, or_(organisation, among(AuditEntry.subject, people), _in_sessions(tx, sorted(scope)))]
    return _told(tx, app, _newest(tx, which, min(limit, LONGEST)))


def _newest(tx: Transaction, which: Iterable[ColumnElement[bool]], limit: int) -> Sequence[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.tenant_id == tx.tenant_id, *which)
    return tx.db.exec(found.order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc()).limit(limit)).all()


def _told(tx: Transaction, app: str, rows: Sequence[AuditEntry]) -> tuple[AuditRecord, ...]:
    """The records of these entries: names are looked up in one query."""
    subjects = {row.subject: _person_of(row.subject) for row in rows}
    wanted = {
        person_id for person_id in (*subjects.values(), *(row.person_id for row in rows)) if person_id is not None
    }
    names = {
        person_id: (name, email)
        for person_id, name, email in tx.db.exec(
            select(Person.id, Person.name, Person.email).where(
                Person.tenant_id == tx.tenant_id, col(Person.id).in_(wanted)
            )
        ).all()
    }
    return tuple(_told_one(row, subjects[row.subject], names, app) for row in rows)


def _told_one(row: AuditEntry, about: int | None, names: dict[int | None, tuple[str, str]], app: str) -> AuditRecord:
    actor, actor_email = names.get(row.person_id, (_NOBODY.get(row.actor, "somebody"), None))
    whom, email = names.get(about, (_named(row.subject), None))
    return AuditRecord(
        at=row.at,
        actor=actor,
        actor_email=actor_email,
        surface=row.surface.value,
        verb=row.verb,
        outcome=row.outcome,
        about=whom,
        about_email=email,
        said=words.entry(row.verb, row.outcome, row.details, email or "", app),
        details=row.details,
    )


def _person_of(subject: str) -> int | None:
    number = subject.removeprefix(_PERSON)
    return int(number) if subject.startswith(_PERSON) and number.isdecimal() else None


def _named(subject: str) -> str:
    kind, _, code = subject.partition(":")
    return f"session {code}" if kind == "session" else "the organisation" if kind == "tenant" else kind

"""One unit of work: what a service function has in its hands while a transaction is open."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from sqlalchemy import Table, case, func, text
from sqlmodel import Session, SQLModel, col, select

from pmtui.backend.actor import Actor
from pmtui.backend.states import Outcome, Topic, Verb, WorkKind
from pmtui.backend.storage.among import among
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import Change, Work

_KEYS = 7_064_421  # the advisory lock of the sealing keys


@dataclass(slots=True)
class Transaction:
    """The open transaction: `db` for queries, `actor`, and `now` (one instant for the whole of it).

    The rest works in `Database.write` only.
    """

    db: Session
    actor: Actor
    now: datetime
    _topics: set[tuple[int, Topic]] = field(default_factory=set)

    @property
    def tenant_id(self) -> int:
        """The tenant acted in. Every query names it."""
        if self.actor.tenant_id is None:
            raise LookupError("this transaction has no tenant")
        return self.actor.tenant_id

    def audit(
        self,
        verb: Verb,
        subject: str,
        outcome: Outcome = Outcome.OK,
        *,
        tenant_id: int | None = None,
        **details: Any,
    ) -> None:
        """Append who did `verb` to `subject` now. Details are figures and codes, never free text or secrets."""
        tenant_id = tenant_id if tenant_id is not None else self.tenant_id
        self._topics.add((tenant_id, Topic.ACTIVITY))
        self.db.add(
            AuditEntry(
                tenant_id=tenant_id,
                at=self.now,
                actor=self.actor.kind,
                person_id=self.actor.person_id,
                surface=self.actor.surface,
                verb=verb,
                subject=subject,
                outcome=outcome,
                details=details,
            )
        )

    def changed(self, *topics: Topic) -> None:
        """Screens showing these topics must look again. Written as the transaction's last statements."""
        self._topics.update((self.tenant_id, topic) for topic in topics)

    def look_at(self, kind: WorkKind, subject: int, due_at: datetime | None = None) -> None:
        """The worker shall look at `subject` (again), at `due_at` or now. An earlier time already noted stays."""
        due_at = due_at or self.now
        self.db.flush()
        wanted = {"tenant_id": self.tenant_id, "kind": kind, "subject": subject, "due_at": due_at, "attempts": 0}
        note = self.insert(Work).values(**wanted)
        noted = col(Work.due_at)
        earlier = case(((noted > self.now) & (noted < note.excluded.due_at), noted), else_=note.excluded.due_at)
        # One statement: a worker that is done with it may delete the row at any moment.
        self.db.execute(
            note.on_conflict_do_update(index_elements=["kind", "subject"], set_={"due_at": earlier, "attempts": 0})
        )

    def insert(self, table: type[SQLModel] | Table) -> Any:
        """An insert that can say what to do about a row that is there already (`on_conflict_...`)."""
        # By name: the database's own dialect is loaded already, another's is not loaded for nothing.
        return import_module(f"sqlalchemy.dialects.{self.db.get_bind().dialect.name}").insert(table)

    def forget(self, kind: WorkKind, subject: int) -> None:
        """Nothing is to be looked at any more."""
        row = self.db.exec(select(Work).where(Work.kind == kind, Work.subject == subject)).first()
        if row is not None:
            self.db.delete(row)

    def lock_people(self, *person_ids: int) -> None:
        """Let no other transaction change these people's time until this one ends, in one fixed order.

        Prevents the deadlocks an exclusion constraint allows. SQLite has one writer and needs nothing.
        """
        if self.db.get_bind().dialect.name != "sqlite":
            self.db.exec(
                select(Person.id)
                .where(among(Person.id, person_ids))
                .order_by(col(Person.id))
                .with_for_update(key_share=True)
            ).all()

    def database_now(self) -> datetime:
        """The database's own clock, aware, UTC: the one all hosts share. Leases go by it."""
        if self.db.get_bind().dialect.name == "sqlite":
            said = self.db.connection().execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
            return datetime.fromisoformat(said).replace(tzinfo=UTC)
        at: datetime = self.db.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
        return at.astimezone(UTC)

    def hold_keys(self) -> None:
        """Let no key be retired until this transaction ends. For whoever seals a value, or copies a sealed one.

        SQLite has one writer and needs nothing.
        """
        if self.db.get_bind().dialect.name != "sqlite":
            self.db.execute(select(func.pg_advisory_xact_lock_shared(_KEYS)))

    def may_retire_keys(self) -> bool:
        """Whether nobody holds the keys, and nobody will until this transaction ends."""
        if self.db.get_bind().dialect.name == "sqlite":
            return True
        return bool(self.db.execute(select(func.pg_try_advisory_xact_lock(_KEYS))).scalar_one())

    def finish(self) -> None:
        """Bump the changed topics; called by the door just before it commits."""
        self.db.flush()
        for tenant_id, topic in sorted(self._topics):
            # An organisation older than a topic has no number of it yet.
            bump = self.insert(Change).values(tenant_id=tenant_id, topic=topic, number=1)
            keys, more = ["tenant_id", "topic"], {"number": Change.number + 1}
            self.db.execute(bump.on_conflict_do_update(index_elements=keys, set_=more))
        if self._topics and self.db.get_bind().dialect.name != "sqlite":
            self.db.execute(text("NOTIFY pmtui"))

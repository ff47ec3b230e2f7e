"""Who did what, when. Writers only append."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from pmtui.backend.actor import ActorKind, Surface
from pmtui.backend.states import Outcome, Verb
from pmtui.backend.storage.tables.base import of_tenant, stored


class AuditEntry(SQLModel, table=True):
    """One thing done. `subject` names what it was done to (`person:17`, `session:K3F9`); details are typed per verb."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        of_tenant("person_id", "person"),
        Index("ix_audit_entry_tenant_at", "tenant_id", "at"),
        Index("ix_audit_entry_tenant_subject", "tenant_id", "subject", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int = Field(foreign_key="tenant.id")
    at: datetime
    actor: ActorKind = Field(sa_type=stored(ActorKind))
    person_id: int | None = None
    surface: Surface = Field(sa_type=stored(Surface))
    verb: Verb = Field(sa_type=stored(Verb))
    subject: str
    outcome: Outcome = Field(default=Outcome.OK, sa_type=stored(Outcome))
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)

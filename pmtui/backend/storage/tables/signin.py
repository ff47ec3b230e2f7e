"""Sign-ins under way, and what is to be revoked of those that ended."""

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from pmtui.backend.states import AnswerWay, ApprovalState, AttemptState, Provider
from pmtui.backend.storage.tables.base import of_tenant, stored


class Attempt(SQLModel, table=True):
    """One sign-in, from the press of Connect to the connection. Surfaces write what they learn, the worker advances it.

    `code` rests here at most 60 seconds and is wiped when it is claimed; from then on it is with the verifier,
    and like the tokens, only ever here sealed. What is over holds none of them.
    """

    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("uid"),
        UniqueConstraint("state_digest"),
        of_tenant("person_id", "person"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    person_id: int = Field(index=True)
    uid: str
    """Becomes the connection's uid; part of the associated data."""
    provider: Provider = Field(sa_type=stored(Provider))
    state: AttemptState = Field(default=AttemptState.STARTING, sa_type=stored(AttemptState))
    way: AnswerWay | None = Field(default=None, sa_type=stored(AnswerWay))
    """How the answer comes back; None for the WFM, which has nothing to answer."""
    port: int | None = None
    """The loopback listener's port."""
    redirect_uri: str | None = None
    state_digest: str | None = None
    """The SHA-256 of the link's state. It stays, so that a page reached twice or too late can say so."""
    nonce: str | None = None
    scopes: str = ""
    link: str | None = None
    user_code: str | None = None
    verification_uri: str | None = None
    poll_seconds: int | None = None
    """Device code: what is typed where, and how often the worker asks. The device code is with the verifier."""
    claims: str | None = None
    """What Microsoft asks to be replayed in the next link."""
    sealed_verifier: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_tokens: bytes | None = Field(default=None, sa_type=LargeBinary)
    key_id: str | None = None
    tokens_expire_at: datetime | None = None
    code: str | None = None
    answered_at: datetime | None = None
    account: str | None = None
    external_id: str | None = None
    timezone: str | None = None
    """The provider's idea of the person's zone, IANA; prefills the availability."""
    error_code: str | None = None
    """Why it ended (`signin.words`), or what keeps it waiting."""
    created_at: datetime
    expires_at: datetime


class Revocation(SQLModel, table=True):
    """The refresh token of a grant that ended here, still sealed, until the provider has ended it too.

    `uid` is that of the connection (or sign-in) it was sealed for. Erased on success, on refusal, or after a day.
    """

    __table_args__ = (of_tenant("person_id", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    tenant_id: int
    person_id: int = Field(index=True)
    provider: Provider = Field(sa_type=stored(Provider))
    uid: str
    external_id: str | None = None
    """The account, where the sign-in had come so far as to know it."""
    sealed: bytes = Field(sa_type=LargeBinary)
    key_id: str
    created_at: datetime
    tried_at: datetime | None = None


class OutlookApproval(SQLModel, table=True):
    """Whether the organisation's Microsoft administrator has approved the app; none: nothing was ever heard of it.

    Microsoft can't be asked: this is what sign-ins met and what people noted.
    """

    __tablename__ = "outlook_approval"
    __table_args__ = (of_tenant("requested_by_id", "person"),)
    tenant_id: int = Field(primary_key=True, foreign_key="tenant.id")
    state: ApprovalState = Field(default=ApprovalState.NOT_ASKED, sa_type=stored(ApprovalState))
    since_at: datetime
    requested_at: datetime | None = None
    requested_by_id: int | None = None
    justification: str | None = None
    """What the administrator was told, as far as it was noted."""
    needed_at: datetime | None = None
    """When a sign-in last met "approval required", if none succeeded since."""

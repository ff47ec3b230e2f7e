"""The rows of sign-ins under way: found, changed by the state machine alone, and wiped when over.

Functions take an open transaction and never commit.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from pmtui.backend.actor import ActorKind
from pmtui.backend.errors import Conflict, NotFound
from pmtui.backend.signin import approval, grants, machine
from pmtui.backend.signin.machine import Action, Event
from pmtui.backend.states import AnswerWay, AttemptState, Outcome, Provider, Topic, Verb, WorkKind
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.transaction import Transaction

LIFETIME = timedelta(minutes=10)
"""How long the provider's answer is awaited; and, once verified, the person's confirmation."""
DEVICE_LIFETIME = timedelta(minutes=15)
"""How long a code may take to be typed at the provider's page."""
CODE_LIFETIME = timedelta(seconds=60)
"""How long a code may rest in its row."""
UNUSED = "unused"
"""Why a sign-in ends whose code nobody claimed."""

_UNDER_WAY = tuple(state for state in AttemptState if not state.over)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verified sign-in brings to the connection made of it. `sealed` and `key_id` are None for the WFM.

    `sealed` is bound to tenant, person, provider and `uid`: the connection must take over that uid.
    """

    tenant_id: int
    person_id: int
    provider: Provider
    uid: str
    account: str
    external_id: str
    timezone: str | None
    sealed: bytes | None = field(repr=False)
    key_id: str | None
    tokens_expire_at: datetime | None


def load(tx: Transaction, attempt_id: int, *, lock: bool = True) -> Attempt:
    """The sign-in, locked to be changed. NotFound for another tenant's, and for a person also anybody else's."""
    found = select(Attempt).where(Attempt.id == attempt_id, Attempt.tenant_id == tx.tenant_id)
    if tx.actor.kind is ActorKind.PERSON:
        found = found.where(Attempt.person_id == tx.actor.person_id)
    if lock:
        found = found.with_for_update()
    row = tx.db.exec(found.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound("no_attempt", "There is no such sign-in.", "Start a new one.")
    return row


def under_way(tx: Transaction, person_id: int | None = None, *, lock: bool = True) -> list[Attempt]:
    """The tenant's sign-ins that are not over, locked in one order to be changed; of one person if named."""
    found = select(Attempt).where(Attempt.tenant_id == tx.tenant_id, col(Attempt.state).in_(_UNDER_WAY))
    if person_id is not None:
        found = found.where(Attempt.person_id == person_id)
    if lock:
        found = found.with_for_update()
    return list(tx.db.exec(found.order_by(col(Attempt.id))).all())


def move(tx: Transaction, attempt: Attempt, event: Event, code: str | None = None) -> Action:
    """Let `event` happen to the sign-in; `code` says why it ended or waits. The wanted action."""
    step = machine.step(attempt.state, event)
    if step.action is Action.NOTHING:
        return step.action
    attempt.state, attempt.error_code = step.state, code
    tx.db.add(attempt)
    approval.heard(tx, attempt)
    if step.action is Action.RETRY:
        return step.action
    if step.action is Action.FINISH:
        _finish(tx, attempt)
    else:
        if step.action is Action.ASK:
            attempt.expires_at = tx.now + LIFETIME
        elif step.action is Action.EXCHANGE:  # an answer in the last second is still an answer
            attempt.expires_at = max(attempt.expires_at, tx.now + CODE_LIFETIME)
        tx.look_at(WorkKind.ATTEMPT, id_of(attempt), tx.now if step.action is Action.EXCHANGE else attempt.expires_at)
    tx.changed(Topic.INTEGRATIONS)
    return step.action


def withdraw(tx: Transaction, rows: list[Attempt], code: str) -> int:
    """End these sign-ins because the ground under them is gone; how many."""
    return sum(move(tx, row, Event.WITHDRAWN, code) is Action.FINISH for row in rows)


def overdue(attempt: Attempt) -> str:
    """Why a sign-in's time ran out: the provider had trouble or was silent, or nobody answered."""
    if attempt.error_code is not None:
        silent = attempt.error_code in ("timed_out", "unreachable")
        return "unreachable" if silent else f"provider_trouble:{attempt.error_code}"
    return "code_expired" if attempt.way is AnswerWay.DEVICE else "timeout"


def code_overdue(tx: Transaction, attempt: Attempt) -> bool:
    """Whether the sign-in's code has rested too long, unclaimed."""
    return attempt.code is not None and (attempt.answered_at or tx.now) <= tx.now - CODE_LIFETIME


def end_overdue(tx: Transaction) -> None:
    """End the tenant's sign-ins whose code rested too long, whoever comes by first."""
    resting = select(Attempt).where(
        Attempt.tenant_id == tx.tenant_id,
        col(Attempt.code).is_not(None),
        col(Attempt.answered_at) <= tx.now - CODE_LIFETIME,
    )
    for row in tx.db.exec(resting.order_by(col(Attempt.id)).with_for_update()).all():
        move(tx, row, Event.TIME_UP, UNUSED)


def take(tx: Transaction, attempt_id: int) -> Verified:
    """End a verified sign-in as connected and hand over what it brought: once, and in the transaction that connects.

    Raises NotFound for somebody else's, Conflict if it is not waiting for its confirmation (any more).
    """
    tx.hold_keys()
    attempt = load(tx, attempt_id)
    waiting = attempt.state is AttemptState.CONFIRMING and tx.now < attempt.expires_at
    if not waiting or attempt.account is None or attempt.external_id is None:
        raise Conflict("attempt_over", "This sign-in is over.", "Start a new one.")
    verified = Verified(
        tenant_id=attempt.tenant_id,
        person_id=attempt.person_id,
        provider=attempt.provider,
        uid=attempt.uid,
        account=attempt.account,
        external_id=attempt.external_id,
        timezone=attempt.timezone,
        sealed=attempt.sealed_tokens,
        key_id=attempt.key_id,
        tokens_expire_at=attempt.tokens_expire_at,
    )
    move(tx, attempt, Event.CONNECTED)
    return verified


def _finish(tx: Transaction, attempt: Attempt) -> None:
    if attempt.state is not AttemptState.CONNECTED:
        grants.hand_over_sign_in(tx, attempt)
    attempt.link = attempt.code = attempt.user_code = attempt.nonce = attempt.key_id = None
    attempt.sealed_verifier = attempt.sealed_tokens = None
    attempt.tokens_expire_at = None
    tx.forget(WorkKind.ATTEMPT, id_of(attempt))
    if attempt.state is not AttemptState.CONNECTED:  # a connection says so itself
        failed = attempt.state in (AttemptState.FAILED, AttemptState.REJECTED)
        tx.audit(
            Verb.SIGN_IN_ENDED,
            f"person:{attempt.person_id}",
            Outcome.FAILED if failed else Outcome.REFUSED,
            provider=attempt.provider.value,
            state=attempt.state.value,
            code=attempt.error_code,
        )


def digest(state: str) -> str:
    """What is kept of a link's state: enough to know it again, nothing to answer with."""
    return hashlib.sha256(state.encode()).hexdigest()


def id_of(attempt: Attempt) -> int:
    """The id of a stored sign-in."""
    assert attempt.id is not None
    return attempt.id

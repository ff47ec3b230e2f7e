"""What is known of the Microsoft administrator's approval: noted by people, or met by a sign-in.

Microsoft can't be asked and tells nobody when it was given: only a sign-in that succeeds proves it. One row a
tenant. Functions take an open transaction and never commit.
"""

from sqlmodel import select

from pmtui.backend.signin.refusals import APPROVAL_REQUESTED
from pmtui.backend.states import ApprovalState, AttemptState, Provider, Topic, Verb
from pmtui.backend.storage.tables.signin import Attempt, OutlookApproval
from pmtui.backend.storage.transaction import Transaction

_BLOCKED = "app_blocked"


def known(tx: Transaction) -> OutlookApproval | None:
    """The tenant's row, to look at; None while nothing was ever heard."""
    return tx.db.get(OutlookApproval, tx.tenant_id)


def heard(tx: Transaction, attempt: Attempt) -> None:
    """Take from where a sign-in stands now what it says of the approval."""
    if attempt.provider is not Provider.OUTLOOK:
        return
    why = (attempt.error_code or "").partition(":")[0]
    if attempt.state is AttemptState.CONFIRMING:
        _succeeded(tx)
    elif attempt.state is AttemptState.NEEDS_APPROVAL and why == APPROVAL_REQUESTED:
        note(tx, ApprovalState.REQUESTED, person_id=attempt.person_id)
    elif attempt.state is AttemptState.NEEDS_APPROVAL:
        _needed(tx)
    elif why == _BLOCKED:
        note(tx, ApprovalState.BLOCKED)


def note(
    tx: Transaction, state: ApprovalState, *, person_id: int | None = None, justification: str | None = None
) -> None:
    """The approval is in `state` from now on. A request is of `person_id` (None: the operator), with what was said."""
    row = _row(tx)
    if state is ApprovalState.REQUESTED:
        row.requested_at, row.requested_by_id = tx.now, person_id
        row.justification = justification or row.justification
    elif row.state is state:
        return
    _become(tx, row, state)


def _succeeded(tx: Transaction) -> None:
    row = known(tx)
    if row is None or row.state is not ApprovalState.APPROVED or row.needed_at is not None:
        _become(tx, _row(tx), ApprovalState.APPROVED)


def _needed(tx: Transaction) -> None:
    """Microsoft wants an approval. That undoes a block, but not what else is known: it may be another directory's."""
    row = _row(tx)
    state = ApprovalState.NOT_ASKED if row.state is ApprovalState.BLOCKED else row.state
    _become(tx, row, state)
    row.needed_at = tx.now


def _become(tx: Transaction, row: OutlookApproval, state: ApprovalState) -> None:
    if row.state is not state:
        row.since_at = tx.now
    row.state = state
    if state is ApprovalState.APPROVED:
        row.needed_at = None
    tx.db.add(row)
    tx.audit(Verb.APPROVAL_NOTED, f"tenant:{tx.tenant_id}", state=state.value)
    tx.changed(Topic.INTEGRATIONS)


def _row(tx: Transaction) -> OutlookApproval:
    """The tenant's row, made if need be, locked to be changed."""
    new = {"tenant_id": tx.tenant_id, "state": ApprovalState.NOT_ASKED, "since_at": tx.now}
    tx.db.execute(tx.insert(OutlookApproval).values(**new).on_conflict_do_nothing(index_elements=["tenant_id"]))
    mine = select(OutlookApproval).where(OutlookApproval.tenant_id == tx.tenant_id).with_for_update()
    return tx.db.exec(mine.execution_options(populate_existing=True)).one()

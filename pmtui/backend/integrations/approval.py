"""The approval of Outlook by the organisation's Microsoft administrator: shown, and noted by hand."""

from pmtui.backend.actor import Actor
from pmtui.backend.config import Config
from pmtui.backend.errors import BadInput
from pmtui.backend.integrations import words
from pmtui.backend.integrations.connecting import require_login_experience
from pmtui.backend.integrations.records import ApprovalPanel, ApprovalRecord
from pmtui.backend.people import access
from pmtui.backend.signin import approval
from pmtui.backend.signin.endpoints import consent_link
from pmtui.backend.states import ADMINISTER, ApprovalState, Permission
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction

_LONGEST = 1_000  # characters of a justification
_NOTED = (ApprovalState.REQUESTED, ApprovalState.DENIED, ApprovalState.BLOCKED)
_NEEDED: tuple[tuple[Permission, ...], ...] = ((Permission.VIEW,), (Permission.COACH,), ADMINISTER)


class OutlookApprovals:
    """The Outlook approval panel. Needs View Performance Management, Coach View Access and either Administer."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._config = config

    def panel(self, actor: Actor) -> ApprovalPanel:
        """How the approval stands, and what is needed to have it given."""
        with self._database.read(actor) as tx:
            self._require(tx)
            return self._panel(tx)

    @repeated
    def note(self, actor: Actor, state: ApprovalState, justification: str | None = None) -> ApprovalPanel:
        """Note that the approval was requested (with what was told the administrator), denied or blocked.

        Nobody notes that it was approved: a sign-in that succeeds proves it. Raises BadInput.
        """
        with self._database.write(actor) as tx:
            self._require(tx)
            text = _checked(justification)
            if state not in _NOTED:
                raise BadInput("bad_state", *words.APPROVED_BY_SIGN_IN)
            approval.note(tx, state, person_id=actor.person_id, justification=text)
            tx.db.flush()
            return self._panel(tx)

    def _require(self, tx: Transaction) -> None:
        for any_of in _NEEDED:
            access.require(tx, *any_of)
        require_login_experience(tx)

    def _panel(self, tx: Transaction) -> ApprovalPanel:
        row, me = approval.known(tx), tx.actor.person_id
        return ApprovalPanel(
            approval=record(tx, self._config.microsoft_app_name),
            link=consent_link(self._config),
            justification=row.justification if row is not None else None,
            proposed=words.PROPOSED_JUSTIFICATION,
            timezone=access.person_timezone(tx, tx.db.get(Person, me) if me is not None else None),
        )


def record(tx: Transaction, app: str) -> ApprovalRecord:
    """How the approval of `app` stands in the tenant."""
    row = approval.known(tx)
    if row is None:
        return ApprovalRecord(app)
    by = tx.db.get(Person, row.requested_by_id) if row.requested_by_id is not None else None
    return ApprovalRecord(
        app=app,
        state=row.state,
        since_at=row.since_at,
        requested_at=row.requested_at,
        requested_by=by.name if by is not None else None,
        needed_at=row.needed_at,
    )


def may_note(held: frozenset[Permission]) -> bool:
    """Whether these permissions open the panel."""
    return all(not held.isdisjoint(any_of) for any_of in _NEEDED)


def _checked(justification: str | None) -> str | None:
    """The text on one line, or nothing."""
    text = " ".join((justification or "").split())
    if len(text) > _LONGEST or not text.isprintable():
        raise BadInput(
            "bad_justification",
            "This justification can't be kept.",
            f"Write up to {_LONGEST:,} characters of plain text.",
            "justification",
        )
    return text or None

"""The session that somebody names, if they may do with it what they want to and it stands where that can be done."""

from pmtui.backend.coaching import sessions, who
from pmtui.backend.errors import Conflict
from pmtui.backend.people import access
from pmtui.backend.states import SessionState
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.transaction import Transaction

_STANDS = {
    SessionState.REQUESTED: "is only requested",
    SessionState.HELD: "waits for approval",
    SessionState.APPROVING: "is being approved",
    SessionState.SCHEDULED: "is scheduled",
    SessionState.DONE: "is done",
    SessionState.MISSED: "was missed",
    SessionState.CANCELLED: "is cancelled",
    SessionState.REJECTED: "is rejected",
    SessionState.EXPIRED: "has expired",
}


def visible(tx: Transaction, code: str) -> Session:
    """The session, for whoever may see it: in scope, or as its coach."""
    access.require(tx, *who.SEE)
    session = sessions.with_code(tx, code, lock=False)
    if session.coach_id != tx.actor.person_id:
        access.require_in_scope(tx, session.coach_id, session.agent_id)
    return session


def changeable(tx: Transaction, code: str, *, lock: bool = True) -> Session:
    """The session, for whoever may change it; locked unless it is only looked at."""
    access.require(tx, *who.PROPOSE)
    session = sessions.with_code(tx, code, lock=lock)
    who.require_may_change(tx, session)
    return session


def approvable(tx: Transaction, code: str) -> Session:
    """The held session, locked, for whoever may approve it; Conflict once its time has passed."""
    access.require(tx, *who.SCHEDULE)
    session = sessions.with_code(tx, code)
    access.require_in_scope(tx, session.coach_id, session.agent_id)
    require_state(session, SessionState.HELD)
    if session.starts <= tx.now:
        raise Conflict("past", "That time has passed.", "Propose another time.")
    return session


def require_state(session: Session, *states: SessionState) -> None:
    """Refuse (Conflict) a session that stands elsewhere."""
    if session.state not in states:
        raise Conflict(
            "wrong_state",
            f"Session {session.code} {_STANDS[session.state]}.",
            "Look at the list again: somebody may have been faster.",
        )

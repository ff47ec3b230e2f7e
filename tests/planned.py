"""The rows of a coaching session as they stand in the database, whatever the services would say of it."""

from datetime import datetime

from pmtui.backend.states import SessionState, TeamRole
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.transaction import Transaction


def plan(
    tx: Transaction,
    code: str,
    people: tuple[int, int],
    time: tuple[datetime, datetime],
    *,
    state: SessionState = SessionState.SCHEDULED,
    live: bool | None = None,
    title: str = "Coaching session",
    held_until: datetime | None = None,
) -> None:
    """A session of a coach and an agent with their participants' rows; `live` as its state has it unless told."""
    (coach_id, agent_id), (starts, ends) = people, time
    taken = state.live if live is None else live
    session = Session(
        tenant_id=tx.tenant_id,
        code=code,
        title=title,
        coach_id=coach_id,
        agent_id=agent_id,
        starts=starts,
        ends=ends,
        state=state,
        live=taken,
        held_until=held_until,
        created_at=tx.now,
    )
    tx.db.add(session)
    tx.db.flush()
    assert session.id is not None
    for person_id, role in ((coach_id, TeamRole.COACH), (agent_id, TeamRole.AGENT)):
        tx.db.add(
            Participant(
                session_id=session.id,
                person_id=person_id,
                tenant_id=tx.tenant_id,
                role=role,
                starts=starts,
                ends=ends,
                live=taken,
            )
        )
    tx.db.flush()

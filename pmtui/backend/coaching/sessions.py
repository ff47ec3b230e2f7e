"""Coaching sessions as rows: holding time, moving from state to state, and the records made of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from pmtui.backend.coaching import codes, words
from pmtui.backend.coaching.records import EventRecord, SessionRecord
from pmtui.backend.coaching.who import identity, team_names
from pmtui.backend.settings.service import settings_of
from pmtui.backend.slots.values import PartyName
from pmtui.backend.states import Attention, SessionState, TeamRole, Topic, Verb, Wanted, WorkKind
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session, SessionRequest
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import WantedEvent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.service import Sync
from pmtui.backend.sync.wanted import undelivered
from pmtui.backend.sync.words import reason

SUBJECT = "session:"
"""What the subject of audit entries about a session begins with; then comes its code."""
AT_ONCE = 10_000
"""Sessions asked about in one statement: both databases take some 32,000 parameters at most."""


def hold(tx: Transaction, coach: Person, agent: Person, starts: datetime, minutes: int, title: str) -> Session:
    """A new proposal that takes the time of both, as long as the organisation lets it. The caller has locked both.

    Raises SlotTaken, from the database's own guard, when another session of either overlaps.
    """
    ends = starts + timedelta(minutes=minutes)
    session = Session(
        tenant_id=tx.tenant_id,
        code=new_codes(tx, 1)[0],
        title=title,
        coach_id=identity(coach),
        agent_id=identity(agent),
        starts=starts,
        ends=ends,
        state=SessionState.HELD,
        live=True,
        held_until=_held_until(tx, starts),
        created_at=tx.now,
        created_by_id=tx.actor.person_id,
    )
    _take_time(tx, session)
    return session


def hold_requested(tx: Transaction, session: Session, starts: datetime) -> None:
    """Give a session that was only requested a time, which it takes from now on. The caller has locked both people.

    Raises SlotTaken, from the database's own guard, when another session of either overlaps.
    """
    session.starts, session.ends = starts, starts + (session.ends - session.starts)
    session.state, session.live, session.held_until = SessionState.HELD, True, _held_until(tx, starts)
    _take_time(tx, session)


def _take_time(tx: Transaction, session: Session) -> None:
    tx.db.add(session)
    tx.db.flush()
    for person_id, role in ((session.coach_id, TeamRole.COACH), (session.agent_id, TeamRole.AGENT)):
        tx.db.add(
            Participant(
                session_id=number(session),
                person_id=person_id,
                tenant_id=tx.tenant_id,
                role=role,
                starts=session.starts,
                ends=session.ends,
                live=True,
            )
        )
    tx.db.flush()
    tx.look_at(WorkKind.EXPIRE, number(session), session.held_until)
    minutes = (session.ends - session.starts) // timedelta(minutes=1)
    tx.audit(Verb.SESSION_PROPOSED, subject(session), minutes=minutes)
    tx.changed(Topic.COACHING)


def move(tx: Transaction, session: Session, to: SessionState, verb: Verb | None = None) -> None:
    """Put the session into a state; its time is taken or given back with it, and a hold ends with being held."""
    if to not in (SessionState.HELD, SessionState.APPROVING):
        session.held_until = None
        tx.forget(WorkKind.EXPIRE, number(session))
    session.state = to
    session.live = to.live
    tx.db.add(session)
    tx.db.flush()
    if verb is not None:
        tx.audit(verb, subject(session))
    tx.changed(Topic.COACHING)


def shift(tx: Transaction, session: Session, starts: datetime) -> None:
    """Give the session another start and its old length; a proposal is held anew. The caller has locked both people.

    Raises SlotTaken, from the database's own guard, when another session of either overlaps.
    """
    session.starts, session.ends = starts, starts + (session.ends - session.starts)
    if session.state is SessionState.HELD:
        session.held_until = _held_until(tx, starts)
        tx.look_at(WorkKind.EXPIRE, number(session), session.held_until)
    unflag(tx, session)
    tx.db.flush()
    tx.audit(Verb.SESSION_RESCHEDULED, subject(session))


def flag(
    tx: Transaction, session: Session, attention: Attention, details: str = "", best_at: datetime | None = None
) -> None:
    """Mark the session as one that somebody has to look at, why, and the best other start. Nothing if it says so."""
    if (session.attention, session.attention_details, session.best_at) == (attention, details, best_at):
        return
    if session.attention is not attention:
        tx.audit(Verb.SESSION_FLAGGED, subject(session), reason=attention.value)
    session.attention, session.attention_details, session.best_at = attention, details, best_at
    tx.db.add(session)
    tx.changed(Topic.COACHING)


def unflag(tx: Transaction, session: Session) -> None:
    """There is nothing to look at any more."""
    session.attention, session.attention_details, session.best_at = None, "", None
    tx.db.add(session)
    tx.changed(Topic.COACHING)


def flag_leaving(tx: Transaction, person_id: int) -> int:
    """Mark the upcoming sessions of a coach (or agent) who is leaving; how many there are."""
    rows = tx.db.exec(
        select(Session).where(
            Session.tenant_id == tx.tenant_id,
            or_(col(Session.coach_id) == person_id, col(Session.agent_id) == person_id),
            col(Session.live).is_(True),
            Session.ends > tx.now,
        )
    ).all()
    person = tx.db.get_one(Person, person_id)
    flagged = 0
    for session in rows:
        if session.coach_id != person_id and person.disabled_at is None:
            continue  # who only loses Coach View Access can still be coached
        flag(tx, session, Attention.COACH_GONE if session.coach_id == person_id else Attention.AGENT_GONE)
        flagged += 1
    return flagged


def _held_until(tx: Transaction, starts: datetime) -> datetime:
    return min(tx.now + timedelta(days=settings_of(tx).hold_days), starts)


def with_code(tx: Transaction, text: str, *, lock: bool = True) -> Session:
    """The session somebody named, locked for changing unless only looked at; NotFound."""
    code = codes.read(text)
    query = select(Session).where(Session.tenant_id == tx.tenant_id, Session.code == code)
    found = tx.db.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise codes.unknown(text)
    return found


def scheduled_ahead(tx: Transaction, person_ids: Collection[int]) -> Sequence[Session]:
    """The scheduled sessions of these people that have not begun, in one order, locked for changing."""
    theirs = select(Participant.session_id).where(
        Participant.tenant_id == tx.tenant_id,
        col(Participant.person_id).in_(person_ids),
        col(Participant.live),
        Participant.starts > tx.now,
    )
    return tx.db.exec(
        select(Session)
        .where(col(Session.id).in_(theirs), Session.state == SessionState.SCHEDULED)
        .order_by(col(Session.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def with_number(tx: Transaction, session_id: int) -> Session | None:
    """The session with this id, locked for changing in `write`."""
    return tx.db.exec(select(Session).where(Session.id == session_id).with_for_update()).first()


def record(tx: Transaction, sync: Sync, session: Session) -> SessionRecord:
    """What surfaces show of one session."""
    return records(tx, sync, col(Session.id) == session.id)[0]


def records(tx: Transaction, sync: Sync, *which: ColumnElement[bool]) -> tuple[SessionRecord, ...]:
    """The sessions of the tenant that are `which`, by start, then code."""
    tx.db.flush()
    coach, agent = aliased(Person), aliased(Person)
    rows = tx.db.exec(
        select(Session, coach, agent)
        .join(coach, col(coach.id) == Session.coach_id)
        .join(agent, col(agent.id) == Session.agent_id)
        .where(Session.tenant_id == tx.tenant_id, *which)
        .order_by(col(Session.starts), col(Session.code))
    ).all()
    coach_ids = {identity(coach) for _, coach, _ in rows}
    zones, teams = sync.clocks(tx, coach_ids), team_names(tx, TeamRole.COACH, coach_ids)
    parts = (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE))
    return tuple(record for part in parts for record in _described(tx, part, zones, teams))


def _described(
    tx: Transaction, rows: Sequence[tuple[Session, Person, Person]], zones: Mapping[int, str], teams: Mapping[int, str]
) -> Iterator[SessionRecord]:
    """The records of sessions with their coach and agent. One parameter a session: `AT_ONCE` at most."""
    events = _events(tx, [session for session, _, _ in rows])
    asked = _asked(tx, [session for session, _, _ in rows])
    return (
        SessionRecord(
            code=session.code,
            title=session.title,
            coach=coach.name,
            coach_email=coach.email,
            agent=agent.name,
            agent_email=agent.email,
            starts_at=session.starts,
            ends_at=session.ends,
            timezone=zones[identity(coach)],
            state=session.state,
            origin=session.origin,
            held_until=session.held_until,
            attention=session.attention,
            attention_details=session.attention_details,
            events=tuple(events.get(number(session), ())),
            wanted_on=asked[number(session)][0] if number(session) in asked else None,
            reason=asked[number(session)][1] if number(session) in asked else "",
            team=teams.get(identity(coach), ""),
            best_at=session.best_at if session.best_at and session.attention and session.best_at > tx.now else None,
            overruled=tuple(words.overruled(key, coach.name, agent.name) for key in session.overruled),
            asked_for=number(session) in asked and not asked[number(session)][2],
        )
        for session, coach, agent in rows
    )


def number(session: Session) -> int:
    """The id of a stored session."""
    if session.id is None:
        raise LookupError("this session is not stored yet")
    return session.id


def subject(session: Session) -> str:
    """How audit entries name it."""
    return f"{SUBJECT}{session.code}"


def times_moved(tx: Transaction, session: Session) -> int:
    """How often the session was given another time, by the audit."""
    moved = (AuditEntry.subject == subject(session), AuditEntry.verb == Verb.SESSION_RESCHEDULED)
    return tx.db.exec(select(func.count()).where(AuditEntry.tenant_id == tx.tenant_id, *moved)).one()


def _asked(tx: Transaction, sessions: Iterable[Session]) -> dict[int, tuple[date, str, bool]]:
    """By when agents asked for these sessions and why, and whether they ever took anybody's time; by session."""
    theirs = col(SessionRequest.session_id).in_([number(session) for session in sessions])
    rows = tx.db.exec(
        select(SessionRequest, Participant.session_id)
        .join(Participant, col(Participant.session_id) == SessionRequest.session_id, isouter=True)
        .where(SessionRequest.tenant_id == tx.tenant_id, theirs)
    ).all()
    return {asked.session_id: (asked.wanted_on, asked.reason, took_time is not None) for asked, took_time in rows}


def _events(tx: Transaction, sessions: Iterable[Session]) -> dict[int, list[EventRecord]]:
    coaches = {number(session): session.coach_id for session in sessions}
    found: dict[int, list[EventRecord]] = {}
    theirs = (WantedEvent.tenant_id == tx.tenant_id, col(WantedEvent.session_id).in_(list(coaches)))
    wanted = tx.db.exec(select(WantedEvent).where(*theirs).order_by(col(WantedEvent.id))).all()
    undelivered_ids = frozenset(tx.db.exec(select(WantedEvent.id).where(*theirs, undelivered(tx))).all())
    for event in wanted:
        whose = PartyName.COACH if coaches[event.session_id] == event.person_id else PartyName.AGENT
        late = event.id in undelivered_ids
        found.setdefault(event.session_id, []).append(
            EventRecord(
                whose,
                event.provider,
                event.delivery,
                event.wanted is Wanted.PRESENT,
                late,
                reason(event.error_code or "") if late else "",
            )
        )
    return found


def new_codes(tx: Transaction, number: int) -> list[str]:
    """That many codes which no session has."""
    found: dict[str, None] = {}
    while len(found) < number:
        drawn = {codes.draw() for _ in range(number - len(found))} - found.keys()
        taken = tx.db.exec(select(Session.code).where(col(Session.code).in_(drawn))).all()
        found |= dict.fromkeys(sorted(drawn - set(taken)))
    return list(found)

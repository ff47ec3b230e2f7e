"""Coaching sessions from the first look for a time to the end: what surfaces and the worker call."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import col, or_

from pmtui.backend.actor import Actor, worker
from pmtui.backend.coaching import approval, ics, moving, named, offering, overruling, review, sessions, who
from pmtui.backend.coaching.pair import gather
from pmtui.backend.coaching.records import CoachableRecord, SearchRecord, SessionRecord
from pmtui.backend.coaching.starts import whole_minutes
from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.people import access
from pmtui.backend.slots.case import Case
from pmtui.backend.slots.values import from_minute, to_minute
from pmtui.backend.states import SessionState, Verb, WorkKind
from pmtui.backend.storage.among import among
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts
from pmtui.backend.sync.service import Sync

LISTED_DAYS = 14
"""How long sessions that are over stay in the list, if nobody says otherwise."""
TITLE = "Coaching session"

_TITLE_AT_MOST = 100
_APPROVED = (SessionState.HELD, SessionState.APPROVING)
_MOVABLE = (SessionState.REQUESTED, SessionState.HELD, SessionState.SCHEDULED)
_NOTED = {SessionState.DONE: Verb.SESSION_DONE, SessionState.MISSED: Verb.SESSION_MISSED}


class Coaching:
    """Sessions of coaches and agents."""

    def __init__(self, database: Database, sync: Sync) -> None:
        self._database = database
        self._sync = sync

    def coachable(self, actor: Actor) -> tuple[tuple[CoachableRecord, ...], tuple[CoachableRecord, ...]]:
        """The coaches and the agents the actor may propose sessions for, each by name."""
        with self._database.read(actor) as tx:
            access.require(tx, *who.PROPOSE)
            return who.coaches(tx, others=who.schedules_for_others(tx)), who.agents(tx)

    def coachable_to_see(self, actor: Actor) -> tuple[tuple[CoachableRecord, ...], tuple[CoachableRecord, ...]]:
        """The coaches and the agents of whom the actor may see why they have no times (`case`), each by name."""
        with self._database.read(actor) as tx:
            access.require(tx, *who.SEE)
            return who.coaches(tx, others=who.sees_others(tx)), who.agents(tx)

    def timezone(self, actor: Actor, coach_email: str) -> str:
        """The zone of the local clock of a coach in scope, in which starts are shown and typed."""
        with self._database.read(actor) as tx:
            access.require(tx, *who.SEE)
            coach_id = who.identity(access.find(tx, coach_email))
            access.require_in_scope(tx, coach_id)
            return self._sync.clocks(tx, (coach_id,))[coach_id]

    def search(
        self, actor: Actor, coach_email: str, agent_email: str, *, minutes: int | None = None, days: int | None = None
    ) -> SearchRecord:
        """The starts to offer for `minutes` together in the coach's next `days` local days (0 is today only).

        None for what the organisation has set.
        """
        with self._database.read(actor) as tx:
            coach, agent = who.pair(tx, coach_email, agent_email)
            minutes, days = offering.length(tx, minutes), offering.look_ahead(tx, days)
            window = offering.widest(to_minute(tx.now))
            pair = gather(tx, self._sync, coach, agent, window, facts.PROPOSING)
            return offering.offer(tx, pair, minutes, days)

    def case(
        self, actor: Actor, coach_email: str, agent_email: str, *, minutes: int | None = None, days: int | None = None
    ) -> Case:
        """The search that `search` makes, with everything the engine is told and without names: for support too."""
        with self._database.read(actor) as tx:
            coach, agent = who.pair_to_see(tx, coach_email, agent_email)
            minutes, days = offering.length(tx, minutes), offering.look_ahead(tx, days)
            pair = gather(tx, self._sync, coach, agent, offering.widest(to_minute(tx.now)), facts.PROPOSING)
            return Case(offering.search_for(tx, pair, minutes, days), *pair.parties)

    @repeated
    def propose(
        self,
        actor: Actor,
        coach_email: str,
        agent_email: str,
        starts_at: datetime,
        *,
        minutes: int | None = None,
        title: str = TITLE,
        anyway: Collection[str] = (),
    ) -> SessionRecord:
        """Hold a time under Approval Required, until the hold ends or the time comes.

        `minutes` None is the length the organisation has set.
        Raises SlotTaken when another session of either overlaps, and NotOffered with every reason for a time that is
        not offered; nothing has changed then. Book anyway: show `error.reasons`, and for a yes call again with
        `anyway=error.reasons`. If something more stands against the time by then, that is NotOffered again. Another
        session and the past are refused whatever `anyway` says. It is audited with the reasons.
        """
        start, title = whole_minutes(starts_at), _title(title)
        with self._database.write(actor) as tx:
            coach, agent = who.pair(tx, coach_email, agent_email, lock=True)
            offering.require_ahead(tx, start)
            minutes = offering.length(tx, minutes)
            pair = gather(tx, self._sync, coach, agent, (start, start + minutes), facts.PROPOSING)
            overruled = offering.require_offered(tx, pair, start, minutes, anyway=anyway)
            session = sessions.hold(tx, coach, agent, from_minute(start), minutes, title)
            overruling.keep(tx, session, overruled)
            return sessions.record(tx, self._sync, session)

    @repeated
    def approve(self, actor: Actor, code: str) -> SessionRecord:
        """Book a held time.

        The record says how it went: SCHEDULED; APPROVING while calendars are read first; or still HELD, with
        attention APPROVAL_REFUSED and what changed in `attention_details`. What was overruled when the time was chosen
        does not stand against it.
        """
        with self._database.write(actor) as tx:
            session = named.approvable(tx, code)
            tx.audit(Verb.SESSION_APPROVED, sessions.subject(session))
            approval.finish(tx, self._sync, session)
            return sessions.record(tx, self._sync, session)

    @repeated
    def approve_anyway(self, actor: Actor, code: str, *, anyway: Collection[str] = ()) -> SessionRecord:
        """Book a held time although something stands against it: SCHEDULED at once.

        As in `propose`: raises NotOffered with every reason, for a yes call again with `anyway=error.reasons`; and as
        in `reschedule`, Unavailable (`calendars_being_read`) while calendars are read first. Nothing has changed then.
        """
        with self._database.write(actor) as tx:
            session = named.approvable(tx, code)
            if approval.finish_anyway(tx, self._sync, session, anyway):
                return sessions.record(tx, self._sync, session)
        raise moving.being_read(tx.now)

    @repeated
    def reject(self, actor: Actor, code: str) -> SessionRecord:
        """Give a held time back, or say no to a request. For the session's coach, and for whoever may approve."""
        with self._database.write(actor) as tx:
            session = named.changeable(tx, code)
            named.require_state(session, SessionState.REQUESTED, SessionState.HELD, SessionState.APPROVING)
            sessions.move(tx, session, SessionState.REJECTED, Verb.SESSION_REJECTED)
            tx.forget(WorkKind.APPROVE, sessions.number(session))
            return sessions.record(tx, self._sync, session)

    @repeated
    def cancel(self, actor: Actor, code: str) -> SessionRecord:
        """Call a scheduled session off; its events are removed from the calendars."""
        with self._database.write(actor) as tx:
            session = named.changeable(tx, code)
            named.require_state(session, SessionState.SCHEDULED)
            if session.ends <= tx.now:
                raise Conflict("past", "That session is over.", "There is nothing to cancel.")
            sessions.move(tx, session, SessionState.CANCELLED, Verb.SESSION_CANCELLED)
            self._sync.want(tx, session)
            return sessions.record(tx, self._sync, session)

    @repeated
    def note(self, actor: Actor, code: str, state: SessionState) -> SessionRecord:
        """Say whether a session that has begun took place: DONE or MISSED, as often as somebody corrects it."""
        with self._database.write(actor) as tx:
            session = named.changeable(tx, code)
            named.require_state(session, SessionState.SCHEDULED, *_NOTED)
            if session.starts > tx.now:
                raise Conflict("not_begun", "That session has not begun yet.", "Cancel it if it will not take place.")
            sessions.unflag(tx, session)
            sessions.move(tx, session, state, _NOTED[state])
            return sessions.record(tx, self._sync, session)

    def ics(self, actor: Actor, code: str) -> str:
        """A scheduled session as an iCalendar file (lines end in CRLF), for whoever has no calendar we write to."""
        with self._database.read(actor) as tx:
            session = named.visible(tx, code)
            named.require_state(session, SessionState.SCHEDULED)
            record = sessions.record(tx, self._sync, session)
            return ics.text(record, access.tenant(tx).subdomain, sessions.times_moved(tx, session), tx.now)

    def search_again(self, actor: Actor, code: str, *, days: int | None = None) -> SearchRecord:
        """The starts a requested, held or scheduled session could move to in its coach's next `days` days or as set."""
        with self._database.read(actor) as tx:
            session = named.changeable(tx, code, lock=False)
            days = offering.look_ahead(tx, days)
            named.require_state(session, *_MOVABLE)
            return moving.search(tx, self._sync, session, days)

    @repeated
    def reschedule(
        self, actor: Actor, code: str, starts_at: datetime, *, anyway: Collection[str] = ()
    ) -> SessionRecord:
        """Move a held or scheduled session; its events move with it, in the calendars that hold them.

        A requested one gets its time, which is held from then on.

        Raises SlotTaken when another session of either overlaps, NotOffered with every reason for a time that is not
        offered (Book anyway as in `propose`), and Unavailable (`calendars_being_read`) while calendars are read first:
        nothing has changed then.
        """
        start = whole_minutes(starts_at)
        with self._database.write(actor) as tx:
            session = named.changeable(tx, code)
            named.require_state(session, *_MOVABLE)
            if moving.move(tx, self._sync, session, start, anyway):
                return sessions.record(tx, self._sync, session)
        raise moving.being_read(tx.now)

    def session(self, actor: Actor, code: str) -> SessionRecord:
        """One session; NotFound for a code nobody has."""
        with self._database.read(actor) as tx:
            return sessions.record(tx, self._sync, named.visible(tx, code))

    def list(self, actor: Actor, *, days: int = LISTED_DAYS) -> tuple[SessionRecord, ...]:
        """The sessions in the actor's scope and their own, by start: all to come or
        requested, and those of the last `days` days."""
        with self._database.read(actor) as tx:
            access.require(tx, *who.SEE)
            since = (col(Session.ends) > tx.now - timedelta(days=days)) | (col(Session.state) == SessionState.REQUESTED)
            scope = access.scope(tx)
            if scope is None:
                return sessions.records(tx, self._sync, since)
            in_scope = among(Session.coach_id, scope) & among(Session.agent_id, scope)
            return sessions.records(tx, self._sync, since, or_(in_scope, col(Session.coach_id) == tx.actor.person_id))

    @repeated
    def finish_approval(self, session_id: int) -> None:
        """For the worker: finish an approval that waits for calendars to be read, or say what changed.

        What a run proposes is approved here too where the organisation approves at once.
        """
        with self._database.write(self._worker(session_id)) as tx:
            session = sessions.with_number(tx, session_id)
            if session is not None and session.state in _APPROVED and session.starts > tx.now:
                approval.finish(tx, self._sync, session)

    @repeated
    def expire(self, session_id: int) -> None:
        """For the worker: give back the time of a proposal that nobody approved in time.

        An approval under way outlives the hold, but not the start.
        """
        with self._database.write(self._worker(session_id)) as tx:
            session = sessions.with_number(tx, session_id)
            if session is None or session.held_until is None:
                return
            until = session.starts if session.state is SessionState.APPROVING else session.held_until
            if until > tx.now:
                tx.look_at(WorkKind.EXPIRE, session_id, until)
                return
            sessions.move(tx, session, SessionState.EXPIRED, Verb.SESSION_EXPIRED)
            tx.forget(WorkKind.APPROVE, session_id)

    def calendars_changed(self, tx: Transaction, person_ids: Collection[int]) -> None:
        """For the worker, where it stores what it has read of these people: see `review.review`."""
        review.review(tx, self._sync, person_ids)

    def _worker(self, session_id: int) -> Actor:
        """The worker, in the organisation of this session."""
        with self._database.read(worker()) as tx:
            session = tx.db.get(Session, session_id)
            return worker(session.tenant_id if session is not None else None)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > _TITLE_AT_MOST or not title.isprintable():
        raise BadInput(
            "bad_title",
            f"A title has 1 to {_TITLE_AT_MOST} letters, in plain text.",
            "Write another one.",
            where="title",
        )
    return title

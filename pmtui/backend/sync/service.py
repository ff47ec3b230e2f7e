"""What surfaces and bookings ask of the calendars. Nothing here waits for a provider: the worker does that."""

from collections.abc import Collection
from datetime import timedelta

from sqlmodel import and_, col, select, update

from pmtui.backend.actor import Actor
from pmtui.backend.availability.records import BusyRecord
from pmtui.backend.errors import NotFound
from pmtui.backend.people import access
from pmtui.backend.states import ADMINISTER, ConnectionState, Permission, Provider, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import CalendarFacts
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts, wanted
from pmtui.backend.sync.facts import Facts, Gathered, Minutes, Weeks

_FRESH_ENOUGH = timedelta(minutes=1)  # a calendar read this recently is not read again for a screen


class Sync:
    """Calendar facts out, wishes in. `weeks` gives people's saved Availability inside a transaction."""

    def __init__(self, database: Database, weeks: Weeks) -> None:
        self._database = database
        self._weeks = weeks

    def party(
        self, tx: Transaction, person_id: int, window: Minutes, max_age: timedelta | None = facts.PROPOSING
    ) -> Facts:
        """One person's facts for a search in `window` (minutes). NotFound for nobody of this organisation."""
        found = self.parties(tx, (person_id,), window, max_age)
        if person_id not in found:
            raise NotFound("no_person", "There is no such person.", "Check the email address.")
        return found[person_id]

    def parties(
        self,
        tx: Transaction,
        person_ids: Collection[int],
        window: Minutes,
        max_age: timedelta | None = facts.PROPOSING,
    ) -> dict[int, Facts]:
        """The same for many people, in a few queries. Use `facts.BOOKING` as `max_age` to book."""
        found = self.gathered(tx, person_ids, window, max_age)
        return {person_id: found.of(person_id) for person_id in found.zones}

    def gathered(
        self, tx: Transaction, person_ids: Collection[int], window: Minutes, max_age: timedelta | None
    ) -> Gathered:
        """The same for so many that their facts are best made one after the other."""
        return facts.gather(tx, person_ids, window, max_age, self._weeks)

    def clocks(self, tx: Transaction, person_ids: Collection[int]) -> dict[int, str]:
        """The zones these people's local clocks show, by person id."""
        return facts.clocks(tx, person_ids, self._weeks)

    def busy(self, tx: Transaction, person_id: int, window: Minutes) -> BusyRecord:
        """What fills a person's calendar in `window` (minutes), for the availability editor."""
        found = self.party(tx, person_id, window)
        party = found.party
        return BusyRecord(
            spans=tuple(span for span in party.spans if span.start < window[1] and window[0] < span.end),
            known=party.known,
            read_at=found.read_at,
            unknown=party.unknown,
            sessions=tuple(
                own for own in sorted((*party.sessions, *party.elsewhere)) if own[0] < window[1] and window[0] < own[1]
            ),
        )

    def want(self, tx: Transaction, session: Session) -> None:
        """Let the calendars follow what `session` now is; call it in the transaction that changed the session."""
        wanted.want(tx, session)

    def ask_read(self, tx: Transaction, person_ids: Collection[int], older_than: timedelta = facts.BOOKING) -> int:
        """Have the worker read, now, these people's calendars whose last good read is older. How many there are."""
        asked = 0
        for connection in facts.connections_that_count(tx, person_ids).values():
            fresh = connection.last_read_at is not None and tx.now - connection.last_read_at <= older_than
            if fresh or connection.state is ConnectionState.NEEDS_RECONNECTING:
                continue
            assert connection.id is not None
            tx.look_at(WorkKind.READ, connection.id)
            asked += 1
        return asked

    def settings_changed(self, tx: Transaction, names: frozenset[str]) -> None:
        """Have the worker read again what these settings (by field) make mean something else.

        Until it has, nobody is booked on what was read before.
        """
        if "tentative_is_busy" in names:
            _outdate(tx, Provider.OUTLOOK)
            outlook = select(Connection.id).where(
                Connection.tenant_id == tx.tenant_id,
                Connection.provider == Provider.OUTLOOK,
                Connection.state != ConnectionState.NEEDS_RECONNECTING,
                col(Connection.ended_at).is_(None),
            )
            for connection_id in tx.db.exec(outlook).all():
                if connection_id is not None:
                    tx.look_at(WorkKind.READ, connection_id)
        if "coachable_activities" in names:
            _outdate(tx, Provider.WFM)
            tx.look_at(WorkKind.LINK, tx.tenant_id)

    @repeated
    def request_read(self, actor: Actor, email: str | None = None) -> bool:
        """Have a calendar read now: one's own, or that of `email` in one's scope. False when there is nothing to read.

        Screens call it when they open; a calendar read in the last minute is left alone. Raises NotAllowed, NotFound.
        """
        with self._database.write(actor) as tx:
            access.require(tx, Permission.COACH, Permission.APPROVE, Permission.SUPPORT, *ADMINISTER)
            person_id = actor.person_id if email is None else access.find(tx, email).id
            if person_id is None:
                return False
            if person_id != actor.person_id:
                access.require_in_scope(tx, person_id)
            return self.ask_read(tx, (person_id,), _FRESH_ENOUGH) > 0


def _outdate(tx: Transaction, provider: Provider) -> None:
    """Make the last reads of the organisation's calendars with this provider too old to book on."""
    too_old = tx.now - facts.BOOKING - timedelta(seconds=1)
    live = and_(
        col(Connection.tenant_id) == tx.tenant_id,
        col(Connection.provider) == provider,
        col(Connection.ended_at).is_(None),
    )
    read = update(CalendarFacts).where(
        col(CalendarFacts.connection_id).in_(select(Connection.id).where(live)), col(CalendarFacts.read_at) > too_old
    )
    tx.db.execute(read.values(read_at=too_old).execution_options(synchronize_session=False))
    told = update(Connection).where(live, col(Connection.last_read_at) > too_old)
    tx.db.execute(told.values(last_read_at=too_old).execution_options(synchronize_session=False))

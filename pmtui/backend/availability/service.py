"""A coach's saved week: reading it, and saving it without losing somebody else's save."""

from collections.abc import Callable, Collection

from sqlmodel import col, select

from pmtui.backend.actor import Actor
from pmtui.backend.availability.hours import week_from_text, week_to_text
from pmtui.backend.availability.records import AvailabilityRecord, BusyRecord, KeptDraft
from pmtui.backend.errors import BadInput, SavedElsewhere
from pmtui.backend.people import access
from pmtui.backend.settings.service import settings_of
from pmtui.backend.slots.values import CalendarState, Week
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Permission, Topic, Verb
from pmtui.backend.storage.among import among
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.integrations import Availability, AvailabilityDraft, Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.transaction import Transaction

Busy = Callable[[Transaction, int, tuple[int, int]], BusyRecord]


def week_of(tx: Transaction, person_id: int) -> Week | None:
    """A person's saved week, whoever asks; None while nothing was ever saved."""
    row = _row(tx, person_id)
    return None if row is None else week_from_text(row.week)


def weeks_of(tx: Transaction, person_ids: Collection[int]) -> dict[int, Week]:
    """The saved weeks of these people, by person id; who never saved one is not in it."""
    found = select(Availability).where(
        Availability.tenant_id == tx.tenant_id, among(Availability.person_id, person_ids)
    )
    return {row.person_id: week_from_text(row.week) for row in tx.db.exec(found).all()}


class AvailabilityService:
    """Availability of the person who acts. `busy` reads what fills their calendar in a window of minutes."""

    def __init__(self, database: Database, busy: Busy) -> None:
        self._database = database
        self._busy = busy

    def load(self, actor: Actor) -> AvailabilityRecord:
        """The person's week as saved, and the version a save must start from."""
        with self._database.read(actor) as tx:
            return _record(tx, _coach(tx))

    def busy(self, actor: Actor, window: tuple[int, int]) -> BusyRecord:
        """What fills the person's calendar in `window` (minutes)."""
        with self._database.read(actor) as tx:
            return self._busy(tx, _coach(tx), window)

    @repeated
    def save(self, actor: Actor, week: Week, version: int) -> AvailabilityRecord:
        """Save the week, starting from `version` (0: nothing was saved yet). Returns it as saved.

        Raises SavedElsewhere when another session saved a different week in between, BadInput for a zone
        that does not exist.
        """
        with self._database.write(actor) as tx:
            person_id = _coach(tx)
            text = _checked(week)
            tx.lock_people(person_id)
            row = _row(tx, person_id)
            if row is not None and week_from_text(row.week) == week_from_text(text):
                _forget(tx, person_id)
                return _record(tx, person_id)
            if version != (row.version if row else 0):
                raise SavedElsewhere(
                    "saved_elsewhere",
                    "Your availability was saved somewhere else in the meantime.",
                    "Look at it again before you save.",
                )
            if row is None:
                row = Availability(
                    person_id=person_id, tenant_id=tx.tenant_id, timezone="", week="", version=0, saved_at=tx.now
                )
            row.timezone, row.week, row.version = week.timezone, text, version + 1
            row.saved_at, row.saved_by_id = tx.now, tx.actor.person_id
            tx.db.add(row)
            _forget(tx, person_id)
            tx.audit(
                Verb.AVAILABILITY_SAVED,
                f"person:{person_id}",
                version=row.version,
                timezone=week.timezone,
                weekly_minutes=week.minutes,
                overrides=len(week.overrides),
            )
            tx.changed(Topic.AVAILABILITY, Topic.INTEGRATIONS, Topic.COACHING)  # sessions are shown on its clock
            tx.db.flush()
            return _record(tx, person_id)

    @repeated
    def keep(self, actor: Actor, week: Week, version: int) -> None:
        """Keep a week that is being edited, starting from `version`, until it is saved or forgotten.

        One a person: the newest counts. BadInput for a zone that does not exist.
        """
        with self._database.write(actor) as tx:
            person_id, text = _coach(tx), _checked(week)
            tx.lock_people(person_id)
            row = _draft(tx, person_id) or AvailabilityDraft(
                person_id=person_id, tenant_id=tx.tenant_id, week="", version=0, kept_at=tx.now
            )
            row.week, row.version, row.kept_at = text, version, tx.now
            tx.db.add(row)

    @repeated
    def forget(self, actor: Actor) -> None:
        """Give up what was kept."""
        with self._database.write(actor) as tx:
            _forget(tx, _coach(tx))


def _draft(tx: Transaction, person_id: int) -> AvailabilityDraft | None:
    mine = select(AvailabilityDraft).where(
        AvailabilityDraft.tenant_id == tx.tenant_id, AvailabilityDraft.person_id == person_id
    )
    return tx.db.exec(mine).first()


def _forget(tx: Transaction, person_id: int) -> None:
    row = _draft(tx, person_id)
    if row is not None:
        tx.db.delete(row)


def _coach(tx: Transaction) -> int:
    """The id of the person who acts, who must be a coach."""
    access.require(tx, Permission.COACH)
    if tx.actor.person_id is None:
        raise BadInput("no_person", "Availability belongs to a person.", "Say whose: --as EMAIL")
    return tx.actor.person_id


def _checked(week: Week) -> str:
    try:
        zone(week.timezone)
    except ValueError:
        raise BadInput(
            "timezone", f"“{week.timezone}” is not a time zone.", "Try one such as America/Chicago.", "timezone"
        ) from None
    return week_to_text(week)


def _row(tx: Transaction, person_id: int) -> Availability | None:
    found = select(Availability).where(Availability.tenant_id == tx.tenant_id, Availability.person_id == person_id)
    return tx.db.exec(found).first()


def _record(tx: Transaction, person_id: int) -> AvailabilityRecord:
    row, draft = _row(tx, person_id), _draft(tx, person_id)
    person = tx.db.exec(select(Person).where(Person.tenant_id == tx.tenant_id, Person.id == person_id)).one()
    connection = _connection(tx, person_id)
    own_zone = access.person_timezone(tx, person)
    saved_by = tx.db.get(Person, row.saved_by_id) if row is not None and row.saved_by_id is not None else None
    return AvailabilityRecord(
        week=None if row is None else week_from_text(row.week),
        version=0 if row is None else row.version,
        timezone=own_zone,
        tenant_timezone=access.tenant(tx).timezone,
        calendar=CalendarState.NONE if connection is None else CalendarState(connection.provider.value),
        saved_at=None if row is None else row.saved_at,
        saved_by=None if saved_by is None else saved_by.name,
        settings=settings_of(tx),
        kept=None if draft is None else KeptDraft(week_from_text(draft.week), draft.version, draft.kept_at),
    )


def _connection(tx: Transaction, person_id: int) -> Connection | None:
    live = select(Connection).where(
        Connection.tenant_id == tx.tenant_id, Connection.person_id == person_id, col(Connection.ended_at).is_(None)
    )
    return tx.db.exec(live).first()

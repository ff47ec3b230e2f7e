"""What is known of everybody's connections, read in a handful of queries however many people there are."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns
from sqlmodel import col, or_, select

from pmtui.backend.availability.hours import week_from_text
from pmtui.backend.integrations.approval import record
from pmtui.backend.integrations.records import ConnectionRecord
from pmtui.backend.people import access
from pmtui.backend.states import (
    AttemptState,
    Delivery,
    External,
    Permission,
    SessionState,
    TeamRole,
    WorkKind,
)
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.integrations import Availability, CalendarAccess, Connection
from pmtui.backend.storage.tables.people import Person, PersonPermission, Team, TeamMember
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.backend.storage.tables.sync import ImportedSchedule, WantedEvent, Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.support.known import Known, LastAttempt, Organisation, Rest, Undelivered
from pmtui.backend.sync.wanted import undelivered

_SHOWN: tuple[Any, ...] = (
    Person.id,
    Person.name,
    Person.email,
    Person.timezone,
    Connection.id,
    Connection.provider,
    Connection.state,
    Connection.account,
    Connection.connected_at,
    Connection.last_read_at,
    Connection.failing_since_at,
    Connection.error_code,
)
"""The columns of `Known`, then those of `ConnectionRecord`."""


def organisation(tx: Transaction, app: str) -> Organisation:
    """See `Organisation`."""
    tenant = access.tenant(tx)
    row = tx.db.exec(select(CalendarAccess).where(CalendarAccess.tenant_id == tx.tenant_id)).first()
    sent = row is not None and row.sent_at is not None
    wfm, external = (row.wfm, row.external) if row is not None and sent else (False, External.NONE)
    return Organisation(
        timezone=tenant.timezone,
        able=tenant.new_login_experience,
        allowing=wfm or external is not External.NONE,
        asked=sent,
        wfm=wfm,
        external=external,
        approval=record(tx, app),
    )


Whom = Callable[[Any], list[ColumnElement[bool]]]
"""The conditions on a column of people's ids that pick whom something is read of."""


def everybody(column: Any) -> list[ColumnElement[bool]]:
    """All people of the tenant."""
    return []


def only(person_id: int) -> Whom:
    """One person."""
    return lambda column: [column == person_id]


def coaches(tx: Transaction) -> Whom:
    """Those with Coach View Access: a twentieth of a large organisation."""
    return lambda column: [col(column).in_(_coaches(tx, everybody))]


def people(tx: Transaction, found: Organisation, whom: Whom) -> list[Known]:
    """Those in the actor's scope who have or may have a connection, or a schedule from a file, by name."""
    may_coach = frozenset(tx.db.exec(_coaches(tx, whom)).all())
    may = select(TeamMember.person_id).where(TeamMember.tenant_id == tx.tenant_id, TeamMember.role == TeamRole.AGENT)
    linkable = [or_(col(Person.id).in_(may), col(Person.coach_id).is_not(None))] if found.wfm else []
    imported = select(ImportedSchedule.person_id).where(ImportedSchedule.tenant_id == tx.tenant_id)
    listed = or_(
        col(Connection.id).is_not(None),
        col(Person.id).in_(_coaches(tx, everybody)),
        col(Person.id).in_(imported),
        *linkable,
    )
    rows = tx.db.execute(
        columns(*map(col, _SHOWN))
        .join(Connection, (col(Connection.person_id) == Person.id) & col(Connection.ended_at).is_(None), isouter=True)
        .where(
            col(Person.tenant_id) == tx.tenant_id,
            col(Person.disabled_at).is_(None),
            listed,
            *whom(Person.id),
        )
        .order_by(col(Person.name), col(Person.email))
    ).all()
    scope = access.scope(tx)
    return [
        Known(
            person_id=row[0],
            name=row[1],
            email=row[2],
            own_timezone=row[3],
            connection_id=row[4],
            live=ConnectionRecord(*row[5:]) if row[4] is not None else None,
            coach=row[0] in may_coach,
        )
        for row in rows
        if scope is None or row[0] in scope
    ]


def rest(tx: Transaction, whom: Whom) -> Rest:
    """What belongs to them."""
    return Rest(
        attempts=_attempts(tx, whom),
        teams=_teams(tx, whom),
        reads=_reads(tx, whom),
        weeks=_weeks(tx, whom),
        upcoming=_upcoming(tx, whom),
        events=_events(tx, whom),
        schedules=_schedules(tx, whom),
    )


def _coaches(tx: Transaction, whom: Whom) -> Any:
    return select(PersonPermission.person_id).where(
        PersonPermission.tenant_id == tx.tenant_id,
        PersonPermission.permission == Permission.COACH,
        *whom(PersonPermission.person_id),
    )


def _attempts(tx: Transaction, whom: Whom) -> dict[int, LastAttempt]:
    """Everybody's newest sign-in, where it did not connect them."""
    newest = (
        select(func.max(col(Attempt.id)))
        .where(Attempt.tenant_id == tx.tenant_id, *whom(Attempt.person_id))
        .group_by(col(Attempt.person_id))
    )
    shown = (Attempt.person_id, Attempt.provider, Attempt.state, Attempt.error_code, Attempt.created_at)
    found = columns(*map(col, shown), col(Attempt.expires_at)).where(
        col(Attempt.id).in_(newest), col(Attempt.state) != AttemptState.CONNECTED
    )
    return {row[0]: LastAttempt(*row[1:]) for row in tx.db.execute(found).all()}


def _teams(tx: Transaction, whom: Whom) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = tx.db.exec(
        select(TeamMember.person_id, Team.name)
        .join(Team, col(Team.id) == TeamMember.team_id)
        .where(TeamMember.tenant_id == tx.tenant_id, *whom(TeamMember.person_id))
        .order_by(col(TeamMember.main).desc(), col(Team.name))
    ).all()
    for member, name in rows:
        found[member].append(name)
    return {member: tuple(names) for member, names in found.items()}


def _reads(tx: Transaction, whom: Whom) -> dict[int | None, tuple[datetime | None, bool]]:
    """When each connection (None: the WFM as a whole) is read next, and whether it is being read."""
    theirs = select(Connection.id).where(Connection.tenant_id == tx.tenant_id, *whom(Connection.person_id))
    reads = (col(Work.kind) == WorkKind.READ) & col(Work.subject).in_(theirs)
    rows = tx.db.exec(
        select(Work.kind, Work.subject, Work.due_at, Work.leased_until).where(
            Work.tenant_id == tx.tenant_id, or_(col(Work.kind) == WorkKind.LINK, reads)
        )
    ).all()
    now = tx.database_now()
    return {
        None if kind is WorkKind.LINK else subject: (None, True)
        if leased is not None and leased > now
        else (leased or due_at, False)
        for kind, subject, due_at, leased in rows
    }


def _weeks(tx: Transaction, whom: Whom) -> dict[int, tuple[str, int]]:
    """Zone and minutes a week of each saved availability."""
    rows = tx.db.exec(
        select(Availability.person_id, Availability.timezone, Availability.week).where(
            Availability.tenant_id == tx.tenant_id, *whom(Availability.person_id)
        )
    ).all()
    return {owner: (timezone, _minutes(text)) for owner, timezone, text in rows}


@lru_cache(maxsize=8192)
def _minutes(text: str) -> int:
    return week_from_text(text).minutes


def _upcoming(tx: Transaction, whom: Whom) -> dict[int, int]:
    return dict(
        tx.db.exec(
            select(Participant.person_id, func.count())
            .join(Session, col(Session.id) == Participant.session_id)
            .where(
                Participant.tenant_id == tx.tenant_id,
                col(Participant.live),
                Participant.ends > tx.now,
                Session.state == SessionState.SCHEDULED,
                *whom(Participant.person_id),
            )
            .group_by(col(Participant.person_id))
        ).all()
    )


def _events(tx: Transaction, whom: Whom) -> dict[int, Undelivered]:
    left_behind = (col(WantedEvent.delivery) == Delivery.LEFT_BEHIND) & (col(WantedEvent.ends) > tx.now)
    rows = tx.db.exec(
        select(WantedEvent.person_id, WantedEvent.delivery, WantedEvent.error_code, func.count())
        .where(
            WantedEvent.tenant_id == tx.tenant_id,
            or_(undelivered(tx), left_behind),
            *whom(WantedEvent.person_id),
        )
        .group_by(col(WantedEvent.person_id), col(WantedEvent.delivery), col(WantedEvent.error_code))
    ).all()
    found: dict[int, Undelivered] = defaultdict(Undelivered)
    for owner, delivery, code, count in rows:
        if delivery is Delivery.LEFT_BEHIND:
            found[owner].left_behind += count
        else:
            found[owner].undelivered += count
            if code and code not in found[owner].codes:
                found[owner].codes.append(code)
    return found


def _schedules(tx: Transaction, whom: Whom) -> dict[int, tuple[datetime, int]]:
    rows = tx.db.exec(
        select(ImportedSchedule.person_id, ImportedSchedule.imported_at, ImportedSchedule.window_end).where(
            ImportedSchedule.tenant_id == tx.tenant_id, *whom(ImportedSchedule.person_id)
        )
    ).all()
    return {owner: (imported_at, known_to) for owner, imported_at, known_to in rows}

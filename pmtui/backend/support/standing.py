"""From what is known of a person to how they stand with their calendar, and why. Pure."""

from dataclasses import replace
from datetime import date, datetime

from pmtui.backend.integrations.records import ConnectionRecord
from pmtui.backend.signin.words import About
from pmtui.backend.slots.people import WITH_AVAILABILITY
from pmtui.backend.slots.values import CalendarState, from_minute
from pmtui.backend.slots.zones import local_day
from pmtui.backend.states import AttemptState, ConnectionState, External, Provider
from pmtui.backend.support import words
from pmtui.backend.support.known import Known, LastAttempt, Organisation, Rest, Undelivered
from pmtui.backend.support.records import ImportedRecord, PersonRecord, Standing, Trouble
from pmtui.backend.sync.facts import PROPOSING, TOO_OLD
from pmtui.backend.sync.words import reason


def record(now: datetime, known: Known, organisation: Organisation, rest: Rest, app: str) -> PersonRecord:
    """What surfaces show of one person."""
    live, person_id = known.live, known.person_id
    standing, trouble = _standing(now, known, organisation, rest.attempts.get(person_id), app)
    schedule = _schedule(organisation, rest.schedules.get(person_id)) if live is None else None
    if schedule is not None and not _signed_in_in_vain(standing, trouble):
        standing, trouble = _by_schedule(now, schedule)
    due_at, being_read = (None, False) if live is None else _next_read(known, rest)
    timezone, minutes = rest.weeks.get(person_id, (None, None))
    counts = live is not None and CalendarState(live.provider.value) in WITH_AVAILABILITY
    events = rest.events.get(person_id, Undelivered())
    return PersonRecord(
        name=known.name,
        email=known.email,
        coach=known.coach,
        teams=rest.teams.get(person_id, ()),
        state=standing,
        trouble=trouble,
        provider=live.provider if live is not None else None,
        account=live.account if live is not None else None,
        connected_at=live.connected_at if live is not None else None,
        last_read_at=live.last_read_at if live is not None else None,
        next_read_at=due_at,
        being_read=being_read,
        timezone=(timezone if counts else None) or known.own_timezone or organisation.timezone,
        weekly_minutes=minutes,
        upcoming=rest.upcoming.get(person_id, 0),
        undelivered=events.undelivered,
        undelivered_reasons=tuple(reason(code) for code in events.codes),
        left_behind=events.left_behind,
        schedule=schedule,
    )


def _schedule(organisation: Organisation, found: tuple[datetime, int] | None) -> ImportedRecord | None:
    if found is None:
        return None
    imported_at, known_to = found
    last_day = date.fromordinal(local_day(organisation.timezone, known_to - 1))
    return ImportedRecord(imported_at, from_minute(known_to), last_day)


def _signed_in_in_vain(standing: Standing, trouble: Trouble | None) -> bool:
    """Whether a sign-in of theirs waits for somebody: that stays what is to be done about them."""
    waiting = standing in (Standing.WAITING_FOR_APPROVAL, Standing.SIGN_IN_BLOCKED, Standing.WAITING_FOR_COACH)
    return waiting and trouble is not None


def _by_schedule(now: datetime, schedule: ImportedRecord) -> tuple[Standing, Trouble | None]:
    if now < schedule.until_at:
        return Standing.SCHEDULE_IMPORTED, None
    return Standing.SCHEDULE_OVER, replace(words.SCHEDULE_OVER, since_at=schedule.until_at)


def _standing(
    now: datetime, known: Known, organisation: Organisation, attempt: LastAttempt | None, app: str
) -> tuple[Standing, Trouble | None]:
    if known.live is not None:
        return _connected(now, known.live)
    if not known.coach:
        return Standing.NOT_LINKED, None
    if not organisation.able:
        return Standing.NOT_ALLOWED, words.NO_LOGIN
    if not organisation.asked:
        return Standing.NOT_ASKED, None
    if not organisation.allowing:
        return Standing.NOT_ALLOWED, None
    if attempt is None or not _allowed(organisation, attempt.provider):
        waits = words.approval_waits(organisation.approval, organisation.timezone)
        only_outlook = organisation.external is External.OUTLOOK and not organisation.wfm
        return (Standing.WAITING_FOR_APPROVAL, waits) if only_outlook and waits else (Standing.WAITING_FOR_COACH, None)
    return _signing_in(now, known, organisation, attempt, app)


def _connected(now: datetime, live: ConnectionRecord) -> tuple[Standing, Trouble | None]:
    """A calendar whose last good read is too old to propose anything is unreadable, whatever else is said of it."""
    since_at = live.failing_since_at
    if live.state is ConnectionState.NEEDS_RECONNECTING:
        code = live.error_code or ConnectionState.NEEDS_RECONNECTING.value
        return Standing.NEEDS_RECONNECTING, words.reading(live.provider, code, since_at)
    if live.state is ConnectionState.DEGRADED:
        return Standing.UNREADABLE, words.reading(live.provider, live.error_code or TOO_OLD, since_at)
    known_at = max(live.last_read_at or live.connected_at, live.connected_at)
    if now - known_at > PROPOSING:
        return Standing.UNREADABLE, words.reading(live.provider, TOO_OLD, known_at)
    return Standing.CONNECTED, None


def _signing_in(
    now: datetime, known: Known, organisation: Organisation, attempt: LastAttempt, app: str
) -> tuple[Standing, Trouble | None]:
    over, code = attempt.state.over, attempt.code
    if not over and now >= attempt.expires_at:
        over, code = True, "timeout"
    if not over or code is None:
        return Standing.WAITING_FOR_COACH, None
    trouble = words.sign_in(code, About(attempt.provider, known.email, app), attempt.created_at)
    if attempt.state is AttemptState.NEEDS_APPROVAL:
        approved = organisation.approval.certain
        return (Standing.WAITING_FOR_COACH, None) if approved else (Standing.WAITING_FOR_APPROVAL, trouble)
    return (Standing.SIGN_IN_BLOCKED if words.blocking(code) else Standing.WAITING_FOR_COACH), trouble


def _allowed(organisation: Organisation, provider: Provider) -> bool:
    return organisation.wfm if provider is Provider.WFM else organisation.external == External(provider.value)


def _next_read(known: Known, rest: Rest) -> tuple[datetime | None, bool]:
    """When it is read next, and whether it is being read; WFM schedules are read together."""
    own = rest.reads.get(known.connection_id)
    if own is None and known.live is not None and known.live.provider is Provider.WFM:
        own = rest.reads.get(None)
    return own or (None, False)

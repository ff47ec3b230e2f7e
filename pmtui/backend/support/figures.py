"""Figures per provider, and the alarms that are nobody's calendar's fault: read for one organisation, its own only."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select

from pmtui.backend.calendars.tally import GOOD, QUARTER, THROTTLED
from pmtui.backend.errors import Whose
from pmtui.backend.states import Delivery, Provider, WorkKind
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.sync import ProviderCalls, WantedEvent, Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.storage.work import WAITS_SINCE, waiting
from pmtui.backend.support import words
from pmtui.backend.support.records import AlarmRecord, CodeRecord, FiguresRecord, PersonRecord, WindowRecord
from pmtui.backend.sync.facts import TOO_OLD
from pmtui.backend.sync.words import cause

WORKER_LATE = "worker_late"
_LATE = timedelta(minutes=5)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def figures(tx: Transaction) -> tuple[FiguresRecord, ...]:
    """One record a provider, in a fixed order."""
    rows = tx.db.exec(select(ProviderCalls).where(ProviderCalls.tenant_id == tx.tenant_id)).all()
    reads, writes = _reads(tx), _writes(tx)
    return tuple(
        _figures(
            tx.now,
            provider,
            [row for row in rows if row.provider is provider],
            reads.get(provider, (0, None)),
            writes.get(provider, (0, None)),
        )
        for provider in Provider
    )


def alarms(tx: Transaction, people: Iterable[PersonRecord], stored: Iterable[FiguresRecord]) -> tuple[AlarmRecord, ...]:
    """What somebody has to put right who is neither the coach nor the provider."""
    found: dict[tuple[Provider | None, str], AlarmRecord] = {}
    for person in people:
        trouble, provider = person.trouble, person.provider
        if trouble is None or trouble.whose is not Whose.OPERATOR or trouble.code == TOO_OLD:
            continue
        known = found.get((provider, trouble.code))
        since = [at for at in (trouble.since_at, known.since_at if known else None) if at is not None]
        count = (known.people if known else 0) + 1
        over = trouble.code == words.SCHEDULE_OVER.code
        next_step = trouble.next_step if over else cause(trouble.code).next_step
        found[provider, trouble.code] = AlarmRecord(
            provider, trouble.code, trouble.said, next_step, count, min(since, default=None)
        )
    wfm = _wfm(tx)
    if wfm is not None and (Provider.WFM, wfm.code) not in found:
        found[Provider.WFM, wfm.code] = wfm
    late = max((one.read_late_seconds for one in stored), default=0)
    worker = [_worker_late(tx.now, late)] if late > _LATE.total_seconds() else []
    return (*worker, *(found[key] for key in sorted(found, key=lambda key: (key[0] or "", key[1]))))


def _worker_late(now: datetime, seconds: int) -> AlarmRecord:
    since_at = now - timedelta(seconds=seconds)
    return AlarmRecord(None, WORKER_LATE, words.WORKER_LATE, words.WORKER_LATE_NEXT, 0, since_at)


def _wfm(tx: Transaction) -> AlarmRecord | None:
    """The organisation's WFM, where its token does not work: with what its last try said."""
    service = tx.db.get(WfmService, tx.tenant_id)
    if service is None or service.works or service.checked_at is None:
        return None
    tried = select(Work.last_error).where(Work.kind == WorkKind.LINK, Work.subject == tx.tenant_id)
    code = tx.db.exec(tried).first() or "wfm_token_refused"
    trouble = words.reading(Provider.WFM, code, service.checked_at)
    said = f"The organisation's WFM can't be used: {cause(code).reason}."
    return AlarmRecord(Provider.WFM, code, said, trouble.next_step, 0, service.checked_at)


def _figures(
    now: datetime,
    provider: Provider,
    rows: list[ProviderCalls],
    reads: tuple[int, datetime | None],
    writes: tuple[int, datetime | None],
) -> FiguresRecord:
    good = [row for row in rows if row.code == GOOD]
    bad = [row for row in rows if row.code != GOOD]
    last_error = max(bad, key=lambda row: row.last_at, default=None)
    return FiguresRecord(
        provider=provider,
        hour=_window(now, _HOUR, rows),
        day=_window(now, _DAY, rows),
        last_success_at=max((row.last_at for row in good), default=None),
        last_error_at=last_error.last_at if last_error else None,
        last_error_code=last_error.code if last_error else None,
        reads_due=reads[0],
        read_late_seconds=int((now - reads[1]).total_seconds()) if reads[1] is not None else 0,
        writes_waiting=writes[0],
        oldest_write_at=writes[1],
    )


def _window(now: datetime, length: timedelta, rows: list[ProviderCalls]) -> WindowRecord:
    """Counted by quarters of an hour: what began before counts with the quarter it is in."""
    since_at = _quarter(now - length)
    within = [row for row in rows if row.quarter_at >= since_at]
    codes: Counter[str] = Counter()
    for row in within:
        codes[row.code] += row.calls
    bad = [(code, calls) for code, calls in codes.most_common() if code != GOOD]
    return WindowRecord(
        since_at=since_at,
        calls=codes.total(),
        errors=sum(calls for _, calls in bad),
        throttled=sum(calls for code, calls in bad if code in THROTTLED),
        codes=tuple(CodeRecord(code, cause(code).meaning or cause(code).reason, calls) for code, calls in bad),
    )


def _quarter(at: datetime) -> datetime:
    minutes = QUARTER // timedelta(minutes=1)
    return at.replace(minute=at.minute // minutes * minutes, second=0, microsecond=0)


def _reads(tx: Transaction) -> dict[Provider, tuple[int, datetime | None]]:
    """How many reads are due and not under way, and since when the first of them, by provider."""
    due = (Work.tenant_id == tx.tenant_id, waiting(tx))
    rows = tx.db.exec(
        select(Connection.provider, func.count(), func.min(WAITS_SINCE))
        .join(Work, (col(Work.subject) == Connection.id) & (col(Work.kind) == WorkKind.READ))
        .where(*due)
        .group_by(col(Connection.provider))
    ).all()
    found: dict[Provider, tuple[int, datetime | None]] = {
        Provider(provider): (count, at) for provider, count, at in rows
    }
    whole = tx.db.exec(select(WAITS_SINCE).where(*due, Work.kind == WorkKind.LINK)).first()
    if whole is not None:
        count, at = found.get(Provider.WFM, (0, None))
        found[Provider.WFM] = (count + 1, min(whole, at or whole))
    return found


def _writes(tx: Transaction) -> dict[Provider, tuple[int, datetime | None]]:
    """How many events wait to be written, and since when the oldest of them, by provider."""
    rows = tx.db.exec(
        select(WantedEvent.provider, func.count(), func.min(col(WantedEvent.wanted_at)))
        .where(
            WantedEvent.tenant_id == tx.tenant_id,
            WantedEvent.delivery == Delivery.PENDING,
            WantedEvent.ends > tx.now,
        )
        .group_by(col(WantedEvent.provider))
    ).all()
    return {Provider(provider): (count, at) for provider, count, at in rows}

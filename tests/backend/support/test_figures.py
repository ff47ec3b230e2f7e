"""Figures per provider, how late reads and writes are, and what is somebody else's alarm."""

from datetime import timedelta

from pmtui.backend.calendars.tally import GOOD, Count, Key
from pmtui.backend.states import Delivery, Provider, WorkKind
from pmtui.backend.storage import work
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.support.figures import WORKER_LATE
from pmtui.backend.support.records import AlarmRecord, FiguresRecord
from pmtui.backend.sync import figures
from tests.backend.support.conftest import Desk
from tests.clock import START
from tests.world import World


def of(desk: Desk, provider: Provider) -> FiguresRecord:
    page = desk.connections.page(desk.world.actor("sue"))
    return next(one for one in page.figures if one.provider is provider)


def alarms(desk: Desk) -> tuple[AlarmRecord, ...]:
    return desk.connections.page(desk.world.actor("sue")).alarms


def test_calls_of_the_last_hour_and_day_by_code(desk: Desk) -> None:
    tenant_id = desk.world.tenant_id
    other = World(desk.world.database, desk.clock, subdomain="other")

    def add(hours: int, code: str, calls: int, tenant: int = tenant_id) -> None:
        at = START + timedelta(hours=24 - hours)
        figures.add(desk.world.database, {Key(tenant, Provider.OUTLOOK, at, code): Count(calls, at)})

    for hours, code, calls in ((25, GOOD, 100), (20, GOOD, 10), (20, "http_429", 3), (1, GOOD, 5), (0, "http_503", 2)):
        add(hours, code, calls)
    add(0, GOOD, 1000, other.tenant_id)
    desk.later(hours=24)
    found = of(desk, Provider.OUTLOOK)
    assert (found.hour.calls, found.hour.errors, found.hour.throttled) == (7, 2, 0)
    assert (found.day.calls, found.day.errors, found.day.throttled) == (20, 5, 3)
    assert [(one.code, one.calls) for one in found.day.codes] == [("http_429", 3), ("http_503", 2)]
    now = START + timedelta(hours=24)
    assert (found.last_success_at, found.last_error_at, found.last_error_code) == (
        now - timedelta(hours=1),
        now,
        "http_503",
    )
    assert of(desk, Provider.GOOGLE).day.calls == 0


def test_how_late_reads_and_writes_are(desk: Desk) -> None:
    world = desk.world
    rows = {row.provider: row.id for row in world.rows(Connection)}
    outlook = rows[Provider.OUTLOOK]
    assert outlook is not None
    code = world.session("dana", "kim", START + timedelta(days=1))
    world.wanted(code, "dana", outlook, delivery=Delivery.PENDING)
    with world.database.write(world.operator) as tx:
        tx.look_at(WorkKind.READ, outlook, START + timedelta(minutes=1))
        tx.look_at(WorkKind.LINK, tx.tenant_id, START + timedelta(minutes=3))
    desk.later(minutes=4)
    late = of(desk, Provider.OUTLOOK)
    assert (late.reads_due, late.read_late_seconds) == (1, 180)
    assert (late.writes_waiting, late.oldest_write_at) == (1, START)
    assert (of(desk, Provider.WFM).reads_due, of(desk, Provider.WFM).read_late_seconds) == (1, 60)
    assert alarms(desk) == ()
    desk.later(minutes=3)
    (alarm,) = alarms(desk)
    assert (alarm.code, alarm.since_at) == (WORKER_LATE, START + timedelta(minutes=1))
    work.claim(world.database, "w", 2, (WorkKind.READ, WorkKind.LINK))
    assert of(desk, Provider.OUTLOOK).reads_due == 0
    assert alarms(desk) == ()
    world.passes(minutes=9)
    desk.later(minutes=0)  # the worker that took them never came back
    died_at = min(row.leased_until for row in world.rows(Work) if row.leased_until is not None)
    assert of(desk, Provider.OUTLOOK).reads_due == of(desk, Provider.WFM).reads_due == 1
    (alarm,) = alarms(desk)
    assert alarm.code == WORKER_LATE
    assert alarm.since_at is not None
    assert abs(alarm.since_at - died_at) <= timedelta(seconds=1)


def test_a_wfm_token_that_is_refused_is_an_alarm_and_nobodys_fault(desk: Desk) -> None:
    world = desk.world
    world.wfm_service(works=True)
    assert alarms(desk) == ()
    with world.database.write(world.operator) as tx:
        service = tx.db.get_one(WfmService, world.tenant_id)
        service.works = False
        tx.look_at(WorkKind.LINK, world.tenant_id)
    (claim,) = work.claim(world.database, "w", 1)
    work.retry_later(world.database, claim, "wfm_token_refused")
    (alarm,) = alarms(desk)
    assert (alarm.provider, alarm.code) == (Provider.WFM, "wfm_token_refused")
    assert "an administrator has to store a new WFM token" in alarm.next_step

"""Killed at every moment, each change is whole or absent, and repeating it finishes it. On both databases."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from pmtui.backend.actor import Actor
from pmtui.backend.availability.service import AvailabilityService, weeks_of
from pmtui.backend.coaching.service import Coaching
from pmtui.backend.config import Config
from pmtui.backend.errors import Conflict
from pmtui.backend.integrations.records import Access
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.signin.service import SignIn
from pmtui.backend.slots.values import Hours, Span, SpanKind, Week, to_minute
from pmtui.backend.states import AttemptState, External, Provider, WorkKind
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from pmtui.backend.sync.service import Sync
from tests.clock import ManualClock
from tests.end_to_end import kills
from tests.world import World

TEN = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)  # 10:00 in Chicago
WEEK = Week("America/Denver", ((Hours(540, 720), Hours(780, 1020)),) * 5 + ((),) * 2)
COACHES = 50


@pytest.fixture(scope="module")
def driver() -> Iterator[kills.Driver]:
    """One driver for the module."""
    with kills.Driver() as driver:
        yield driver


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """Dana on Outlook and Kim on the WFM, both read just now; Ada administers."""
    world = World(database, clock)
    world.allow(wfm=True, external=External.OUTLOOK)
    world.wfm_service()
    world.coach("dana")
    world.agent("kim")
    world.administrator("ada")
    world.week("dana")
    world.facts("dana", world.connect("dana", Provider.OUTLOOK))
    shift = Span(to_minute(TEN) - 120, to_minute(TEN) + 360, SpanKind.OPEN, "Phone")
    world.facts("kim", world.connect("kim", Provider.WFM, automatic=True), [shift])
    return world


Told = Callable[[str, object], None]


def told(record: Told, tally: kills.Tally) -> None:
    """Let the number stand in the run's summary."""
    record("kill points", f"{tally.moments} (afterwards whole {tally.whole}, absent {tally.absent})")


def approve(url: str, actor: Actor, code: str) -> None:
    database = Database(url, ManualClock())
    with suppress(Conflict):  # it is approved already
        Coaching(database, Sync(database, weeks_of)).approve(actor, code)


def save(url: str, actor: Actor) -> None:
    database = Database(url, ManualClock())
    AvailabilityService(database, Sync(database, weeks_of).busy).save(actor, WEEK, 1)


def send(url: str, actor: Actor, version: int) -> None:
    database, config = Database(url, ManualClock()), Config(database_url=url)
    integrations = Integrations(database, config, SignIn(database, config), _nothing_connected)
    with suppress(Conflict):  # it was sent already
        integrations.send_access(actor, version, integrations.page(actor).consequences)


def test_approve(world: World, driver: kills.Driver, record_property: Told) -> None:
    database = world.database
    coaching = Coaching(database, Sync(database, weeks_of))
    held = coaching.propose(world.actor("ada"), "dana@acme.example", "kim@acme.example", TEN)
    tally = kills.exhaust(driver, kills.place(database.url), approve, world.actor("ada"), held.code)
    told(record_property, tally)
    assert tally.whole > 0
    assert tally.absent > 20
    events = {row.id for row in world.rows(WantedEvent)}
    assert len(events) == 2
    assert {row.subject for row in world.rows(Work) if row.kind is WorkKind.WRITE} == events


def test_save_updates(world: World, driver: kills.Driver, record_property: Told) -> None:
    tally = kills.exhaust(driver, kills.place(world.database.url), save, world.actor("dana"))
    told(record_property, tally)
    assert tally.whole > 0
    assert tally.absent > 10


def test_send_access_with_fifty_connections(world: World, driver: kills.Driver, record_property: Told) -> None:
    for number in range(COACHES - 1):
        world.coach(f"coach{number}")
        world.connect(f"coach{number}", Provider.OUTLOOK)
    world.coach("late")
    world.attempt("late", Provider.OUTLOOK, AttemptState.CONFIRMING)
    code = world.session("dana", "kim", TEN)
    [dana] = [row for row in world.rows(Connection) if row.person_id == world.id("dana")]
    assert dana.id is not None
    world.wanted(code, "dana", dana.id)
    ada = world.actor("ada")
    config = Config(database_url=world.database.url)
    integrations = Integrations(world.database, config, SignIn(world.database, config), _nothing_connected)
    page = integrations.set_draft(ada, Access(wfm=True, external=External.NONE), integrations.page(ada).version)
    assert page.consequences.ended == ((Provider.OUTLOOK, COACHES),)

    tally = kills.exhaust(driver, kills.place(world.database.url), send, ada, page.version)

    told(record_property, tally)
    assert tally.whole > 0
    assert tally.absent > 20
    ended = [row for row in world.rows(Connection) if row.ended_at is not None]
    assert len(ended) == COACHES


def test_the_harness_notices_a_torn_change(world: World, driver: kills.Driver) -> None:
    with pytest.raises(AssertionError, match="torn at moment"):
        kills.exhaust(driver, kills.place(world.database.url), torn)


def torn(url: str) -> None:
    """What a change must never be: two transactions."""
    database = Database(url, ManualClock())
    for person in ("Kim", "Dana"):
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE person SET name = '{person} X' WHERE name = '{person}'")


def _nothing_connected(*_: object) -> None:
    raise AssertionError("Send Access connects nobody")

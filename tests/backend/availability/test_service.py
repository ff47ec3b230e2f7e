"""Saving a week: permission, version, and nobody's save lost."""

import threading

import pytest
from sqlmodel import select

from pmtui.backend.actor import operator
from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import summary
from pmtui.backend.availability.records import BusyRecord, KeptDraft
from pmtui.backend.availability.service import AvailabilityService, week_of
from pmtui.backend.errors import BadInput, NotAllowed, SavedElsewhere
from pmtui.backend.slots.values import CalendarState, Span, Week
from pmtui.backend.states import EndedWhy, Provider, Topic, Verb
from pmtui.backend.storage.changes import numbers
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.transaction import Transaction
from tests.backend.availability.weeks import OFFICE
from tests.clock import ManualClock
from tests.world import World


def busy(tx: Transaction, person_id: int, window: tuple[int, int]) -> BusyRecord:
    return BusyRecord((Span(window[0], window[0] + person_id),), window, tx.now, False, ())


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    world = World(database, clock)
    world.coach("dana", timezone="America/Denver")
    world.agent("ben")
    return world


@pytest.fixture
def service(database: Database) -> AvailabilityService:
    return AvailabilityService(database, busy)


def test_nothing_saved_yet(world: World, service: AvailabilityService) -> None:
    record = service.load(world.actor("dana"))
    assert (record.week, record.version, record.saved_at) == (None, 0, None)
    assert (record.timezone, record.tenant_timezone) == ("America/Denver", "America/Chicago")
    assert record.calendar is CalendarState.NONE


def test_a_save_is_there_for_everybody(world: World, service: AvailabilityService, clock: ManualClock) -> None:
    dana = world.actor("dana")
    saved = service.save(dana, OFFICE, 0)
    assert (saved.week, saved.version, saved.saved_by, saved.saved_at) == (OFFICE, 1, "Dana", clock.now())
    assert service.load(dana) == saved
    with world.database.read(operator(world.tenant_id)) as tx:
        assert week_of(tx, world.id("dana")) == OFFICE
        assert week_of(tx, world.id("ben")) is None
        entry = tx.db.exec(select(AuditEntry).where(AuditEntry.verb == Verb.AVAILABILITY_SAVED)).one()
    assert entry.subject == f"person:{world.id('dana')}"
    assert entry.details == {
        "version": 1,
        "timezone": "America/Chicago",
        "weekly_minutes": 31 * 60 + 30,
        "overrides": 0,
    }


def test_a_save_is_announced_once(world: World, service: AvailabilityService, database: Database) -> None:
    dana = world.actor("dana")
    before = numbers(database, dana)
    service.save(dana, OFFICE, 0)
    service.save(dana, OFFICE, 0)  # nothing new, so nothing is written
    after = numbers(database, dana)
    changed = {topic for topic in Topic if before[topic] != after[topic]}
    assert changed == {Topic.AVAILABILITY, Topic.INTEGRATIONS, Topic.COACHING, Topic.ACTIVITY}
    assert after[Topic.AVAILABILITY] == before[Topic.AVAILABILITY] + 1
    assert service.load(dana).version == 1


def test_an_older_version_overwrites_nothing(world: World, service: AvailabilityService) -> None:
    dana = world.actor("dana")
    service.save(dana, OFFICE, 0)
    theirs = parse_entry("sat 9-12", OFFICE).week
    service.save(dana, theirs, 1)
    mine = parse_entry("sun 9-12", OFFICE).week
    for version in (0, 1, 3):
        with pytest.raises(SavedElsewhere):
            service.save(dana, mine, version)
    assert service.load(dana).week == theirs
    assert service.save(dana, mine, 2).version == 3


def test_two_first_saves_at_once_leave_one(world: World, service: AvailabilityService) -> None:
    dana = world.actor("dana")
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def save(week: Week) -> None:
        start.wait()
        try:
            service.save(dana, week, 0)
            outcomes.append("saved")
        except SavedElsewhere:
            outcomes.append("elsewhere")

    weeks = (OFFICE, parse_entry("sat 9-12", OFFICE).week)
    threads = [threading.Thread(target=save, args=(week,)) for week in weeks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["elsewhere", "saved"]
    assert service.load(dana).version == 1


def test_an_unknown_zone_is_refused(world: World, service: AvailabilityService) -> None:
    with pytest.raises(BadInput) as caught:
        service.save(world.actor("dana"), Week("Mars/Olympus"), 0)
    assert caught.value.where == "timezone"


def test_an_empty_week_is_allowed(world: World, service: AvailabilityService) -> None:
    record = service.save(world.actor("dana"), Week("UTC"), 0)
    assert record.week is not None
    assert summary(record.week) == "closed every day"


def test_who_may(world: World, service: AvailabilityService) -> None:
    with pytest.raises(NotAllowed, match="Coach View Access"):
        service.save(world.actor("ben"), OFFICE, 0)
    with pytest.raises(NotAllowed):
        service.load(world.actor("ben"))
    with pytest.raises(NotAllowed):
        service.busy(world.actor("ben"), (0, 60))
    with pytest.raises(BadInput, match="belongs to a person"):
        service.load(operator(world.tenant_id))


def test_the_calendar_that_counts(world: World, service: AvailabilityService) -> None:
    world.ended("dana", Provider.WFM, EndedWhy.BY_COACH)
    assert service.load(world.actor("dana")).calendar is CalendarState.NONE
    world.connect("dana", Provider.OUTLOOK)
    assert service.load(world.actor("dana")).calendar is CalendarState.OUTLOOK


def test_busy_time_of_the_person_who_asks(world: World, service: AvailabilityService) -> None:
    found = service.busy(world.actor("dana"), (100, 900))
    assert found.spans == (Span(100, 100 + world.id("dana")),)


def test_what_is_being_edited_is_kept_until_it_is_saved(
    world: World, service: AvailabilityService, database: Database, clock: ManualClock
) -> None:
    dana = world.actor("dana")
    assert service.load(dana).kept is None
    service.save(dana, OFFICE, 0)
    before = numbers(database, dana)
    first, second = (parse_entry(line, OFFICE).week for line in ("sat 9-12", "sat 9-13; 2027-03-05 none"))
    service.keep(dana, first, 1)
    clock.advance(minutes=1)
    service.keep(dana, second, 1)
    assert service.load(dana).kept == KeptDraft(second, 1, clock.now())
    assert service.load(dana).week == OFFICE
    assert numbers(database, dana) == before  # nobody else's screen shows it
    assert service.save(dana, second, 1).kept is None
    service.keep(dana, first, 2)
    assert service.save(dana, second, 2).kept is None  # saving what is saved already gives the draft up too


def test_a_draft_can_be_given_up(world: World, service: AvailabilityService) -> None:
    dana = world.actor("dana")
    service.forget(dana)
    service.keep(dana, OFFICE, 0)
    service.forget(dana)
    assert service.load(dana).kept is None


def test_a_draft_outlives_another_sessions_save_that_was_refused(world: World, service: AvailabilityService) -> None:
    dana = world.actor("dana")
    service.keep(dana, OFFICE, 0)
    with pytest.raises(SavedElsewhere):
        service.save(dana, OFFICE, 3)
    kept = service.load(dana).kept
    assert kept is not None
    assert kept.week == OFFICE


def test_who_may_keep_a_draft(world: World, service: AvailabilityService) -> None:
    with pytest.raises(NotAllowed):
        service.keep(world.actor("ben"), OFFICE, 0)
    with pytest.raises(NotAllowed):
        service.forget(world.actor("ben"))
    with pytest.raises(BadInput):
        service.keep(world.actor("dana"), Week("Nowhere/Here"), 0)

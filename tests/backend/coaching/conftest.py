"""An organisation with coaches and agents, and the coaching service over it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from pmtui.backend.availability.service import weeks_of
from pmtui.backend.coaching.service import Coaching
from pmtui.backend.settings.service import SettingsService
from pmtui.backend.slots.values import Span, SpanKind, to_minute
from pmtui.backend.states import External, Permission, Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.sync.service import Sync
from tests.clock import ManualClock
from tests.world import World

TEN = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)  # Monday 10:00 in Chicago; the clock stands at 02:00 there


@dataclass
class Floor:
    """Dana coaches on Outlook, Kim is an agent with a WFM schedule; Ada administers, Pat approves, Lee only coaches.

    Calendars were read just now: Dana is busy 11:00-12:00 Chicago time, Kim works 8:00-16:00 with lunch at 12:00.
    """

    world: World
    coaching: Coaching
    clock: ManualClock
    outlook: int
    wfm: int

    def read(self, who: str, *spans: Span) -> None:
        """The calendar of this person is read now, and holds these spans."""
        with self.world.database.write(self.world.operator) as tx:
            person_id = self.world.id(who)
            tx.db.connection().exec_driver_sql(f"DELETE FROM calendar_facts WHERE person_id = {person_id}")
        self.world.facts(who, self.outlook if who == "dana" else self.wfm, spans)


def having(floor: Floor, **values: str) -> None:
    """Ada sets these, by name with underscores."""
    service = SettingsService(floor.world.database, floor.coaching._sync.settings_changed)
    service.change(floor.world.actor("ada"), {name.replace("_", "-"): text for name, text in values.items()})


def span(start: datetime, minutes: int, kind: SpanKind = SpanKind.BUSY, activity: str = "") -> Span:
    """A span of calendar time."""
    first = to_minute(start)
    return Span(first, first + minutes, kind, activity)


@pytest.fixture
def floor(database: Database, clock: ManualClock) -> Floor:
    """The organisation, with both calendars read just now."""
    world = World(database, clock)
    world.allow(wfm=True, external=External.OUTLOOK)
    world.coach("dana")
    world.coach("lee")
    world.agent("kim")
    world.agent("sam")
    world.agent("far", team="South")
    world.administrator("ada")
    world.person("pat", (Permission.VIEW, Permission.APPROVE))
    world.person("sue", (Permission.VIEW, Permission.SUPPORT), team=None)
    world.week("dana")
    outlook = world.connect("dana", Provider.OUTLOOK)
    wfm = world.connect("kim", Provider.WFM, automatic=True)
    floor = Floor(world, Coaching(database, Sync(database, weeks_of)), clock, outlook, wfm)
    floor.read("dana", span(TEN + timedelta(hours=1), 60))
    floor.read("kim", *shift())
    return floor


def shift() -> tuple[Span, ...]:
    """Kim's day: 8:00-16:00 in Chicago, with lunch at noon."""
    eight = TEN - timedelta(hours=2)
    return (
        span(eight, 240, SpanKind.OPEN, "Phone"),
        span(eight + timedelta(hours=4), 30, SpanKind.CLOSED, "Lunch"),
        span(eight + timedelta(hours=4, minutes=30), 210, SpanKind.OPEN, "Phone"),
    )

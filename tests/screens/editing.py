"""What the tests of the availability editor share."""

from datetime import date

from pmtui.backend.actor import Actor, ActorKind, Surface
from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.slots.values import Span, Week
from pmtui.backend.slots.zones import minute_at
from pmtui.screens.availability import AvailabilityScreen
from tests import snapshots
from tests.screens.conftest import Pressed
from tests.screens.stand_in import WEEK, ZONE

MONDAY = date(2027, 3, 1)


COACH_ACTOR = Actor(ActorKind.PERSON, 1, 1, Surface.APP)


def at(day: int, hour: int) -> int:
    """The minute at which the coach's clock shows `hour` on the week's `day`."""
    return minute_at(ZONE, MONDAY.toordinal() + day, hour * 60)


MEETINGS = (
    Span(at(0, 10), at(0, 11)),
    Span(at(1, 14), at(1, 15)),
    Span(at(2, 9), at(2, 12)),
    Span(at(3, 16), at(3, 17)),
)


def editor(pressed: Pressed) -> AvailabilityScreen:
    screen = pressed.app.screen
    assert isinstance(screen, AvailabilityScreen)
    return screen


def editor_below(pressed: Pressed) -> AvailabilityScreen:
    screen = pressed.app.screen_stack[0]
    assert isinstance(screen, AvailabilityScreen)
    return screen


def text(pressed: Pressed) -> str:
    return str(snapshots.text(pressed.app))


async def typed(pressed: Pressed, line: str) -> None:
    """Type a line without waiting between its characters."""
    await pressed.pilot.press(*line)
    await pressed.rest()


def changed(line: str, week: Week = WEEK) -> Week:
    return parse_entry(line, week).week

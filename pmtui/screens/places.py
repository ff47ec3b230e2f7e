"""The app's screens: their keys, and who may use them."""

from collections.abc import Callable
from dataclasses import dataclass

from pmtui.backend.people.records import Me
from pmtui.backend.states import Permission
from pmtui.screens.availability import AvailabilityScreen
from pmtui.screens.base import PmtuiScreen
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.integrations import IntegrationsScreen


@dataclass(frozen=True, slots=True)
class Place:
    """One screen. `may` says whether a person can use it; for others it does not exist."""

    name: str
    key: str
    title: str
    help: str
    screen: type[PmtuiScreen]
    may: Callable[[Me], bool]


def _anybody(me: Me) -> bool:
    return True


def _coaches(me: Me) -> bool:
    return me.coaches


def _sees_sessions(me: Me) -> bool:
    return bool(me.permissions - {Permission.VIEW})


PLACES = (
    Place(
        "integrations", "1", "Integrations", "Go to Integrations: calendars and access.", IntegrationsScreen, _anybody
    ),
    Place(
        "availability",
        "2",
        "Availability",
        "Go to Availability: the hours you can be scheduled in.",
        AvailabilityScreen,
        _coaches,
    ),
    Place(
        "coaching",
        "3",
        "Coaching",
        "Go to Coaching: sessions and their approval.",
        CoachingScreen,
        _sees_sessions,
    ),
)

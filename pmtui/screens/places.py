"""The app's screens, who may use them, and the keys that work on all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pmtui.actions import Action
from pmtui.backend.people.records import Me
from pmtui.backend.states import Banner, Permission
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.screens.base import PmtuiScreen

HELP = Action("help", "question_mark,f1", "app.help", "help", "What this is, and every key.", key_display="?")
JUMP = Action(
    "jump", "ctrl+g", "app.jump", "jump", "Put a letter on everything to go to; it leads there.", False, priority=True
)


@dataclass(frozen=True, slots=True)
class Place:
    """One screen. `may` says whether a person can use it; for others it does not exist. `where` is `module:class`."""

    name: str
    key: str
    title: str
    help: str
    where: str
    may: Callable[[Me], bool]

    def load(self) -> "type[PmtuiScreen]":
        """The screen's class. Its module is loaded when it is first asked for: the first frame needs only one."""
        screen: type[PmtuiScreen] = load(self.where)
        return screen

    def make(self) -> "PmtuiScreen":
        """A new screen."""
        return self.load()()


def _anybody(me: Me) -> bool:
    return True


def _coaches(me: Me) -> bool:
    return me.coaches


def _administers(me: Me) -> bool:
    return me.administers


def _looks(me: Me) -> bool:
    return me.administers or Permission.SUPPORT in me.permissions


def _sees_sessions(me: Me) -> bool:
    return bool(me.permissions - {Permission.VIEW})


PLACES = (
    Place(
        "integrations",
        "1",
        "Integrations",
        "Go to Integrations: calendars and access.",
        "pmtui.screens.integrations:IntegrationsScreen",
        _anybody,
    ),
    Place(
        "availability",
        "2",
        "Availability",
        "Go to Availability: the hours you can be scheduled in.",
        "pmtui.screens.availability:AvailabilityScreen",
        _coaches,
    ),
    Place(
        "coaching",
        "3",
        "Coaching",
        "Go to Coaching: sessions and their approval.",
        "pmtui.screens.coaching:CoachingScreen",
        _sees_sessions,
    ),
    Place(
        "connections",
        "4",
        "Connections",
        "Go to Connections: who is connected, who is not, and why.",
        "pmtui.screens.connections:ConnectionsScreen",
        _looks,
    ),
    Place(
        "auto_coaching",
        "5",
        "Auto Coaching",
        "Go to Auto Coaching: who is to be coached, and runs that propose it.",
        "pmtui.screens.auto_coaching:AutoCoachingScreen",
        _administers,
    ),
    Place(
        "activity",
        "6",
        "Activity",
        "Go to Activity: who did what, and when.",
        "pmtui.screens.activity:ActivityScreen",
        _looks,
    ),
    Place(
        "settings",
        "7",
        "Settings",
        "Go to Settings: what the organisation has set for sessions and calendars.",
        "pmtui.screens.settings:SettingsScreen",
        _administers,
    ),
    Place(
        "preferences",
        "8",
        "Preferences",
        "Go to Preferences: colours, clock, first day of the week, keys.",
        "pmtui.screens.preferences:PreferencesScreen",
        _anybody,
    ),
    Place(
        "my_keys",
        "9",
        "My keys",
        "Go to My keys: the SSH keys that sign you in.",
        "pmtui.screens.my_keys:MyKeysScreen",
        _anybody,
    ),
)

_BANNERS = (
    (Banner.CONNECT, "connect", "Connect your calendar."),
    (Banner.RECONNECT, "reconnect", "Sign in again: your calendar can't be read."),
    (Banner.SET_AVAILABILITY, "set availability", "Set your availability, to be scheduled."),
)

EVERYWHERE = (
    *(
        Action(f"go.{place.name}", place.key, f"go('{place.name}')", place.title, place.help, footer=False)
        for place in PLACES
    ),
    *(Action(f"banner.{banner}", "c", f"banner('{banner}')", name, text) for banner, name, text in _BANNERS),
    Action("theme", "f9", "choose_theme", "theme", "Choose colours: dark, light, high contrast, more.", footer=False),
    Action("palette", "ctrl+p", "command_palette", "commands", "Find it by its words.", footer=False, priority=True),
    Action("quit", "ctrl+q", "quit", "quit", "Leave pmtui.", footer=False, priority=True),
    JUMP,
    HELP,
)
"""What the app itself performs, on every screen."""

"""Keys pressed faster than a screen or a window can be read: each counts where the person meant it."""

from textual.events import Key

from pmtui.backend.availability.hours import format_week
from pmtui.screens.auto_coaching import AutoCoachingScreen
from pmtui.screens.availability import AvailabilityScreen
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.integrations import IntegrationsScreen
from tests.at_rest import until
from tests.screens.availability_stand_in import coach
from tests.screens.conftest import Open, Pressed
from tests.screens.editing import changed, editor
from tests.screens.stand_in import ADMINISTRATOR, BOTH, StandIn
from tests.screens.test_auto_coaching import Ruled
from tests.screens.test_coaching import with_people


async def at_once(pressed: Pressed, stand_in: StandIn, *keys: str) -> None:
    """Let all of them arrive before the first is handled, and let every answer of the backend take its time."""
    characters = {"colon": ":", "enter": "\r", "space": " ", "minus": "-"}
    stand_in.gate.clear()
    for key in keys:
        pressed.app.post_message(Key(key, characters.get(key, key if len(key) == 1 else None)))
    await pressed.pilot.pause()
    while pressed.app.keys_under_way:
        stand_in.gate.set()
        await pressed.pilot.pause()
        stand_in.gate.clear()
        await pressed.pilot.pause()
    stand_in.gate.set()
    await pressed.rest()


async def test_hours_typed_while_the_editor_opens(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await at_once(pressed, stand_in, "2", "colon", *"tue", "space", "9", "minus", *"12", "enter")
        assert format_week(editor(pressed).draft.week) == format_week(changed("tue 9-12"))


async def test_a_session_held_by_enter_before_any_list_is_there(opened: Open) -> None:
    stand_in = with_people(StandIn(BOTH))
    async with opened(stand_in) as pressed:
        await at_once(pressed, stand_in, "3", "n", "enter", "enter", "enter")
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[0].starts_at == stand_in.found[0]


async def test_enter_and_esc_while_a_rule_is_read_for_its_window(opened: Open) -> None:
    stand_in = Ruled(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await at_once(pressed, stand_in, "5", "enter", "escape")
        assert pressed.shows(AutoCoachingScreen)


async def test_the_way_back_from_what_is_not_there_yet(opened: Open) -> None:
    stand_in = coach()
    async with opened(stand_in) as pressed:
        await at_once(pressed, stand_in, "2", "escape", "2", "q", "2")
        assert pressed.shows(AvailabilityScreen)
        await at_once(pressed, stand_in, "escape")
        assert pressed.shows(IntegrationsScreen)


async def test_a_read_that_takes_long_holds_up_no_key_for_long(opened: Open) -> None:
    stand_in = with_people(StandIn(BOTH))
    async with opened(stand_in) as pressed:
        stand_in.gate.clear()
        for key in ("3", "escape"):
            pressed.app.post_message(Key(key, None))
        await until(pressed.app, lambda: pressed.shows(CoachingScreen))
        await until(pressed.app, lambda: not pressed.shows(CoachingScreen))  # it goes although nothing was read
        stand_in.gate.set()
        await pressed.rest()
        assert pressed.shows(IntegrationsScreen)

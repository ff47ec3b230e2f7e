"""The Preferences screen: colours, clock and week, and a key for any action."""

import pytest

from pmtui.actions import offers
from pmtui.backend.integrations.records import BannerRecord
from pmtui.backend.people.records import Preferences
from pmtui.backend.states import Banner, Topic
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.dialogs.key import KeyDialog
from pmtui.screens.dialogs.preference import PreferenceDialog
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.screens.preferences import PreferencesScreen
from pmtui.terminal import Terminal
from pmtui.themes import DARK, HIGH_CONTRAST, LIGHT
from tests import snapshots
from tests.screens.conftest import Colourless, Open
from tests.screens.stand_in import ADMINISTRATOR, COACH, VIEWER, StandIn

OWN = Preferences("pmtui-light", "12", "", (("coaching.approve", "g"),))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_table(opened: Open, size: tuple[int, int]) -> None:
    async with opened(StandIn(COACH, preferences=OWN), size) as pressed:
        await pressed.keys("8", "slash", *"colours", "enter")
        snapshots.check(pressed.app, f"preferences-{size[0]}x{size[1]}")


async def test_what_is_set_stands_before_the_many_keys(opened: Open) -> None:
    async with opened(StandIn(COACH, preferences=OWN)) as pressed:
        await pressed.keys("8")
        rows = [line.split()[:2] for line in snapshots.text(pressed.app).splitlines()[3:7]]
        assert rows == [
            ["theme", "pmtui-light"],
            ["clock", "12"],
            ["first-day", "locale"],
            ["keys.coaching.approve", "g"],
        ]


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(lambda: StandIn(COACH), "8")


async def test_under_no_color_a_theme_is_chosen_for_elsewhere(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    coach = StandIn(COACH, preferences=Preferences("ansi-dark"))
    async with opened(coach) as pressed:
        assert pressed.app.theme == DARK.name
        await pressed.keys("8", "enter")
        assert "NO_COLOR is set" in snapshots.text(pressed.app)
        assert not snapshots.has_colours(pressed.app)
        await pressed.keys("home", "down", "enter")
        assert coach.preferences.theme == LIGHT.name
        assert pressed.app.theme == DARK.name


async def test_the_saved_colours_are_there_from_the_start(opened: Open) -> None:
    async with opened(StandIn(COACH, preferences=OWN)) as pressed:
        assert pressed.app.theme == LIGHT.name


async def test_colours_of_another_version_are_the_default_ones(opened: Open) -> None:
    async with opened(StandIn(COACH, preferences=Preferences("of-tomorrow"))) as pressed:
        assert pressed.app.theme == DARK.name


async def test_a_theme_shows_at_once_and_enter_keeps_it(opened: Open) -> None:
    coach = StandIn(COACH)
    async with opened(coach) as pressed:
        await pressed.keys("8", "slash", *"colours", "enter", "enter")
        assert pressed.shows(PreferenceDialog)
        snapshots.check(pressed.app, "preference-theme-80x24")
        await pressed.keys("down")
        assert (pressed.app.theme, coach.preferences.theme) == (LIGHT.name, "")
        await pressed.keys("down", "enter")
        assert (pressed.app.theme, coach.preferences.theme) == (HIGH_CONTRAST.name, HIGH_CONTRAST.name)
        assert pressed.shows(PreferencesScreen)
        assert "pmtui-high-contrast" in snapshots.text(pressed.app)


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_the_themes_brings_the_earlier_colours_back(opened: Open, key: str) -> None:
    coach = StandIn(COACH, preferences=OWN)
    async with opened(coach) as pressed:
        await pressed.keys("8", "enter", "down", "down", "down")
        assert pressed.app.theme not in (LIGHT.name, DARK.name)
        await pressed.keys(key)
        assert (pressed.app.theme, coach.preferences) == (LIGHT.name, OWN)
        assert pressed.shows(PreferencesScreen)


async def test_the_palette_leads_to_the_themes_from_anywhere(opened: Open) -> None:
    async with opened(StandIn(VIEWER)) as pressed:
        await pressed.keys("ctrl+p", *"choose colours", "enter")
        assert pressed.shows(PreferenceDialog)
        await pressed.keys("escape")
        assert pressed.shows(IntegrationsScreen)


async def test_clock_and_first_day_are_chosen_from_a_list(opened: Open) -> None:
    coach = StandIn(COACH)
    async with opened(coach, terminal=Terminal(locale="en_US.UTF-8")) as pressed:
        assert (pressed.app.clock24, pressed.app.first_day) == (False, 6)
        await pressed.keys("8", "slash", *"times on", "enter", "enter")
        snapshots.check(pressed.app, "preference-clock-80x24")
        await pressed.keys("down", "enter")
        assert (coach.preferences.clock, pressed.app.clock24) == ("24", True)
        await pressed.keys("escape", "down", "enter", "down", "enter")
        assert (coach.preferences.first_day, pressed.app.first_day) == ("monday", 0)
        await pressed.keys("x")
        assert (coach.preferences.first_day, pressed.app.first_day) == ("", 6)


async def test_a_key_is_pressed_and_works_everywhere_it_is_named(opened: Open) -> None:
    administrator = StandIn(ADMINISTRATOR)
    async with opened(administrator) as pressed:
        await pressed.keys("8", "slash", *"go.coaching", "enter", "enter")
        assert pressed.shows(KeyDialog)
        snapshots.check(pressed.app, "key-80x24")
        await pressed.keys("ctrl+t")
        assert administrator.preferences.keys == (("go.coaching", "ctrl+t"),)
        assert pressed.shows(PreferencesScreen)
        assert "^t" in snapshots.text(pressed.app)
        await pressed.keys("3")
        assert pressed.shows(PreferencesScreen)
        await pressed.keys("ctrl+t")
        assert pressed.shows(CoachingScreen)
        assert ("go.coaching", ("^t",)) in {(offer.binding.id, offer.keys) for offer in offers(pressed.app.screen)}


async def test_the_footer_names_the_new_key_and_shared_keys_stay(opened: Open) -> None:
    coach = StandIn(COACH, preferences=Preferences(keys=(("preferences.change", "f2"), ("banner.connect", "C"))))
    async with opened(coach) as pressed:
        await pressed.keys("8")
        assert "f2 change" in snapshots.text(pressed.app)
        await pressed.keys("e")
        assert pressed.shows(PreferencesScreen)
        await pressed.keys("f2")
        assert pressed.shows(PreferenceDialog)


async def test_actions_that_share_a_key_keep_it_when_one_gets_another(opened: Open) -> None:
    coach = StandIn(COACH, preferences=Preferences(keys=(("banner.connect", "C"),)))
    coach.banner_record = BannerRecord(Banner.SET_AVAILABILITY)
    async with opened(coach) as pressed:
        found = {offer.binding.id: offer.keys for offer in offers(pressed.app.screen)}
        assert found["banner.set_availability"] == ("c",)


async def test_what_is_wrong_with_a_key_is_said_and_nothing_saved(opened: Open) -> None:
    administrator = StandIn(ADMINISTRATOR)
    async with opened(administrator) as pressed:
        await pressed.keys("8", "slash", *"settings.change", "enter", "enter", "1")
        assert pressed.shows(KeyDialog)
        said = " ".join(snapshots.text(pressed.app).split())
        assert "! 1 is 'Integrations' already (go.integrations)" in said
        snapshots.check(pressed.app, "key-clash-80x24")
        await pressed.keys("ctrl+b")
        assert "tmux takes it" in snapshots.text(pressed.app)
        await pressed.keys("question_mark")  # taken everywhere by help
        assert pressed.shows(KeyDialog)
        assert administrator.preferences.keys == ()
        await pressed.keys("escape")
        assert pressed.shows(PreferencesScreen)


async def test_keys_are_given_back(opened: Open) -> None:
    coach = StandIn(COACH, preferences=Preferences(keys=(("go.coaching", "ctrl+t"), ("grid.open", "f3"))))
    async with opened(coach) as pressed:
        await pressed.keys("8", "slash", *"go.coaching", "enter", "enter", "tab", "enter")
        assert dict(coach.preferences.keys) == {"grid.open": "f3"}
        await pressed.keys("X")
        assert dict(coach.preferences.keys) == {}


async def test_a_key_that_clashes_since_is_told_and_left_out(opened: Open) -> None:
    coach = StandIn(COACH, preferences=Preferences(keys=(("preferences.change", "8"), ("gone.away", "f3"))))
    async with opened(coach) as pressed:
        (told,) = pressed.app._notifications
        assert told.message.startswith("8 is 'Preferences' (go.preferences): 'change' (preferences.change) has its own")
        await pressed.keys("8", "e")
        assert pressed.shows(PreferenceDialog)


async def test_what_a_command_sets_shows_in_the_open_app(opened: Open) -> None:
    coach = StandIn(COACH)
    async with opened(coach) as pressed:
        coach.preferences = OWN
        coach.bump(Topic.PREFERENCES)
        await pressed.look()
        assert (pressed.app.theme, pressed.app.clock24) == (LIGHT.name, False)

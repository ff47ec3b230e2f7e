"""The frame: header line, banner, footer, help, palette, number keys, back, and what is too small."""

from typing import Any

import pytest
from textual.command import CommandPalette

from pmtui.actions import Action, Extra
from pmtui.backend.errors import NotAllowed, Unavailable, Whose
from pmtui.backend.integrations.records import BannerRecord
from pmtui.backend.states import Banner, Permission, Provider, Topic
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.help import HelpDialog
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.screens.stopped import StoppedScreen
from pmtui.widgets.header_line import fitting
from tests import snapshots
from tests.screens.conftest import Open, opened
from tests.screens.stand_in import BOTH, COACH, VIEWER, StandIn, me

__all__ = ["opened"]  # the fixture
TRAIL = ("Performance Management", "Settings", "Configuration", "Integrations")


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (80, "Performance Management > Settings > Configuration > Integrations"),
        (40, "... > Configuration > Integrations"),
        (20, "... > Integrations"),
        (3, "Integrations"),
    ],
)
def test_the_trail_loses_its_beginning(room: int, text: str) -> None:
    assert fitting(TRAIL, room) == text


@pytest.mark.parametrize(
    ("record", "words", "button"),
    [
        (BannerRecord(Banner.CONNECT), "Your organisation lets you connect a calendar.", "[ Connect Now ]"),
        (BannerRecord(Banner.SET_AVAILABILITY), "Set your availability to be scheduled.", "[ Set availability ]"),
    ],
)
async def test_the_banner_stands_on_every_screen(opened: Open, record: BannerRecord, words: str, button: str) -> None:
    async with opened(StandIn(BOTH, banner_record=record), (120, 40)) as pressed:
        for key in ("1", "3"):
            await pressed.keys(key)
            assert words in snapshots.text(pressed.app)
            assert button in snapshots.text(pressed.app)


async def test_the_reconnect_banner_says_since_when_on_the_persons_clock(opened: Open) -> None:
    stand_in = StandIn(COACH)
    stand_in.banner_record = BannerRecord(Banner.RECONNECT, Provider.OUTLOOK, stand_in.clock.now())
    async with opened(stand_in, (120, 40)) as pressed:
        assert "Outlook Calendar can't be read since 02:00; you get no sessions." in snapshots.text(pressed.app)


async def test_the_banner_goes_when_it_is_done(opened: Open) -> None:
    stand_in = StandIn(COACH, banner_record=BannerRecord(Banner.CONNECT))
    async with opened(stand_in) as pressed:
        stand_in.banner_record = None
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert "Connect Now" not in snapshots.text(pressed.app)


async def test_c_on_another_screen_leads_to_the_calendars(opened: Open) -> None:
    stand_in = StandIn(COACH, banner_record=BannerRecord(Banner.CONNECT))
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "c")
        assert pressed.shows(IntegrationsScreen)


async def test_number_keys_lead_only_where_the_person_may_go(opened: Open) -> None:
    async with opened(StandIn(VIEWER)) as pressed:
        await pressed.keys("3", "2")
        assert pressed.shows(IntegrationsScreen)
    async with opened(StandIn(COACH)) as pressed:
        await pressed.keys("3")
        assert pressed.shows(CoachingScreen)
        await pressed.keys("q")
        assert pressed.shows(IntegrationsScreen)
        await pressed.keys("3", "escape")
        assert pressed.shows(IntegrationsScreen)


async def test_a_permission_given_meanwhile_counts_at_once(opened: Open) -> None:
    stand_in = StandIn(VIEWER)
    async with opened(stand_in) as pressed:
        stand_in.person = me(Permission.COACH)
        stand_in.bump(Topic.PEOPLE)
        await pressed.look()
        assert "Connect your calendar" in snapshots.text(pressed.app)
        await pressed.keys("3")
        assert pressed.shows(CoachingScreen)


async def test_help_names_every_key_and_closes_by_letter(opened: Open) -> None:
    async with opened(StandIn(BOTH), (80, 40)) as pressed:
        await pressed.keys("question_mark")
        assert pressed.shows(HelpDialog)
        shown = snapshots.text(pressed.app)
        for words in ("Send Access: put the draft in force.", "Go to Coaching", "Leave pmtui."):
            assert words in shown
        assert "Whether coaches may connect their WFM calendar." in shown  # the focused thing
        await pressed.keys("q", "f1")
        assert pressed.shows(HelpDialog)


async def test_the_palette_finds_actions_by_their_words(opened: Open) -> None:
    async with opened(StandIn(BOTH)) as pressed:
        await pressed.keys("ctrl+p")
        assert pressed.shows(CommandPalette)
        await pressed.typed("their approval")
        await pressed.keys("down", "enter")
        await pressed.rest()
        assert pressed.shows(CoachingScreen)


@pytest.mark.parametrize("size", [(59, 24), (80, 19)])
async def test_below_60x20_one_sentence_and_the_command(opened: Open, size: tuple[int, int]) -> None:
    async with opened(StandIn(BOTH, banner_record=BannerRecord(Banner.CONNECT)), size) as pressed:
        shown = " ".join(snapshots.text(pressed.app).split())
        assert shown.startswith("This terminal is too small for pmtui")
        assert shown.endswith("pmtui integrations show")


async def test_the_footer_fits_one_line_at_60_columns_and_keeps_help(opened: Open) -> None:
    async with opened(StandIn(BOTH), (60, 20)) as pressed:
        assert snapshots.text(pressed.app).splitlines()[-1].endswith("? help")


@pytest.mark.parametrize(
    "error",
    [
        NotAllowed("who", "pmtui does not know who you are.", "Start it with: pmtui --as YOUR-EMAIL"),
        Unavailable("no_database", "There is no pmtui database yet.", "Run: pmtui init", whose=Whose.OPERATOR),
    ],
)
async def test_a_backend_that_does_not_open_says_why_and_ends(opened: Open, error: Any) -> None:
    stand_in = StandIn(COACH)

    def refuse() -> Any:
        raise error

    stand_in.open = refuse  # type: ignore[method-assign]  # the backend that does not open
    async with opened(stand_in) as pressed:
        assert pressed.shows(StoppedScreen)
        assert error.title in snapshots.text(pressed.app)
        assert error.next_step in snapshots.text(pressed.app)
        await pressed.pilot.press("q")
    assert pressed.app.return_code == 1


async def test_ctrl_q_leaves_from_anywhere(opened: Open) -> None:
    async with opened(StandIn(BOTH)) as pressed:
        await pressed.keys("question_mark")
        await pressed.pilot.press("ctrl+q")
    assert pressed.app.return_code == 0


async def test_leaving_asks_once_where_something_would_be_lost(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IntegrationsScreen, "may_quit", lambda screen: "Your week is not saved.")
    async with opened(StandIn(BOTH)) as pressed:
        await pressed.keys("3", "ctrl+q", "ctrl+q")
        assert pressed.shows(ConfirmDialog)
        assert "Your week is not saved." in snapshots.text(pressed.app)
        await pressed.keys("n")
        assert pressed.shows(CoachingScreen)
        await pressed.keys("ctrl+q")
        await pressed.pilot.press("y")
    assert pressed.app.return_code == 0


async def test_an_action_from_outside_appears_where_it_was_registered_and_only_there(opened: Open) -> None:
    done: list[object] = []

    async def perform(screen: object) -> None:
        done.append(screen)

    extra = Extra("CoachingScreen", Action("demo.extra", "y", "", "knock", "Knock."), perform)
    async with opened(StandIn(COACH), extras=(extra,)) as pressed:
        await pressed.keys("y")
        assert not done
        await pressed.keys("3")
        assert "y knock" in snapshots.text(pressed.app)
        await pressed.keys("y")
        assert done == [pressed.app.screen]


async def test_what_an_action_from_outside_raises_takes_the_error_route(opened: Open) -> None:
    async def perform(screen: object) -> None:
        raise NotAllowed("no", "That is not possible.", "Do something else.")

    extra = Extra("IntegrationsScreen", Action("demo.extra", "z", "", "knock", "Knock."), perform)
    async with opened(StandIn(COACH), extras=(extra,)) as pressed:
        await pressed.keys("z")
        assert "That is not possible." in snapshots.text(pressed.app)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_window_taller_than_the_terminal_keeps_its_keys_and_scrolls(
    opened: Open, size: tuple[int, int]
) -> None:
    async with opened(StandIn(BOTH), size) as pressed:
        await pressed.keys("question_mark")
        assert "Esc close" in snapshots.text(pressed.app)
        await pressed.keys(*["pagedown"] * 4)
        assert "What this is, and every key." in snapshots.text(pressed.app)


async def test_another_banners_button_is_as_wide_as_its_words(opened: Open) -> None:
    stand_in = StandIn(COACH, banner_record=BannerRecord(Banner.CONNECT))
    async with opened(stand_in, (60, 20)) as pressed:
        stand_in.banner_record = BannerRecord(Banner.SET_AVAILABILITY)
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert "[ Set availability ]" in snapshots.text(pressed.app)

"""The Integrations screen: who sees what, the draft, Send Access, and the person's own calendar."""

from dataclasses import replace

import pytest

from pmtui.backend.errors import Conflict
from pmtui.backend.integrations.records import Access, BannerRecord, Consequences, EndedRecord
from pmtui.backend.integrations.words import DISCONNECT_WARNING
from pmtui.backend.states import Banner, ConnectionState, EndedWhy, External, Provider, Topic
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.message import MessageDialog
from pmtui.screens.dialogs.provider import ProviderDialog
from pmtui.screens.integrations import IntegrationsScreen
from tests import snapshots
from tests.screens.conftest import Colourless, Open
from tests.screens.stand_in import ADMINISTRATOR, BOTH, COACH, VIEWER, WEEK, StandIn, connected

WIDE = (120, 40)
ENDS_14 = Consequences(ended=((Provider.GOOGLE, 14),), asked=38)


def busy_page() -> StandIn:
    """Both roles, Google connected and about to be replaced by Outlook, as in the specification's drawing."""
    stand_in = StandIn(
        BOTH,
        sent=Access(True, External.GOOGLE),
        draft=Access(True, External.OUTLOOK),
        consequences=ENDS_14,
        week=WEEK,
    )
    stand_in.connection = connected(Provider.GOOGLE, stand_in.clock.now())
    return stand_in


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_the_whole_page(opened: Open, size: tuple[int, int]) -> None:
    async with opened(busy_page(), size) as pressed:
        snapshots.check(pressed.app, f"integrations-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(busy_page)


async def test_an_administrator_drafts_by_letters_from_anywhere(opened: Open) -> None:
    stand_in = StandIn(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("w", "g", "o")
        assert stand_in.draft == Access(True, External.OUTLOOK)
        assert "[x] on" in snapshots.text(pressed.app)
        assert "(o) Outlook" in snapshots.text(pressed.app)
        await pressed.keys("n", "w")
        assert stand_in.draft == Access(False, External.NONE)
        assert stand_in.sent == Access()


async def test_arrows_move_between_the_things_of_the_page_and_of_a_window(opened: Open) -> None:
    stand_in = StandIn(BOTH, sent=Access(True))
    async with opened(stand_in) as pressed:
        await pressed.keys("down", "right")  # the external choice: Google
        assert stand_in.draft == Access(False, External.GOOGLE)
        await pressed.keys("up", "space")
        assert stand_in.draft == Access(True, External.GOOGLE)
        await pressed.keys("down", "down", "down", "enter")
        assert pressed.shows(ProviderDialog)
        await pressed.keys("right", "enter")  # Cancel
        assert not stand_in.asked["start"]


async def test_quick_choices_are_saved_one_after_the_other(opened: Open) -> None:
    stand_in = StandIn(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        stand_in.gate.clear()
        await pressed.pilot.press("w", "g", "o")
        stand_in.gate.set()
        await pressed.rest()
        assert stand_in.draft == Access(True, External.OUTLOOK)
        assert not pressed.shows(MessageDialog)


async def test_sending_right_after_choosing_sends_that_choice(opened: Open) -> None:
    stand_in = StandIn(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        stand_in.gate.clear()
        await pressed.pilot.press("w", "o", "S")
        stand_in.gate.set()
        await pressed.rest()
        assert stand_in.sent == Access(True, External.OUTLOOK)


async def test_another_administrators_draft_is_shown_after_a_conflict(opened: Open) -> None:
    stand_in = StandIn(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        stand_in.draft, stand_in.version = Access(False, External.GOOGLE), 7
        await pressed.keys("w")
        assert pressed.shows(MessageDialog)
        await pressed.keys("enter")
        assert "[ ] off" in snapshots.text(pressed.app)
        assert "(o) Google" in snapshots.text(pressed.app)


async def test_sending_what_destroys_nothing_asks_nothing(opened: Open) -> None:
    stand_in = StandIn(ADMINISTRATOR, draft=Access(True), consequences=Consequences(asked=3))
    async with opened(stand_in) as pressed:
        await pressed.keys("S")
        assert stand_in.sent == Access(True)


async def test_a_destructive_send_names_the_numbers_and_waits_with_cancel_focused(opened: Open) -> None:
    stand_in = busy_page()
    async with opened(stand_in) as pressed:
        await pressed.keys("S")
        assert pressed.shows(ConfirmDialog)
        assert "14 Google calendars are disconnected." in snapshots.text(pressed.app)
        assert "in the whole organisation" in snapshots.text(pressed.app)
        await pressed.keys("enter")  # Cancel has the focus
        assert stand_in.sent == Access(True, External.GOOGLE)
        await pressed.keys("S", "n", "S", "escape", "S", "q")
        assert stand_in.sent == Access(True, External.GOOGLE)
        await pressed.keys("S", "y")
        assert stand_in.sent == Access(True, External.OUTLOOK)


async def test_numbers_that_changed_are_told_and_read_again(opened: Open) -> None:
    stand_in = busy_page()
    async with opened(stand_in) as pressed:
        stand_in.consequences = replace(ENDS_14, asked=39)
        await pressed.keys("S", "y")
        assert "The numbers changed meanwhile." in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert "39 coaches are asked" in snapshots.text(pressed.app)
        assert stand_in.sent == Access(True, External.GOOGLE)


async def test_a_coach_sees_no_administrators_section_and_their_letters_do_nothing(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(True, External.OUTLOOK))
    async with opened(stand_in) as pressed:
        assert "Allow calendar access" not in snapshots.text(pressed.app)
        await pressed.keys("w", "S")
        assert not stand_in.asked["set_draft"]
        assert not stand_in.asked["send_access"]


async def test_whoever_may_do_nothing_reads_what_is_allowed_and_what_is_missing(opened: Open) -> None:
    async with opened(StandIn(VIEWER, sent=Access(True, External.OUTLOOK))) as pressed:
        shown = snapshots.text(pressed.app)
        assert "connect: WFM Calendar or Outlook Calendar." in shown
        assert "You need the permission Coach View Access. Priya Shah can give it." in shown
        snapshots.check(pressed.app, "integrations-viewer-80x24")


async def test_without_the_new_login_experience_nothing_else_is_offered(opened: Open) -> None:
    async with opened(StandIn(BOTH, new_login_experience=False)) as pressed:
        shown = snapshots.text(pressed.app)
        assert "does not have the new login experience" in shown
        assert "Connect" not in shown
        assert "Send Access" not in shown


async def test_the_other_calendars_name_the_one_to_disconnect_first(opened: Open) -> None:
    async with opened(busy_page()) as pressed:
        assert "(disconnect Google first)" in snapshots.text(pressed.app)
        assert "[ Connect WFM Calendar ]" not in snapshots.text(pressed.app)


@pytest.mark.parametrize("provider", list(Provider))
async def test_each_window_bears_the_products_words_and_the_warning(opened: Open, provider: Provider) -> None:
    stand_in = StandIn(COACH)
    stand_in.connection = connected(provider, stand_in.clock.now())
    async with opened(stand_in) as pressed:
        assert f"[ Connected to {provider.label} Calendar ]" in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert pressed.shows(ProviderDialog)
        shown = snapshots.text(pressed.app)
        assert f"{provider.label} Calendar Integration" in shown
        assert DISCONNECT_WARNING[:40] in shown
        snapshots.check(pressed.app, f"window-{provider}-80x24")


async def test_disconnecting_takes_a_move_and_enter_and_no_second_question(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(True))
    stand_in.connection = connected(Provider.WFM, stand_in.clock.now())
    async with opened(stand_in) as pressed:
        await pressed.keys("enter", "enter")  # opens; Cancel has the focus
        assert "Connected to WFM" in snapshots.text(pressed.app)
        await pressed.keys("enter", "tab", "enter")
        assert stand_in.asked["disconnect"] == 1
        assert "[ Connect WFM Calendar ]" in snapshots.text(pressed.app)


async def test_a_connection_that_needs_reconnecting_can_be_signed_in_to_again(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(False, External.OUTLOOK))
    stand_in.connection = connected(Provider.OUTLOOK, stand_in.clock.now(), ConnectionState.NEEDS_RECONNECTING)
    stand_in.banner_record = BannerRecord(Banner.RECONNECT, Provider.OUTLOOK, stand_in.clock.now())
    async with opened(stand_in) as pressed:
        assert "! needs reconnecting since 00:00" in snapshots.text(pressed.app)
        await pressed.keys("c")
        assert pressed.shows(ProviderDialog)
        assert "[ Connect Outlook Calendar ]" in snapshots.text(pressed.app)


async def test_what_an_administrator_ended_is_told(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(True))
    stand_in.ended = EndedRecord(Provider.GOOGLE, stand_in.clock.now(), EndedWhy.ACCESS_REMOVED)
    async with opened(stand_in) as pressed:
        assert "Your Google calendar was disconnected by an administrator on 1 Mar." in snapshots.text(pressed.app)


async def test_send_access_elsewhere_shows_here(opened: Open) -> None:
    stand_in = StandIn(COACH)
    async with opened(stand_in) as pressed:
        assert "Connect Now" not in snapshots.text(pressed.app)
        stand_in.sent = Access(False, External.OUTLOOK)
        stand_in.banner_record = BannerRecord(Banner.CONNECT)
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        shown = snapshots.text(pressed.app)
        assert "! Your organisation lets you connect a calendar." in shown
        assert "[ Connect Outlook Calendar ]" in shown
        await pressed.keys("c")
        await pressed.keys("enter")
        assert pressed.shows(ProviderDialog)


async def test_an_error_of_the_page_is_told_in_words(opened: Open) -> None:
    stand_in = busy_page()
    async with opened(stand_in) as pressed:
        stand_in.failing = Conflict("x", "It has changed [b]meanwhile[/b].", "Look again.")
        await pressed.keys("S", "y")
        assert "It has changed [b]meanwhile[/b]." in snapshots.text(pressed.app)


async def test_what_stands_in_the_way_keeps_to_one_line_at_60_columns(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(True, External.OUTLOOK))
    stand_in.connection = connected(Provider.OUTLOOK, stand_in.clock.now())
    async with opened(stand_in, (60, 20)) as pressed:
        shown = snapshots.text(pressed.app)
        assert "Connect WFM Calendar    (disconnect Outlook first)" in shown
        assert "[ Connected to Outlook Calendar ]" in shown


async def test_connect_now_before_the_page_is_read_counts_when_it_is(opened: Open) -> None:
    stand_in = StandIn(COACH, sent=Access(False, External.OUTLOOK))
    stand_in.banner_record = BannerRecord(Banner.CONNECT)
    async with opened(stand_in) as pressed:
        screen = pressed.app.screen
        assert isinstance(screen, IntegrationsScreen)
        screen.page = None  # as if it were still on its way
        screen.set_focus(None)
        screen.connect_now()
        assert screen.focused is None
        screen.look()
        await pressed.rest()
        await pressed.keys("enter")
        assert "Outlook Calendar Integration" in snapshots.text(pressed.app)

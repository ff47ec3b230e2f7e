"""Times that are not offered: typed whole, everything against them read, then left or booked anyway."""

from datetime import timedelta

from pmtui.backend.coaching.records import READING
from pmtui.backend.errors import Unavailable, Whose
from pmtui.backend.states import Attention
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.starts import StartsDialog
from tests import snapshots
from tests.screens.conftest import Open
from tests.screens.stand_in import StandIn
from tests.screens.test_coaching import with_people, with_sessions

AGAINST = {
    "coach:busy": "Dana is busy in Outlook then.",
    "agent:not_overwritable:Lunch": "Bo has Lunch in the WFM schedule then.",
    "coach:off_the_grid": "Sessions start every 15 minutes of the coach's clock, not at 10:05.",
}


def with_starts() -> StandIn:
    """People, four starts at 9:00, and three things against any other start."""
    stand_in = with_people(with_sessions())
    stand_in.against = dict(AGAINST)
    return stand_in


async def test_a_start_that_is_not_offered_is_held_once_everything_against_it_is_read(opened: Open) -> None:
    stand_in = with_starts()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        await pressed.typed("tue 10:05")
        snapshots.check(pressed.app, "start-not-offered-80x24")
        await pressed.keys("enter")
        assert pressed.shows(ConfirmDialog)
        snapshots.check(pressed.app, "book-anyway-80x24")
        await pressed.keys("enter")  # Leave it has the focus
        assert pressed.shows(StartsDialog)
        assert len(stand_in.sessions) == 4
        await pressed.keys("enter", "y")
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[-1].starts_at == stand_in.found[1] + timedelta(hours=1, minutes=5)


async def test_one_that_is_offered_is_taken_without_a_question(opened: Open) -> None:
    stand_in = with_starts()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        await pressed.typed("3 mar 9:00am")
        await pressed.keys("enter")
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[-1].starts_at == stand_in.found[2]


async def test_no_other_start_is_taken_for_one_that_is_not_offered(opened: Open) -> None:
    stand_in = with_starts()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        await pressed.typed("tue 9:30")  # 9:00 to 9:30 is offered
        await pressed.keys("enter")
        assert pressed.shows(ConfirmDialog)
        assert stand_in.asked["propose"] == 1


async def test_words_that_are_no_start_take_nothing(opened: Open) -> None:
    stand_in = with_starts()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        await pressed.typed("tue 25:99")
        await pressed.keys("enter")
        assert "A time that is not offered can be chosen all the same" in snapshots.text(pressed.app)
        assert stand_in.asked["propose"] == 0


async def test_a_session_is_moved_anyway_after_its_calendars_were_read(opened: Open) -> None:
    stand_in = with_starts()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "s", "down", "m")
        await pressed.typed("2027-03-02 10:05")
        stand_in.failing = Unavailable(READING, "They are read first.", "Try again.", whose=Whose.PROVIDER)
        await pressed.keys("enter", "y")
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[1].starts_at == stand_in.found[1] + timedelta(hours=1, minutes=5)
        assert stand_in.asked["reschedule"] == 3


async def test_what_comes_against_it_meanwhile_is_asked_about_anew(opened: Open) -> None:
    stand_in = with_starts()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        await pressed.typed("tue 10:05")
        await pressed.keys("enter")
        stand_in.against["agent:busy"] = "Bo is busy in Google then."
        await pressed.keys("y")
        assert pressed.shows(ConfirmDialog)
        assert "These 4 things" in snapshots.text(pressed.app)
        await pressed.keys("n")
        assert len(stand_in.sessions) == 4


async def test_an_approval_that_is_refused_says_what_changed_and_can_be_booked_anyway(opened: Open) -> None:
    stand_in = with_starts()
    refused = {"attention": Attention.APPROVAL_REFUSED, "attention_details": "Dana is busy in Outlook then."}
    stand_in.outcomes = {"C000": refused}
    stand_in.against = {"coach:busy": "Dana is busy in Outlook then."}
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "a")
        assert pressed.shows(ConfirmDialog)
        assert "Dana is busy in Outlook then." in snapshots.text(pressed.app)
        await pressed.keys("n")
        assert stand_in.states()[0] == "held"
        assert "1 session needs attention" in snapshots.text(pressed.app)
        await pressed.keys("a", "y")
        assert stand_in.states()[0] == "scheduled"
        assert stand_in.sessions[0].attention is None

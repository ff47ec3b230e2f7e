"""The Coaching screen: the table and its cursor, what can be done to whom, and looking for a time."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Input

from pmtui.backend.coaching.records import READING, CoachableRecord, EventRecord
from pmtui.backend.errors import SlotTaken, Unavailable, Whose
from pmtui.backend.slots.values import CalendarState, PartyName, ReasonCode
from pmtui.backend.states import Attention, Delivery, Permission, Provider, SessionState, Topic
from pmtui.screens.coaching import CoachingScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.new_session import NewSessionDialog
from pmtui.screens.dialogs.session import SessionDialog
from pmtui.screens.dialogs.starts import StartsDialog
from tests import snapshots
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.stand_in import COACH, ZONE, StandIn, me, session

BOTH = me(Permission.COACH, Permission.APPROVE)
STATES = (SessionState.HELD, SessionState.SCHEDULED, SessionState.APPROVING, SessionState.CANCELLED)


def with_sessions(person: object = BOTH) -> StandIn:
    """One session in each of four states, an hour apart."""
    stand_in = StandIn(person)  # type: ignore[arg-type]  # a Me; kept short for the default
    now = stand_in.clock.now()
    stand_in.sessions = tuple(session(n, now + timedelta(hours=n + 1), state) for n, state in enumerate(STATES))
    return stand_in


def with_people(stand_in: StandIn) -> StandIn:
    """Two coaches, three agents, four starts."""
    stand_in.coaches = tuple(
        CoachableRecord(f"{name}@acme.example", name.capitalize(), "Blue", CalendarState.OUTLOOK)
        for name in ("dana", "kim")
    )
    stand_in.agents = tuple(
        CoachableRecord(f"{name}@acme.example", name.capitalize(), "Blue", CalendarState.WFM)
        for name in ("alba", "bo", "cai")
    )
    stand_in.found = tuple(stand_in.clock.now() + timedelta(days=n, hours=7) for n in range(4))
    return stand_in


def screen_of(pressed: Pressed) -> CoachingScreen:
    assert isinstance(pressed.app.screen, CoachingScreen)
    return pressed.app.screen


def under_cursor(pressed: Pressed) -> str:
    current = screen_of(pressed).table.current
    return current.code if current else ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_table(opened: Open, size: tuple[int, int]) -> None:
    async with opened(with_sessions(), size) as pressed:
        await pressed.keys("3")
        snapshots.check(pressed.app, f"coaching-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(with_sessions, "3")


async def test_rows_change_in_place_and_the_cursor_stays_on_its_session(opened: Open) -> None:
    stand_in = with_sessions()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "down", "down")
        before = under_cursor(pressed)
        assert before == "C001"
        early = session(9, stand_in.clock.now(), SessionState.HELD)
        stand_in.sessions = (*stand_in.sessions, early)
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert under_cursor(pressed) == before
        assert "Agent 9" in snapshots.text(pressed.app)
        stand_in.sessions = tuple(replace(s, agent="Renamed") if s.code == before else s for s in stand_in.sessions)
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert under_cursor(pressed) == before
        assert "Renamed" in snapshots.text(pressed.app)


async def test_what_is_only_requested_says_by_when_and_can_be_rejected(opened: Open) -> None:
    stand_in = StandIn(COACH)
    now = stand_in.clock.now()
    asked = session(1, now + timedelta(days=4), SessionState.REQUESTED)
    stand_in.sessions = (replace(asked, wanted_on=(now + timedelta(days=4)).date(), reason="Many refunds"),)
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "r")
        assert pressed.shows(ConfirmDialog)
        snapshots.check(pressed.app, "coaching-requested-reject")
        await pressed.keys("escape", "enter")
        assert pressed.shows(SessionDialog)
        snapshots.check(pressed.app, "coaching-requested")
        await pressed.keys("escape", "r", "y")
        assert stand_in.states() == ["rejected"]


async def test_approving_rejecting_and_cancelling(opened: Open) -> None:
    stand_in = with_sessions()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "a")
        assert stand_in.sessions[0].state is SessionState.SCHEDULED
        screen_of(pressed).table.point_at("C001")
        await pressed.keys("x")
        assert pressed.shows(ConfirmDialog)
        await pressed.keys("enter")  # Cancel has the focus
        assert stand_in.states()[1] == "scheduled"
        await pressed.keys("x", "y")
        assert stand_in.states()[1] == "cancelled"
        screen_of(pressed).table.point_at("C002")
        await pressed.keys("r", "y")
        assert stand_in.sessions[2].state is SessionState.REJECTED


async def test_keys_exist_only_where_they_can_be_used(opened: Open) -> None:
    async with opened(with_sessions(COACH)) as pressed:  # no permission to approve
        await pressed.keys("3")
        assert "a approve" not in snapshots.text(pressed.app)
        assert "r reject" in snapshots.text(pressed.app)  # it is their own session
        screen_of(pressed).table.point_at("C003")  # cancelled already
        await pressed.rest()
        shown = snapshots.text(pressed.app)
        assert "reject" not in shown
        assert "x cancel" not in shown


async def test_somebody_was_faster(opened: Open) -> None:
    stand_in = with_sessions()
    async with opened(stand_in) as pressed:
        await pressed.keys("3")
        stand_in.failing = SlotTaken("slot_taken", "That time was taken just now.", "Choose another.")
        await pressed.keys("a")
        assert "That time was taken just now." in snapshots.text(pressed.app)
        assert stand_in.asked["list_sessions"] == 2


def shown(pressed: Pressed) -> list[str]:
    """The codes of the rows, in order."""
    return [one.code for one in screen_of(pressed).table.rows]


async def test_words_narrow_the_list(opened: Open) -> None:
    async with opened(with_sessions()) as pressed:
        await pressed.keys("3", "slash")
        await pressed.typed("c001")
        assert shown(pressed) == ["C001"]
        assert '1 of 4 sessions · what needs somebody first · "c001"' in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert len(shown(pressed)) == 4


async def test_the_orders(opened: Open) -> None:
    stand_in = with_sessions()
    first, second, third, fourth = stand_in.sessions
    noticed = replace(second, attention=Attention.CALENDAR_CHANGED, coach="Ada")
    over = replace(fourth, attention=Attention.CALENDAR_CHANGED, agent="Adam")  # what is over needs nobody
    stand_in.sessions = (first, noticed, third, over)
    async with opened(stand_in) as pressed:
        await pressed.keys("3")
        assert shown(pressed) == ["C001", "C000", "C002", "C003"]
        for order in (
            ["C000", "C001", "C002", "C003"],
            ["C001", "C000", "C002", "C003"],
            ["C003", "C000", "C001", "C002"],
        ):
            await pressed.keys("s")
            assert shown(pressed) == order
        await pressed.keys("s")
        assert shown(pressed) == ["C001", "C000", "C002", "C003"]


async def test_states_teams_and_what_needs_attention_are_chosen(opened: Open) -> None:
    stand_in = with_sessions()
    first, second, third, fourth = stand_in.sessions
    noticed = replace(second, attention=Attention.CALENDAR_CHANGED, team="Blue")
    stand_in.sessions = (replace(first, team="Blue"), noticed, replace(third, team="Red"), fourth)
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "f")
        snapshots.check(pressed.app, "coaching-facets-80x24")
        await pressed.keys("space", "enter")  # needs attention
        assert shown(pressed) == ["C001"]
        await pressed.keys("f", "c", "end", "space", "up", "space", "enter")  # either team
        assert shown(pressed) == ["C001", "C000", "C002"]
        await pressed.keys("f", "down", "space", "enter")  # and waiting for approval
        assert shown(pressed) == ["C000"]
        assert "1 of 4 sessions · what needs somebody first · Approval Required · Blue · Red" in snapshots.text(
            pressed.app
        )


async def test_details_open_where_there_is_no_room_beside(opened: Open) -> None:
    async with opened(with_sessions()) as pressed:
        await pressed.keys("3", "enter")
        assert pressed.shows(SessionDialog)
        assert ZONE in snapshots.text(pressed.app)
        await pressed.keys("q")
        assert pressed.shows(CoachingScreen)


async def test_a_session_is_approved_from_its_window_which_follows_the_session(opened: Open) -> None:
    stand_in = with_sessions()
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "enter")
        assert "a approve" in snapshots.text(pressed.app)
        await pressed.keys("a")
        assert pressed.shows(CoachingScreen)
        assert stand_in.states() == ["scheduled", "scheduled", "approving", "cancelled"]
        await pressed.keys("enter")
        shown = snapshots.text(pressed.app)
        assert "● Scheduled" in shown
        assert "x cancel" in shown
        stand_in.sessions = tuple(replace(s, state=SessionState.CANCELLED) for s in stand_in.sessions)
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert pressed.shows(SessionDialog)
        assert "x Cancelled" in snapshots.text(pressed.app)
        await pressed.keys("x")
        assert pressed.shows(SessionDialog)  # there is nothing to cancel any more


async def test_what_is_offered_stands_there_though_something_is_typed_meanwhile(opened: Open) -> None:
    async with opened(with_people(StandIn(BOTH))) as pressed:
        await pressed.keys("3", "n")
        dialog = pressed.app.screen
        assert isinstance(dialog, NewSessionDialog)
        before = tuple(dialog.table.rows)
        dialog.offer(before)
        dialog.words.post_message(Input.Changed(dialog.words, ""))
        await pressed.rest()
        assert tuple(dialog.table.rows) == before != ()


async def test_a_new_session_by_keys_alone(opened: Open) -> None:
    stand_in = with_people(StandIn(BOTH))
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n")
        assert "Who coaches?" in snapshots.text(pressed.app)
        await pressed.keys("d", "enter")
        assert "Who is coached?" in snapshots.text(pressed.app)
        await pressed.keys("down", "enter")
        assert "When?  4 starts" in snapshots.text(pressed.app)
        snapshots.check(pressed.app, "new-session-80x24")
        await pressed.keys("down", "enter")
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[0].agent_email == "bo@acme.example"
        assert stand_in.sessions[0].starts_at == stand_in.found[1]
        assert under_cursor(pressed) == stand_in.sessions[0].code


async def test_a_coach_who_schedules_only_for_themselves_is_not_asked_who_coaches(opened: Open) -> None:
    stand_in = with_people(StandIn(COACH))
    stand_in.coaches = stand_in.coaches[:1]
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n")
        assert "Who is coached?" in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert pressed.shows(CoachingScreen)


async def test_no_time_found_says_why(opened: Open) -> None:
    stand_in = with_people(StandIn(BOTH))
    stand_in.found = ()
    stand_in.reasons = ((ReasonCode.BUSY, 20), (ReasonCode.OUTSIDE_AVAILABILITY, 1235))
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        assert "1,235: outside the availability" in snapshots.text(pressed.app)
        snapshots.check(pressed.app, "new-session-no-time-80x24")


async def test_esc_goes_back_step_by_step_and_the_length_searches_again(opened: Open) -> None:
    stand_in = with_people(StandIn(BOTH))
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        assert stand_in.asked["search"] == 1
        await pressed.keys("tab", "right")
        assert "< 45 min >" in snapshots.text(pressed.app)
        assert stand_in.asked["search"] == 2
        await pressed.keys("escape")
        assert "Who is coached?" in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert "Who coaches?" in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert pressed.shows(CoachingScreen)


async def test_a_start_taken_meanwhile_is_told_and_the_search_repeated(opened: Open) -> None:
    stand_in = with_people(StandIn(BOTH))
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "n", "enter", "enter")
        stand_in.failing = SlotTaken("slot_taken", "That time was taken just now.", "Choose another.")
        await pressed.keys("enter")
        assert "That time was taken just now." in snapshots.text(pressed.app)
        assert stand_in.asked["search"] == 2
        await pressed.keys("enter")
        assert pressed.shows(StartsDialog)


def with_a_clash(person: object = BOTH) -> StandIn:
    """A scheduled session that needs attention, and four starts it could move to."""
    stand_in = with_people(StandIn(person))  # type: ignore[arg-type]  # as for with_sessions
    one = session(1, stand_in.clock.now() + timedelta(hours=3), SessionState.SCHEDULED)
    why = "Agent 1 has Lunch in the WFM schedule then."
    stand_in.sessions = (replace(one, attention=Attention.CALENDAR_CHANGED, attention_details=why),)
    return stand_in


async def test_a_session_keeps_its_time_until_another_is_booked(opened: Open) -> None:
    stand_in = with_people(with_sessions())
    before = stand_in.sessions[1]
    async with opened(stand_in) as pressed:
        await pressed.keys("3")
        screen_of(pressed).table.point_at("C001")
        await pressed.keys("m")
        assert pressed.shows(StartsDialog)
        snapshots.check(pressed.app, "move-session-80x24")
        await pressed.keys("escape")
        assert stand_in.sessions[1] == before
        await pressed.keys("m")
        await pressed.typed("thu")
        await pressed.keys("enter")
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[1].starts_at == stand_in.found[3]
        assert under_cursor(pressed) == "C001"
        assert [told.message for told in pressed.app._notifications] == ["Agent 1: Scheduled, Thu  4 Mar 09:00."]


async def test_the_best_start_is_marked_at_first(opened: Open) -> None:
    stand_in = with_people(with_sessions())
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "m", "enter")
        assert stand_in.sessions[0].starts_at == stand_in.found[1]


async def test_what_was_requested_gets_a_time(opened: Open) -> None:
    stand_in = with_people(StandIn(COACH))
    now = stand_in.clock.now()
    asked = session(1, now + timedelta(days=4), SessionState.REQUESTED)
    stand_in.sessions = (replace(asked, wanted_on=(now + timedelta(days=4)).date(), reason="Many refunds"),)
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "m")
        assert "A time for this request" in snapshots.text(pressed.app)
        assert "Wanted by Fri 5 Mar. Many refunds" in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert stand_in.states() == ["held"]


async def test_a_move_waits_for_calendars_to_be_read(opened: Open) -> None:
    stand_in = with_people(with_sessions())
    reading = Unavailable(READING, "The calendars have to be read again.", "Try again.", whose=Whose.PROVIDER)
    async with opened(stand_in) as pressed:
        await pressed.keys("3")
        screen_of(pressed).table.point_at("C001")
        await pressed.keys("m")
        stand_in.failing = reading
        await pressed.keys("enter")
        assert stand_in.asked["reschedule"] == 2
        assert pressed.shows(CoachingScreen)
        assert stand_in.sessions[1].starts_at == stand_in.found[1]


async def test_one_key_takes_the_best_new_time_that_the_pane_shows(opened: Open) -> None:
    stand_in = with_a_clash()
    async with opened(stand_in, (120, 40)) as pressed:
        await pressed.keys("3")
        snapshots.check(pressed.app, "coaching-attention-120x40")
        await pressed.keys("b")
        assert stand_in.sessions[0].starts_at == stand_in.found[1]
        assert stand_in.sessions[0].attention is None
        assert pressed.shows(CoachingScreen)


async def test_where_there_is_no_pane_the_best_new_time_is_shown_before_it_is_taken(opened: Open) -> None:
    stand_in = with_a_clash()
    before = stand_in.sessions[0].starts_at
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "b")
        assert pressed.shows(SessionDialog)
        assert stand_in.sessions[0].starts_at == before
        snapshots.check(pressed.app, "session-attention-80x24")
        await pressed.keys("b")
        assert stand_in.sessions[0].starts_at == stand_in.found[1]


async def test_without_another_time_there_is_none_to_take(opened: Open) -> None:
    stand_in = with_a_clash()
    stand_in.found, stand_in.helps = (), "Ask for 15 minutes: Wed 3 Mar 10:00 is free then."
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "b")
        shown = snapshots.text(pressed.app)
        assert "No other time was found in the next 14 days." in shown
        assert "Ask for 15 minutes" in shown
        await pressed.keys("b")
        assert stand_in.asked["reschedule"] == 0


async def test_somebody_elses_session_can_only_be_looked_at(opened: Open) -> None:
    stand_in = with_a_clash(COACH)
    stand_in.sessions = (replace(stand_in.sessions[0], coach_email="kim@acme.example"),)
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "m", "b", "x", "r", "a")
        assert pressed.shows(CoachingScreen)
        assert stand_in.asked["search_again"] == 0


async def test_what_is_over_can_not_be_moved(opened: Open) -> None:
    stand_in = with_a_clash()
    stand_in.sessions = (session(1, stand_in.clock.now() - timedelta(hours=3), SessionState.SCHEDULED),)
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "m", "x")
        assert pressed.shows(CoachingScreen)


async def test_who_does_not_see_it_in_a_calendar_is_to_be_told_and_gets_a_file(opened: Open, tmp_path: Path) -> None:
    stand_in = with_sessions()
    theirs = EventRecord(PartyName.COACH, Provider.OUTLOOK, Delivery.DELIVERED, True)
    stand_in.sessions = (replace(stand_in.sessions[1], events=(theirs,)),)
    async with opened(stand_in) as pressed:
        await pressed.keys("3", "enter")
        assert "Not on Agent 1's calendar: tell Agent 1 yourself." in snapshots.text(pressed.app)
        await pressed.keys("i")
        assert pressed.shows(ExportDialog)
        box = pressed.app.screen.query_one("#file", Input)
        assert box.value == "~/session-C001.ics"
        box.value = str(tmp_path / "one.ics")
        await pressed.keys("enter")
        assert pressed.shows(CoachingScreen)
    assert (tmp_path / "one.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


async def test_the_pane_is_filled_when_there_is_room_for_it(opened: Open) -> None:
    async with opened(with_sessions()) as pressed:
        await pressed.keys("3")
        await pressed.pilot.resize_terminal(120, 40)
        await pressed.rest()
        assert "Code   C000" in snapshots.text(pressed.app)

"""The Activity screen: the audit, which entries, one of them, and a file of them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pmtui.backend.states import Outcome, Topic, Verb
from pmtui.screens import activity
from pmtui.screens.activity import ActivityScreen
from pmtui.screens.dialogs.lines import LinesDialog
from tests import snapshots
from tests.clock import START
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.exporting import write
from tests.screens.stand_in import COACH, StandIn
from tests.screens.support_stand_in import HISTORY, Desk, entry, support

SENT = entry(
    START - timedelta(minutes=5),
    Verb.ACCESS_SENT,
    "calendar access sent: WFM on, external outlook; 12 ended",
    "the organisation",
    actor="Ada Okafor",
    actor_email="ada@acme.example",
    about_email=None,
    details={"wfm": True, "external": "outlook", "ended": {"google": 12}, "agents": 0},
)
REFUSED = entry(
    START - timedelta(hours=30),
    Verb.EVENT_WRITTEN,
    "the event could not be written to the Outlook calendar: it is full",
    "session C001",
    actor="the worker",
    actor_email=None,
    about_email=None,
    surface="worker",
    outcome=Outcome.REFUSED,
)


def desk() -> Desk:
    return support(history=(SENT, HISTORY[0], REFUSED, HISTORY[1]))


def screen_of(pressed: Pressed) -> ActivityScreen:
    assert isinstance(pressed.app.screen, ActivityScreen)
    return pressed.app.screen


def verbs(pressed: Pressed) -> list[Verb]:
    return [row.verb for row in screen_of(pressed).table.rows]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_table(opened: Open, size: tuple[int, int]) -> None:
    async with opened(desk(), size) as pressed:
        await pressed.keys("6")
        snapshots.check(pressed.app, f"activity-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(desk, "6")


async def test_a_coach_does_not_have_it(opened: Open) -> None:
    async with opened(StandIn(COACH)) as pressed:
        await pressed.keys("6")
        assert not pressed.shows(ActivityScreen)


async def test_one_entry_with_everything_that_is_kept(opened: Open) -> None:
    async with opened(desk()) as pressed:
        await pressed.keys("6", "enter")
        assert pressed.shows(LinesDialog)
        snapshots.check(pressed.app, "activity-entry-80x24")


async def test_words_and_facets_choose(opened: Open) -> None:
    async with opened(desk()) as pressed:
        await pressed.keys("6", "slash", *"dana outlook", "enter")
        assert verbs(pressed) == [Verb.CALENDAR_READ, Verb.CONNECTED]
        assert "2 of 4 entries" in snapshots.text(pressed.app)
        await pressed.keys("escape", "f", "down", "space", "enter")
        assert "the last day" in snapshots.text(pressed.app)
        assert verbs(pressed) == [Verb.ACCESS_SENT, Verb.CALENDAR_READ]
        await pressed.keys("f", "end", "space", "enter")
        assert verbs(pressed) == [Verb.CALENDAR_READ]
        await pressed.keys("f", "space", "c", "enter")
        assert len(verbs(pressed)) == 4


async def test_new_entries_come_in_and_the_cursor_stays(opened: Open) -> None:
    stand_in = desk()
    async with opened(stand_in) as pressed:
        await pressed.keys("6", "down")
        new = entry(START, Verb.CONNECTED, "the WFM schedule was connected", "Marcus Webb")
        stand_in.history = (new, *stand_in.history)
        stand_in.bump(Topic.ACTIVITY)
        await pressed.look()
        assert "Marcus Webb" in snapshots.text(pressed.app)
        assert screen_of(pressed).table.current == HISTORY[0]


async def test_only_the_newest_are_read_and_that_is_said(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "NEWEST", 3)
    async with opened(desk()) as pressed:
        await pressed.keys("6")
        assert "the newest 3 entries" in snapshots.text(pressed.app)


async def test_export_writes_what_is_shown(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "audit.json"
    async with opened(desk()) as pressed:
        await pressed.keys("6", "slash", *"ada", "enter", "x")
        await write(pressed, file)
        assert [one["verb"] for one in json.loads(file.read_text("utf-8"))] == ["access_sent"]
        await pressed.keys("slash", *"zzz", "enter", "x")
        assert pressed.shows(ActivityScreen)  # nothing to write
        assert "Nothing like that was done." in snapshots.text(pressed.app)


async def test_keys_go_to_the_table_again_after_the_terminal_was_too_small(opened: Open) -> None:
    async with opened(desk()) as pressed:
        await pressed.keys("6")
        for size in ((50, 15), (60, 20)):
            await pressed.pilot.resize_terminal(*size)
            await pressed.rest()
        await pressed.keys("down")
        assert screen_of(pressed).table.current == HISTORY[0]
        snapshots.check(pressed.app, "activity-60x20")

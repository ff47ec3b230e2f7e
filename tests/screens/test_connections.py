"""The Connections screen: the table, who is shown, one person, a test reading, why no slots, export."""

import json
import threading
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from pmtui.backend.coaching.records import CoachableRecord
from pmtui.backend.people.records import Me
from pmtui.backend.slots.case import read_case
from pmtui.backend.slots.values import CalendarState
from pmtui.backend.states import Permission, Topic
from pmtui.backend.support import choosing
from pmtui.backend.support.records import Filter, PersonRecord, Sort, Standing
from pmtui.screens import connections
from pmtui.screens.connections import ConnectionsScreen
from pmtui.screens.dialogs.connection import ConnectionDialog
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.facets import FacetsDialog
from pmtui.screens.dialogs.why_no_slots import WhyNoSlotsDialog
from tests import snapshots
from tests.backend.slots.cases import EXAMPLE
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.exporting import write
from tests.screens.stand_in import COACH, StandIn, me
from tests.screens.support_stand_in import ALARM, OTTO, PEOPLE, TROUBLE, person, support

CASE = json.dumps({**EXAMPLE, "agent": {"calendar": "wfm", "timezone": "America/Denver", "shifts": []}})


def screen_of(pressed: Pressed) -> ConnectionsScreen:
    assert isinstance(pressed.app.screen, ConnectionsScreen)
    return pressed.app.screen


def under_cursor(pressed: Pressed) -> str:
    current: PersonRecord | None = screen_of(pressed).table.current
    return current.name if current else ""


def names(pressed: Pressed) -> list[str]:
    return [row.name.split()[0] for row in screen_of(pressed).table.rows]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 24)])
async def test_the_table(opened: Open, size: tuple[int, int]) -> None:
    async with opened(support(alarms=(ALARM,)), size) as pressed:
        await pressed.keys("4")
        snapshots.check(pressed.app, f"connections-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(support, "4")


@pytest.mark.parametrize("who", [me(Permission.SUPPORT), me(Permission.ADMIN_ENTERPRISE)])
async def test_support_and_administrators_have_it(opened: Open, who: Me) -> None:
    async with opened(replace(support(), person=who)) as pressed:
        await pressed.keys("4")
        assert pressed.shows(ConnectionsScreen)


async def test_a_coach_does_not(opened: Open) -> None:
    async with opened(StandIn(COACH)) as pressed:
        await pressed.keys("4")
        assert not pressed.shows(ConnectionsScreen)


async def test_words_narrow_and_s_orders(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4")
        assert names(pressed) == ["Dana", "Marcus", "Elena", "Noor"]
        await pressed.keys("a")
        assert names(pressed) == ["Dana", "Marcus", "Elena", "Kim", "Noor"]
        await pressed.keys("s")
        assert names(pressed) == ["Dana", "Elena", "Kim", "Marcus", "Noor"]
        assert "by name" in snapshots.text(pressed.app)
        await pressed.keys("slash", *"k-17")
        assert names(pressed) == ["Kim"]  # by the account
        assert '1 of 5 people · by name · "k-17"' in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert pressed.app.focused is screen_of(pressed).table
        await pressed.keys("escape")
        assert len(names(pressed)) == 5
        assert set(connections.SORTS) == set(Sort)


async def test_facets_choose_states_calendars_and_a_team(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4", "a", "f", "space", "down", "space")
        snapshots.check(pressed.app, "connections-facets-80x24")
        await pressed.keys("enter")
        assert names(pressed) == ["Dana", "Marcus"]
        assert "needs reconnecting · waiting for the coach" in snapshots.text(pressed.app)
        await pressed.keys("f", "end", "space", "up", "space", "enter")  # one team only: North, not South
        assert names(pressed) == ["Dana"]
        await pressed.keys("f", "c", "enter")
        assert len(names(pressed)) == 5
        await pressed.keys("f", "space", "q")  # left as it was
        assert not pressed.shows(FacetsDialog)
        assert len(names(pressed)) == 5


async def test_nobody_is_like_that(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4", "slash", *"zz")
        assert "Nobody is like that." in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert "x export" not in snapshots.text(pressed.app)


async def test_rows_change_in_place_and_the_cursor_stays_on_its_person(opened: Open) -> None:
    desk = support()
    async with opened(desk) as pressed:
        await pressed.keys("4", "down", "down")
        assert under_cursor(pressed) == "Elena Vasquez"
        desk.people = (*PEOPLE[1:], person("Abe Stone", Standing.UNREADABLE), replace(PEOPLE[0], name="Renamed"))
        desk.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert under_cursor(pressed) == "Elena Vasquez"
        assert "Renamed" in snapshots.text(pressed.app)
        assert "! calendar unreadable" in snapshots.text(pressed.app)


async def test_what_nobody_sees_is_read_when_it_is_shown_again(opened: Open) -> None:
    desk = support()
    async with opened(desk) as pressed:
        await pressed.keys("4", "1")
        read = desk.asked["connections_page"]
        desk.people = (person("Abe Stone"),)
        desk.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert desk.asked["connections_page"] == read
        await pressed.keys("4")
        assert names(pressed) == ["Abe"]


async def test_one_person(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4", "enter")
        assert pressed.shows(ConnectionDialog)
        snapshots.check(pressed.app, "connection-80x24")
        await pressed.keys("q")
        assert pressed.shows(ConnectionsScreen)


async def test_a_test_reading_that_works(opened: Open) -> None:
    desk = support(finished=False)
    async with opened(desk) as pressed:
        await pressed.keys("4", "end", "t")
        assert "Reading the calendar now ..." in snapshots.text(pressed.app)
        assert desk.asked["test"] == 1
        desk.finished = True
        dialog = pressed.app.screen
        assert isinstance(dialog, ConnectionDialog)
        dialog.look_at_reading()
        await pressed.rest()
        assert "✓ Noor Haddad's Outlook calendar was read just now" in snapshots.text(pressed.app)


async def test_a_test_reading_that_fails_says_why(opened: Open) -> None:
    desk = support(trouble=TROUBLE)
    async with opened(desk) as pressed:
        await pressed.keys("4", "enter", "t")
        dialog = pressed.app.screen
        assert isinstance(dialog, ConnectionDialog)
        dialog.look_at_reading()
        await pressed.rest()
        assert "! The Outlook calendar can't be read: it does not answer." in snapshots.text(pressed.app)


async def test_who_has_no_calendar_can_not_be_read(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4", "down")
        assert under_cursor(pressed) == "Marcus Webb"
        assert "t test now" not in snapshots.text(pressed.app)
        await pressed.keys("t")
        assert pressed.shows(ConnectionsScreen)


async def test_why_no_slots_and_its_case_file(opened: Open, tmp_path: Path) -> None:
    desk = support(case_text=CASE)
    desk.agents = tuple(
        CoachableRecord(f"{name}@acme.example", name.capitalize(), team, CalendarState.WFM)
        for name, team in (("alba", "South"), ("bo", "North"))
    )
    async with opened(desk) as pressed:
        await pressed.keys("4", "w")
        assert pressed.shows(WhyNoSlotsDialog)
        snapshots.check(pressed.app, "why-no-slots-who-80x24")  # the own team first
        await pressed.keys(*"al", "enter")
        assert desk.asked["case dana@acme.example alba@acme.example"] == 1
        snapshots.check(pressed.app, "why-no-slots-80x24")
        await pressed.keys("x")
        assert pressed.shows(ExportDialog)
        file = tmp_path / "case.json"
        await write(pressed, file)
        assert read_case(file.read_text("utf-8")) == read_case(CASE)
        await pressed.keys("escape")
        assert "Who is the agent?" in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert pressed.shows(ConnectionsScreen)


async def test_an_agent_is_looked_at_with_a_coach(opened: Open) -> None:
    desk = support(case_text=CASE)
    desk.coaches = (CoachableRecord("dana@acme.example", "Dana", "North", CalendarState.OUTLOOK),)
    async with opened(desk) as pressed:
        await pressed.keys("4", "a", "slash", *"kim", "enter", "w", "enter")
        assert desk.asked["case dana@acme.example kim@acme.example"] == 1


async def test_export_writes_a_new_file_for_its_owner_only(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "dana.json"
    async with opened(support()) as pressed:
        await pressed.keys("4", "x")
        snapshots.check(pressed.app, "export-80x24")
        await write(pressed, file)
        assert pressed.shows(ConnectionsScreen)
        assert file.stat().st_mode & 0o777 == 0o600
        kept = json.loads(file.read_text("utf-8"))
        assert kept["person"]["email"] == "dana@acme.example"
        assert len(kept["history"]) == 2
        await pressed.keys("x")
        before = file.read_bytes()
        await write(pressed, file)
        assert pressed.shows(ExportDialog)
        assert "is there already" in snapshots.text(pressed.app).replace("\n", "")
        assert file.read_bytes() == before
        await write(pressed, tmp_path / "none" / "dana.json")
        assert "can't be written" in " ".join(snapshots.text(pressed.app).split())
        await write(pressed, Path("a\0b"))
        assert pressed.shows(ExportDialog)


async def test_everybody_shown_can_be_exported(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    async with opened(support()) as pressed:
        await pressed.keys("4", "slash", *"dana", "enter", "X")
        await write(pressed, file)
        assert [one["name"] for one in json.loads(file.read_text("utf-8"))["people"]] == ["Dana Reyes"]


async def test_alarms_and_figures(opened: Open) -> None:
    async with opened(support(alarms=(ALARM, ALARM))) as pressed:
        await pressed.keys("4")
        assert "(and 1 more)" in snapshots.text(pressed.app)
        await pressed.keys("i")
        assert snapshots.text(pressed.app).count("ALARM: The organisation's WFM") == 2


async def test_thousands_are_arranged_beside_the_message_loop(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    really = choosing.chosen

    def noted(people: tuple[PersonRecord, ...], wanted: Filter) -> tuple[PersonRecord, ...]:
        threads.append(threading.get_ident())
        return really(people, wanted)

    monkeypatch.setattr(connections, "chosen", noted)
    many = tuple(person(f"N{number:04} Coach", upcoming=number) for number in range(5_000))
    async with opened(support(people=many)) as pressed:
        await pressed.keys("4", "G")
        assert under_cursor(pressed) == "N4999 Coach"
        await pressed.keys("slash", *"n499", "enter")
        assert len(names(pressed)) == 10
        assert under_cursor(pressed) == "N4999 Coach"
        assert threads
        assert threading.get_ident() not in threads


async def test_a_key_looks_at_each_of_thousands_once_at_most_on_the_message_loop(opened: Open) -> None:
    loop, looks = threading.get_ident(), Counter[str]()

    class Watched(PersonRecord):
        """Counts how often something of it is read on the message loop."""

        def __getattribute__(self, name: str) -> Any:
            if threading.get_ident() == loop:
                looks["people"] += 1
            return super().__getattribute__(name)

    def watched(number: int) -> PersonRecord:
        one = person(f"N{number:04} Coach", upcoming=number, teams=(f"Team {number:04}",))
        return Watched(**{field.name: getattr(one, field.name) for field in fields(one)})

    many, in_sight = 5_000, 4_000  # some dozen looks at each line on the screen, whenever it is drawn
    async with opened(support(people=tuple(watched(number) for number in range(many)))) as pressed:
        for keys, most in (
            (("4",), many + in_sight),
            (("G",), in_sight),
            (("up",), in_sight),
            (("pageup",), in_sight),
            (("s",), many + in_sight),
            (("slash", "n"), many + in_sight),
            (("4",), many + in_sight),
            (("escape",), many + in_sight),
            (("f",), in_sight),
        ):
            looks.clear()
            await pressed.keys(*keys)
            assert looks["people"] <= most, keys
        assert pressed.shows(FacetsDialog)
        assert "Team 0000" in snapshots.text(pressed.app)


async def test_a_terminal_that_is_too_small_names_the_command(opened: Open) -> None:
    async with opened(support(), (50, 15)) as pressed:
        await pressed.keys("4")
        assert "pmtui connections" in " ".join(snapshots.text(pressed.app).split())


async def test_whose_times_come_from_a_file_says_so(opened: Open) -> None:
    async with opened(support(people=(OTTO,)), (120, 40)) as pressed:
        await pressed.keys("4")
        shown = " ".join(snapshots.text(pressed.app).split())
        assert "● schedule imported Otto Berg file 2 h" in shown
        await pressed.keys("enter")
        said = " ".join(snapshots.text(pressed.app).replace("│", " ").split())
        assert "Schedule imported 1 Mar 00:00, until 5 Mar; it counts as one of the WFM does." in said

"""The organisation the sandbox starts with: the same each time, and believable."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.sandbox.calendars import calendar_of
from pmtui.sandbox.people import Person, everyone
from pmtui.sandbox.shifts import PHONE, TRAINING, Layer, cover, layer_of, shift_of
from pmtui.sandbox.times import days, windows_name, zone
from tests.sandbox.conftest import START

TODAY = START.date()
COACHES = [person for person in everyone() if person.role == "coach"]
AGENTS = [person for person in everyone() if person.role == "agent"]


def test_it_is_the_same_each_time() -> None:
    assert everyone() == everyone()
    assert calendar_of(COACHES[0], START) == calendar_of(COACHES[0], START)
    later_that_day = calendar_of(COACHES[0], START + timedelta(hours=1))
    assert [one.id for one in calendar_of(COACHES[0], START)] == [one.id for one in later_that_day]


def test_people_live_in_several_zones_that_have_windows_names() -> None:
    zones = {person.timezone for person in COACHES}
    assert {"Europe/London", "Asia/Kolkata"} < zones
    assert sum(name.startswith("America/") for name in zones) >= 4
    assert all(windows_name(name).endswith(" Standard Time") for name in zones)


@pytest.mark.parametrize("coach", COACHES, ids=lambda coach: coach.email)
def test_a_coach_has_a_calendar_with_every_kind_of_entry_around_today(coach: Person) -> None:
    events = calendar_of(coach, START)
    assert {event.show_as for event in events} == {"busy", "tentative", "free", "oof", "workingElsewhere"}
    assert {event.all_day for event in events} == {True, False}
    assert len({event.id for event in events}) == len(events)
    assert min(event.starts for event in events) < START
    assert max(event.ends for event in events) > START + timedelta(days=42)
    assert all(event.starts < event.ends and event.starts.tzinfo is UTC for event in events)
    assert any(event.series_id for event in events)
    assert len([event for event in events if START < event.starts < START + timedelta(days=14)]) > 20


@pytest.mark.parametrize("coach", COACHES, ids=lambda coach: coach.email)
def test_a_coach_has_time_left_on_every_working_day(coach: Person) -> None:
    busy = [one for one in calendar_of(coach, START) if one.show_as not in ("free", "workingElsewhere")]
    where = zone(coach.timezone)
    for on in days(TODAY, TODAY + timedelta(days=14)):
        at_work = datetime(on.year, on.month, on.day, 9, tzinfo=where)
        slots = [at_work + timedelta(minutes=30 * n) for n in range(16)]
        free = [s for s in slots if not any(one.starts < s + timedelta(minutes=30) and one.ends > s for one in busy)]
        off = any(one.show_as == "oof" and one.starts <= at_work < one.ends for one in busy)
        assert off or on.weekday() > 4 or len(free) >= 4


def test_every_agent_works_and_some_are_away_or_on_at_night() -> None:
    absences = nights = 0
    for agent in AGENTS:
        shifts = [shift_of(agent, on) for on in days(TODAY, TODAY + timedelta(days=13))]
        assert sum(not shift for shift in shifts) == 4  # two days off a week
        assert any(layer.activity_id == PHONE.id for shift in shifts for layer in shift)
        absences += sum(layer.absence_id is not None for shift in shifts for layer in shift)
        where = zone(agent.timezone)
        crossing = [one for one in shifts if one and one[0].starts.astimezone(where).hour == 22]
        nights += bool(crossing)
        assert not crossing or agent.team == "Technical Support"
    assert absences > 20
    assert nights > 3


def test_a_shift_is_a_flat_row_of_layers_without_gaps() -> None:
    for person in (*COACHES, *AGENTS):
        for on in days(TODAY, TODAY + timedelta(days=13)):
            shift = shift_of(person, on)
            assert all(a.ends == b.starts for a, b in pairwise(shift))
            assert all((layer.activity_id is None) != (layer.absence_id is None) for layer in shift)


@given(
    lengths=st.lists(st.integers(1, 120), max_size=8),
    gap=st.integers(0, 60),
    at=st.integers(-200, 900),
    length=st.integers(1, 400),
)
def test_laying_a_layer_over_others_hides_exactly_what_lies_under_it(
    lengths: list[int], gap: int, at: int, length: int
) -> None:
    layers: list[Layer] = []
    end = START
    for minutes in lengths:
        layers.append(layer_of(PHONE, end, end + timedelta(minutes=minutes)))
        end = layers[-1].ends + timedelta(minutes=gap)
    top = layer_of(TRAINING, START + timedelta(minutes=at), START + timedelta(minutes=at + length))

    def seen(found: tuple[Layer, ...], minute: int) -> list[str]:
        moment = START + timedelta(minutes=minute)
        return [layer.name for layer in found if layer.starts <= moment < layer.ends]

    result = cover(tuple(layers), top)
    for minute in range(-210, 1400, 7):
        under = seen(tuple(layers), minute)
        assert seen(result, minute) == (["Training"] if at <= minute < at + length else under)


def test_the_sandbox_shares_nothing_with_the_clients_it_tests() -> None:
    program = (
        "import importlib, pkgutil, sys, pmtui.sandbox\n"
        "for found in pkgutil.iter_modules(pmtui.sandbox.__path__, 'pmtui.sandbox.'):\n"
        "    if found.name != 'pmtui.sandbox.inprocess':\n"  # the clients' end of it
        "        importlib.import_module(found.name)\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] == 'pmtui'))\n"
        "print(*sorted({'authlib', 'httpx2', 'sqlmodel', 'textual', 'tzlocal'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    ours, theirs = done.stdout.split("\n")[:2]
    assert len(ours.split()) > 15
    assert [name for name in ours.split() if not name.startswith("pmtui.sandbox")] == ["pmtui"]
    assert theirs == ""

"""The pinned tz database, and local times on the UTC time line."""

import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtui.backend.slots import zones
from pmtui.backend.slots.values import from_minute, to_minute
from tests.backend.slots.changes import changes
from tests.backend.slots.strategies import moments, names


def at(text: str) -> int:
    """The minute of an instant."""
    return to_minute(datetime.fromisoformat(text))


def minute(zone: str, day: str, clock: str) -> str:
    """The instant of a local time, as `dd HH:MM` UTC."""
    hour, minutes = clock.split(":")
    found = zones.minute_at(zone, date.fromisoformat(day).toordinal(), int(hour) * 60 + int(minutes))
    return from_minute(found).strftime("%d %H:%M")


def test_a_system_tz_file_is_never_used(tmp_path: Path) -> None:
    fake = tmp_path / "Europe" / "London"
    fake.parent.mkdir()
    fake.write_bytes(resources.files("tzdata.zoneinfo").joinpath("Asia", "Tokyo").read_bytes())
    show = "print(ZoneInfo('Europe/London').utcoffset(datetime(2027, 1, 1)))"
    code = f"from datetime import datetime\nfrom zoneinfo import ZoneInfo\n{show}\n"
    code += f"from pmtui.backend.slots.zones import zone\n{show.replace('ZoneInfo(', 'zone(')}\n{show}"
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    # The fake file counts for a program that knows nothing, and for nobody once the engine is there.
    assert done.stdout.split() == ["9:00:00", "0:00:00", "0:00:00"]


def test_the_names_are_those_of_the_package() -> None:
    names = zones.zone_names()
    assert list(names) == sorted(resources.files("tzdata").joinpath("zones").read_text().split())
    assert zones.tzdata_version()[:2] == "20"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "europe/london", "Europe", "../Europe/London", "zone.tab", "a\0"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zones.zone(name)


def test_a_zone_is_made_once() -> None:
    assert zones.zone("Europe/London") is zones.zone("Europe/London")


def test_a_time_in_the_spring_gap_moves_forward_by_the_gap() -> None:
    assert minute("America/New_York", "2027-03-14", "02:30") == minute("America/New_York", "2027-03-14", "03:30")
    assert minute("America/New_York", "2027-03-14", "02:30") == "14 07:30"


def test_an_ambiguous_time_is_the_first_one() -> None:
    assert minute("America/New_York", "2027-11-07", "01:30") == "07 05:30"


def test_lord_howe_moves_by_half_an_hour() -> None:
    assert minute("Australia/Lord_Howe", "2027-10-03", "02:10") == minute("Australia/Lord_Howe", "2027-10-03", "02:40")
    assert minute("Australia/Lord_Howe", "2027-04-04", "01:45") == "03 14:45"


def test_a_midnight_that_does_not_exist() -> None:
    assert minute("Africa/Cairo", "2027-04-30", "00:00") == minute("Africa/Cairo", "2027-04-30", "01:00")
    assert minute("Africa/Cairo", "2027-04-29", "24:00") == minute("Africa/Cairo", "2027-04-30", "01:00")
    assert minute("America/Santiago", "2027-09-05", "00:00") == "05 04:00"


def test_a_date_that_does_not_exist_has_no_length() -> None:
    assert minute("Pacific/Apia", "2011-12-30", "00:00") == minute("Pacific/Apia", "2011-12-31", "00:00") == "30 10:00"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", "2027-03-28", 23),
        ("Europe/London", "2027-10-31", 25),
        ("Europe/London", "2027-06-01", 24),
        ("Australia/Lord_Howe", "2027-10-03", 23.5),
        ("Australia/Lord_Howe", "2027-04-04", 24.5),
    ],
)
def test_midnight_to_midnight(zone: str, day: str, hours: float) -> None:
    ordinal = date.fromisoformat(day).toordinal()
    assert zones.minute_at(zone, ordinal, 1440) - zones.minute_at(zone, ordinal, 0) == hours * 60


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_pendulum_and_the_engine_agree(data: st.DataObject) -> None:
    zone = data.draw(names)
    assert_pendulum_agrees(zone, data.draw(moments(zone)) + data.draw(st.integers(-200, 200)))


def test_pendulum_and_the_engine_agree_at_every_change_of_every_zone() -> None:
    assert len(changes()) > 5000
    for zone, change in changes():
        for minutes in (-1, 0, 30):
            assert_pendulum_agrees(zone, change + minutes)


def assert_pendulum_agrees(zone: str, minute: int) -> None:
    """That pendulum and the engine read the clock of `minute` alike, and the same minute off that clock."""
    local = zones.local_datetime(zone, minute)
    ordinal, clock = local.date().toordinal(), local.hour * 60 + local.minute
    # A time the clock shows: pendulum with fold=0 is the engine's first one.
    by_pendulum = pendulum.datetime(local.year, local.month, local.day, local.hour, local.minute, tz=zone, fold=0)
    assert zones.minute_at(zone, ordinal, clock) == to_minute(by_pendulum), (zone, minute)
    # And the same instant shows the same clock in both.
    again = pendulum.instance(from_minute(to_minute(local))).in_timezone(zone)
    assert again.naive() == local.replace(tzinfo=None), (zone, minute)


def test_where_pendulum_differs_from_the_engine() -> None:
    first = zones.minute_at("America/New_York", date(2027, 11, 7).toordinal(), 90)
    assert to_minute(pendulum.datetime(2027, 11, 7, 1, 30, tz="America/New_York")) == first + 60
    in_gap = zones.minute_at("America/New_York", date(2027, 3, 14).toordinal(), 150)
    assert to_minute(pendulum.datetime(2027, 3, 14, 2, 30, tz="America/New_York", fold=0)) == in_gap - 60


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_offsets_cut_exactly_where_the_zone_changes(data: st.DataObject) -> None:
    zone = data.draw(names)
    start = data.draw(moments(zone)) - data.draw(st.integers(0, 3000))
    end = start + data.draw(st.integers(1, 4000))
    pieces = zones.offsets(zone, start, end)
    assert (pieces[0][0], pieces[-1][1]) == (start, end)
    assert all(a[1] == b[0] and a[2] != b[2] for a, b in pairwise(pieces))
    tz = ZoneInfo(zone)
    for begin, change, ahead in pieces:
        for shown in (begin, (begin + change) // 2, change - 1):
            assert from_minute(shown).astimezone(tz).utcoffset() == timedelta(minutes=ahead)


def test_two_changes_of_a_zone_are_both_found_however_close() -> None:
    close = [
        (zone, first, second)
        for (zone, first), (other, second) in pairwise(changes())
        if zone == other and second - first < 60 * 1440
    ]
    assert min(second - first for _, first, second in close) < 21 * 1440  # Cairo's, around a Ramadan
    for zone, first, second in close:
        assert [piece[0] for piece in zones.offsets(zone, first - 1440, second + 1440)[1:]] == [first, second]


def test_the_local_day() -> None:
    assert zones.local_day("Asia/Kolkata", at("2027-03-01T18:29Z")) == date(2027, 3, 1).toordinal()
    assert zones.local_day("Asia/Kolkata", at("2027-03-01T18:30Z")) == date(2027, 3, 2).toordinal()

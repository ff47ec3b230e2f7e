"""`pmtui coaching find`: the starts of each day, or why there are none."""

import json
from pathlib import Path

import pytest

from pmtui.backend.states import Provider
from pmtui.cli.main import run
from tests.cli.coaching.conftest import PAIR, Pmtui
from tests.clock import START
from tests.world import World


def test_find_shows_the_starts_of_each_day_on_the_coachs_clock(pmtui: Pmtui) -> None:
    code, out, err = pmtui("find", *PAIR, "--days", "1", "--minutes", "60")
    assert (code, err) == (0, "")
    first, rule, *days = out.splitlines()
    assert first == "Dana with Kim, 60 minutes, times in America/Chicago"
    assert rule == "Dana: Outlook calendar and availability · Kim: no calendar"
    assert days[0].startswith("Mon  1 Mar  09:00 09:15")
    assert "11:00 13:00 13:15" in days[0]
    assert days[1].startswith("Tue  2 Mar  09:00")
    assert days[1].endswith("16:00")
    assert len(days) == 2


def test_find_says_why_there_is_none(pmtui: Pmtui, world: World) -> None:
    world.clock.advance(hours=2)
    code, out, _ = pmtui("find", *PAIR)
    assert code == 0
    assert "Dana's Outlook calendar can't be read since 02:00 (the last reading is too old)." in out
    assert "There is no time to offer in the next 14 days." in out
    assert ": the calendar can't be read" in out


def test_find_says_why_where_no_start_could_be_looked_at(pmtui: Pmtui, world: World) -> None:
    world.clock.advance(hours=21, minutes=50)  # ten to midnight
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql(f"UPDATE calendar_facts SET read_at = '{world.clock.at:%F %T}.000000'")
    code, out, _ = pmtui("find", *PAIR, "--days", "0")
    assert (code, out.splitlines()[2:]) == (
        0,
        [
            "There is no time to offer today. No start is left to look at before the last day ends.",
            "Look 1 day ahead instead of 0: Tue 2 Mar 09:00 is free then.",
        ],
    )


def test_a_time_shown_twice_carries_its_offset(pmtui: Pmtui, world: World) -> None:
    world.coach("noel", timezone="America/Chicago")
    world.week(
        "noel",
        json.dumps(
            {
                "timezone": "America/Chicago",
                "weekly": [{"days": ["sun"], "start": "00:00", "end": "24:00"}],
                "overrides": [],
            }
        ),
    )
    world.clock.at = START.replace(month=11, day=6)
    world.facts("noel", world.connect("noel", Provider.OUTLOOK))
    _, out, _ = pmtui("find", "--coach", "noel@acme.example", "--agent", "kim@acme.example", "--days", "2")
    assert "00:45 01:00-05:00 01:15-05:00 01:30-05:00 01:45-05:00 01:00-06:00" in out


def test_what_export_writes_solve_reads(
    world: World, pmtui: Pmtui, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["slots", "export", *PAIR, "--days", "3"]) == 0
    case = tmp_path / "case.json"
    case.write_text(capsys.readouterr().out, "utf-8")
    starts = json.loads(pmtui("find", *PAIR, "--days", "3", "--json")[1])["starts_at"]
    assert run(["slots", "explain", str(case), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["slots"] == len(starts) > 0
    assert run(["slots", "export", "--coach", "dana@acme.example", "--agent", "nobody@acme.example"]) == 1
    assert capsys.readouterr().out == ""

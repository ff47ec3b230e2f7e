"""Files of staffing, on both databases, and what they do to the best time."""

import io
from datetime import timedelta

import pytest

from pmtui.backend.coaching.records import StaffingImportRecord
from pmtui.backend.coaching.staffing import StaffingFigures, figures
from pmtui.backend.errors import BadRows, NotAllowed
from pmtui.backend.slots.values import Impact, Staffing, to_minute
from pmtui.backend.states import ADMINISTER
from pmtui.backend.storage.tables.rules import StaffingFigure
from tests.backend.coaching.conftest import TEN, Floor

EIGHT = to_minute(TEN) - 120  # 8:00 in Chicago
HEAD = "team,start,staff,forecast,minutes"


def take_in(floor: Floor, *rows: str, head: str = HEAD, who: str = "ada") -> StaffingImportRecord:
    service = StaffingFigures(floor.world.database)
    return service.import_file(floor.world.actor(who), io.StringIO("\n".join((head, *rows))))


def stored(floor: Floor) -> list[tuple[int, int, int]]:
    return [(row.starts - EIGHT, row.staff, row.forecast) for row in floor.world.rows(StaffingFigure)]


def test_figures_are_kept_by_the_quarter_and_rounded_against_the_session(floor: Floor) -> None:
    rows = ("North,2027-03-01 08:00,12.9,10.1,30", "  North ,2027-03-01T14:30Z,9,9,")
    assert take_in(floor, *rows) == StaffingImportRecord(2, 1)
    assert stored(floor) == [(0, 12, 11), (15, 12, 11), (30, 9, 9)]
    assert take_in(floor, *rows) == StaffingImportRecord(2, 1)
    take_in(floor, "North,2027-03-01 08:15,1,1", "North,2027-03-01 08:15,7,8", head="team,start,staff,forecast")
    assert stored(floor) == [(0, 12, 11), (15, 7, 8), (30, 9, 9)]


def test_the_best_time_is_where_the_agents_team_can_spare_somebody(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    before = floor.coaching.search(ada, "dana@acme.example", "kim@acme.example", days=0)
    assert (before.best_at, before.best_why, before.impact) == (TEN - timedelta(hours=1), "", None)
    take_in(floor, "South,2027-03-01 08:00,50,1,480")  # Kim is in North
    assert floor.coaching.search(ada, "dana@acme.example", "kim@acme.example", days=0) == before
    take_in(
        floor,
        "North,2027-03-01 08:00,10,10,180",
        "North,2027-03-01 13:00,11,10,60",
        "North,2027-03-01 14:00,12,10,60",
    )
    found = floor.coaching.search(ada, "dana@acme.example", "kim@acme.example", days=0)
    assert found.starts_at == before.starts_at
    assert found.best_at == TEN + timedelta(hours=4)
    assert found.best_why.startswith("good for staffing")
    assert found.impact is not None
    impact = dict(zip(found.starts_at, found.impact, strict=True))
    assert impact[TEN] is Impact.POOR
    assert impact[TEN + timedelta(hours=3)] is Impact.NEUTRAL
    assert impact[TEN + timedelta(hours=4, minutes=30)] is Impact.GOOD
    assert impact[TEN + timedelta(hours=5)] is Impact.POOR  # nobody said


def test_a_case_file_tells_the_figures_that_counted(floor: Floor) -> None:
    take_in(floor, "North,2027-03-01 13:00,11,10,15")
    case = floor.coaching.case(floor.world.actor("ada"), "dana@acme.example", "kim@acme.example")
    assert case.search.staffing == (Staffing(EIGHT + 300, EIGHT + 315, 11, 10),)


def test_figures_of_many_agents_are_those_of_their_main_teams(floor: Floor) -> None:
    take_in(floor, "North,2027-03-01 08:00,5,4,", "South,2027-03-01 08:00,7,4,", "South,2027-03-01 09:00,7,4,")
    kim, far, sue = (floor.world.id(who) for who in ("kim", "far", "sue"))
    with floor.world.database.read(floor.world.operator) as tx:
        found = figures(tx, (kim, far, sue), (EIGHT + 10, EIGHT + 60))
    assert found == {kim: (Staffing(EIGHT, EIGHT + 15, 5, 4),), far: (Staffing(EIGHT, EIGHT + 15, 7, 4),)}


def test_what_is_past_is_forgotten(floor: Floor) -> None:
    take_in(floor, "North,2027-03-01 08:00,5,4,")
    floor.clock.advance(days=3)
    take_in(floor, "North,2027-03-05 08:00,5,4,")
    assert stored(floor) == [(4 * 1440, 5, 4)]


def test_bad_rows_are_named_and_nothing_is_taken_in(floor: Floor) -> None:
    with pytest.raises(BadRows) as refused:
        take_in(
            floor,
            "North,2027-03-01 08:00,5,4,",
            "West,2027-03-01 08:00,5,4,",
            "North,soon,5,4,",
            "North,2027-03-01 08:05,5,4,",
            "North,2072-03-01 08:00,5,4,",
            "North,2027-03-01 08:00,-5,4,",
            "North,2027-03-01 08:00,5,many,",
            "North,2027-03-01 08:00,5,4,20",
            "North,2027-03-01 08:00,5,4,0",
            "North,2027-03-01 08:00,5,4,-15",
        )
    assert [line.split(": ")[:2] for line in refused.value.rows] == [
        ["line 3", "team"],
        ["line 4", "start"],
        ["line 5", "start"],
        ["line 6", "start"],
        ["line 7", "staff"],
        ["line 8", "forecast"],
        ["line 9", "minutes"],
        ["line 10", "minutes"],
        ["line 11", "minutes"],
    ]
    assert stored(floor) == []


def test_administrators_import_the_staffing_of_their_teams_alone(floor: Floor) -> None:
    with pytest.raises(NotAllowed):
        take_in(floor, "North,2027-03-01 08:00,5,4,", who="dana")
    floor.world.person("nora", ADMINISTER[:1], team=None)
    floor.world.scope("nora", team="South")
    with pytest.raises(BadRows, match="1 row is wrong"):
        take_in(floor, "North,2027-03-01 08:00,5,4,", who="nora")
    assert take_in(floor, "South,2027-03-01 08:00,5,4,", who="nora").teams == 1

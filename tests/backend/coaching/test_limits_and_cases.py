"""How many sessions somebody may have, in each role; and a case file that finds what the app finds."""

import json
from datetime import timedelta

import pytest

from pmtui.backend.errors import Conflict, NotAllowed
from pmtui.backend.slots.case import answer, read_case
from pmtui.backend.slots.case_writer import document
from pmtui.backend.slots.values import ReasonCode, from_minute
from pmtui.backend.states import ConnectionState, Permission
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import PersonPermission
from tests.backend.coaching.conftest import TEN, Floor, having

DANA, KIM, LEE, SAM = (f"{name}@acme.example" for name in ("dana", "kim", "lee", "sam"))
DAY = timedelta(days=1)


def exported(floor: Floor, who: str = "ada", coach: str = DANA, agent: str = KIM) -> str:
    """The case file of a pair."""
    return json.dumps(document(floor.coaching.case(floor.world.actor(who), coach, agent)))


def test_an_agent_has_one_session_a_day_and_a_coach_eight(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    floor.coaching.propose(ada, LEE, SAM, TEN)
    found = floor.coaching.search(ada, LEE, SAM, days=0)
    assert found.starts_at == ()
    assert dict(found.reasons)[ReasonCode.LIMIT] > 0
    assert found.helps.startswith("Look 1 day ahead instead of 0: Tue 2 Mar 09:00")
    with pytest.raises(Conflict, match="Sam has enough sessions already"):
        floor.coaching.propose(ada, LEE, SAM, TEN + timedelta(hours=2))
    assert floor.coaching.propose(ada, LEE, SAM, TEN + DAY).starts_at == TEN + DAY
    having(floor, coach_sessions_a_day="1")
    with pytest.raises(Conflict, match="Lee has enough sessions already"):
        floor.coaching.propose(ada, LEE, KIM, TEN + timedelta(hours=2))


def test_limits_count_each_role_by_itself(floor: Floor) -> None:
    floor.world.agent("lee2")
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.add(
            PersonPermission(tenant_id=tx.tenant_id, person_id=floor.world.id("lee2"), permission=Permission.COACH)
        )
    ada, lee2 = floor.world.actor("ada"), "lee2@acme.example"
    floor.coaching.propose(ada, LEE, lee2, TEN)
    # Coached once today, lee2 can still coach, but not in that half hour.
    starts = floor.coaching.search(ada, lee2, SAM, days=0).starts_at
    assert TEN + timedelta(minutes=30) in starts
    assert TEN not in starts
    having(floor, coach_sessions_a_day="1")
    assert floor.coaching.search(ada, lee2, SAM, days=0).starts_at
    assert not floor.coaching.search(ada, LEE, SAM, days=0).starts_at


def test_a_session_that_moves_does_not_count_against_itself(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    held = floor.coaching.propose(ada, LEE, SAM, TEN)
    later = TEN + timedelta(hours=2)
    assert later in floor.coaching.search_again(ada, held.code, days=0).starts_at
    assert floor.coaching.reschedule(ada, held.code, later).starts_at == later


@pytest.mark.parametrize("coach", [DANA, LEE])
@pytest.mark.parametrize("agent", [KIM, SAM])
def test_a_case_file_finds_what_the_app_finds_and_names_nobody(floor: Floor, coach: str, agent: str) -> None:
    ada = floor.world.actor("ada")
    floor.coaching.propose(ada, coach, agent, TEN + timedelta(minutes=15))
    floor.clock.advance(seconds=30)
    having(floor, buffer_before="15", notice="2h", agent_sessions_a_day="2")
    text = exported(floor, "sue", coach, agent)
    found = floor.coaching.search(ada, coach, agent)
    solved = answer(read_case(text))
    assert solved["slots"] == [at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in found.starts_at]
    assert solved["slots"]
    assert solved["reasons"] == {code.value: count for code, count in found.reasons}
    for name in ("dana", "kim", "lee", "sam", "acme"):
        assert name not in text.lower()


def test_an_unknown_calendar_stays_unknown_in_the_case_file(floor: Floor) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        connection = tx.db.get_one(Connection, floor.outlook)
        connection.state = ConnectionState.NEEDS_RECONNECTING
        tx.db.add(connection)
    case = read_case(exported(floor))
    assert case.coach.unknown
    assert set(answer(case)["reasons"]) == {"calendar_unknown"}


def test_minutes_that_were_not_read_stay_so_in_the_case_file(floor: Floor) -> None:
    case = read_case(exported(floor))
    assert case.coach.known is not None
    assert from_minute(case.coach.known[0]) <= floor.clock.at


def test_who_may_have_a_case_file(floor: Floor) -> None:
    for who in ("ada", "pat", "sue", "dana"):
        assert exported(floor, who)
    for who in ("lee", "kim"):
        with pytest.raises(NotAllowed):
            exported(floor, who)

"""Who can be chosen, and which times are offered to them."""

from datetime import timedelta

import pytest

from pmtui.backend.errors import BadInput, NotAllowed, NotFound
from pmtui.backend.slots.values import CalendarState, PartyName, ReasonCode
from pmtui.backend.states import ConnectionState, Permission
from pmtui.backend.storage.tables.integrations import Connection
from tests.backend.coaching.conftest import TEN, Floor

DANA, KIM, SAM = "dana@acme.example", "kim@acme.example", "sam@acme.example"


def test_an_administrator_chooses_among_all_coaches_and_agents(floor: Floor) -> None:
    coaches, agents = floor.coaching.coachable(floor.world.actor("ada"))
    assert [(c.email, c.team, c.calendar) for c in coaches] == [
        (DANA, "North", CalendarState.OUTLOOK),
        ("lee@acme.example", "North", CalendarState.NONE),
    ]
    assert {a.email: a.calendar for a in agents} == {
        "far@acme.example": CalendarState.NONE,
        KIM: CalendarState.WFM,
        "pat@acme.example": CalendarState.NONE,
        SAM: CalendarState.NONE,
    }


def test_a_coach_chooses_only_themselves_and_their_teams_agents(floor: Floor) -> None:
    coaches, agents = floor.coaching.coachable(floor.world.actor("lee"))
    assert [c.email for c in coaches] == ["lee@acme.example"]
    assert "far@acme.example" not in [a.email for a in agents]


def test_support_may_not_choose(floor: Floor) -> None:
    with pytest.raises(NotAllowed) as refused:
        floor.coaching.coachable(floor.world.actor("sue"))
    assert Permission.APPROVE.value in refused.value.title


def test_who_may_see_why_a_pair_has_no_times_chooses_among_the_pairs_in_scope(floor: Floor) -> None:
    floor.world.person("eve", (Permission.VIEW, Permission.ADMIN_ENTERPRISE), team=None)
    for who in ("sue", "eve", "ada"):
        coaches, agents = floor.coaching.coachable_to_see(floor.world.actor(who))
        assert [c.email for c in coaches] == [DANA, "lee@acme.example"], who
        assert KIM in [a.email for a in agents]
        assert floor.coaching.case(floor.world.actor(who), DANA, KIM).agent.timezone == "America/Chicago"
    coaches, _ = floor.coaching.coachable_to_see(floor.world.actor("lee"))
    assert [c.email for c in coaches] == ["lee@acme.example"]
    with pytest.raises(NotAllowed):
        floor.coaching.coachable_to_see(floor.world.actor("kim"))


def test_offered_are_the_free_starts_of_both(floor: Floor) -> None:
    found = floor.coaching.search(floor.world.actor("dana"), DANA, KIM, days=0)
    clocks = [(start - TEN) // timedelta(minutes=15) for start in found.starts_at]  # quarters of hours after 10:00
    # Dana opens 9:00-17:00 and is busy at 11:00; Kim has lunch 12:00-12:30 and goes at 16:00.
    assert clocks == [*range(-4, 3), *range(10, 23)]
    assert found.timezone == "America/Chicago"
    assert found.rule == "Dana: Outlook calendar and availability · Kim: WFM schedule"
    assert dict(found.reasons)[ReasonCode.BUSY] > 0
    assert found.unknown == ()


def test_a_search_looks_the_asked_number_of_days_ahead(floor: Floor) -> None:
    nobody = floor.coaching.search(floor.world.actor("ada"), "lee@acme.example", SAM, days=1)
    days = {start.astimezone(TEN.tzinfo).day for start in nobody.starts_at}
    assert days == {1, 2}
    assert nobody.rule == "Neither has a calendar connected: Mon-Fri 9 to 5, America/Chicago"


def test_a_calendar_that_cannot_be_read_offers_nothing_and_says_since_when(floor: Floor) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        connection = tx.db.get_one(Connection, floor.outlook)
        connection.state = ConnectionState.NEEDS_RECONNECTING
        connection.failing_since_at = tx.now - timedelta(hours=3)
        tx.db.add(connection)
    found = floor.coaching.search(floor.world.actor("ada"), DANA, KIM)
    assert found.starts_at == ()
    [(party, sentence)] = found.unknown
    assert party is PartyName.COACH
    assert sentence.startswith("Dana's Outlook calendar can't be read since 28 Feb 23:00")


def test_a_read_is_good_for_an_hour(floor: Floor) -> None:
    floor.clock.advance(minutes=60)
    assert floor.coaching.search(floor.world.actor("ada"), DANA, KIM).starts_at
    floor.clock.advance(minutes=1)
    found = floor.coaching.search(floor.world.actor("ada"), DANA, KIM)
    assert found.starts_at == ()
    assert [party for party, _ in found.unknown] == [PartyName.COACH, PartyName.AGENT]


@pytest.mark.parametrize(("coach", "agent"), [(DANA, DANA), (SAM, KIM), (DANA, "ada@acme.example")])
def test_people_who_are_no_pair_are_refused(floor: Floor, coach: str, agent: str) -> None:
    with pytest.raises(BadInput):
        floor.coaching.search(floor.world.actor("ada"), coach, agent)


def test_nobody_is_there(floor: Floor) -> None:
    with pytest.raises(NotFound):
        floor.coaching.search(floor.world.actor("ada"), DANA, "nobody@acme.example")


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"minutes": 20}, {"minutes": 75}, {"days": -1}, {"days": 43}])
def test_lengths_and_look_ahead_have_limits(floor: Floor, wrong: dict[str, int]) -> None:
    with pytest.raises(BadInput) as refused:
        floor.coaching.search(floor.world.actor("ada"), DANA, KIM, **wrong)
    assert refused.value.where in wrong


def test_a_coach_may_not_look_for_times_of_another_coach(floor: Floor) -> None:
    with pytest.raises(NotAllowed) as refused:
        floor.coaching.search(floor.world.actor("lee"), DANA, KIM)
    assert Permission.APPROVE.value in refused.value.title


def test_out_of_scope_agents_are_refused(floor: Floor) -> None:
    with pytest.raises(NotAllowed) as refused:
        floor.coaching.search(floor.world.actor("lee"), "lee@acme.example", "far@acme.example")
    assert refused.value.code == "out_of_scope"


def test_a_minute_that_has_begun_is_not_offered(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    floor.clock.at = TEN
    assert floor.coaching.search(ada, "lee@acme.example", SAM, days=0).starts_at[0] == TEN
    floor.clock.advance(seconds=1)
    first = floor.coaching.search(ada, "lee@acme.example", SAM, days=0).starts_at[0]
    assert first == TEN + timedelta(minutes=15)
    assert floor.coaching.propose(ada, "lee@acme.example", SAM, first).starts_at == first

"""Offering and booking ask the same: a start can be proposed exactly if a search offers it."""

from datetime import timedelta

import pytest

from pmtui.backend.coaching import offering
from pmtui.backend.coaching.pair import gather
from pmtui.backend.errors import Conflict
from pmtui.backend.slots.values import to_minute
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.sync import facts
from tests.backend.coaching.conftest import TEN, Floor, having, shift

DANA, KIM = "dana@acme.example", "kim@acme.example"
SETTINGS = [
    {"agent_sessions_a_day": "none"},
    {"step": "20", "buffer_before": "10", "buffer_after": "25", "agent_sessions_a_day": "2"},
    {"step": "5", "notice": "9h", "session_length": "45", "agent_sessions_a_day": "none"},
    {"step": "60", "coach_sessions_a_day": "1", "session_length": "15"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=["as made", "buffers", "notice", "limits"])
@pytest.mark.parametrize(("coach", "agent"), [("dana", "kim"), ("lee", "sam"), ("dana", "sam")])
def test_what_is_offered_is_what_can_be_proposed(
    floor: Floor, settings: dict[str, str], coach: str, agent: str
) -> None:
    having(floor, **settings)
    floor.world.session("dana", "far", TEN + timedelta(hours=4))
    floor.world.session("lee", "kim", TEN + timedelta(hours=5))
    offered = set(
        floor.coaching.search(
            floor.world.actor("ada"), f"{coach}@acme.example", f"{agent}@acme.example", days=1
        ).starts_at
    )
    with floor.world.database.read(floor.world.operator) as tx:
        two = [tx.db.get_one(Person, floor.world.id(who)) for who in (coach, agent)]
        minutes = offering.length(tx, None)
        for after in range(-2 * 60, 9 * 60, 5):
            start = TEN + timedelta(minutes=after)
            at = to_minute(start)
            pair = gather(tx, floor.coaching._sync, two[0], two[1], (at, at + minutes), facts.PROPOSING)
            try:
                offering.require_offered(tx, pair, at, minutes)
            except Conflict:
                assert start not in offered, start
            else:
                assert start in offered, start
    assert offered or (settings.get("coach_sessions_a_day") == "1" and (coach, agent) == ("dana", "kim"))


def test_a_day_of_an_agent_who_has_had_the_session_of_the_day_is_full_for_both(floor: Floor) -> None:
    floor.read("kim", *shift())
    floor.world.session("lee", "kim", TEN)
    assert floor.coaching.search(floor.world.actor("ada"), DANA, KIM, days=0).starts_at == ()
    with pytest.raises(Conflict, match="Kim has enough sessions already"):
        floor.coaching.propose(floor.world.actor("ada"), DANA, KIM, TEN + timedelta(hours=3))

"""Two hundred contested bookings from eight processes: one wins each time, every loser is told so."""

from collections import Counter, defaultdict

import pytest
from sqlalchemy import text

from pmtui.backend.states import Permission, TeamRole
from pmtui.backend.storage.database import Database
from tests.clock import ManualClock
from tests.end_to_end import contest
from tests.world import World

OVERLAPS = """
    SELECT count(*) FROM participant a JOIN participant b
        ON a.person_id = b.person_id AND a.session_id < b.session_id
     WHERE a.live AND b.live AND a.starts < b.ends AND b.starts < a.ends
"""


@pytest.mark.parametrize("guard_only", [False, True], ids=["service", "database_guard_only"])
def test_one_wins_and_every_loser_is_told_slot_taken(database: Database, clock: ManualClock, guard_only: bool) -> None:
    world = World(database, clock)
    world.administrator("ada")
    world.person("both", (Permission.COACH,), role=TeamRole.AGENT)
    for number in range(contest.PROCESSES):
        world.coach(f"coach{number}")
        world.agent(f"agent{number}")

    outcomes = contest.hold(database.url, world.actor("ada"), guard_only=guard_only)

    assert len(outcomes) == 200
    by_round: dict[int, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        by_round[outcome.round][outcome.said] += 1
    assert set(by_round) == set(range(contest.ROUNDS))
    expected = {contest.WON: 1, "SlotTaken slot_taken": contest.PROCESSES - 1}
    assert [dict(said) for said in by_round.values() if dict(said) != expected] == []
    with database.engine.connect() as connection:
        assert connection.execute(text(OVERLAPS)).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM session")).scalar() == contest.ROUNDS
        assert connection.execute(text("SELECT count(*) FROM participant WHERE live")).scalar() == 2 * contest.ROUNDS


def test_the_times_of_a_round_differ_and_overlap_pairwise() -> None:
    for number in range(contest.ROUNDS):
        spans = [(bid.clock_minute, bid.clock_minute + bid.minutes) for bid in contest.bids(number)]
        assert len(set(spans)) == contest.PROCESSES
        assert all(one[0] < other[1] for one in spans for other in spans)
        assert all("both" in (bid.coach, bid.agent) for bid in contest.bids(number))

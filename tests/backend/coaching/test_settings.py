"""What an organisation has set decides about its sessions."""

from datetime import timedelta

import pytest
from sqlmodel import col, update

from pmtui.backend.actor import worker
from pmtui.backend.errors import BadInput, Conflict
from pmtui.backend.states import WorkKind
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import Work
from tests.backend.coaching.conftest import TEN, Floor, having
from tests.clock import START

DANA, KIM, LEE, SAM = "dana@acme.example", "kim@acme.example", "lee@acme.example", "sam@acme.example"


def starts(floor: Floor) -> set[timedelta]:
    """Today's starts of Dana and Kim, after ten."""
    found = floor.coaching.search(floor.world.actor("ada"), DANA, KIM, days=0)
    return {at - TEN for at in found.starts_at}


def test_length_and_look_ahead_are_those_set_unless_somebody_says_otherwise(floor: Floor) -> None:
    having(floor, session_length="45", look_ahead="2")
    ada = floor.world.actor("ada")
    found = floor.coaching.search(ada, DANA, KIM)
    assert (found.minutes, found.days) == (45, 2)
    assert floor.coaching.search(ada, DANA, KIM, minutes=15, days=5).minutes == 15
    held = floor.coaching.propose(ada, DANA, KIM, TEN)
    assert held.ends_at - held.starts_at == timedelta(minutes=45)
    with pytest.raises(BadInput):
        floor.coaching.search(ada, DANA, KIM, minutes=20)


def test_starts_stand_on_the_grid_that_is_set(floor: Floor) -> None:
    ten_past = timedelta(minutes=10)
    assert ten_past not in starts(floor)
    having(floor, step="10")
    assert ten_past in starts(floor)
    assert timedelta(minutes=15) not in starts(floor)
    with pytest.raises(Conflict, match="every 10 minutes"):
        floor.coaching.propose(floor.world.actor("ada"), DANA, KIM, TEN + timedelta(minutes=15))


def test_buffers_keep_away_from_what_is_there_when_offered_and_when_booked(floor: Floor) -> None:
    half_past = timedelta(minutes=30)  # ends at 11, when Dana's meeting begins
    assert half_past in starts(floor)
    having(floor, buffer_after="5")
    assert half_past not in starts(floor)
    with pytest.raises(Conflict, match="too close"):
        floor.coaching.propose(floor.world.actor("ada"), DANA, KIM, TEN + half_past)


def test_a_notice_is_kept_when_offered_and_when_proposed(floor: Floor) -> None:
    having(floor, notice="9h")  # it is 2 o'clock
    assert min(starts(floor)) >= timedelta(hours=1)
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("ada"), DANA, KIM, TEN)
    assert refused.value.title == "That time can't be booked. That is too soon: 9 hours of notice are asked for."


def test_a_hold_lasts_as_long_as_is_set(floor: Floor) -> None:
    having(floor, hold="2")
    held = floor.coaching.propose(floor.world.actor("ada"), LEE, SAM, TEN + timedelta(days=8))
    assert held.held_until == START + timedelta(days=2)


def test_what_means_something_else_now_is_read_again(floor: Floor) -> None:
    def due(kind: WorkKind) -> list[int]:
        return [row.subject for row in floor.world.rows(Work) if row.kind is kind]

    having(floor, hold="3")
    assert due(WorkKind.READ) == due(WorkKind.LINK) == []
    having(floor, tentative_is_busy="no")
    assert due(WorkKind.READ) == [floor.outlook]
    having(floor, coachable_activities="Phone")
    assert due(WorkKind.LINK) == [floor.world.tenant_id]
    with floor.world.database.write(worker(floor.world.tenant_id)) as tx:
        tx.db.execute(update(Connection).where(col(Connection.id) == floor.outlook).values(ended_at=tx.now))
        tx.forget(WorkKind.READ, floor.outlook)
    having(floor, tentative_is_busy="yes")
    assert due(WorkKind.READ) == []

"""Saying afterwards whether a session took place."""

from datetime import timedelta

import pytest

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.errors import Conflict, NotAllowed, SlotTaken
from pmtui.backend.states import Attention, SessionState, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from tests.backend.coaching.conftest import TEN, Floor

LEE, SAM = "lee@acme.example", "sam@acme.example"


@pytest.fixture
def begun(floor: Floor) -> SessionRecord:
    """A session of Lee and Sam that began ten minutes ago, and that somebody had to look at."""
    held = floor.coaching.propose(floor.world.actor("ada"), LEE, SAM, TEN)
    booked = floor.coaching.approve(floor.world.actor("ada"), held.code)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.get_one(Session, 1).attention = Attention.EVENT_CHANGED
    floor.clock.at = TEN + timedelta(minutes=10)
    return booked


def test_its_coach_notes_it_and_may_correct_that(floor: Floor, begun: SessionRecord) -> None:
    lee = floor.world.actor("lee")
    for state, verb, live in (
        (SessionState.MISSED, Verb.SESSION_MISSED, False),
        (SessionState.DONE, Verb.SESSION_DONE, True),
    ):
        noted = floor.coaching.note(lee, begun.code, state)
        assert (noted.state, noted.attention) == (state, None)
        assert {row.live for row in floor.world.rows(Participant)} == {live}
        assert floor.world.rows(AuditEntry)[-1].verb is verb
    with pytest.raises(Conflict, match="is done"):
        floor.coaching.cancel(lee, begun.code)


def test_only_what_has_begun_and_only_by_whom_it_concerns(floor: Floor, begun: SessionRecord) -> None:
    with pytest.raises(NotAllowed):
        floor.coaching.note(floor.world.actor("dana"), begun.code, SessionState.DONE)
    floor.clock.at = TEN - timedelta(minutes=1)
    with pytest.raises(Conflict, match="has not begun yet"):
        floor.coaching.note(floor.world.actor("lee"), begun.code, SessionState.DONE)
    floor.coaching.cancel(floor.world.actor("ada"), begun.code)
    with pytest.raises(Conflict, match="is cancelled"):
        floor.coaching.note(floor.world.actor("lee"), begun.code, SessionState.DONE)


def test_a_session_that_was_done_counts_towards_the_limit_of_its_day_and_a_missed_one_does_not(
    floor: Floor, begun: SessionRecord
) -> None:
    ada, later = floor.world.actor("ada"), TEN + timedelta(hours=3)
    floor.coaching.note(ada, begun.code, SessionState.DONE)
    with pytest.raises(Conflict, match="Sam has enough sessions already"):
        floor.coaching.propose(ada, LEE, SAM, later)
    floor.coaching.note(ada, begun.code, SessionState.MISSED)
    again = floor.coaching.propose(ada, LEE, SAM, TEN + timedelta(minutes=15))
    with pytest.raises(SlotTaken):
        floor.coaching.note(ada, begun.code, SessionState.DONE)
    floor.coaching.reject(ada, again.code)
    assert floor.coaching.note(ada, begun.code, SessionState.DONE).state is SessionState.DONE

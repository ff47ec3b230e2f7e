"""Sessions whose people's calendars change after they were booked."""

from datetime import datetime, timedelta

import pytest

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.slots.values import SpanKind
from pmtui.backend.states import Attention, ConnectionState, SessionState, Topic, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from tests.backend.coaching.conftest import TEN, Floor, shift, span

DANA, KIM = "dana@acme.example", "kim@acme.example"


@pytest.fixture
def booked(floor: Floor) -> SessionRecord:
    """A scheduled session of Dana and Kim at ten."""
    held = floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    return floor.coaching.approve(floor.world.actor("ada"), held.code)


def after_reading(floor: Floor, *who: str) -> tuple[Attention | None, str]:
    """What the session says once the worker has stored what it read of these people."""
    with floor.world.database.write(floor.world.operator) as tx:
        floor.coaching.calendars_changed(tx, [floor.world.id(one) for one in who])
    (session,) = floor.world.rows(Session)
    assert session.state is SessionState.SCHEDULED
    return session.attention, session.attention_details


def test_a_new_meeting_on_top_is_told_with_the_best_new_time_until_it_is_gone(
    floor: Floor, booked: SessionRecord
) -> None:
    before = floor.world.number(Topic.COACHING)
    floor.read("dana", span(TEN - timedelta(hours=2), 180))
    assert after_reading(floor, "dana") == (
        Attention.CALENDAR_CHANGED,
        "Dana is busy in Outlook then.",
    )
    assert best(floor, booked) == TEN + timedelta(hours=1)
    assert floor.world.number(Topic.COACHING) == before + 1
    assert after_reading(floor, "dana", "kim")[0] is Attention.CALENDAR_CHANGED
    assert floor.world.number(Topic.COACHING) == before + 1
    flagged = [row for row in floor.world.rows(AuditEntry) if row.verb is Verb.SESSION_FLAGGED]
    assert [(row.subject, row.details) for row in flagged] == [
        (f"session:{booked.code}", {"reason": "calendar_changed"})
    ]
    floor.read("dana")
    assert after_reading(floor, "dana") == (None, "")


def test_a_shift_that_moved_away_is_told(floor: Floor, booked: SessionRecord) -> None:
    floor.read("kim", span(TEN + timedelta(hours=2), 240, SpanKind.OPEN, "Phone"))
    assert after_reading(floor, "kim") == (
        Attention.CALENDAR_CHANGED,
        "Kim is not scheduled then.",
    )
    assert best(floor, booked) == TEN + timedelta(hours=2)


def test_without_another_time_there_is_no_best_one(floor: Floor, booked: SessionRecord) -> None:
    floor.read("kim", span(TEN, 240, SpanKind.CLOSED, "absence"))
    assert after_reading(floor, "kim")[1] == "Kim has an absence in the WFM schedule then."
    assert best(floor, booked) is None
    again = floor.coaching.search_again(floor.world.actor("ada"), booked.code)
    assert (again.starts_at, again.best_at, bool(again.reasons)) == ((), None, True)


def test_what_can_not_be_read_neither_marks_a_session_nor_clears_it(floor: Floor, booked: SessionRecord) -> None:
    def lose(state: ConnectionState) -> None:
        with floor.world.database.write(floor.world.operator) as tx:
            tx.db.get_one(Connection, floor.outlook).state = state

    lose(ConnectionState.NEEDS_RECONNECTING)
    assert after_reading(floor, "kim") == (None, "")
    lose(ConnectionState.READY)
    floor.read("dana", span(TEN, 15))
    assert after_reading(floor, "dana")[0] is Attention.CALENDAR_CHANGED
    floor.read("dana")
    lose(ConnectionState.NEEDS_RECONNECTING)
    assert after_reading(floor, "kim")[0] is Attention.CALENDAR_CHANGED


def test_an_event_that_was_touched_stays_the_reason(floor: Floor, booked: SessionRecord) -> None:
    mark(floor, Attention.EVENT_CHANGED)
    floor.read("dana", span(TEN, 15))
    assert after_reading(floor, "dana") == (Attention.EVENT_CHANGED, "as told")
    assert best(floor, booked) == TEN - timedelta(hours=1)


def test_the_time_it_has_is_not_the_best_new_one_and_the_best_one_is_taken_with_one_call(
    floor: Floor, booked: SessionRecord
) -> None:
    mark(floor, Attention.EVENT_CHANGED)
    floor.read("kim", span(TEN, 60, SpanKind.OPEN, "Phone"))
    after_reading(floor, "kim")
    found, ada = best(floor, booked), floor.world.actor("ada")
    assert found == TEN + timedelta(minutes=15)
    assert found == floor.coaching.search_again(ada, booked.code).best_at
    moved = floor.coaching.reschedule(ada, booked.code, found)
    assert (moved.starts_at, moved.attention, moved.best_at) == (found, None, None)


def test_a_best_new_time_that_has_passed_is_not_shown(floor: Floor, booked: SessionRecord) -> None:
    mark(floor, Attention.EVENT_CHANGED)
    after_reading(floor, "kim")
    floor.clock.at = best(floor, booked) or TEN
    assert best(floor, booked) is None


def test_a_coach_who_is_gone_stays_the_reason_until_they_are_back(floor: Floor, booked: SessionRecord) -> None:
    mark(floor, Attention.COACH_GONE)
    disable(floor, True)
    assert after_reading(floor, "kim") == (Attention.COACH_GONE, "as told")
    disable(floor, False)
    assert after_reading(floor, "dana") == (None, "")


def test_the_other_sessions_of_nobody_who_was_read_are_left_alone(floor: Floor, booked: SessionRecord) -> None:
    floor.read("dana", span(TEN, 15))
    assert after_reading(floor, "sam") == (None, "")


def test_a_session_under_way_is_left_alone(floor: Floor, booked: SessionRecord) -> None:
    floor.clock.at = TEN
    floor.read("dana", span(TEN, 15))
    floor.read("kim", *shift())
    assert after_reading(floor, "dana", "kim") == (None, "")


def best(floor: Floor, session: SessionRecord) -> datetime | None:
    return floor.coaching.session(floor.world.actor("ada"), session.code).best_at


def mark(floor: Floor, attention: Attention) -> None:
    (session,) = floor.world.rows(Session)
    with floor.world.database.write(floor.world.operator) as tx:
        row = tx.db.get_one(Session, session.id)
        row.attention, row.attention_details = attention, "as told"


def disable(floor: Floor, disabled: bool) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        row = tx.db.get_one(Person, floor.world.id("dana"))
        row.disabled_at = tx.now if disabled else None

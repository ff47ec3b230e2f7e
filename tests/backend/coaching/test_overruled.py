"""What was overruled stays overruled as it was seen: what is new, longer or other since counts anew."""

from datetime import timedelta

import pytest

from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.errors import NotOffered
from pmtui.backend.slots.values import Span, SpanKind
from pmtui.backend.states import Attention, ConnectionState, SessionState
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.integrations import Connection
from tests.backend.coaching.conftest import TEN, Floor, having, shift, span

DANA, KIM, LEE, SAM = "dana@acme.example", "kim@acme.example", "lee@acme.example", "sam@acme.example"
ELSE = "It may not be what was overruled before."
MEETING = span(TEN, 30)


def after(minutes: int, length: int, kind: SpanKind = SpanKind.BUSY, activity: str = "") -> Span:
    """An entry so many minutes after ten."""
    return span(TEN + timedelta(minutes=minutes), length, kind, activity)


def held_anyway(floor: Floor, minutes: int = 0, coach: str = DANA, agent: str = KIM) -> SessionRecord:
    """A proposal so many minutes after ten, with everything overruled that stands against it."""
    ada, start = floor.world.actor("ada"), TEN + timedelta(minutes=minutes)
    with pytest.raises(NotOffered) as error:
        floor.coaching.propose(ada, coach, agent, start)
    return floor.coaching.propose(ada, coach, agent, start, anyway=error.value.reasons)


def refusal(floor: Floor, held: SessionRecord) -> str:
    """What stands against approving it; nothing when it was approved."""
    approved = floor.coaching.approve(floor.world.actor("ada"), held.code)
    assert (approved.state is SessionState.SCHEDULED) == (not approved.attention_details)
    return approved.attention_details


BUSY = [
    ("the same", [after(0, 30)], False),
    ("shortened", [after(0, 15)], False),
    ("begins later", [after(10, 10)], False),
    ("gone", [], False),
    ("another over it", [after(0, 30), after(15, 30)], True),
    ("another instead", [after(15, 30)], True),
    ("another of the same minutes", [after(0, 30), after(0, 30)], True),
    ("another within its minutes", [after(0, 30), after(10, 5)], True),
    ("longer than the session", [after(0, 60)], True),
    ("began earlier", [after(-30, 60)], True),
]


@pytest.mark.parametrize(("spans", "anew"), [row[1:] for row in BUSY], ids=[row[0] for row in BUSY])
def test_a_meeting_that_was_overruled_is_that_meeting_and_no_other(floor: Floor, spans: list[Span], anew: bool) -> None:
    floor.read("dana", MEETING)
    held = held_anyway(floor)
    floor.read("dana", *spans)
    assert refusal(floor, held) == (f"Dana is busy in Outlook then. {ELSE}" if anew else "")


@pytest.mark.parametrize(("spans", "anew"), [row[1:] for row in BUSY[:5]], ids=[row[0] for row in BUSY[:5]])
def test_and_so_it_is_for_what_is_booked_already(floor: Floor, spans: list[Span], anew: bool) -> None:
    floor.read("dana", MEETING)
    assert refusal(floor, held_anyway(floor)) == ""
    floor.read("dana", *spans)
    with floor.world.database.write(floor.world.operator) as tx:
        floor.coaching.calendars_changed(tx, [floor.world.id("dana")])
    [session] = floor.world.rows(Session)
    assert session.attention is (Attention.CALENDAR_CHANGED if anew else None)


def test_two_meetings_become_shorter_and_one_of_them_goes(floor: Floor) -> None:
    floor.read("dana", after(-30, 45), after(-15, 40))
    held = held_anyway(floor)
    floor.read("dana", after(-10, 25), after(-25, 35))
    assert refusal(floor, held) == ""


def test_what_came_between_the_reading_and_the_yes_is_told_first(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    floor.read("dana", MEETING)
    with pytest.raises(NotOffered) as first:
        floor.coaching.propose(ada, DANA, KIM, TEN)
    floor.read("dana", MEETING, after(15, 30))
    with pytest.raises(NotOffered) as second:
        floor.coaching.propose(ada, DANA, KIM, TEN, anyway=first.value.reasons)
    assert floor.world.rows(Session) == []
    assert floor.coaching.propose(ada, DANA, KIM, TEN, anyway=second.value.reasons).overruled == ("busy (Dana)",)


def test_what_is_more_is_overruled_too_and_stands_there_once(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    floor.read("dana", MEETING)
    held = held_anyway(floor)
    floor.read("dana", after(15, 30))
    with pytest.raises(NotOffered) as error:
        floor.coaching.approve_anyway(ada, held.code)
    assert list(error.value.reasons.values()) == [f"Dana is busy in Outlook then. {ELSE}"]
    booked = floor.coaching.approve_anyway(ada, held.code, anyway=error.value.reasons)
    assert (booked.state, booked.overruled) == (SessionState.SCHEDULED, ("busy (Dana)",))


@pytest.mark.parametrize(
    ("layers", "anew"),
    [
        ([after(120, 30, SpanKind.CLOSED, "Lunch")], False),
        ([after(120, 20, SpanKind.CLOSED, "Lunch")], False),
        ([after(120, 45, SpanKind.CLOSED, "Lunch")], True),
        ([after(120, 30, SpanKind.CLOSED, "Lunch"), after(130, 5, SpanKind.CLOSED, "Lunch")], True),
    ],
)
def test_a_layer_of_a_schedule_is_that_layer(floor: Floor, layers: list[Span], anew: bool) -> None:
    held = held_anyway(floor, 120)
    floor.read("kim", after(-120, 600, SpanKind.OPEN, "Phone"), *layers)
    assert refusal(floor, held) == (f"Kim has Lunch in the WFM schedule then. {ELSE}" if anew else "")


@pytest.mark.parametrize(("open_from", "anew"), [(15, False), (10, False), (20, True)])
def test_hours_are_the_minutes_of_the_session_that_lay_outside(floor: Floor, open_from: int, anew: bool) -> None:
    floor.read("kim", after(15, 300, SpanKind.OPEN, "Phone"))
    held = held_anyway(floor)
    floor.read("kim", after(open_from, 300, SpanKind.OPEN, "Phone"))
    assert refusal(floor, held) == (f"Kim is not scheduled then. {ELSE}" if anew else "")


def test_a_limit_is_that_limit_with_as_many_sessions(floor: Floor) -> None:
    having(floor, agent_sessions_a_day="1")
    ada = floor.world.actor("ada")
    first = floor.coaching.propose(ada, LEE, KIM, TEN + timedelta(hours=5))
    held = held_anyway(floor)
    held_anyway(floor, 180, coach=LEE)
    assert refusal(floor, held) == f"Kim has enough sessions already. {ELSE}"
    floor.coaching.reject(ada, first.code)
    assert refusal(floor, held) == ""


def test_a_buffer_is_that_entry_or_session_near_by(floor: Floor) -> None:
    having(floor, buffer_after="15")
    floor.read("dana", after(35, 20))
    held = held_anyway(floor)
    floor.read("dana", after(35, 20), after(40, 5))
    assert refusal(floor, held) == f"For Dana it is too close to something else. {ELSE}"
    floor.read("dana", after(40, 15))
    assert refusal(floor, held) == ""


def test_another_session_near_by_is_not_the_meeting_that_was_there(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    having(floor, buffer_after="15", agent_sessions_a_day="none")
    floor.read("dana", after(35, 40))
    held = held_anyway(floor)
    floor.read("dana")
    having(floor, buffer_after="0")
    floor.coaching.propose(ada, DANA, SAM, TEN + timedelta(minutes=45))
    having(floor, buffer_after="30")
    assert refusal(floor, held) == f"For Dana it is too close to something else. {ELSE}"


def test_not_knowing_a_calendar_holds_until_it_was_read_once_more(floor: Floor) -> None:
    floor.clock.advance(hours=1, minutes=1)
    floor.read("kim", *shift())
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.get_one(Connection, floor.outlook).state = ConnectionState.NEEDS_RECONNECTING
    first, second = held_anyway(floor), held_anyway(floor, 45, agent=SAM)
    assert refusal(floor, first) == ""
    floor.read("dana")  # it could be read in between: what was in it then is not known any more
    said = refusal(floor, second)
    assert said.startswith("Dana's Outlook calendar ")
    assert said.endswith(ELSE)


def test_what_older_versions_kept_by_kind_is_asked_about_again(floor: Floor) -> None:
    floor.read("dana", MEETING)
    held = held_anyway(floor)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.get_one(Session, floor.world.rows(Session)[0].id).overruled = ["coach:busy"]
    assert floor.coaching.session(floor.world.actor("ada"), held.code).overruled == ("busy (Dana)",)
    assert refusal(floor, held) == f"Dana is busy in Outlook then. {ELSE}"

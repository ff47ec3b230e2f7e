"""Book anyway: a time that is not offered, chosen by somebody who has seen everything that stands against it."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from pmtui.backend.coaching import offering, reason_keys
from pmtui.backend.coaching.records import READING, SessionRecord
from pmtui.backend.errors import Conflict, NotAllowed, NotOffered, SlotTaken, Unavailable
from pmtui.backend.slots.values import SpanKind
from pmtui.backend.states import Attention, ConnectionState, SessionState, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.sync import WantedEvent
from tests.backend.coaching.conftest import TEN, Floor, having, shift, span
from tests.clock import START

DANA, KIM, LEE, SAM = "dana@acme.example", "kim@acme.example", "lee@acme.example", "sam@acme.example"
NOON = TEN + timedelta(hours=2)  # Kim has lunch


def refused(floor: Floor, who: str, coach: str, agent: str, minutes: int = 0) -> dict[str, str]:
    """What stands against a session so many minutes after ten."""
    with pytest.raises(NotOffered) as error:
        floor.coaching.propose(floor.world.actor(who), coach, agent, TEN + timedelta(minutes=minutes))
    return error.value.reasons


def plain(reasons: Mapping[str, str]) -> dict[str, str]:
    """The reasons without what they are about."""
    return {re.sub("@[^:]*", "", key): sentence for key, sentence in reasons.items()}


def audited(floor: Floor) -> list[list[str]]:
    """The reasons of everything that was booked anyway."""
    rows = [row for row in floor.world.rows(AuditEntry) if row.verb is Verb.SESSION_BOOKED_ANYWAY]
    return [row.details["reasons"] for row in rows]


def overridden(floor: Floor, minutes: int = 120) -> SessionRecord:
    """A proposal of Dana and Kim while Kim has lunch."""
    seen = refused(floor, "dana", DANA, KIM, minutes)
    assert plain(seen) == {"agent:not_overwritable:Lunch": "Kim has Lunch in the WFM schedule then."}
    return floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN + timedelta(minutes=minutes), anyway=seen)


def test_every_reason_is_told_first_and_nothing_changes_before_the_yes(floor: Floor) -> None:
    having(floor, notice="10h", agent_sessions_a_day="1", buffer_before="15")
    floor.coaching.propose(floor.world.actor("ada"), LEE, KIM, TEN + timedelta(hours=5))
    floor.read("dana", span(TEN - timedelta(hours=1, minutes=15), 60), span(TEN + timedelta(minutes=22), 60))
    floor.read("kim", span(TEN, 480, SpanKind.CLOSED, "absence"))
    before = floor.world.rows(AuditEntry), floor.world.rows(Session)
    reasons = refused(floor, "dana", DANA, KIM, -7)
    assert plain(reasons) == {
        "coach:busy": "Dana is busy in Outlook then.",
        "coach:buffer": "For Dana it is too close to something else.",
        "agent:outside_schedule": "Kim is not scheduled then.",
        "agent:not_overwritable:absence": "Kim has an absence in the WFM schedule then.",
        "agent:limit": "Kim has enough sessions already.",
        "coach:notice": "That is too soon: 10 hours of notice are asked for.",
        "coach:off_the_grid": "Sessions start every 15 minutes of the coach's clock, not at 09:53.",
    }
    assert (floor.world.rows(AuditEntry), floor.world.rows(Session)) == before
    start = TEN - timedelta(minutes=7)
    held = floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, start, anyway=reasons)
    assert (held.state, held.starts_at) == (SessionState.HELD, start)
    assert held.overruled[:2] == ("busy (Dana)", "too close to something else (Dana)")
    assert "an absence in the WFM schedule (Kim)" in held.overruled
    assert held.overruled[-1] == "not one of the starts that are looked at"
    assert audited(floor) == [[key.removesuffix(":absence") for key in plain(reasons)]]  # codes only


@pytest.mark.parametrize("unseen", ["coach:outside_availability", "agent:outside_schedule"])
def test_a_reason_that_was_not_seen_is_told_again(floor: Floor, unseen: str) -> None:
    reasons = refused(floor, "dana", DANA, KIM, -150)
    seen = [key for key in reasons if not key.startswith(unseen)]
    assert len(seen) == 1
    with pytest.raises(NotOffered) as error:
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN - timedelta(minutes=150), anyway=seen)
    assert error.value.reasons == reasons
    assert floor.world.rows(Session) == []


def test_what_was_seen_of_one_layer_says_nothing_of_another(floor: Floor) -> None:
    with pytest.raises(NotOffered, match="Kim has Lunch"):
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, NOON, anyway=["agent:not_overwritable:meeting"])


def test_an_unknown_calendar_a_missing_availability_and_default_hours_can_be_overruled(floor: Floor) -> None:
    floor.clock.advance(hours=1, minutes=1)
    unknown = refused(floor, "dana", DANA, KIM)
    assert set(plain(unknown)) == {"coach:calendar_unknown", "agent:calendar_unknown"}
    assert plain(unknown)["agent:calendar_unknown"].startswith("Kim's WFM schedule can't be read since 02:00")
    assert set(plain(refused(floor, "ada", LEE, SAM, -240))) == {"coach:outside_default_hours"}
    held = floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN, anyway=unknown)
    assert held.overruled == ("the calendar can't be read (Dana)", "the calendar can't be read (Kim)")


def test_far_ahead_can_be_overruled_up_to_400_days(floor: Floor) -> None:
    reasons = refused(floor, "ada", LEE, SAM, 43 * 24 * 60)
    assert reasons == {"coach:horizon": "That is more than 42 days ahead."}
    ada = floor.world.actor("ada")
    floor.coaching.propose(ada, LEE, SAM, TEN + timedelta(days=43), anyway=reasons)
    with pytest.raises(Conflict, match="more than 400 days ahead"):
        floor.coaching.propose(ada, LEE, SAM, TEN + timedelta(days=401), anyway=reasons)


def test_a_time_that_is_offered_asks_for_nothing_and_notes_nothing(floor: Floor) -> None:
    held = floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN, anyway=["coach:busy"])
    assert (held.overruled, audited(floor)) == ((), [])


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_another_session_of_either_is_never_overruled(floor: Floor, minutes: int) -> None:
    having(floor, agent_sessions_a_day="none")
    floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    start = TEN + timedelta(minutes=minutes)
    for coach, agent, own in ((DANA, SAM, "coach"), (LEE, KIM, "agent")):
        with pytest.raises(SlotTaken):
            floor.coaching.propose(floor.world.actor("ada"), coach, agent, start, anyway=[f"{own}:own_session"])


def test_the_past_is_never_overruled(floor: Floor) -> None:
    with pytest.raises(Conflict, match="has passed"):
        floor.coaching.propose(floor.world.actor("ada"), LEE, SAM, START - timedelta(minutes=15), anyway=["coach:past"])


def test_who_may_not_propose_may_not_book_anyway(floor: Floor) -> None:
    for who in ("lee", "sue"):
        with pytest.raises(NotAllowed):
            floor.coaching.propose(floor.world.actor(who), DANA, KIM, NOON, anyway=["agent:not_overwritable:Lunch"])
    held = overridden(floor)
    with pytest.raises(NotAllowed):
        floor.coaching.approve_anyway(floor.world.actor("dana"), held.code)  # proposing is not approving


def test_the_database_refuses_an_overlap_that_the_check_did_not_see(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    overridden(floor)
    monkeypatch.setattr(offering, "objections", lambda *_: {})
    with pytest.raises(SlotTaken):
        floor.coaching.propose(
            floor.world.actor("ada"), LEE, KIM, NOON + timedelta(minutes=7), anyway=[reason_keys.OFF_THE_GRID]
        )
    assert len(floor.world.rows(Session)) == 1


def test_what_was_overruled_does_not_refuse_the_approval(floor: Floor) -> None:
    booked = floor.coaching.approve(floor.world.actor("ada"), overridden(floor).code)
    assert (booked.state, booked.attention) == (SessionState.SCHEDULED, None)
    assert booked.overruled == ("Lunch in the WFM schedule (Kim)",)
    assert len(booked.events) == 2
    assert audited(floor) == [["agent:not_overwritable"]]  # once: the approval overruled nothing


def test_what_came_since_does_refuse_it_until_it_is_overruled_too(floor: Floor) -> None:
    ada, held = floor.world.actor("ada"), overridden(floor)
    floor.read("dana", span(NOON, 15))
    assert floor.coaching.approve(ada, held.code).attention is Attention.APPROVAL_REFUSED
    before = floor.world.rows(AuditEntry), floor.world.rows(Session), floor.world.rows(WantedEvent)
    with pytest.raises(NotOffered) as error:
        floor.coaching.approve_anyway(ada, held.code)
    assert plain(error.value.reasons) == {"coach:busy": "Dana is busy in Outlook then."}
    assert (floor.world.rows(AuditEntry), floor.world.rows(Session), floor.world.rows(WantedEvent)) == before
    booked = floor.coaching.approve_anyway(ada, held.code, anyway=error.value.reasons)
    assert (booked.state, booked.attention, booked.attention_details) == (SessionState.SCHEDULED, None, "")
    assert booked.overruled == ("Lunch in the WFM schedule (Kim)", "busy (Dana)")
    assert audited(floor)[1] == ["agent:not_overwritable", "coach:busy"]
    assert len(booked.events) == 2


def test_approving_anyway_reads_old_calendars_first_and_passes_over_those_that_can_not_be_read(floor: Floor) -> None:
    ada, held = floor.world.actor("ada"), overridden(floor)
    floor.clock.advance(minutes=6)
    with pytest.raises(Unavailable) as waits:
        floor.coaching.approve_anyway(ada, held.code)
    assert waits.value.code == READING
    assert floor.coaching.session(ada, held.code).state is SessionState.HELD
    floor.read("kim", *shift())
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.get_one(Connection, floor.outlook).state = ConnectionState.NEEDS_RECONNECTING
    with pytest.raises(NotOffered) as error:
        floor.coaching.approve_anyway(ada, held.code)
    assert list(plain(error.value.reasons)) == ["coach:calendar_unknown"]
    booked = floor.coaching.approve_anyway(ada, held.code, anyway=error.value.reasons)
    assert booked.state is SessionState.SCHEDULED


def test_who_is_gone_can_not_be_met_anyway(floor: Floor) -> None:
    held = overridden(floor)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.get_one(Person, floor.world.id("kim")).disabled_at = tx.now
    with pytest.raises(Conflict, match="Kim is not there any more"):
        floor.coaching.approve_anyway(floor.world.actor("ada"), held.code, anyway=["agent:calendar_unknown"])


def test_a_time_that_passed_is_not_approved_anyway(floor: Floor) -> None:
    held = overridden(floor)
    floor.clock.advance(hours=10)
    with pytest.raises(Conflict, match="has passed"):
        floor.coaching.approve_anyway(floor.world.actor("ada"), held.code)


def test_a_session_is_moved_anyway_and_what_was_overruled_before_counts_no_more(floor: Floor) -> None:
    booked = floor.coaching.approve(floor.world.actor("ada"), overridden(floor).code)
    dana, eleven = floor.world.actor("dana"), TEN + timedelta(hours=1)
    with pytest.raises(NotOffered) as error:
        floor.coaching.reschedule(dana, booked.code, eleven)
    assert plain(error.value.reasons) == {"coach:busy": "Dana is busy in Outlook then."}
    assert floor.coaching.session(dana, booked.code) == booked
    moved = floor.coaching.reschedule(dana, booked.code, eleven, anyway=error.value.reasons)
    assert (moved.state, moved.starts_at, moved.overruled) == (SessionState.SCHEDULED, eleven, ("busy (Dana)",))
    assert {row.starts for row in floor.world.rows(Participant)} == {eleven}
    assert audited(floor) == [["agent:not_overwritable"], ["coach:busy"]]
    assert floor.coaching.reschedule(dana, booked.code, TEN).overruled == ()


def test_a_requested_session_gets_a_time_anyway(floor: Floor) -> None:
    code = floor.world.session("dana", "kim", TEN + timedelta(days=5), state=SessionState.REQUESTED)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM participant")  # it takes nobody's time yet
    dana = floor.world.actor("dana")
    with pytest.raises(NotOffered) as error:
        floor.coaching.reschedule(dana, code, NOON)
    held = floor.coaching.reschedule(dana, code, NOON, anyway=error.value.reasons)
    assert (held.state, held.overruled) == (SessionState.HELD, ("Lunch in the WFM schedule (Kim)",))
    assert audited(floor) == [["agent:not_overwritable"]]


def test_no_session_moves_over_another_anyway(floor: Floor) -> None:
    having(floor, agent_sessions_a_day="none")
    floor.coaching.propose(floor.world.actor("dana"), DANA, SAM, TEN)
    with pytest.raises(SlotTaken):
        floor.coaching.reschedule(
            floor.world.actor("dana"), overridden(floor).code, TEN + timedelta(minutes=15), anyway=["coach:own_session"]
        )


def test_a_calendar_that_says_what_was_overruled_draws_no_attention(floor: Floor) -> None:
    floor.coaching.approve(floor.world.actor("ada"), overridden(floor).code)

    def attention() -> tuple[Attention | None, str]:
        with floor.world.database.write(floor.world.operator) as tx:
            floor.coaching.calendars_changed(tx, [floor.world.id("dana"), floor.world.id("kim")])
        [session] = floor.world.rows(Session)
        return session.attention, session.attention_details

    assert attention() == (None, "")
    floor.read("kim", *(one for one in shift() if one.activity != "Lunch"), span(NOON, 30, SpanKind.CLOSED, "meeting"))
    assert attention()[0] is Attention.CALENDAR_CHANGED
    assert attention()[1].startswith("Kim has a meeting in the WFM schedule then.")

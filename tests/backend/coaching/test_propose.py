"""Holding a time, and being refused one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from pmtui.backend.coaching import offering
from pmtui.backend.coaching.pair import Pair
from pmtui.backend.coaching.sessions import flag_leaving
from pmtui.backend.errors import BadInput, Conflict, NotAllowed, SlotTaken
from pmtui.backend.states import Attention, Permission, SessionState, TeamRole, Topic, Verb, WorkKind
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.sync import WantedEvent, Work
from tests.backend.coaching.conftest import TEN, Floor, having, span
from tests.clock import START

DANA, KIM, SAM = "dana@acme.example", "kim@acme.example", "sam@acme.example"


def test_a_proposal_holds_the_time_of_both_for_five_days_at_most(floor: Floor) -> None:
    before = floor.world.number(Topic.COACHING)
    held = floor.coaching.propose(floor.world.actor("dana"), "Dana@acme.example ", KIM, TEN)
    assert (held.state, held.starts_at, held.ends_at) == (SessionState.HELD, TEN, TEN + timedelta(minutes=30))
    assert (held.coach, held.agent, held.title) == ("Dana", "Kim", "Coaching session")
    assert held.held_until == TEN  # its start, which is sooner
    later = floor.coaching.propose(floor.world.actor("ada"), "lee@acme.example", SAM, TEN + timedelta(days=8))
    assert later.held_until == START + timedelta(days=5)
    assert {(row.role, row.live) for row in floor.world.rows(Participant)} == {
        (TeamRole.COACH, True),
        (TeamRole.AGENT, True),
    }
    assert {row.due_at for row in floor.world.rows(Work) if row.kind is WorkKind.EXPIRE} == {TEN, later.held_until}
    assert [row.verb for row in floor.world.rows(AuditEntry)] == [Verb.SESSION_PROPOSED] * 2
    assert floor.world.number(Topic.COACHING) == before + 2
    assert floor.world.rows(WantedEvent) == []  # nothing is written before it is approved


def test_held_time_is_not_offered_any_more(floor: Floor) -> None:
    having(floor, agent_sessions_a_day="none")
    floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    offered = floor.coaching.search(floor.world.actor("ada"), DANA, KIM, days=0).starts_at
    assert TEN + timedelta(minutes=30) in offered
    for minutes in (-15, 0, 15):
        assert TEN + timedelta(minutes=minutes) not in offered


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_an_overlap_of_coach_or_agent_is_taken(floor: Floor, minutes: int) -> None:
    having(floor, agent_sessions_a_day="none")
    floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    start = TEN + timedelta(minutes=minutes)
    for coach, agent, name in ((DANA, SAM, "Dana"), ("lee@acme.example", KIM, "Kim")):
        with pytest.raises(SlotTaken) as refused:
            floor.coaching.propose(floor.world.actor("ada"), coach, agent, start)
        assert refused.value.title == f"That time is taken. {name} has another coaching session then."


def test_the_database_refuses_what_the_check_did_not_see(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    def sees_nothing(tx: object, pair: Pair, start: int, minutes: int, *, anyway: object) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr(offering, "require_offered", sees_nothing)
    floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    with pytest.raises(SlotTaken):
        floor.coaching.propose(floor.world.actor("ada"), "lee@acme.example", KIM, TEN + timedelta(minutes=10))
    assert len(floor.world.rows(Session)) == 1


def test_a_person_who_coaches_and_is_coached_has_one_time(floor: Floor) -> None:
    floor.world.person("max", (Permission.COACH,), role=TeamRole.AGENT)
    floor.coaching.propose(floor.world.actor("ada"), "lee@acme.example", "max@acme.example", TEN)
    with pytest.raises(SlotTaken):
        floor.coaching.propose(floor.world.actor("ada"), "max@acme.example", SAM, TEN)


REFUSED = [
    (TEN + timedelta(hours=1), "Dana is busy in Outlook then."),
    (TEN - timedelta(hours=1, minutes=15), "It is outside Dana's availability."),
    (TEN + timedelta(hours=2), "Kim has Lunch in the WFM schedule then."),
    (TEN + timedelta(hours=6), "Kim is not scheduled then."),
]


@pytest.mark.parametrize(("start", "sentence"), REFUSED)
def test_a_start_that_is_not_offered_is_refused_in_words(floor: Floor, start: datetime, sentence: str) -> None:
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, start)
    assert refused.value.title == f"That time can't be booked. {sentence}"
    assert not isinstance(refused.value, SlotTaken)
    assert floor.world.rows(Session) == []


def test_every_reason_is_named(floor: Floor) -> None:
    floor.read("kim")
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN + timedelta(hours=1))
    assert "Dana is busy in Outlook then. Kim is not scheduled then." in refused.value.title


def test_without_any_calendar_the_default_hours_count(floor: Floor) -> None:
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("ada"), "lee@acme.example", SAM, TEN - timedelta(hours=2))
    assert "outside the default hours, Mon-Fri 9 to 5, America/Chicago" in refused.value.title


def test_an_unknown_calendar_is_never_booked(floor: Floor) -> None:
    floor.clock.advance(hours=1, minutes=1)
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    assert refused.value.title == (
        "That time can't be booked."
        " Dana's Outlook calendar can't be read since 02:00 (the last reading is too old)."
        " Kim's WFM schedule can't be read since 02:00 (the last reading is too old)."
    )


def test_nothing_is_claimed_of_a_calendar_that_was_read_too_long_ago(floor: Floor) -> None:
    floor.clock.advance(hours=1, minutes=1)
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("dana"), DANA, SAM, TEN + timedelta(hours=1))
    assert "can't be read since" in refused.value.title
    assert "busy" not in refused.value.title


def test_time_beyond_what_was_read_is_unknown(floor: Floor) -> None:
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.connection().exec_driver_sql("UPDATE calendar_facts SET window_end = window_start + 1440 + 120")
    with pytest.raises(Conflict) as refused:
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    assert "Dana's Outlook calendar has not been read that far." in refused.value.title


def test_the_past_the_far_future_and_odd_minutes_are_refused(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    with pytest.raises(Conflict, match="has passed"):
        floor.coaching.propose(ada, "lee@acme.example", SAM, START - timedelta(days=3))
    with pytest.raises(Conflict, match="more than 42 days ahead"):
        floor.coaching.propose(ada, "lee@acme.example", SAM, TEN + timedelta(days=43))
    with pytest.raises(Conflict, match="not at 10:07"):
        floor.coaching.propose(ada, "lee@acme.example", SAM, TEN + timedelta(minutes=7))
    for start in (TEN + timedelta(seconds=1), TEN.replace(tzinfo=None)):
        with pytest.raises(BadInput):
            floor.coaching.propose(ada, "lee@acme.example", SAM, start)


def test_every_offered_start_can_be_proposed(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    for start in floor.coaching.search(ada, DANA, KIM, days=0).starts_at:
        held = floor.coaching.propose(ada, DANA, KIM, start)
        floor.coaching.reject(ada, held.code)


@pytest.mark.parametrize("title", ["", "  ", "x" * 101, "a\x1b[2Jb"])
def test_titles_are_short_and_plain(floor: Floor, title: str) -> None:
    with pytest.raises(BadInput) as refused:
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN, title=title)
    assert refused.value.where == "title"


def test_who_may_propose(floor: Floor) -> None:
    floor.coaching.propose(floor.world.actor("pat"), DANA, KIM, TEN)
    for who in ("lee", "kim", "sue"):
        with pytest.raises(NotAllowed):
            floor.coaching.propose(floor.world.actor(who), DANA, SAM, TEN + timedelta(hours=3))


def test_leaving_flags_upcoming_sessions(floor: Floor) -> None:
    floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)
    with floor.world.database.write(floor.world.operator) as tx:
        assert flag_leaving(tx, floor.world.id("dana")) == 1
        assert flag_leaving(tx, floor.world.id("kim")) == 0  # still there
        assert tx.db.exec(select(Session.attention)).one() is Attention.COACH_GONE


def test_busy_time_that_appears_after_the_offer_is_named(floor: Floor) -> None:
    floor.read("dana", span(datetime(2027, 3, 1, 16, 15, tzinfo=UTC), 15))
    with pytest.raises(Conflict, match="Dana is busy in Outlook then"):
        floor.coaching.propose(floor.world.actor("dana"), DANA, KIM, TEN)

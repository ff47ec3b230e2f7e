"""Agents' requests, on both databases: from a file into the list, and from there to a held time or a no."""

import io
from datetime import date, timedelta

import pytest

from pmtui.backend.coaching.records import RequestImportRecord
from pmtui.backend.coaching.requests import Requests
from pmtui.backend.errors import BadRows, Conflict, NotAllowed
from pmtui.backend.states import SessionState, Verb
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Participant, Session
from tests.backend.coaching.conftest import TEN, Floor

HEAD = "email,title,coach,reason,wanted_by,minutes"
KIM = "Kim@acme.example,Calls about refunds,dana@acme.example,I get many,2027-03-05,45"


def take_in(floor: Floor, *rows: str, head: str = HEAD, who: str = "ada") -> RequestImportRecord:
    service = Requests(floor.world.database)
    return service.import_file(floor.world.actor(who), io.StringIO("\n".join((head, *rows))))


def code(floor: Floor) -> str:
    (session,) = floor.world.rows(Session)
    return session.code


def test_a_request_is_a_session_that_takes_no_time(floor: Floor) -> None:
    assert take_in(floor, KIM) == RequestImportRecord(1, 1)
    (session,) = floor.coaching.list(floor.world.actor("dana"))
    assert (session.state, session.title, session.coach, session.agent) == (
        SessionState.REQUESTED,
        "Calls about refunds",
        "Dana",
        "Kim",
    )
    assert (session.wanted_on, session.reason) == (date(2027, 3, 5), "I get many")
    assert session.ends_at - session.starts_at == timedelta(minutes=45)
    assert floor.world.rows(Participant) == []
    assert [one.verb for one in floor.world.rows(AuditEntry)][-2:] == [Verb.SESSION_REQUESTED, Verb.REQUESTS_IMPORTED]
    floor.clock.advance(days=60)
    assert [one.state for one in floor.coaching.list(floor.world.actor("dana"))] == [SessionState.REQUESTED]


def test_a_wish_is_taken_in_once_whatever_became_of_it(floor: Floor) -> None:
    take_in(floor, KIM)
    assert take_in(floor, KIM, KIM, KIM.replace("refunds", "returns")) == RequestImportRecord(3, 1)
    for session in floor.world.rows(Session):
        floor.coaching.reject(floor.world.actor("dana"), session.code)
    assert take_in(floor, KIM).new == 0
    assert {one.state for one in floor.world.rows(Session)} == {SessionState.REJECTED}


def test_a_coach_gives_it_a_time_which_is_held_and_then_approved(floor: Floor) -> None:
    take_in(floor, KIM)
    dana = floor.world.actor("dana")
    found = floor.coaching.search_again(dana, code(floor), days=1)
    assert (TEN in found.starts_at, found.minutes) == (True, 45)
    with pytest.raises(Conflict):
        floor.coaching.reschedule(dana, code(floor), TEN + timedelta(hours=1))  # Dana is busy
    assert floor.world.rows(Participant) == []
    held = floor.coaching.reschedule(dana, code(floor), TEN)
    assert (held.state, held.starts_at, held.wanted_on) == (SessionState.HELD, TEN, date(2027, 3, 5))
    assert held.held_until is not None
    assert {(row.live, row.starts) for row in floor.world.rows(Participant)} == {(True, TEN)}
    assert len(floor.world.rows(Participant)) == 2
    with pytest.raises(Conflict):
        floor.coaching.propose(floor.world.actor("ada"), "lee@acme.example", "kim@acme.example", TEN)
    assert floor.coaching.approve(floor.world.actor("pat"), held.code).state is SessionState.SCHEDULED


def test_only_its_coach_and_who_schedules_for_others_answer_it(floor: Floor) -> None:
    take_in(floor, KIM)
    with pytest.raises(NotAllowed):
        floor.coaching.reject(floor.world.actor("lee"), code(floor))
    with pytest.raises(NotAllowed):
        floor.coaching.reschedule(floor.world.actor("lee"), code(floor), TEN)
    with pytest.raises(Conflict):
        floor.coaching.approve(floor.world.actor("pat"), code(floor))
    assert floor.coaching.reject(floor.world.actor("dana"), code(floor)).state is SessionState.REJECTED


@pytest.mark.parametrize("held", [False, True])
def test_one_that_was_rejected_without_a_time_never_had_one(floor: Floor, held: bool) -> None:
    take_in(floor, KIM)
    dana = floor.world.actor("dana")
    assert not floor.coaching.session(dana, code(floor)).has_time
    if held:
        assert floor.coaching.reschedule(dana, code(floor), TEN).has_time
    assert floor.coaching.reject(dana, code(floor)).has_time is held


def test_without_a_coach_it_is_the_agents_own_or_the_first_of_the_team(floor: Floor) -> None:
    floor.world.person("max", coach="lee")
    head = "email,title"
    take_in(floor, "max@acme.example,A", "kim@acme.example,B", head=head)
    coaches = {one.title: (one.coach, one.wanted_on) for one in floor.coaching.list(floor.world.actor("ada"))}
    assert coaches == {"A": ("Lee", date(2027, 3, 15)), "B": ("Dana", date(2027, 3, 15))}
    with pytest.raises(BadRows) as refused:
        take_in(floor, "far@acme.example,C", head=head)  # nobody coaches South
    assert refused.value.rows == ("line 2: coach: The agent has no coach you act for.",)


def test_a_coach_imports_requests_to_themselves_alone(floor: Floor) -> None:
    assert take_in(floor, KIM, who="dana").new == 1
    with pytest.raises(BadRows, match="1 row is wrong"):
        take_in(floor, KIM, who="lee")
    with pytest.raises(NotAllowed):
        take_in(floor, KIM, who="sue")


def test_bad_rows_are_named_and_nothing_is_taken_in(floor: Floor) -> None:
    with pytest.raises(BadRows) as refused:
        take_in(
            floor,
            KIM,
            "nobody@acme.example,T,,,,",
            "kim@acme.example,,,,,",
            "kim@acme.example,T,sam@acme.example,,,",
            "kim@acme.example,T,,,soon,",
            "kim@acme.example,T,,,2072-01-01,",
            "kim@acme.example,T,,,,20",
            f"kim@acme.example,T,,{'x' * 501},,",
        )
    assert [line.split(": ")[:2] for line in refused.value.rows] == [
        ["line 3", "email"],
        ["line 4", "title"],
        ["line 5", "coach"],
        ["line 6", "wanted_by"],
        ["line 7", "wanted_by"],
        ["line 8", "minutes"],
        ["line 9", "reason"],
    ]
    assert floor.world.rows(Session) == []

"""The list of sessions: a few queries, however many coaches it names; and whose clock it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from pmtui.backend.coaching import sessions
from pmtui.backend.errors import NotAllowed
from pmtui.backend.people import access
from pmtui.backend.states import Delivery, Provider
from pmtui.backend.storage.tables.sync import WantedEvent
from tests.backend.coaching.conftest import TEN, Floor
from tests.world import NINE_TO_FIVE


@contextmanager
def counted(floor: Floor) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(floor.world.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(floor.world.database.engine, "before_cursor_execute", note)


def test_more_coaches_are_no_more_queries(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    floor.world.session("dana", "kim", TEN)
    with counted(floor) as one:
        assert len(floor.coaching.list(ada)) == 1
    for number in range(5):
        who = f"coach{number}"
        floor.world.coach(who)
        floor.world.connect(who, Provider.OUTLOOK)
        floor.world.week(who, NINE_TO_FIVE.replace("Chicago", "Denver"), timezone="America/Denver")
        floor.world.session(who, "sam", TEN + timedelta(hours=number))
    with counted(floor) as many:
        zones = [session.timezone for session in floor.coaching.list(ada)]
    assert sorted(zones) == ["America/Chicago"] + ["America/Denver"] * 5
    assert len(many) == len(one)
    assert not any("calendar_facts" in statement for statement in many)


def test_more_sessions_than_one_statement_takes_are_listed_all(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        floor.world.session("dana", "kim", TEN + timedelta(hours=number))
    ada = floor.world.actor("ada")
    listed = floor.coaching.list(ada)
    monkeypatch.setattr(sessions, "AT_ONCE", 2)
    assert floor.coaching.list(ada) == listed
    assert [len(one.events) for one in listed] == [len(listed[0].events)] * 5


def test_whoever_acts_on_more_people_than_a_statement_has_parameters_sees_their_sessions(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = floor.world.session("dana", "kim", TEN)
    monkeypatch.setattr(access, "scope", lambda tx: frozenset(range(70_000)))
    assert [session.code for session in floor.coaching.list(floor.world.actor("pat"))] == [code]


def test_each_session_names_its_coachs_team(floor: Floor) -> None:
    floor.world.coach("faye", team="South")
    for who in ("dana", "faye"):
        floor.world.session(who, "kim", TEN if who == "dana" else TEN + timedelta(hours=1))
    teams = [session.team for session in floor.coaching.list(floor.world.actor("ada"))]
    assert teams == [floor.coaching.coachable(floor.world.actor("ada"))[0][0].team, "South"]


def test_the_clock_of_a_coach_out_of_scope_is_not_told(floor: Floor) -> None:
    floor.world.coach("faye", team="South")
    with pytest.raises(NotAllowed, match="Faye is not among the people you act on"):
        floor.coaching.timezone(floor.world.actor("dana"), "faye@acme.example")


@pytest.mark.parametrize(
    ("delivery", "hours", "undelivered", "reason"),
    [
        (Delivery.PENDING, 23, False, ""),
        (Delivery.PENDING, 24, True, "it answers with error 503"),
        (Delivery.REFUSED, 0, True, "it answers with error 503"),
        (Delivery.DELIVERED, 48, False, ""),
        (Delivery.LEFT_BEHIND, 48, False, ""),
    ],
)
def test_an_event_that_waits_for_a_day_or_is_refused_is_undelivered_and_says_why(
    floor: Floor, delivery: Delivery, hours: int, undelivered: bool, reason: str
) -> None:
    code = floor.world.session("dana", "kim", TEN + timedelta(days=7))
    event_id = floor.world.wanted(code, "dana", floor.outlook, delivery=delivery)
    with floor.world.database.write(floor.world.operator) as tx:
        tx.db.get_one(WantedEvent, event_id).error_code = "http_503"
    floor.clock.advance(hours=hours)
    (session,) = floor.coaching.list(floor.world.actor("ada"))
    (shown,) = session.events
    assert (shown.undelivered, shown.reason) == (undelivered, reason)

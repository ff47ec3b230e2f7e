"""The list of sessions: a few queries, however many coaches it names; and whose clock it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from pmtui.backend.errors import NotAllowed
from pmtui.backend.states import Provider
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


def test_the_clock_of_a_coach_out_of_scope_is_not_told(floor: Floor) -> None:
    floor.world.coach("faye", team="South")
    with pytest.raises(NotAllowed, match="Faye is not among the people you act on"):
        floor.coaching.timezone(floor.world.actor("dana"), "faye@acme.example")

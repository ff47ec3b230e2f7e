"""What the engine is told of people: what counts, what is known, and when a calendar is unknown."""

from datetime import timedelta

import pytest

from pmtui.backend.errors import NotAllowed, NotFound
from pmtui.backend.slots.values import CalendarState, Span, SpanKind, to_minute
from pmtui.backend.states import ConnectionState, Provider, SessionState, WorkKind
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.sync import facts
from tests.backend.sync.conftest import WEEK, Pair
from tests.clock import START
from tests.world import World

NOW = to_minute(START)
WINDOW = (NOW, NOW + 14 * 24 * 60)
MEETING = Span(NOW + 60, NOW + 120)
SHIFT = Span(NOW + 60, NOW + 540, SpanKind.OPEN, "Phone")


def facts_of(pair: Pair, person_id: int, max_age: timedelta | None = facts.PROPOSING) -> facts.Facts:
    with pair.world.database.read(pair.world.operator) as tx:
        return pair.sync.party(tx, person_id, WINDOW, max_age)


def test_a_read_calendar_gives_its_spans_its_window_and_the_week(pair: Pair) -> None:
    pair.world.facts("dana", pair.outlook, [MEETING])
    pair.world.facts("sam", pair.wfm, [SHIFT])
    coach, agent = facts_of(pair, pair.coach), facts_of(pair, pair.agent)
    assert (coach.party.calendar, coach.party.week, coach.party.spans) == (CalendarState.OUTLOOK, WEEK, (MEETING,))
    assert (agent.party.calendar, agent.party.week, agent.party.spans) == (CalendarState.WFM, None, (SHIFT,))
    assert agent.party.known == (NOW - 24 * 60, NOW + 45 * 24 * 60)
    assert (coach.party.timezone, agent.party.timezone) == ("America/Chicago", "America/Denver")
    assert not coach.party.unknown
    assert coach.read_at == START


def test_a_person_without_a_calendar_is_none_and_known(pair: Pair) -> None:
    found = facts_of(pair, pair.world.agent("kim"))
    assert (found.party.calendar, found.party.unknown, found.party.known) == (CalendarState.NONE, False, None)


def test_a_calendar_never_read_is_unknown(pair: Pair) -> None:
    found = facts_of(pair, pair.coach)
    assert (found.party.unknown, found.why, found.since_at) == (True, "never_read", START)


@pytest.mark.parametrize(
    ("max_age", "minutes", "unknown"),
    [(facts.PROPOSING, 60, False), (facts.PROPOSING, 61, True), (facts.BOOKING, 5, False), (facts.BOOKING, 6, True)],
)
def test_an_old_read_is_unknown(pair: Pair, max_age: timedelta, minutes: int, unknown: bool) -> None:
    pair.world.facts("dana", pair.outlook, [MEETING])
    pair.world.clock.advance(minutes=minutes)
    found = facts_of(pair, pair.coach, max_age)
    assert (found.party.unknown, found.why) == (unknown, "too_old" if unknown else "")
    assert not facts_of(pair, pair.coach, None).party.unknown


@pytest.mark.parametrize(("setting", "outdated"), [("tentative_is_busy", "coach"), ("coachable_activities", "agent")])
def test_what_was_read_under_another_setting_is_not_booked_on(pair: Pair, setting: str, outdated: str) -> None:
    pair.world.facts("dana", pair.outlook, [MEETING])
    pair.world.facts("sam", pair.wfm, [SHIFT])
    with pair.world.database.write(pair.world.operator) as tx:
        pair.sync.settings_changed(tx, frozenset({setting}))
    for name, person_id in (("coach", pair.coach), ("agent", pair.agent)):
        assert facts_of(pair, person_id, facts.BOOKING).party.unknown is (name == outdated)
        assert not facts_of(pair, person_id).party.unknown
        with pair.world.database.write(pair.world.operator) as tx:
            assert pair.sync.ask_read(tx, [person_id]) == (name == outdated)


def test_an_expired_sign_in_is_unknown_at_once(pair: Pair) -> None:
    pair.world.facts("dana", pair.outlook, [MEETING])
    with pair.world.database.write(pair.world.operator) as tx:
        row = tx.db.get_one(Connection, pair.outlook)
        row.state, row.error_code, row.failing_since_at = ConnectionState.NEEDS_RECONNECTING, "invalid_grant", tx.now
        tx.db.add(row)
    found = facts_of(pair, pair.coach, None)
    assert (found.party.unknown, found.why, found.since_at) == (True, "invalid_grant", START)


def test_the_read_of_an_earlier_connection_does_not_count(world: World, pair: Pair) -> None:
    pair.world.facts("dana", pair.outlook, [MEETING])
    with world.database.write(world.operator) as tx:
        row = tx.db.get_one(Connection, pair.outlook)
        row.ended_at = tx.now
        tx.db.add(row)
    assert facts_of(pair, pair.coach).party.calendar is CalendarState.NONE
    world.connect("dana", Provider.WFM)
    assert facts_of(pair, pair.coach).why == "never_read"


def test_an_outlook_calendar_without_coach_view_access_does_not_count(world: World, pair: Pair) -> None:
    world.agent("kim")
    world.connect("kim", Provider.OUTLOOK)
    assert facts_of(pair, world.id("kim")).party.calendar is CalendarState.NONE


def test_own_sessions_count_while_they_live_each_in_its_role(world: World, pair: Pair) -> None:
    world.session("dana", "sam", START + timedelta(hours=1), state=SessionState.HELD)
    world.session("dana", "sam", START + timedelta(hours=3), state=SessionState.SCHEDULED)
    world.session("dana", "sam", START + timedelta(hours=5), state=SessionState.CANCELLED)
    expected = ((NOW + 60, NOW + 90), (NOW + 180, NOW + 210))
    coach, agent = facts_of(pair, pair.coach), facts_of(pair, pair.agent)
    assert (coach.party.sessions, coach.party.elsewhere) == (expected, ())
    assert (agent.as_agent.sessions, agent.as_agent.elsewhere) == (expected, ())
    assert (agent.party.sessions, agent.party.elsewhere) == ((), expected)


def test_many_people_are_one_read_and_strangers_are_left_out(world: World, pair: Pair) -> None:
    other = World(world.database, world.clock, subdomain="globex")
    stranger = other.coach("eve")
    with world.database.read(world.operator) as tx:
        found = pair.sync.parties(tx, (pair.coach, pair.agent, stranger), WINDOW)
        assert set(found) == {pair.coach, pair.agent}
        with pytest.raises(NotFound):
            pair.sync.party(tx, stranger, WINDOW)


def test_the_editor_sees_what_lies_in_its_window(pair: Pair) -> None:
    pair.world.facts("dana", pair.outlook, [MEETING, Span(NOW + 3000, NOW + 3060)])
    pair.world.session("dana", "sam", START + timedelta(hours=3))
    with pair.world.database.read(pair.world.operator) as tx:
        busy = pair.sync.busy(tx, pair.coach, (NOW, NOW + 1440))
    assert busy.spans == (MEETING,)
    assert busy.sessions == ((NOW + 180, NOW + 210),)
    assert (busy.unknown, busy.read_at) == (False, START)


def test_asking_for_a_read_wakes_the_worker_unless_it_was_just_read(pair: Pair) -> None:
    world = pair.world
    assert not pair.sync.request_read(world.actor("dana"))
    world.clock.advance(minutes=2)
    assert pair.sync.request_read(world.actor("dana"))
    assert [(row.kind, row.subject, row.due_at) for row in world.rows(Work)] == [
        (WorkKind.READ, pair.outlook, world.clock.now())
    ]
    assert pair.sync.request_read(world.actor("dana"), "sam@acme.example")
    with pytest.raises(NotAllowed):
        pair.sync.request_read(world.actor("sam"))
    with pytest.raises(NotFound):
        pair.sync.request_read(world.actor("dana"), "nobody@acme.example")


def test_spans_survive_being_stored() -> None:
    spans = (MEETING, SHIFT, Span(1, 2, SpanKind.CLOSED, "Frühstück"))
    text = facts.write_spans(spans)
    assert facts.read_spans(text) == spans
    assert " " not in text

"""What reasons are about, and when one that is found was known before: held against trying every way to pair them."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from pmtui.backend.slots.causes import Cause, CauseKind, causes, covered
from pmtui.backend.slots.search import blocked
from pmtui.backend.slots.values import Limits, Party, PartyName, Reason, ReasonCode, Search, SpanKind
from tests.backend.slots.strategies import searches
from tests.backend.slots.test_search import SLOW, at, between, google, nobody, search, wfm

TEN = at("2027-03-01T10:00Z")
COACH, AGENT = PartyName.COACH, PartyName.AGENT


def about(
    asked: Search, coach: Party, agent: Party
) -> dict[tuple[PartyName, ReasonCode, str], list[tuple[str, int, int]]]:
    """What stands against ten o'clock: per reason its causes, in minutes after ten where they are minutes."""
    return {
        (one.party, one.code, one.activity): [_plain(cause) for cause in causes(asked, coach, agent, TEN, one)]
        for one in blocked(asked, coach, agent, TEN)
    }


def _plain(cause: Cause) -> tuple[str, int, int]:
    base = 0 if cause.kind in (CauseKind.DAY, CauseKind.WEEK) else TEN
    return cause.kind.value, cause.first - base, cause.last - base


def test_entries_are_whole_and_each_its_own() -> None:
    spans = (
        between("2027-03-01T09:30Z", "2027-03-01T10:10Z"),
        between("2027-03-01T10:05Z", "2027-03-01T11:00Z"),
        between("2027-03-01T10:30Z", "2027-03-01T11:00Z"),
    )
    asked = search("2027-03-01T00:00Z", "2027-03-02T00:00Z")
    assert about(asked, google(spans=spans), nobody()) == {
        (COACH, ReasonCode.BUSY, ""): [("entry", -30, 10), ("entry", 5, 60)]
    }


def test_buffers_are_about_what_lies_in_them() -> None:
    spans = (between("2027-03-01T09:00Z", "2027-03-01T09:55Z"), between("2027-03-01T10:40Z", "2027-03-01T11:00Z"))
    own = ((TEN - 40, TEN - 9), (TEN + 39, TEN + 60), (TEN + 60, TEN + 90))
    asked = search("2027-03-01T00:00Z", "2027-03-02T00:00Z", buffer_before=5, buffer_after=10)
    coach = google(spans=spans, sessions=own[:1], elsewhere=own[1:])
    assert about(asked, coach, nobody()) == {
        (COACH, ReasonCode.BUFFER, ""): [("session", -40, -9), ("session", 39, 60)]
    }
    longer = google(spans=(between("2027-03-01T09:00Z", "2027-03-01T09:56Z"), *spans[1:]))
    assert about(asked, longer, nobody()) == {(COACH, ReasonCode.BUFFER, ""): [("entry", -60, -4)]}


def test_limits_say_how_many_there_are_in_that_role() -> None:
    asked = search(
        "2027-03-01T00:00Z", "2027-03-02T00:00Z", coach_limits=Limits(day=1, week=3), agent_limits=Limits(week=2)
    )
    days = tuple((TEN + day * 1440 + 120, TEN + day * 1440 + 150) for day in (0, 1, 2, 7))
    assert about(asked, google(sessions=days), nobody(sessions=days[1:], elsewhere=days[:1])) == {
        (COACH, ReasonCode.LIMIT, ""): [("day", 1, 1), ("week", 3, 3)],
        (AGENT, ReasonCode.LIMIT, ""): [("week", 2, 2)],
    }


def test_layers_go_by_their_names_and_hours_by_the_minutes_of_the_session() -> None:
    agent = wfm(
        between("2027-03-01T10:10Z", "2027-03-01T17:00Z", SpanKind.OPEN, "Phone"),
        between("2027-03-01T10:20Z", "2027-03-01T10:25Z", SpanKind.CLOSED, "Break"),
        between("2027-03-01T10:25Z", "2027-03-01T11:25Z", SpanKind.CLOSED, "meeting"),
    )
    asked = search("2027-03-01T00:00Z", "2027-03-02T00:00Z")
    assert about(asked, google(week=None, known=(TEN, TEN + 12)), agent) == {
        (COACH, ReasonCode.CALENDAR_UNKNOWN, ""): [("minutes", 12, 30)],
        (COACH, ReasonCode.AVAILABILITY_NOT_SET, ""): [("minutes", 0, 30)],
        (AGENT, ReasonCode.OUTSIDE_SCHEDULE, ""): [("minutes", 0, 10)],
        (AGENT, ReasonCode.NOT_OVERWRITABLE, "Break"): [("entry", 20, 25)],
        (AGENT, ReasonCode.NOT_OVERWRITABLE, "meeting"): [("entry", 25, 85)],
    }
    assert about(asked, nobody(unknown=True), nobody())[COACH, ReasonCode.CALENDAR_UNKNOWN, ""] == [("minutes", 0, 30)]


@given(searches(), st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_every_reason_is_about_something(case: tuple[Search, Party, Party], data: st.DataObject) -> None:
    asked = case[0]
    latest = asked.window[1] - asked.minutes
    start = data.draw(st.integers(min(asked.window[0], latest), latest))
    for reason in blocked(*case, start):
        found = causes(*case, start, reason)
        assert found
        assert covered(found, found)
        assert not covered(found, ())
        for cause in found:
            if cause.kind is CauseKind.MINUTES:
                assert start <= cause.first < cause.last <= start + asked.minutes


figures = st.integers(0, 5)
some = st.lists(st.builds(Cause, st.sampled_from([CauseKind.ENTRY, CauseKind.SESSION]), figures, figures), max_size=5)


@given(some, some)
@settings(deadline=None)
def test_each_entry_takes_one_that_was_known_if_there_is_any_way_to(found: list[Cause], known: list[Cause]) -> None:
    ways = permutations(known, len(found)) if len(found) <= len(known) else ()
    assert covered(found, known) == any(
        all(one.within(other) for one, other in zip(found, way, strict=True)) for way in ways
    )


def test_minutes_may_fall_apart_and_kinds_never_mix() -> None:
    known = [Cause(CauseKind.MINUTES, 0, 30)]
    assert covered([Cause(CauseKind.MINUTES, 0, 5), Cause(CauseKind.MINUTES, 20, 30)], known)
    assert not covered([Cause(CauseKind.MINUTES, 0, 31)], known)
    assert not covered([Cause(CauseKind.ENTRY, 0, 30)], known)


def test_a_limit_is_known_with_as_many_sessions_or_fewer_and_not_after_it_was_lowered() -> None:
    known = [Cause(CauseKind.DAY, 2, 3)]
    assert covered([Cause(CauseKind.DAY, 2, 2)], known)
    assert covered([Cause(CauseKind.DAY, 3, 3)], known)
    assert not covered([Cause(CauseKind.DAY, 2, 4)], known)
    assert not covered([Cause(CauseKind.DAY, 1, 3)], known)
    assert not covered([Cause(CauseKind.WEEK, 2, 3)], known)


def test_a_reason_reads_alike_whoever_asks() -> None:
    spans = (between("2027-03-01T10:00Z", "2027-03-01T10:30Z"),)
    asked = search("2027-03-01T10:00Z", "2027-03-01T10:30Z")
    both = google(spans=spans), google(spans=spans)
    for name in PartyName:
        assert causes(asked, *both, TEN, Reason(name, ReasonCode.BUSY)) == (Cause(CauseKind.ENTRY, TEN, TEN + 30),)

"""Explanations held against the twin: the first reason per party and minute, and the one change that helps."""

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pmtui.backend.slots.explain import Change, ChangeKind, Period, change, verdict
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import Limits, Party, PartyName, Search
from tests.backend.slots.brute import Twin, local_date
from tests.backend.slots.strategies import searches

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
Case = tuple[Search, Party, Party]


@given(searches(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_a_start_is_explained_minute_by_minute_as_the_twin_does(case: Case, data: st.DataObject) -> None:
    search = case[0]
    assume(search.window[0] + search.minutes <= search.window[1])
    start = data.draw(st.integers(search.window[0], search.window[1] - search.minutes))
    twin, found = Twin(*case), verdict(*case, start)
    told = {
        (stretch.reason.party.value, stretch.reason.code.value, minute)
        for stretch in found.stretches
        for minute in range(stretch.start, stretch.end)
    }
    assert told == set(twin.verdict(start))
    assert (found.inside, found.on_grid) == (True, start in twin.grid())
    assert found.offered == (start in solve(*case).slots)


@given(searches())
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
def test_the_one_change_is_the_first_that_helps(case: Case) -> None:
    assume(not solve(*case).slots)
    assert change(*case) == expected(*case)


def expected(search: Search, coach: Party, agent: Party) -> Change | None:
    """The change by trying: every figure, one after the other."""

    def slots(**figures: object) -> list[int]:
        return Twin(replace(search, **figures), coach, agent).solve()[1]  # type: ignore[arg-type]  # names differ

    twin = Twin(search, coach, agent)
    today, last = (local_date(twin.zone, at) for at in (search.now, search.window[1]))
    if search.horizon_days is not None:
        for days in range(search.horizon_days + 1, (last - today).days + 1):
            if found := slots(horizon_days=days):
                return Change(ChangeKind.LOOK_FURTHER, found[0], days)
    if search.notice and (found := slots(notice=0)):
        notice = found[-1] - search.now - search.now_passed
        assert slots(notice=notice) == [found[-1]]
        assert not slots(notice=notice + 1)
        return Change(ChangeKind.SHORTER_NOTICE, found[-1], notice)
    if found := slots(buffer_before=0, buffer_after=0):
        return Change(ChangeKind.NO_BUFFERS, found[0])
    for name in PartyName:
        limits: Limits = getattr(search, f"{name}_limits")
        for period in Period:
            value = getattr(limits, period)
            if value and (found := slots(**{f"{name}_limits": replace(limits, **{period: value + 1})})):
                return Change(ChangeKind.RAISE_LIMIT, found[0], value + 1, name, period)
    addition = twin.shortest_addition()
    if addition is None:
        return None
    count, slot, name_ = addition
    made = change(search, coach, agent)
    assert made is not None
    assert sum(end - start for start, end in made.hours) == count
    return Change(ChangeKind.OPEN_HOURS, slot, party=PartyName(name_), hours=made.hours)

"""A few runs of the campaign that `make faults` makes in full: a call of each kind, each with another fault."""

import pytest

from pmtui.backend.states import Provider
from tests.faults.plan import FAULTS, Run, fault_of, make, pairs

_EVENTS = "/google/calendar/v3/calendars/{calendar}/events"
RUNS = [
    (Provider.OUTLOOK, "POST /graph/v1.0/me/events", "timeout-after"),
    (Provider.OUTLOOK, "PATCH /graph/v1.0/me/events/{id}", "401-for-good"),
    (Provider.GOOGLE, f"POST {_EVENTS}", "cut-after"),
    (Provider.WFM, "POST /wfm/api/command/AddMeetings", "500"),
]


@pytest.mark.parametrize(("provider", "call", "kind"), RUNS, ids=lambda value: str(value).replace("/", "."))
async def test_whatever_goes_wrong_the_calendars_hold_what_is_wanted(provider: Provider, call: str, kind: str) -> None:
    outcome = await make(Run(provider, call, kind, seed=7, times=1))
    assert (outcome.failure, outcome.struck) == ("", True)
    if kind == "401-for-good":
        assert outcome.lost == "needs reconnecting"


def test_every_pair_is_covered_evenly_and_a_seed_says_it_all() -> None:
    calls = {"GET a": 3, "POST b": 1}
    runs = pairs(Provider.WFM, calls, 10 * len(FAULTS), 5)
    covered = [(run.call, run.kind) for run in runs]
    assert {covered.count(pair) for pair in covered} == {5}
    assert len(set(covered)) == 2 * len(FAULTS) == len(set(covered[: 2 * len(FAULTS)]))
    assert runs == pairs(Provider.WFM, calls, 10 * len(FAULTS), 5)
    assert [fault_of(run) for run in runs] == [fault_of(run) for run in runs]

"""A few runs of the campaign that `make faults` makes in full: a call of each kind, each with another fault."""

from pathlib import Path

import pytest

from pmtui.backend.states import Provider
from tests.conformance.proof import faults
from tests.faults.journal import Journal
from tests.faults.plan import FAULTS, Outcome, Run, fault_of, make, pairs
from tests.faults.report import report

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


def test_a_campaign_goes_on_from_its_journal_and_both_pages_say_what_came_of_it(tmp_path: Path) -> None:
    planned = pairs(Provider.WFM, {"POST b": 1}, 10, 5) + pairs(Provider.GOOGLE, {"GET a": 1}, 10, 5)
    first = Journal(tmp_path / "journal", planned)
    first.note(Outcome(planned[0], True, "degraded", ""))
    first.note(Outcome(planned[1], False, "", ""))
    again = Journal(tmp_path / "journal", planned)
    assert again.outcomes == first.outcomes
    assert again.left(planned) == planned[2:]
    for run in planned[2:]:
        again.note(Outcome(run, True, "", "never booked" if run == planned[-1] else ""))
    page = report(again, planned, 5)
    assert "20 runs, 1 failed, 1 in which the call was not made." in page
    assert "| wfm | 10 | 10 | 0 | 9 | 10 |" in page
    assert f"- `{planned[1].call}`, {planned[1].kind}, seed {planned[1].seed}" in page
    assert f"- {planned[-1]}: never booked" in page
    again = Journal(tmp_path / "journal", planned)
    assert again.left(planned) == [planned[-1]]
    again.note(Outcome(planned[-1], True, "", ""))
    assert "20 runs, 0 failed, 1 in which" in report(again, planned, 5)
    assert f"mended:\n\n- {planned[-1]}: never booked (commit " in report(again, planned, 5)
    assert "20 of 20 runs" in " ".join(faults(page).split())
    assert "**1 failed**" in faults(page)

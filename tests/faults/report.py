"""The page a campaign is written down on."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pmtui.backend.clock import SystemClock
from pmtui.backend.states import Provider
from tests.faults.journal import Journal
from tests.faults.plan import FAULTS, Outcome, Run

_ABOUT = """\
# Faults

Written by `make faults`. Runs of connect, book, move, delete by hand, move, cancel, disconnect, in which one call of
a provider goes wrong. After each: the calendars hold exactly what is wanted, no event twice, no session lost, and no
minute booked that was not free. What fails for good is mended and, where it ended a sign-in, connected again.

A run is the worker, the services and the sandbox in one process and one thread, on a clock that jumps to whatever is
due next and a database that is not waited for to reach the disk."""


def report(journal: Journal, planned: Sequence[Run], seed: int) -> str:
    """The page, for the runs made of those planned."""
    outcomes, commits = journal.outcomes, ", ".join(dict.fromkeys(journal.commits))
    failures = [one for one in outcomes if one.failure]
    lines = [
        _ABOUT,
        "",
        f"{SystemClock().now():%Y-%m-%d}, commit {commits}, seed {seed}: {len(outcomes)} runs,"
        f" {len(failures)} failed, {sum(not one.struck for one in outcomes)} in which the call was not made."
        + ("" if len(outcomes) == len(planned) else " Stopped by its time limit before all were made."),
        "",
        "| provider | runs made | planned | failures | pairs of call and fault met | pairs there are |",
        "|---|---|---|---|---|---|",
        *(_row(one, outcomes, planned) for one in Provider),
        "",
        "Each cell: runs / failures.",
        "",
        f"| call | {' | '.join(FAULTS)} |",
        f"|---|{'---|' * len(FAULTS)}",
    ]
    ran = Counter((one.run.call, one.run.kind) for one in outcomes if one.struck)
    failed = Counter((one.run.call, one.run.kind) for one in failures)
    for call in sorted({run.call for run in planned}):
        cells = (f"{ran[call, kind]} / {failed[call, kind]}" for kind in FAULTS)
        lines.append(f"| `{call}` | {' | '.join(cells)} |")
    shown = Counter(one.lost for one in outcomes if one.run.kind == "401-for-good" and one.lost)
    lines += _listed("How what failed for good showed:", (f"{how}: {count}" for how, count in sorted(shown.items())))
    missed = (f"`{one.run.call}`, {one.run.kind}, seed {one.run.seed}" for one in outcomes if not one.struck)
    lines += _listed("Runs in which the call was not made:", missed)
    mended = (f"{one.run}: {one.failure} (commit {commit})" for one, commit in journal.mended)
    lines += _listed("Failed, and passed when made again once the cause was mended:", mended)
    lines += _listed("Failures:", (f"{one.run}: {one.failure}" for one in failures))
    return "\n".join([*lines, ""])


def _row(provider: Provider, outcomes: Sequence[Outcome], planned: Sequence[Run]) -> str:
    own = [one for one in outcomes if one.run.provider is provider]
    runs = [run for run in planned if run.provider is provider]
    met = {(one.run.call, one.run.kind) for one in own if one.struck}
    there_are = {(run.call, run.kind) for run in runs}
    failed = sum(bool(one.failure) for one in own)
    return f"| {provider.value} | {len(own)} | {len(runs)} | {failed} | {len(met)} | {len(there_are)} |"


def _listed(title: str, items: Iterable[str]) -> list[str]:
    """A list under its title, or nothing."""
    found = [f"- {item}" for item in items]
    return ["", title, "", *found] if found else []

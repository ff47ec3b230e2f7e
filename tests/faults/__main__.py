"""`make faults`: run the campaign and write docs/faults.md.

In the environment: RUNS for each provider, SEED to make the same ones again, with ONLY the seeds of runs to replay
(nothing is written then), PROCESSES, SECONDS_AT_MOST, and JOURNAL, a file from which the same campaign (the same SEED
and RUNS) goes on after it was stopped.
"""

import asyncio
import gc
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import SystemRandom

from pmtui.backend.states import Provider
from tests.faults.journal import Journal
from tests.faults.plan import Outcome, Run, calls_of, make, pairs
from tests.faults.report import report

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"


def _begin() -> None:
    """A process of the campaign: what the modules made stays, and what runs leave behind is looked through seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _make(run: Run) -> Outcome:
    return asyncio.run(make(run))


def _calls(provider: Provider) -> dict[str, int]:
    return asyncio.run(calls_of(provider))


def main() -> int:
    """1 if a run failed, else 0."""
    runs = int(os.environ.get("RUNS") or "1000")
    seed = int(os.environ.get("SEED") or SystemRandom().getrandbits(32))
    only = set(os.environ.get("ONLY", "").split())
    kept = os.environ.get("JOURNAL")
    limit = float(os.environ.get("SECONDS_AT_MOST") or "inf")
    print(f"SEED={seed} RUNS={runs}", flush=True)
    began = time.monotonic()
    with ProcessPoolExecutor(int(os.environ.get("PROCESSES") or "2"), initializer=_begin) as pool:
        plans = [pairs(one, calls, runs, seed) for one, calls in zip(Provider, pool.map(_calls, Provider), strict=True)]
        planned = [run for together in zip(*plans, strict=True) for run in together]
        journal = Journal(Path(kept) if kept else None, planned)
        left = [run for run in journal.left(planned) if not only or str(run.seed) in only]
        took = 0.0
        for outcome in pool.map(_make, left):
            journal.note(outcome)
            if outcome.failure:
                print(f"FAILED {outcome.run}: {outcome.failure}", flush=True)
            took = time.monotonic() - began
            if len(journal.outcomes) % 60 == 0:
                print(f"{len(journal.outcomes)} of {len(planned)} runs, {took:.0f} s", flush=True)
            if took > limit:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    if not only:
        REPORT.write_text(report(journal, planned, seed), "utf-8")
    failed = sum(bool(outcome.failure) for outcome in journal.outcomes)
    print(f"{len(journal.outcomes)} runs, {failed} failed, {took:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

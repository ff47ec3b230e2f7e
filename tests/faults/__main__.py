"""`make faults`: run the campaign and write docs/faults.md. RUNS= for each provider, SEED= to replay one."""

import asyncio
import os
import subprocess
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import SystemRandom

from pmtui.backend.clock import SystemClock
from pmtui.backend.states import Provider
from tests.faults.plan import FAULTS, Outcome, Run, calls_of, make, pairs

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"


def _make(run: Run) -> Outcome:
    return asyncio.run(make(run))


def _calls(provider: Provider) -> dict[str, int]:
    return asyncio.run(calls_of(provider))


def main() -> int:
    """The number of failed runs, as exit code 1 at most."""
    runs = int(os.environ.get("RUNS") or "1000")
    seed = int(os.environ.get("SEED") or SystemRandom().getrandbits(32))
    limit = float(os.environ.get("SECONDS_AT_MOST") or "inf")
    print(f"SEED={seed} RUNS={runs}", flush=True)
    began, outcomes = time.monotonic(), []
    with ProcessPoolExecutor(int(os.environ.get("PROCESSES") or "2")) as pool:
        plans = [pairs(one, calls, runs, seed) for one, calls in zip(Provider, pool.map(_calls, Provider), strict=True)]
        there_are = {
            one: len({(run.call, run.kind) for run in plan}) for one, plan in zip(Provider, plans, strict=True)
        }
        mixed = [run for together in zip(*plans, strict=True) for run in together]
        for first in range(0, len(mixed), 12):
            if time.monotonic() - began > limit:
                break
            for outcome in pool.map(_make, mixed[first : first + 12]):
                outcomes.append(outcome)
                if outcome.failure:
                    print(f"FAILED {outcome.run}: {outcome.failure}", flush=True)
    took = time.monotonic() - began
    REPORT.write_text(_report(outcomes, seed, runs, took, there_are), "utf-8")
    failed = sum(bool(outcome.failure) for outcome in outcomes)
    print(f"{len(outcomes)} runs, {failed} failed, {took:.0f} s")
    return 1 if failed else 0


def _provider(provider: Provider, outcomes: list[Outcome], there_are: int, runs: int) -> str:
    own = [one for one in outcomes if one.run.provider is provider]
    met = len({(one.run.call, one.run.kind) for one in own if one.struck})
    failed = sum(bool(one.failure) for one in own)
    return f"| {provider.value} | {len(own)} | {runs} | {failed} | {met} | {there_are} |"


def _report(outcomes: list[Outcome], seed: int, runs: int, took: float, there_are: dict[Provider, int]) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    lines = [
        "# Faults",
        "",
        "Runs of connect, book, move, delete by hand, move, cancel, disconnect, in which one call of a provider goes",
        "wrong. After each: the calendars hold exactly what is wanted, no event twice, no session lost, and no minute",
        "booked that was not free. What fails for good is mended and, where it ended a sign-in, connected again.",
        "",
        f"{SystemClock().now():%Y-%m-%d}, commit {commit.stdout.strip()}, seed {seed}: {len(outcomes)} runs in"
        f" {took:.0f} s, {sum(bool(one.failure) for one in outcomes)} failed,"
        f" {sum(not one.struck for one in outcomes)} in which the call was not made."
        + ("" if len(outcomes) >= runs * 3 else " Stopped by its time limit before all were made."),
        "",
        "| provider | runs made | planned | failures | pairs of call and fault met | pairs there are |",
        "|---|---|---|---|---|---|",
        *(_provider(one, outcomes, there_are[one], runs) for one in Provider),
        "",
        "Each cell: runs / failures.",
        "",
        f"| call | {' | '.join(FAULTS)} |",
        f"|---|{'---|' * len(FAULTS)}",
    ]
    ran = Counter((one.run.call, one.run.kind) for one in outcomes)
    failed = Counter((one.run.call, one.run.kind) for one in outcomes if one.failure)
    for call in dict.fromkeys(call for call, _ in sorted(ran)):
        cells = (f"{ran[call, kind]} / {failed[call, kind]}" for kind in FAULTS)
        lines.append(f"| `{call}` | {' | '.join(cells)} |")
    lines += ["", "How what failed for good showed:", ""]
    shown = Counter(one.lost for one in outcomes if one.run.kind == "401-for-good" and one.lost)
    lines += [f"- {how}: {count}" for how, count in sorted(shown.items())]
    failures = [one for one in outcomes if one.failure]
    lines += ["", "Failures:", "", *(f"- {one.run}: {one.failure}" for one in failures)] if failures else []
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    raise SystemExit(main())

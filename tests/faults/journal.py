"""What a campaign has seen so far, line by line, so that one that was stopped goes on where it was."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.plan import Outcome, Run


class Journal:
    """A file of one JSON object a line: each sitting's commit, then how each of its runs ended. None: kept nowhere."""

    def __init__(self, path: Path | None, planned: Sequence[Run]) -> None:
        """Take in what stands there of these runs; they are known by their seeds."""
        self._path = path
        self.commits: list[str] = []
        self.mended: list[tuple[Outcome, str]] = []
        """Runs that failed, each with the commit with which it did, and passed when they were made again."""
        self._made: dict[int, tuple[Outcome, str]] = {}
        by_seed = {run.seed: run for run in planned}
        for line in path.read_text("utf-8").splitlines() if path is not None and path.exists() else []:
            entry = json.loads(line)
            if "commit" in entry:
                self.commits.append(entry["commit"])
            elif entry["seed"] in by_seed:
                run = by_seed[entry["seed"]]
                self._take(Outcome(run, entry["struck"], entry["lost"], entry["failure"]))
        self.commits.append(_commit())
        self._write({"commit": self.commits[-1]})

    @property
    def outcomes(self) -> list[Outcome]:
        """How each run made ended, the last time it was made."""
        return [outcome for outcome, _ in self._made.values()]

    def left(self, planned: Sequence[Run]) -> list[Run]:
        """The runs that are yet to be made, in order: those that failed once more."""
        passed = {one.run.seed for one in self.outcomes if not one.failure}
        return [run for run in planned if run.seed not in passed]

    def note(self, outcome: Outcome) -> None:
        """One more run was made."""
        self._take(outcome)
        said = {"struck": outcome.struck, "lost": outcome.lost, "failure": outcome.failure}
        self._write({"seed": outcome.run.seed, **said})

    def _take(self, outcome: Outcome) -> None:
        before = self._made.get(outcome.run.seed)
        if before is not None and before[0].failure and not outcome.failure:
            self.mended.append(before)
        self._made[outcome.run.seed] = (outcome, self.commits[-1])

    def _write(self, entry: dict[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


def _commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return said.stdout.strip()

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
        self.outcomes: list[Outcome] = []
        by_seed = {run.seed: run for run in planned}
        for line in path.read_text("utf-8").splitlines() if path is not None and path.exists() else []:
            entry = json.loads(line)
            if "commit" in entry:
                self.commits.append(entry["commit"])
            elif entry["seed"] in by_seed:
                run = by_seed[entry["seed"]]
                self.outcomes.append(Outcome(run, entry["struck"], entry["lost"], entry["failure"]))
        self.commits.append(_commit())
        self._write({"commit": self.commits[-1]})

    def left(self, planned: Sequence[Run]) -> list[Run]:
        """The runs that are yet to be made, in order."""
        made = {one.run.seed for one in self.outcomes}
        return [run for run in planned if run.seed not in made]

    def note(self, outcome: Outcome) -> None:
        """One more run was made."""
        self.outcomes.append(outcome)
        said = {"struck": outcome.struck, "lost": outcome.lost, "failure": outcome.failure}
        self._write({"seed": outcome.run.seed, **said})

    def _write(self, entry: dict[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


def _commit() -> str:
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return said.stdout.strip()

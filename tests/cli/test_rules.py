"""`pmtui coaching rules` and `pmtui import metrics`, on a database of their own."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pmtui.backend.actor import operator
from pmtui.backend.coaching.records import RunRecord
from pmtui.backend.config import Config
from pmtui.backend.states import RunState
from pmtui.cli import output, runs
from pmtui.cli.main import run
from tests.cli.test_people import Pmtui, pmtui, ready
from tests.clock import START

__all__ = ["pmtui", "ready"]

RULE = ("coaching", "rules", "add", "Low quality", "--metric", "Quality", "--when", "below 80")


@pytest.fixture
def staffed(ready: Pmtui) -> Pmtui:
    """With an agent and a rule."""
    assert ready("people", "add", "kim@acme.example", "Kim", "--team", "North")[0] == 0
    assert ready(*RULE, "--priority", "high", "--team", "North", "--target", "85 in 30 days")[0] == 0
    return ready


def test_from_a_rule_and_a_file_to_who_falls_under_it(staffed: Pmtui, tmp_path: Path) -> None:
    assert staffed("coaching", "rules", "who")[1] == "Nobody falls under a rule.\n"
    file = tmp_path / "metrics.csv"
    file.write_text("email,metric,value,date\nkim@acme.example,Quality,60,2026-02-01\n", "utf-8")
    assert staffed("import", "metrics", str(file)) == (0, "Imported 1 row of 1 agent.\n", "")
    assert staffed("coaching", "rules", "who")[1] == (
        "Kim <kim@acme.example> · Low quality (high) · quality 60 on 2026-02-01 · misses by 25%\n"
    )
    assert staffed("coaching", "rules", "list")[1] == (
        "Low quality (high) · quality below 80 · North · to 85 in 30 days · 1 agent falls under it\n"
    )
    _, said, _ = staffed("coaching", "rules", "set", "Low quality", "--when", "below 50", "--everybody", "--json")
    changed = json.loads(said)
    assert (changed["rule"]["value"], changed["rule"]["teams"], changed["agents"]) == (50, [], 0)
    assert (changed["rule"]["priority"], changed["version"]) == ("high", 2)
    assert staffed("coaching", "rules", "remove", "Low quality", "--yes") == (0, "Removed.\n", "")


def test_standard_input_is_read_as_well(staffed: Pmtui, monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.TextIOWrapper(io.BytesIO(b"date,email,value,metric\n2026-02-01,kim@acme.example,1,Calls\n"))
    monkeypatch.setattr(sys, "stdin", text)
    assert staffed("import", "metrics", "-")[:2] == (0, "Imported 1 row of 1 agent.\n")


def test_bad_rows_are_named_a_line_each(staffed: Pmtui, tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    file.write_text("email,metric,value,date\nkim@acme.example,Quality,x,2026-02-01\n", "utf-8")
    code, said, errors = staffed("import", "metrics", str(file))
    assert (code, said) == (2, "")
    assert errors == (
        "pmtui: line 2: value: 'x' is no number. Write it like 80 or 80.5.\n"
        "pmtui: 1 row is wrong. Nothing was imported: correct the file and import it again.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (RULE[:4], "A rule needs --metric and --when."),
        ((*RULE[:7], "about 80"), "when: 'about 80' says no comparison."),
        ((*RULE, "--priority", "urgent"), "priority: 'urgent' is no priority."),
        ((*RULE, "--target", "soon"), "target: 'soon' is no target."),
        (("coaching", "rules", "set", "Low quality", "--team", "North", "--everybody"), "--everybody and --team"),
        (("import", "metrics", "nowhere.csv"), "nowhere.csv: The file can't be read:"),
    ],
)
def test_bad_input_gets_one_line(staffed: Pmtui, arguments: tuple[str, ...], said: str) -> None:
    code, out, errors = staffed(*arguments)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert errors.startswith(f"pmtui: {said}")


def test_a_run_that_no_worker_takes_up_says_what_it_waits_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter([RunState.WAITING] * (runs._PATIENCE + 5) + [RunState.DONE])
    waited = RunRecord("ABC234", RunState.WAITING, (), "", START, "Ada", None, None, 0, 0, 0, None, None)
    service = SimpleNamespace(run=lambda actor, code: replace(waited, state=next(states)))
    monkeypatch.setattr(runs, "_LOOK_SECONDS", 0)
    monkeypatch.setattr(output, "services", lambda: SimpleNamespace(runs=service, config=Config(embedded_worker=False)))
    monkeypatch.setattr(output, "actor", lambda services: operator(1))
    service.ask = lambda actor, **narrowed: waited
    service.outcomes = lambda actor, code: ()
    assert run(["coaching", "run"]) == 0
    assert capsys.readouterr().err == "Waiting for the worker ... (Ctrl+C cancels the run)\n"


def test_a_run_from_the_command_line_leaves_nobody_without_a_reason(staffed: Pmtui, tmp_path: Path) -> None:
    assert staffed("coaching", "runs")[1] == "There has been no run yet. Start one: pmtui coaching run\n"
    file = tmp_path / "metrics.csv"
    file.write_text("email,metric,value,date\nkim@acme.example,Quality,60,2026-02-01\n", "utf-8")
    assert staffed("import", "metrics", str(file))[0] == 0
    code, said, _ = staffed("coaching", "run", "--json")
    ended = json.loads(said)
    assert (code, ended["state"], ended["agents"], ended["done"], ended["proposed"]) == (0, "done", 1, 1, 0)
    line = "Kim <kim@acme.example> · Low quality (high) · No coach is assigned, and the main team has none.\n"
    assert staffed("coaching", "report")[1].endswith(line)
    _, table, _ = staffed("coaching", "report", ended["code"], "--csv", "--agent", "kim@acme.example")
    assert table.splitlines()[1].startswith("Kim,kim@acme.example,,Low quality,high,no_coach,")
    assert staffed("coaching", "run", "--cancel", ended["code"])[0] == 1
    assert staffed("coaching", "run", "--cancel", ended["code"], "--team", "North")[0] == 2
    assert staffed("coaching", "report", "--csv", "--json")[0] == 2

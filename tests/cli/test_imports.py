"""docs/auto-coaching.md: the examples of imports are run as they stand there, on a database of their own."""

import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.test_people import Pmtui, answering, pmtui, ready
from tests.clock import ManualClock

__all__ = ["pmtui", "ready"]

PAGE = Path(__file__).parents[2] / "docs" / "auto-coaching.md"
(SECTION,) = re.findall(
    r"^## What it needs: imports\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
)
LINES = re.findall(
    r"\$ (.*?)\n(.*?)(?=\$ |\Z)", "".join(re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)), re.DOTALL
)


def test_the_examples_print_what_the_page_shows(ready: Pmtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pmtui.backend.build.SystemClock", ManualClock)
    monkeypatch.setattr("pmtui.backend.coaching.codes.draw", lambda: "7KQ2M4")
    ran = 0
    for command, shown in LINES:
        program, *arguments = shlex.split(command)
        if program == "cat":
            Path(arguments[0]).write_text(shown, "utf-8")
            continue
        _, said, errors = ready(*arguments)
        assert (command, said + errors) == (command, shown)
        ran += 1
    assert ran == 12


def test_people_come_from_standard_input_and_go_out_as_json(ready: Pmtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"name,email\nKim,kim@acme.example\n")))
    code, said, errors = ready("import", "people", "-", "--json")
    assert (code, errors) == (0, "")
    assert json.loads(said) == {"rows": 1, "added": 1, "changed": 0, "ended": 0}


def test_people_are_shut_out_only_after_a_yes(ready: Pmtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,name\nkim@acme.example,Kim\n", "utf-8")
    assert ready("import", "people", str(file))[0] == 0
    file.write_text("email,name,disabled\nkim@acme.example,Kim,yes\n", "utf-8")
    code, _, errors = ready("import", "people", str(file))
    assert (code, errors.count("\n"), "--yes --expect 1" in errors) == (2, 1, True)
    asked = answering(monkeypatch, answer=False)
    assert ready("import", "people", str(file))[0] == 1
    assert asked == [
        "1 person is disabled or can coach no more: their calendar connections and sign-ins end at once. Go on?"
    ]
    assert ready("import", "people", str(file), "--yes", "--expect", "1")[:2] == (
        0,
        "Imported 1 row: 0 added, 1 changed, of whom 1 disabled or coaching no more.\n",
    )

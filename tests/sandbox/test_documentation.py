"""docs/sandbox.md names every lever and fault there is, and none besides."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from pmtui.sandbox.faults import KINDS, Fault
from pmtui.sandbox.levers import LEVERS

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")


def _first_column(heading: str) -> set[str]:
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([^`]+)`", " ".join(rows)))


def test_every_lever_is_described() -> None:
    assert _first_column("Levers") == set(LEVERS)


def test_every_fault_is_described_with_all_that_it_takes() -> None:
    assert _first_column("Faults") == set(KINDS)
    section = TEXT.partition("## Faults\n")[2].partition("\n## ")[0]
    assert not [one.name for one in fields(Fault) if one.name not in section]

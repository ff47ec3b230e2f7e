"""docs/benchmarks.md: the only writer. Every section is one measurement of one run."""

import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pmtui.backend.clock import SystemClock

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `missed` names the bars that were not met, in words."""

    title: str
    explanation: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    missed: tuple[str, ...] = ()


def write(sections: list[Section]) -> None:
    """Write the report, with date, commit and machine."""
    lines = ["# Benchmarks", "", "Written by `make bench`; the ratios count, absolute figures are this machine's.", ""]
    lines += [f"{SystemClock().now():%Y-%m-%d}, commit {_commit()}, {_machine()}.", ""]
    for section in sections:
        lines += [f"## {section.title}", "", section.explanation, ""]
        lines.append("| " + " | ".join(section.columns) + " |")
        lines.append("|" + " --- |" * len(section.columns))
        lines += ["| " + " | ".join(row) + " |" for row in section.rows]
        lines += ["", *(f"**Missed:** {bar}" for bar in section.missed), *([""] if section.missed else [])]
    REPORT.write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _machine() -> str:
    cores = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines())
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"

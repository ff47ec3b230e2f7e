"""docs/benchmarks.md: the only writer. Every section is one measurement of one run."""

import dataclasses
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pmtui.backend.clock import SystemClock

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_LIBRARIES = ("textual", "sqlmodel", "tzdata", "calgebra", "portion", "intervaltree", "ortools")


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `missed` and `met` name the bars that were not and that were met, in words."""

    title: str
    explanation: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    missed: tuple[str, ...] = ()
    met: tuple[str, ...] = ()


def judged(bars: dict[str, bool]) -> dict[str, tuple[str, ...]]:
    """Bars by their words and whether each was met, as a Section's `missed` and `met`."""
    return {
        "missed": tuple(bar for bar, met in bars.items() if not met),
        "met": tuple(bar for bar, met in bars.items() if met),
    }


def save(sections: list[Section], place: Path) -> None:
    """Write sections down for another process."""
    place.write_text(json.dumps([dataclasses.asdict(section) for section in sections]), "utf-8")


def load(place: Path) -> list[Section]:
    """What `save` wrote."""
    return [
        Section(
            one["title"],
            one["explanation"],
            tuple(one["columns"]),
            tuple(map(tuple, one["rows"])),
            tuple(one["missed"]),
            tuple(one["met"]),
        )
        for one in json.loads(place.read_text("utf-8"))
    ]


def write(sections: list[Section]) -> None:
    """Write the report."""
    REPORT.write_text(page(sections), "utf-8")


def page(sections: list[Section]) -> str:
    """The report: date, commit and machine, every bar with how it went, and the sections."""
    lines = ["# Benchmarks", "", "Written by `make bench`; the ratios count, absolute figures are this machine's.", ""]
    lines += [f"{SystemClock().now():%Y-%m-%d}, commit {commit()}, {machine()}.", "", f"With {_versions()}.", ""]
    bars = [(section.title, bar, "**missed**") for section in sections for bar in section.missed]
    bars += [(section.title, bar, "met") for section in sections for bar in section.met]
    lines += [*table(("measured", "bar", ""), tuple(bars)), ""]
    for section in sections:
        lines += [f"## {section.title}", "", section.explanation, ""]
        if section.columns:
            lines += [*table(section.columns, section.rows), ""]
        for bar in (*(f"**Missed:** {bar}" for bar in section.missed), *(f"Met: {bar}" for bar in section.met)):
            lines += [f"- {bar}"]
        if section.missed or section.met:
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[str]:
    """The lines of a table."""
    return [
        "| " + " | ".join(columns) + " |",
        "|" + " --- |" * len(columns),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def commit() -> str:
    """What is measured."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def machine() -> str:
    """What it is measured on."""
    load = f"load {os.getloadavg()[0]:.0f} at the end"
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {load}, {machine}"


def _versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)

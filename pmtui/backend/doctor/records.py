"""What an examination finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it stands, and what to do where it is not well. Holds no secret."""

    level: Level
    area: str
    said: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found, in the order in which it was looked at."""

    well: bool
    findings: tuple[Finding, ...]


def ok(area: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, area, said)


def warning(area: str, said: str, next_step: str) -> Finding:
    """Works, but not for long or not for all."""
    return Finding(Level.WARNING, area, said, next_step)


def problem(area: str, said: str, next_step: str) -> Finding:
    """Does not work."""
    return Finding(Level.PROBLEM, area, said, next_step)

"""What these tests show, as the table docs/conformance.md: each test names the row that it belongs to.

`pytestmark = pytest.mark.shows("Section", "what is shown", by="msal")` names a test's row; tests with the same one
share it. A passed test is one check, unless it says with the fixture `checks` how many it made. A whole run writes the
table anew; a run of some of the tests leaves it alone.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
FAULTS = ROOT / "docs" / "faults.md"
SECTIONS = ("Sign-in", "Calendars", "Google's own description", "A real browser", "A real terminal")
"""In the order of the page; a section that is not named here comes after these."""

_HEAD = """# What other people's software says

Everything here was tried by, on or against software that this project did not write. `make conformance` runs it and
writes this page. It needs the Debian packages of `.ci/apt.txt`; nothing is skipped where one is missing, it fails.

Last run: {day}, {tests} tests, {checks:,} checks, {failed}.

| Software | Version | Where from |
|---|---|---|
{software}
"""
_FAULTS = """
## Faults

Not run with this page but by `make faults`, which writes [faults.md](faults.md): {runs:,} of {planned:,} runs from
connecting to cancelling, in each of which one call of a provider went wrong, over {met} of {pairs} pairs of a call and
a fault. {failed}.
"""
NOTES = """
## Where the other software says something else

**Xandikos, instances across a clock change.** An event from 22:00 to 06:00 takes eight hours. In the night in which the
clocks go forward Xandikos ends its instance at 06:00, after seven hours; the sandbox's Google and our client end it at
07:00, after eight. RFC 5545, 3.8.5.3: where the first instance is given by DTSTART and DTEND, "the same exact duration"
applies to all instances. The test accepts that one difference from Xandikos, worked out exactly, and no other.

**Xandikos, whole days at the edge of what is asked for.** It expands by UTC dates, so that a whole day of another zone
is missing where the window cuts it. It is therefore asked for four days more on both sides.

**Google's revocation** takes the token alone, where RFC 7009 wants the client as well. The strict server's own script
adds the client before oidc-provider sees the request.
"""
"""What stands under the tables."""
_LOCK = Path(__file__).parent / "oidc_provider" / "package-lock.json"


def _debian(package: str) -> str:
    asked = ["dpkg-query", "-W", "-f", "${Version}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def _npm(package: str) -> str:
    locked: str = json.loads(_LOCK.read_text("utf-8"))["packages"][f"node_modules/{package}"]["version"]
    return locked


_FROM: dict[str, tuple[str, Callable[[str], str]]] = {
    "chromium": ("Debian", _debian),
    "openssh-server": ("Debian", _debian),
    "tmux": ("Debian", _debian),
    "oidc-provider": ("npm", _npm),
}


@dataclass
class Row:
    """One row of the table, while its tests run."""

    section: str
    what: str
    by: str
    tests: int = 0
    checks: int = 0
    failed: int = 0
    figures: list[str] = field(default_factory=list)

    @property
    def result(self) -> str:
        """The last column."""
        if self.failed:
            return f"**{self.failed} of {self.tests} failed**"
        return "; ".join(["passed", *self.figures])


@dataclass
class Table:
    """All rows, in the order in which their first tests are collected."""

    rows: dict[tuple[str, str, str], Row] = field(default_factory=dict)

    def row(self, section: str, what: str, by: str) -> Row:
        """That row, made if it is new."""
        return self.rows.setdefault((section, what, by), Row(section, what, by))

    def page(self, day: date) -> str:
        """The whole page."""
        rows = list(self.rows.values())
        failed = sum(row.failed for row in rows)
        head = _HEAD.format(
            day=day,
            tests=sum(row.tests for row in rows),
            checks=sum(row.checks for row in rows),
            failed=f"{failed} failed" if failed else "all passed",
            software="\n".join(_software(row.by for row in rows)),
        )
        return head + "".join(self._section(name) for name in self._sections()) + faults(FAULTS.read_text()) + NOTES

    def _sections(self) -> list[str]:
        more = sorted({row.section for row in self.rows.values()} - set(SECTIONS))
        return [name for name in (*SECTIONS, *more) if any(row.section == name for row in self.rows.values())]

    def _section(self, name: str) -> str:
        lines = [f"\n## {name}\n", "| What is shown | By | Checks | Result |", "|---|---|---:|---|"]
        rows = [row for row in self.rows.values() if row.section == name]
        lines += [f"| {row.what} | {row.by} | {row.checks:,} | {row.result} |" for row in rows]
        return "\n".join(lines) + "\n"


def faults(page: str) -> str:
    """What docs/faults.md says, in short: its table has a row for each provider, of five counts."""
    rows = re.findall(r"^\| \w+ " + r"\| (\d+) " * 5 + r"\|$", page, re.MULTILINE)
    runs, planned, failed, met, pairs = (sum(map(int, column)) for column in zip(*rows, strict=True))
    said = f"**{failed:,} failed**" if failed else "None failed"
    return _FAULTS.format(runs=runs, planned=planned, met=met, pairs=pairs, failed=said)


def _software(named: Iterable[str]) -> list[str]:
    names = sorted({name.strip() for by in named for name in by.split(",")})
    return [f"| {name} | {_version(name)} | {_FROM[name][0] if name in _FROM else 'PyPI'} |" for name in names]


def _version(name: str) -> str:
    return _FROM[name][1](name) if name in _FROM else version(name)

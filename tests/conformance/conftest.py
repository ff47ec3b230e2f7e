"""Which row of docs/conformance.md a test belongs to, and the page written when all have run."""

import subprocess
from collections.abc import Callable, Generator
from typing import Any

import pytest

from pmtui.backend.clock import SystemClock
from tests.conformance.proof import PAGE, ROOT, Table

_TABLE = pytest.StashKey[Table]()
_CHECKS = pytest.StashKey[int]()
_FIGURE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and refuse to begin without the Debian packages that are needed."""
    needed = (ROOT / ".ci" / "apt.txt").read_text("utf-8").split()
    asked = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *needed]
    there = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    missing = [package for package in needed if f"{package} installed" not in there]
    if missing:
        raise pytest.UsageError(f"Debian packages are missing: apt-get install {' '.join(missing)}")
    config.addinivalue_line("markers", "shows(section, what, by): the row of docs/conformance.md this belongs to")
    config.stash[_TABLE] = Table()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Lay the rows out in the order of the tests. Every test has one."""
    homeless = []
    for item in items:
        if item.path.parent != ROOT / "tests" / "conformance":
            continue
        if item.get_closest_marker("shows") is None:
            homeless.append(item.nodeid)
        else:
            config.stash[_TABLE].row(*_row(item))
    if homeless:
        raise pytest.UsageError(f"mark with `shows` which row of docs/conformance.md this is: {', '.join(homeless)}")


@pytest.fixture
def checks(request: pytest.FixtureRequest) -> Callable[[int], None]:
    """Tell how many checks a test made; without it a test is one."""

    def made(count: int) -> None:
        request.node.stash[_CHECKS] = count

    return made


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Tell what was measured, for the last column and for the terminal."""

    def measured(text: str) -> None:
        request.node.stash[_FIGURE] = text
        request.node.user_properties.append(("measured", text))

    return measured


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a test in its row, once: when it ran, or when it could not."""
    report = yield
    if item.get_closest_marker("shows") is None or (report.when != "call" and not report.failed):
        return report
    row = item.config.stash[_TABLE].row(*_row(item))
    row.tests += report.when != "teardown"
    row.failed += report.failed
    row.checks += item.stash.get(_CHECKS, 1) if report.passed else 0
    if report.passed and _FIGURE in item.stash:
        row.figures.append(item.stash[_FIGURE])
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page, if everything was run."""
    everything = session.config.args in (["tests/conformance"], ["tests/conformance/"])
    chosen = session.config.getoption("keyword") or session.config.getoption("markexpr")
    if everything and not chosen and session.testscollected and session.testsfailed < session.testscollected:
        PAGE.write_text(session.config.stash[_TABLE].page(SystemClock().now().date()), "utf-8")


def _row(item: pytest.Item) -> tuple[str, str, str]:
    marker: Any = item.get_closest_marker("shows")
    section, what = marker.args
    return section, what, marker.kwargs["by"]

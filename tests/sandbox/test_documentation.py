"""docs/sandbox.md names every lever, fault and call there is, and none besides."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from starlette.routing import Route

from pmtui.sandbox.app import create_app
from pmtui.sandbox.faults import GARBAGE, KINDS, Fault
from pmtui.sandbox.levers import LEVERS
from pmtui.sandbox.request_log import CALLS
from pmtui.sandbox.world import World

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
    assert not [one.name for one in fields(Fault) if f"`{one.name}`" not in section]
    assert not [form for form in GARBAGE if f"`{form}`" not in section]


def test_every_call_is_described() -> None:
    section = TEXT.partition("## Calls\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([A-Z]+ /[^`]+)`", section)) == set(CALLS)


def test_the_calls_are_all_routes_but_the_pages_a_browser_visits() -> None:
    """A page is whatever is for a browser; everything else a fault can name."""
    pages = {"authorize", "pick", "sure", "consent", "approval", "admin-consent-requests", "devicelogin"}
    pages |= {"adminconsent", "answer", "auth", "identity"}
    names = {"{event_id}": "{id}", "{calendar_id}": "{calendar}"}
    found = set()
    for route in create_app(World()).routes:
        assert isinstance(route, Route)
        path = route.path
        for name, template in names.items():
            path = path.replace(name, template)
        if not path.startswith("/_") and path != "/" and path.rpartition("/")[2] not in pages:
            found |= {f"{method} {path}" for method in route.methods or () if method != "HEAD"}
    assert found == set(CALLS)

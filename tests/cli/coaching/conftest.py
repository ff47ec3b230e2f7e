"""A coach, an agent and an administrator, for the commands of `pmtui coaching`."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from pmtui.backend.availability.service import weeks_of
from pmtui.backend.coaching.service import Coaching
from pmtui.backend.slots.values import Span, to_minute
from pmtui.backend.states import External, Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.sync.service import Sync
from pmtui.cli import output
from pmtui.cli.main import run
from tests.clock import START, ManualClock
from tests.world import World

PAIR = ("--coach", "dana@acme.example", "--agent", "kim@acme.example")


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Dana on Outlook and Kim without a calendar; Ada acts unless a test says otherwise."""
    shutil.copy(sqlite_template, tmp_path / "pmtui.db")
    clock = ManualClock()
    database = Database(f"sqlite:///{tmp_path / 'pmtui.db'}", clock)
    world = World(database, clock)
    world.allow(external=External.OUTLOOK)
    world.coach("dana")
    world.agent("kim")
    world.administrator("ada")
    world.week("dana")
    noon = to_minute(START + timedelta(hours=10))
    world.facts("dana", world.connect("dana", Provider.OUTLOOK), [Span(noon, noon + 60)])
    services = SimpleNamespace(coaching=Coaching(database, Sync(database, weeks_of)))
    monkeypatch.setattr(output, "services", lambda: services)
    act_as(world, monkeypatch, "ada")
    yield world
    database.close()


def act_as(world: World, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """Let somebody else act."""
    monkeypatch.setattr(output, "actor", lambda _: world.actor(who))


Pmtui = Callable[..., tuple[int, str, str]]
"""Runs a command: exit code, standard output, standard error."""


@pytest.fixture
def pmtui(world: World, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run `pmtui coaching ...`: exit code, standard output, standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(["coaching", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command

"""An organisation on SQLite to measure the app with: a connected coach with a week, 60 agents."""

from dataclasses import dataclass
from pathlib import Path

from pmtui.backend.clock import SystemClock
from pmtui.backend.states import External, Provider
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from tests.clock import ManualClock
from tests.world import World


@dataclass(frozen=True, slots=True)
class SampleOrganisation:
    """Who to open as, and the environment that leads to the database."""

    coach: str
    coach_name: str
    environment: dict[str, str]


def sample(folder: Path) -> SampleOrganisation:
    """Make the organisation in `folder`."""
    url = f"sqlite:///{folder / 'bench.db'}"
    clock = ManualClock(SystemClock().now())
    database = Database(url, clock)
    schema.upgrade(database.engine)
    world = World(database, clock)
    world.coach("dana")
    for number in range(60):
        world.agent(f"agent{number}")
    world.allow(wfm=True, external=External.OUTLOOK)
    world.facts("dana", world.connect("dana", Provider.OUTLOOK))
    world.week("dana")
    database.close()
    environment = {
        "PMTUI_CONFIG": str(folder / "none.toml"),
        "PMTUI_DATABASE_URL": url,
        "PMTUI_EMBEDDED_WORKER": "false",
    }
    return SampleOrganisation("dana@acme.example", "Dana", environment)

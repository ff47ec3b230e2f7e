"""The sandbox, and the whole backend on each database, for tests of the worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pmtui.backend.build import Services, build
from pmtui.backend.config import Config
from pmtui.backend.signin.vault import Vault
from pmtui.sandbox.grants import CLIENT_ID
from tests.clock import ManualClock
from tests.stand_in import StandIn, standing_in


@pytest.fixture(scope="session")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(_stand_in: StandIn, clock: ManualClock) -> StandIn:
    """The sandbox, as at its start."""
    return _stand_in.fresh(clock)


@pytest.fixture
def config(database_url: str, stand_in: StandIn, tmp_path: Path) -> Config:
    """The fresh database, a new key file, and the sandbox's addresses."""
    config = Config(
        database_url=database_url,
        key_file=tmp_path / "keys",
        graph_url=stand_in.graph_url,
        microsoft_authority=f"{stand_in.base_url}/microsoft",
        microsoft_client_id=CLIENT_ID,
        insecure_endpoints=True,
    )
    Vault.create(config.keys)
    return config


@pytest.fixture
def services(config: Config, clock: ManualClock) -> Iterator[Services]:
    """The backend, as surfaces and worker have it."""
    services = build(config, clock)
    yield services
    services.database.close()

"""`pmtui keys`: what is said of the keys, and never a key."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pmtui.backend.clock import SystemClock
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin import key_file
from pmtui.backend.signin.vault import Vault
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import WfmService
from pmtui.cli.main import run
from tests.clock import ManualClock
from tests.world import World

Pmtui = Callable[..., tuple[int, str, str]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A key file, and a database with one WFM token sealed."""
    url, path = f"sqlite:///{tmp_path / 'pmtui.db'}", tmp_path / "keys"
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    for name, value in (("DATABASE_URL", url), ("KEY_FILE", path), ("CONFIG", tmp_path / "none.toml")):
        monkeypatch.setenv(f"PMTUI_{name}", str(value))
    monkeypatch.setenv("PMTUI_LOG_FILE", str(tmp_path / "log"))
    clock = ManualClock(SystemClock().now())
    database = Database(url, clock)
    world = World(database, clock)
    world.wfm_service()
    sealed = Vault.create(path).seal(b"token", service_seal(world.tenant_id))
    with database.write(world.operator) as tx:
        row = tx.db.get_one(WfmService, world.tenant_id)
        row.sealed_token, row.key_id = sealed.data, sealed.key_id
    yield path
    database.close()


@pytest.fixture
def pmtui(capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run one command line in this process: exit code, output, errors. No output ever holds a key."""

    def pmtui(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        return (code, *capsys.readouterr())

    return pmtui


def test_status_then_rotate_then_status(pmtui: Pmtui, path: Path) -> None:
    material = path.read_text().split()[1::2]
    [old] = key_file.read(path)
    code, out, _ = pmtui("keys", "status")
    assert (code, f"{old}  current: 1 WFM token" in out) == (0, True)
    code, rotated, _ = pmtui("keys", "rotate")
    assert (code, f"retired: {old}" in rotated, "Sealed anew: 1." in rotated) == (0, True, True)
    code, out, _ = pmtui("keys", "status", "--json")
    [key] = json.loads(out)["keys"]
    assert (code, key["values"]["wfm"], key["not_opening"], key["key_id"] != old) == (0, 1, 0, True)
    material += path.read_text().split()[1::2]
    assert not [secret for secret in material if secret in rotated + out]


def test_add_says_what_is_next_and_rotate_finishes_it(pmtui: Pmtui, path: Path) -> None:
    code, out, _ = pmtui("keys", "add")
    assert (code, "pmtui keys rotate" in out, "older: 1 WFM token" in out) == (0, True, True)
    code, out, _ = pmtui("keys", "rotate", "--json")
    assert (code, json.loads(out)["finished_earlier"]) == (0, True)


def test_a_lost_key_is_counted(pmtui: Pmtui, path: Path) -> None:
    path.unlink()
    code, _, err = pmtui("keys", "status")
    assert (code, "Run: pmtui init" in err) == (2, True)
    Vault.create(path)
    code, out, _ = pmtui("keys", "status")
    assert (code, "not in the file: 1 WFM token (not opening: 1)" in out, "put the saved key file back" in out) == (
        0,
        True,
        True,
    )

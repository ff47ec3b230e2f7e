"""`pmtui doctor`: one line a thing, and an exit code for scripts."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pmtui.backend.signin.vault import Vault
from pmtui.backend.storage import schema
from pmtui.cli.main import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database and keys, and nothing to be asked outside."""
    url = f"sqlite:///{tmp_path / 'pmtui.db'}"
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    Vault.create(tmp_path / "keys")
    for name, value in (("DATABASE_URL", url), ("KEY_FILE", "keys"), ("LOG_FILE", "log"), ("CONFIG", "none.toml")):
        monkeypatch.setenv(f"PMTUI_{name}", value if "://" in value else str(tmp_path / value))
    return tmp_path


def test_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok       configuration: ")
    assert any(line.startswith("warning  Google: ") and "docs/google.md" in line for line in lines)
    assert "warning" in lines[-1]


def test_not_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "keys").chmod(0o644)
    assert run(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["well"] is False
    [keys] = [one for one in report["findings"] if one["level"] == "problem"]
    assert keys["area"] == "keys"
    assert keys["next_step"] == f"Run: chmod 600 {folder / 'keys'}"


def test_a_wrong_setting_is_bad_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PMTUI_PASTE_PORT", "many")
    assert run(["doctor"]) == 2
    assert "PMTUI_PASTE_PORT" in capsys.readouterr().err

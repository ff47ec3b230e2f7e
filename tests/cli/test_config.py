"""`pmtui config`: every setting, where it came from, and no secret."""

import json
from pathlib import Path

import pytest

from pmtui.backend.config import Config
from pmtui.cli.main import run


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, one variable over it, and nothing else."""
    path = tmp_path / "config.toml"
    path.write_text(
        'google_client_id = "from-file"\nmicrosoft_client_id = "from-file"\n'
        'microsoft_client_secret_file = "/etc/pmtui/microsoft-secret"\n'
    )
    monkeypatch.setenv("PMTUI_CONFIG", str(path))
    monkeypatch.setenv("PMTUI_MICROSOFT_CLIENT_ID", "from-environment")
    monkeypatch.delenv("PMTUI_DATABASE_URL", raising=False)
    return path


def test_each_value_says_where_it_came_from(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["--database", "postgresql+psycopg://pmtui:canary@db/pmtui?sslpassword=canary2", "config", "--json"]) == 0
    )
    text = capsys.readouterr().out
    assert "canary" not in text
    shown = json.loads(text)
    assert set(shown) == set(Config.model_fields)
    assert shown["google_client_id"] == {"value": "from-file", "from": str(file)}
    assert shown["microsoft_client_id"] == {"value": "from-environment", "from": "PMTUI_MICROSOFT_CLIENT_ID"}
    assert shown["database_url"] == {
        "value": "postgresql+psycopg://pmtui:***@db/pmtui?sslpassword=***",
        "from": "--database",
    }
    assert shown["microsoft_client_secret_file"]["value"] == "/etc/pmtui/microsoft-secret"
    assert shown["paste_port"] == {"value": "8753", "from": "default"}


def test_text_names_unknown_variables_and_what_empty_ones_come_down_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PMTUI_GOGLE_CLIENT_ID", "canary")
    assert run(["config"]) == 0
    out = capsys.readouterr().out
    assert "PMTUI_GOGLE_CLIENT_ID is no setting" in out
    assert "canary" not in out
    assert "key_file = /" in out
    assert "embedded_worker = true    [default]" in out


def test_a_credential_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pmtui-keys").touch()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert run(["config"]) == 0
    assert f"key_file = {tmp_path}/pmtui-keys    [CREDENTIALS_DIRECTORY]" in capsys.readouterr().out


def test_a_wrong_setting_is_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("gogle_client_id = 1")
    assert run(["config"]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "gogle_client_id" in said, str(file) in said) == (1, True, True)

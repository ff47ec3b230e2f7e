"""Where a setting comes from, and what is said when one is wrong."""

from pathlib import Path

import pytest

from pmtui.backend.config import load, read_secret
from pmtui.backend.errors import BadInput


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('database_url = "sqlite:///file"\ngraph_url = "https://file"\nmicrosoft_client_id = "file"\n')
    environment = {"PMTUI_DATABASE_URL": "sqlite:///environment", "PMTUI_GRAPH_URL": "https://environment"}
    config = load({"database_url": "sqlite:///flag", "graph_url": None}, environment, file)
    assert config.database_url == "sqlite:///flag"
    assert config.graph_url == "https://environment"
    assert config.microsoft_client_id == "file"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("databse_url = 'x'", "databse_url"),
        ("embedded_worker = 'perhaps'", "embedded_worker"),
        ("a = [", "can't be read"),
    ],
)
def test_a_wrong_file_is_named_with_the_setting(tmp_path: Path, text: str, names: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        load({}, {}, file)
    assert caught.value.where == str(file)
    assert names in caught.value.line


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(BadInput) as caught:
        load({}, {"PMTUI_EMBEDDED_WORKER": "perhaps", "PMTUI_CONFIG": "/nowhere/config.toml"})
    assert caught.value.where == "PMTUI_EMBEDDED_WORKER"


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    assert read_secret(secret) == "s3cret"
    secret.chmod(0o640)
    with pytest.raises(BadInput, match="Others may read") as caught:
        read_secret(secret)
    assert "s3cret" not in caught.value.line


@pytest.mark.parametrize("url", ["nonsense", "oracle://x", "postgresql://x/y", "sqlite:relative.db"])
def test_a_database_that_is_none_of_ours_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(BadInput, match="begins with sqlite:///") as caught:
        load({"database_url": url.replace("://", "://me:s3cret@")}, {"PMTUI_CONFIG": "/nowhere/config.toml"})
    assert caught.value.where == "--database"
    assert "s3cret" not in caught.value.line


def test_an_address_with_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="no address of a database"):
        load({}, {"PMTUI_CONFIG": "/nowhere/config.toml", "PMTUI_DATABASE_URL": "postgresql+psycopg://a:port:x/y"})

"""`pmtui callback` as a process: what it needs, how it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import create_engine

from pmtui.backend.storage import schema

URL = "https://pmtui.example.com"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    database = f"sqlite:///{tmp_path / 'pmtui.db'}"
    schema.upgrade(create_engine(database))
    return {
        **os.environ,
        "PMTUI_CONFIG": "/nonexistent",
        "PMTUI_DATABASE_URL": database,
        "PMTUI_LOG_FILE": str(tmp_path / "log"),
        "PMTUI_KEY_FILE": str(tmp_path / "no-key"),
        "PMTUI_CALLBACK_URL": URL,
    }


def start(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pmtui", "callback", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_without_a_key_and_stops_gracefully(environment: dict[str, str], number: signal.Signals) -> None:
    with start(environment, "--port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("The callback page runs: http://127.0.0.1:")
        assert line.endswith(f", for {URL}/callback/google and {URL}/callback/outlook\n")
        listening = line.removeprefix("The callback page runs: ").split(",")[0]
        assert httpx2.get(f"{listening}/health").json() == {"status": "ok"}
        assert httpx2.get(f"{listening}/callback/outlook?code=canary&state=canary").status_code == 404
        process.send_signal(number)
        said, errors = process.communicate(timeout=30)
    assert (process.returncode, said, errors) == (0, "The callback page has stopped.\n", "")
    assert "canary" not in Path(environment["PMTUI_LOG_FILE"]).read_text()


@pytest.mark.parametrize(
    ("setting", "value", "code", "said"),
    [
        ("PMTUI_CALLBACK_URL", "", 2, "callback_url is not set."),
        ("PMTUI_CALLBACK_URL", "pmtui.example.com", 2, "it is no address like https://pmtui.example.com"),
        ("PMTUI_CALLBACK_URL", "https://a.example/?x=1", 2, "without a user, query or fragment"),
        ("PMTUI_CALLBACK_URL", "http://pmtui.example.com", 1, "callback_url is not an https address."),
        ("PMTUI_CALLBACK_PORT", "70000", 2, "a port is a number up to 65535"),
        ("PMTUI_CALLBACK_HOST", "no.such.host.invalid", 1, "The callback page can't listen on no.such.host.invalid"),
        ("PMTUI_DATABASE_URL", "sqlite:////nonexistent/x.db", 1, "There is no pmtui database yet."),
    ],
)
def test_what_is_wrong_is_one_line(environment: dict[str, str], setting: str, value: str, code: int, said: str) -> None:
    with start({**environment, setting: value}) as process:
        out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert said in errors
    assert errors.count("\n") == 1


def test_a_taken_port_is_told(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(environment, "--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Address already in use. Choose another with --host and --port.\n" in errors

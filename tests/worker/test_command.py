"""`pmtui worker` as a process."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pmtui.backend.config import Config

SLOW = """
import asyncio
from pmtui.cli import worker

class Slow:
    async def run(self, stop):
        await stop.wait()
        await asyncio.Event().wait()

asyncio.run(worker._run(Slow()))
"""
"""A worker whose work under way never ends."""
FINISHING = "Finishing what is under way; once more ends at once.\n"


def start(config: Config) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "PMTUI_DATABASE_URL": config.database_url,
        "PMTUI_KEY_FILE": str(config.key_file),
        "PMTUI_CONFIG": "/nonexistent",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pmtui", "worker"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_gracefully_when_asked(config: Config, number: signal.Signals) -> None:
    with start(config) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "The worker runs.\n"
        process.send_signal(number)
        said, errors = process.communicate(timeout=20)
    assert (process.returncode, said, errors) == (0, "The worker has stopped.\n", FINISHING)


@pytest.mark.parametrize(("first", "second"), [(signal.SIGTERM, signal.SIGINT), (signal.SIGHUP, signal.SIGTERM)])
def test_asked_twice_it_ends_at_once(first: signal.Signals, second: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        given_up = threading.Timer(20, process.kill)
        given_up.start()
        assert process.stdout is not None
        assert process.stderr is not None
        said = [process.stdout.readline()]
        process.send_signal(first)
        said.append(process.stderr.readline())
        process.send_signal(second)
        said += process.communicate()
        given_up.cancel()
    assert (process.returncode, said) == (128 + second, ["The worker runs.\n", FINISHING, "", ""])


def test_without_its_keys_it_says_what_to_do(config: Config) -> None:
    assert config.key_file is not None
    config.key_file.unlink()
    with start(config) as process:
        said, errors = process.communicate(timeout=20)
    assert (process.returncode, said) == (2, "")
    assert errors.startswith("pmtui: ")
    assert errors.endswith("There is no key file. Run: pmtui init\n")

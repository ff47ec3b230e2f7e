"""What the demo keeps running is started again when it ends by itself, and the person is told."""

import os
import signal
from pathlib import Path

import pytest

from pmtui.backend.errors import Unavailable
from pmtui.demo import command, parts

_PATIENCE_SECONDS = 120


def test_one_that_was_killed_is_started_again_and_stops_when_it_shall(tmp_path: Path) -> None:
    kept = parts.Kept(["sandbox", "--port", "0"], tmp_path / "log", {})
    kept.start()
    try:
        assert kept.process is not None
        os.kill(kept.process.pid, signal.SIGKILL)
        assert "ended by itself (-9). It was started again." in kept.news.get(timeout=_PATIENCE_SECONDS)
        assert not kept.given_up
    finally:
        kept.stop()
    assert kept.process.returncode is not None
    assert kept.news.empty()


def test_one_that_does_not_stay_up_is_given_up_and_ends_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_STARTS", 2)
    kept = parts.Kept(["worker", "--no-such-option"], tmp_path / "log", {})
    kept.start()
    assert "ended by itself (2). It was started again." in kept.news.get(timeout=_PATIENCE_SECONDS)
    last = kept.news.get(timeout=_PATIENCE_SECONDS)
    kept.stop()
    kept.news.put(last)
    with pytest.raises(Unavailable, match="has no worker any more"):
        command._tell((kept,))
    assert "ended by itself (2). It does not stay up" in capsys.readouterr().out
    assert "No such option" in (tmp_path / "log").read_text()


def test_a_killed_sandbox_answers_again_at_the_same_address(tmp_path: Path) -> None:
    with parts.running(tmp_path) as running:
        [sandbox] = running.kept
        assert sandbox.process is not None
        os.kill(sandbox.process.pid, signal.SIGKILL)
        said = sandbox.news.get(timeout=_PATIENCE_SECONDS)
        assert said.startswith("The demo's sandbox ended by itself (-9). It was started again.\n")
        assert "connect Outlook and Google calendars again" in said
        assert sandbox.process.stdout is not None
        assert running.sandbox_url in sandbox.process.stdout.readline()  # it listens now
        assert parts.people(running.sandbox_url)
    assert sandbox.process.returncode is not None


def test_a_sandbox_that_does_not_start_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "sandbox.port").write_text("no port")
    with pytest.raises(Unavailable, match="did not start"), parts.running(tmp_path):
        pass

"""A terminal that hangs up ends the app, also when the signal that says so reaches only the leader of its session."""

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pmtui.terminal import this_terminal

LEADER = """
import signal, subprocess, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `make` does: it waits for what it started
child = subprocess.Popen(
    [sys.executable, "-m", "pmtui", "--as", "dana@acme.example"],
    preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
)
print(child.wait(), file=open(sys.argv[1], "w"), flush=True)
"""


def test_the_app_ends_with_its_terminal(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "PMTUI_CONFIG": str(tmp_path / "none.toml"),
        "PMTUI_DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}",
        "PMTUI_LOG_FILE": str(tmp_path / "pmtui.log"),
    }
    own, theirs = pty.openpty()
    leader = subprocess.Popen(
        [sys.executable, "-c", LEADER, str(ended)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # makes it the controlling terminal
    )
    os.close(theirs)
    try:
        seen = b""
        while b"pmtui" not in seen and select.select([own], [], [], 60)[0]:
            seen += os.read(own, 65_536)
        os.close(own)
        leader.wait(60)
    finally:
        if leader.poll() is None:
            os.killpg(leader.pid, signal.SIGKILL)
            leader.wait()
    assert b"pmtui" in seen
    assert ended.read_text("utf-8").strip() == "1"


@pytest.mark.parametrize(
    ("parent_lives", "in_front", "gone"), [(True, False, False), (False, True, False), (False, False, True)]
)
def test_whoever_started_it_was_killed_and_another_has_the_terminal(
    monkeypatch: pytest.MonkeyPatch, parent_lives: bool, in_front: bool, gone: bool
) -> None:
    own, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        terminal = this_terminal({"TERM": "xterm"})
        if not parent_lives:
            monkeypatch.setattr(os, "getppid", lambda: 1)
        monkeypatch.setattr(os, "tcgetpgrp", lambda fd: os.getpgrp() if in_front else 1)
        assert terminal.gone() is gone
    os.close(own)

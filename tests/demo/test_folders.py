"""A demo's folder is held while it runs, and removed at the next start if it could not be."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pmtui.backend.errors import Conflict, Unavailable
from pmtui.demo import folders, parts

HOLDER = """
import subprocess, sys
from pathlib import Path
from pmtui.demo import folders
with folders.held(Path(sys.argv[1])):
    app = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], close_fds=False)
    print(app.pid, flush=True)
    app.wait()
"""


def test_what_a_killed_demo_left_goes_once_its_app_is_gone_too(tmp_path: Path) -> None:
    left = tmp_path / f"{folders.PREFIX}left"
    (tmp_path / f"{folders.PREFIX}not-ours").mkdir()
    demo = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(left)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert demo.stdout is not None
    assert demo.stdin is not None
    app = int(demo.stdout.readline())
    assert (folders.in_use(left), folders.sweep(tmp_path)) == (True, 0)
    os.kill(demo.pid, signal.SIGKILL)
    demo.wait()
    assert (folders.in_use(left), folders.sweep(tmp_path)) == (True, 0)
    demo.stdin.close()  # the app ends
    while Path(f"/proc/{app}").exists() and folders.in_use(left):
        pass
    assert folders.sweep(tmp_path) == 1
    assert [folder.name for folder in tmp_path.iterdir()] == [f"{folders.PREFIX}not-ours"]


def test_a_kept_demo_runs_once_and_is_not_thrown_away_meanwhile(tmp_path: Path) -> None:
    with folders.held(tmp_path):
        (tmp_path / "pmtui.db").touch()
        for action in (lambda: folders.clear(tmp_path), lambda: folders.held(tmp_path).__enter__()):
            with pytest.raises(Conflict, match="runs already"):
                action()
        assert (tmp_path / "pmtui.db").exists()
    folders.clear(tmp_path)
    assert not tmp_path.exists()


def test_nobody_joins_a_demo_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / parts.STATE_FILE).write_text('{"sandbox_url": "http://127.0.0.1:1", "environment": {}}')
    with pytest.raises(Unavailable, match="No demo is running there"):
        parts.join(tmp_path)
    with folders.held(tmp_path):
        assert parts.join(tmp_path).sandbox_url == "http://127.0.0.1:1"


def test_a_passing_folder_goes_with_its_demo() -> None:
    with folders.passing() as folder:
        assert folders.in_use(folder)
    assert not folder.exists()

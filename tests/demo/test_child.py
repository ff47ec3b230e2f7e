"""The demo's parts end with the demo, quietly."""

import signal
import subprocess
import sys

import pytest

CHILD = [sys.executable, "-m", "pmtui.demo.child", "sandbox", "--port", "0"]


@pytest.mark.parametrize("asked", ["closed", "terminated"])
def test_a_part_ends_without_a_word_when_the_demo_does(asked: str) -> None:
    with subprocess.Popen(CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()  # it runs
        if asked == "closed":
            child.stdin.close()
        else:
            child.terminate()
        child.wait(20)
        assert child.stderr is not None
        assert child.stderr.read() == b""
    assert child.returncode in (0, -signal.SIGTERM)

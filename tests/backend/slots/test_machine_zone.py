"""The machine's own time zone plays no part in anything the engine says."""

import os
import subprocess
import sys


def test_the_engine_says_the_same_under_every_machine_zone() -> None:
    told = []
    under_way = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.backend.slots.told"],
            stdout=subprocess.PIPE,
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
        )
        for zone, seed in (("America/Los_Angeles", "1"), ("Asia/Kolkata", "2"), ("Pacific/Apia", "3"))
    ]
    for process in under_way:
        told.append(process.communicate()[0])
        assert process.returncode == 0
    assert told[0].count(b"\n") > 200
    assert told[0] == told[1] == told[2]

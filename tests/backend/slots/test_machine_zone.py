"""The machine's own time zone plays no part in anything the engine says."""

import os
import subprocess
import sys
from itertools import pairwise, zip_longest
from pathlib import Path

HERE = Path(__file__)
ROOT = HERE.parents[3]
PYTEST = (sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider")


def test_the_engines_tests_hear_the_same_under_every_machine_zone(tmp_path: Path) -> None:
    zones = ("UTC", "America/Los_Angeles", "Asia/Kolkata")
    files = [tmp_path / str(number) for number, _ in enumerate(zones)]
    under_way = [
        subprocess.Popen(
            [*PYTEST, "-p", "tests.backend.slots.told", str(HERE.parent), f"--ignore={HERE}"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": str(number), "TOLD": str(files[number])},
        )
        for number, zone in enumerate(zones)
    ]
    for process in under_way:
        said, _ = process.communicate()
        assert process.returncode == 0, said
    told = [file.read_text(encoding="utf-8").split("\n") for file in files]
    assert len(told[0]) > 10_000
    for one, other in pairwise(told):
        assert [pair for pair in zip_longest(one, other) if pair[0] != pair[1]][:1] == []

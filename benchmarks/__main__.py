"""`make bench`: measure everything, print it and write docs/benchmarks.md.

With names, as in `python -m benchmarks slot_engine`, only those are measured, and the page stays as it is.
"""

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks.report import Section, load, page, save, write

LONGEST_SECONDS = 40 * 60
"""After this a module is given up; what the others measured counts all the same."""


def modules() -> list[str]:
    """The modules of this folder that measure something: those with a function `measure`."""
    here = Path(__file__).parent
    return sorted(one.stem for one in here.glob("*.py") if "\ndef measure(" in one.read_text("utf-8"))


def measured(name: str, folder: Path) -> list[Section]:
    """What a module measures in a process of its own; where it fails or takes too long, a section that says so."""
    place = folder / f"{name}.json"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--into", str(place), name],
            check=False,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return [_failed(name, f"given up after {LONGEST_SECONDS // 60} minutes")]
    return load(place) if done.returncode == 0 else [_failed(name, f"ended with exit code {done.returncode}")]


def _failed(name: str, why: str) -> Section:
    return Section(name, f"Not measured: {why}.", (), (), missed=(f"benchmarks.{name} was to be measured",))


def main(arguments: list[str]) -> int:
    """Measure what is asked for; exit code 1 when a module could not be measured or there is none of that name."""
    if arguments[:1] == ["--into"]:
        save(import_module(f"benchmarks.{arguments[2]}").measure(), Path(arguments[1]))
        return 0
    unknown = set(arguments) - set(modules())
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(modules())}", file=sys.stderr)
        return 2
    sections: list[Section] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments or modules():
            print(f"{name} ...", file=sys.stderr, flush=True)
            sections += measured(name, Path(folder))
    if not arguments:
        write(sections)
    print(page(sections))
    return int(any(not section.columns for section in sections))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

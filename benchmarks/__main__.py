"""`make bench`: measure everything and write docs/benchmarks.md."""

from benchmarks import first_paint, grid_keys, planning, slot_engine
from benchmarks.report import REPORT, write

if __name__ == "__main__":
    sections = [*first_paint.measure(), *grid_keys.measure(), *slot_engine.measure(), *planning.measure()]
    write(sections)
    print(REPORT.read_text("utf-8"))

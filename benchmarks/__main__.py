"""`make bench`: measure everything and write docs/benchmarks.md."""

from benchmarks import first_paint
from benchmarks.report import REPORT, write

if __name__ == "__main__":
    sections = [*first_paint.measure()]
    write(sections)
    print(REPORT.read_text("utf-8"))

"""Everything the engine says about the same forty cases, as text: to be run under different machine zones.

python -m tests.backend.slots.told
"""

import json

from hypothesis import HealthCheck, Phase, given, settings

from pmtui.backend.slots.case import Case, answer_json, read_case
from pmtui.backend.slots.case_writer import document
from pmtui.backend.slots.explain import change, verdict
from pmtui.backend.slots.ranking import ranked
from pmtui.backend.slots.search import blocked, solve
from pmtui.backend.slots.values import Party, Search
from pmtui.backend.slots.words import explained, verdict_in_words
from tests.backend.slots.strategies import searches


@given(searches())
@settings(
    max_examples=40,
    derandomize=True,  # the same cases in every process
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
def tell(case: tuple[Search, Party, Party]) -> None:
    """Solve, rank, explain, refuse and export one case, and print all of it."""
    answer = solve(*case)
    helps = None if answer.slots else change(*case)
    exported = json.dumps(document(Case(*case)))
    middle = sum(case[0].window) // 2
    found = verdict(*case, middle)
    print(answer, ranked(*case, answer.slots), helps, found, blocked(*case, middle))
    print(*explained(Case(*case), answer, helps), *verdict_in_words(found, *case), sep="\n")
    print(exported, answer_json(read_case(exported)))


if __name__ == "__main__":
    tell()

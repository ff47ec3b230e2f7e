"""Which rule an agent falls under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.coaching.matching import Candidate, chosen
from pmtui.backend.states import Comparison, Priority

B, M, A, L = Comparison.BELOW, Comparison.AT_MOST, Comparison.ABOVE, Comparison.AT_LEAST


def one(
    name: str, value: float, comparison: Comparison = B, limit: float = 80, priority: Priority = Priority.MEDIUM
) -> Candidate[str]:
    return Candidate(name, name, priority, comparison, limit, value)


@pytest.mark.parametrize(
    ("comparison", "calling"),
    [(B, (79.9,)), (M, (79.9, 80.0)), (A, (80.1,)), (L, (80.0, 80.1))],
)
def test_what_each_comparison_calls(comparison: Comparison, calling: tuple[float, ...]) -> None:
    assert tuple(value for value in (79.9, 80.0, 80.1) if one("a", value, comparison).calls) == calling


def test_priority_comes_before_the_largest_miss_and_that_before_the_name() -> None:
    far, near = one("far", 40), one("near", 76)
    assert chosen((near, far)) == far
    urgent = one("urgent", 79, priority=Priority.HIGH)
    assert chosen((far, urgent)) == urgent
    assert chosen((one("b", 70), one("a", 70))) == one("a", 70)
    assert chosen((one("fine", 90),)) is None


def test_a_miss_is_relative_to_the_rules_value() -> None:
    slow = one("seconds", 330, A, 300)  # 10 %
    poor = one("percent", 60, B, 80)  # 25 %, though only 20 of its own units
    assert chosen((slow, poor)) == poor
    assert one("none", 3, A, 0).miss == 3


candidates = st.lists(
    st.builds(
        Candidate,
        st.just("rule"),
        st.text("abc", min_size=1, max_size=2),
        st.sampled_from(Priority),
        st.sampled_from(Comparison),
        st.integers(-3, 3).map(float),
        st.integers(-3, 3).map(float),
    ),
    max_size=6,
)


@given(candidates)
def test_nobody_who_calls_comes_before_the_chosen_one(found: "list[Candidate[str]]") -> None:
    best, order = chosen(found), list(Priority)
    assert (best is None) == (not any(each.calls for each in found))
    for each in found:
        if each.calls and best is not None:
            assert order.index(best.priority) <= order.index(each.priority)
            if best.priority is each.priority:
                assert best.miss >= each.miss
                assert best.miss > each.miss or best.name <= each.name

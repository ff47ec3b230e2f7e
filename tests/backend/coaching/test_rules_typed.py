"""A rule as it is typed: the form's texts and the rule are each other's inverse."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.coaching.records import RuleDraft
from pmtui.backend.coaching.rules_typed import FIELDS, draft, typed
from pmtui.backend.errors import BadInput
from pmtui.backend.states import Comparison, Priority

WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.integers(0, 366)
RULES = st.builds(
    RuleDraft,
    name=WORDS,
    metric=WORDS.map(str.lower).filter(lambda text: text == text.lower()),
    comparison=st.sampled_from(Comparison),
    value=NUMBERS,
    priority=st.sampled_from(Priority),
    title=WORDS,
    description=st.just("") | WORDS,
    teams=st.lists(WORDS | WORDS.map("{0}, {0}".format), unique=True, max_size=3).map(tuple),
    groups=st.lists(WORDS, unique=True, max_size=3).map(tuple),
    target=st.none() | st.tuples(NUMBERS, st.integers(1, 366)),
    minutes=st.none() | st.integers(0, 999),
    look_ahead_days=st.none() | DAYS,
    cooldown_days=DAYS,
)


@given(RULES)
def test_what_is_typed_for_a_rule_is_the_rule_again(rule: RuleDraft) -> None:
    assert tuple(typed(rule)) == FIELDS
    assert draft(typed(rule)) == rule


def test_the_least_that_makes_a_rule() -> None:
    assert draft({"name": " Q ", "metric": "Quality", "when": "< 80%"}) == RuleDraft(
        "Q", "quality", Comparison.BELOW, 80
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""),
        ("metric", ""),
        ("when", "worse"),
        ("priority", "urgent"),
        ("target", "soon"),
        ("minutes", "half an hour"),
        ("look-ahead", "-1"),
        ("cooldown", "²"),
    ],
)
def test_what_is_wrong_names_its_field(field: str, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        draft({"name": "Q", "metric": "quality", "when": "below 80", field: text})
    assert caught.value.where == field


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)))
def test_nothing_typed_is_anything_but_a_rule_or_bad_input(texts: dict[str, str]) -> None:
    with suppress(BadInput):
        assert draft(typed(draft(texts))) == draft(texts)

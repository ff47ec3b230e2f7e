"""Provider facts rounded to whole minutes."""

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.slots.people import people
from pmtui.backend.slots.schedule import MINUTE, Layer, busy_spans, instant, outwards, schedule_spans
from pmtui.backend.slots.values import CalendarState, Party, PartyName, Search, Span, SpanKind

SECOND = MINUTE // 60


def test_instants_are_microseconds() -> None:
    assert instant(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005


def test_busy_time_is_rounded_outwards() -> None:
    assert busy_spans([(90 * SECOND, 90 * SECOND + 1), (600 * SECOND, 660 * SECOND)]) == (Span(1, 2), Span(10, 11))
    assert outwards([(Fraction(1, 3), MINUTE + Fraction(1, 10**9))]) == ((0, 2),)


def test_empty_and_negative_intervals_are_left_out() -> None:
    assert busy_spans([(90 * SECOND, 90 * SECOND), (110 * SECOND, 70 * SECOND)]) == ()
    assert schedule_spans([Layer(9, 9, True), Layer(9, 8, False)]) == ()


def test_overwritable_layers_join_before_they_are_rounded() -> None:
    seam = 10 * MINUTE + 30 * SECOND
    layers = [Layer(seam, 20 * MINUTE, True, "Phone"), Layer(5 * SECOND, seam, True, "Phone")]
    assert schedule_spans(layers) == (Span(1, 20, SpanKind.OPEN, "Phone"),)
    apart = [Layer(0, seam, True, "Phone"), Layer(seam + 1, 20 * MINUTE, True, "Email")]
    assert schedule_spans(apart) == (Span(0, 10, SpanKind.OPEN, "Phone"), Span(11, 20, SpanKind.OPEN, "Email"))


def test_a_name_survives_a_join_only_if_it_is_shared() -> None:
    layers = [Layer(0, 2 * MINUTE, True, "Phone"), Layer(MINUTE, 3 * MINUTE, True, "Email")]
    assert schedule_spans(layers) == (Span(0, 3, SpanKind.OPEN, ""),)


def test_layers_too_short_for_a_minute_vanish_only_if_overwritable() -> None:
    short = (10 * SECOND, 50 * SECOND)
    assert schedule_spans([Layer(*short, True)]) == ()
    assert schedule_spans([Layer(*short, False, "Break")]) == (Span(0, 1, SpanKind.CLOSED, "Break"),)


layers = st.lists(
    st.builds(Layer, st.integers(0, 40 * 60), st.integers(0, 40 * 60), st.booleans()).map(
        lambda layer: Layer(layer.start * SECOND, layer.end * SECOND, layer.overwritable)
    ),
    max_size=8,
)


@given(layers)
def test_a_minute_is_schedulable_iff_every_second_is_covered_and_none_of_it_taken(found: list[Layer]) -> None:
    party = Party(CalendarState.WFM, "UTC", spans=schedule_spans(found))
    search = Search(window=(0, 45), now=0, tenant_timezone="UTC")
    _, agent = people(search, Party(CalendarState.NONE, "UTC"), party)
    assert agent.name is PartyName.AGENT
    for minute in range(45):
        seconds = range(minute * 60, minute * 60 + 60)
        opened = all(any(a.overwritable and a.start <= s * SECOND < a.end for a in found) for s in seconds)
        taken = any(not a.overwritable and a.start <= s * SECOND < a.end for a in found for s in seconds)
        assert bool(agent.closed >> minute & 1) == (not opened or taken)

"""Records as JSON types."""

from pmtui.backend.plain import plain
from pmtui.backend.slots.values import Span, SpanKind


def test_a_record_made_as_a_tuple_keeps_its_names_and_other_tuples_are_lists() -> None:
    span = Span(60, 90, SpanKind.CLOSED, "Lunch")
    assert plain({"spans": (span,), "window": (0, 1440)}) == {
        "spans": [{"start": 60, "end": 90, "kind": "closed", "activity": "Lunch"}],
        "window": [0, 1440],
    }

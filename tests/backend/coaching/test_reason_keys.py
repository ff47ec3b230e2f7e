"""Reasons as text: read as they were written, and those that nobody has seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.coaching import reason_keys
from pmtui.backend.slots.causes import Cause, CauseKind
from pmtui.backend.slots.values import PartyName, Reason, ReasonCode

figures = st.integers(-(10**17), 10**17)
reasons = st.builds(Reason, st.sampled_from(PartyName), st.sampled_from(ReasonCode), st.text())
some = st.lists(st.builds(Cause, st.sampled_from(CauseKind), figures, figures)).map(tuple)


@given(reasons, some)
def test_what_is_written_is_read(reason: Reason, causes: tuple[Cause, ...]) -> None:
    text = reason_keys.write(reason, causes)
    assert reason_keys.read(text) == (reason.party, reason.code, reason.activity, causes)
    assert reason_keys.unseen([text], [text]) == ()


@pytest.mark.parametrize(
    ("found", "seen", "anew"),
    [
        ("coach:busy@entry.600.630", "coach:busy@entry.600.630", False),
        ("coach:busy@entry.600.615", "coach:busy@entry.600.630", False),
        ("coach:busy@entry.600.630+entry.615.645", "coach:busy@entry.600.630", True),
        ("coach:busy@entry.600.630", "agent:busy@entry.600.630", True),
        ("agent:not_overwritable@entry.1.2:a", "agent:not_overwritable@entry.1.2:b", True),
        ("coach:busy@entry.600.630", "coach:busy", True),  # as older versions kept it
        ("coach:busy@entry.600.630", "coach:busy@entry.600.x30", True),
        ("coach:busy@entry.600.630", "coach:busy@nothing.600.630", True),
        ("coach:notice", "coach:notice", False),
        ("coach:off_the_grid", "coach:off_the_grid", False),
        ("coach:off_the_grid", "coach:notice", True),
    ],
)
def test_what_was_seen_is_what_it_was_about(found: str, seen: str, anew: bool) -> None:
    assert reason_keys.unseen([found], [seen]) == ((found,) if anew else ())

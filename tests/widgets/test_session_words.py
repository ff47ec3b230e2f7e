"""What is said of a session in lines."""

from dataclasses import replace

import pytest

from pmtui.backend.states import SessionState
from pmtui.widgets import session_words
from tests.clock import START
from tests.screens.stand_in import session


@pytest.mark.parametrize(
    ("state", "asked_for", "said"),
    [
        (SessionState.REQUESTED, False, "Wanted by Mon 1 Mar; no time is held for it yet."),
        (SessionState.REJECTED, True, "Wanted by Mon 1 Mar; it never had a time."),
        (SessionState.REJECTED, False, "Mon  1 Mar 02:00-02:30"),
    ],
)
def test_a_time_that_is_only_the_last_of_a_day_is_not_shown(state: SessionState, asked_for: bool, said: str) -> None:
    shown = replace(session(1, START, state), wanted_on=START.date(), asked_for=asked_for)
    assert session_words.details(shown)[2] == said

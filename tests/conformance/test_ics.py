"""Sessions as calendar files, read by icalendar."""

from dataclasses import replace
from typing import Any

import pytest
from icalendar import Calendar

from pmtui.backend.coaching import ics
from tests.backend.coaching.test_ics import SESSION
from tests.clock import START


@pytest.mark.shows(
    "Calendars", "A session as a calendar file: its time, and any title and name to the letter", by="icalendar"
)
@pytest.mark.parametrize(
    ("title", "agent"),
    [
        ("Coaching session", "Sam"),
        ("Refunds, returns; rules \\ exceptions: " + "long " * 20, "Sam"),
        ("ж" * 100, "Zoë 🎧 Ø" * 12),
        ("\\n is no line end", 'Sam "the ear"'),
    ],
)
def test_another_parser_reads_what_was_written(title: str, agent: str) -> None:
    written = ics.text(replace(SESSION, title=title, agent=agent), "acme", 3, START)
    calendar = Calendar.from_ical(written.encode())
    event: Any
    [event] = calendar.walk("VEVENT")  # its fields are made while it is read
    assert not event.errors
    assert str(event["SUMMARY"]) == f"{title}: Lee with {agent}"
    assert (event.start, event.end) == (SESSION.starts_at, SESSION.ends_at)
    assert (event["SEQUENCE"], event.DTSTAMP) == (3, START)
    assert (event["CLASS"], event["TRANSP"], event["STATUS"]) == ("PRIVATE", "OPAQUE", "CONFIRMED")

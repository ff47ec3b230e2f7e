"""Sessions as iCalendar files, read back by the rules of RFC 5545; `conformance` reads them with another parser."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.coaching import ics, words
from pmtui.backend.coaching.records import EventRecord, SessionRecord
from pmtui.backend.errors import Conflict, NotAllowed
from pmtui.backend.slots.values import PartyName
from pmtui.backend.states import Delivery, Origin, Provider, SessionState
from tests.backend.coaching.conftest import TEN, Floor
from tests.clock import START

LEE, SAM = "lee@acme.example", "sam@acme.example"
SESSION = SessionRecord(
    code="7KQ2M4",
    title="Coaching session",
    coach="Lee",
    coach_email=LEE,
    agent="Sam",
    agent_email=SAM,
    starts_at=TEN,
    ends_at=TEN + timedelta(minutes=30),
    timezone="America/Chicago",
    state=SessionState.SCHEDULED,
    origin=Origin.MANUAL,
    held_until=None,
    attention=None,
    attention_details="",
    events=(),
)


def read(text: str) -> dict[str, str]:
    """The properties of the one event in a file, unfolded and unescaped."""
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert not any("\r" in line or "\n" in line for line in lines)
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = "\n".join(lines).replace("\n ", "").split("\n")
    assert (unfolded[0], unfolded[3], unfolded[-2:]) == (
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        ["END:VEVENT", "END:VCALENDAR"],
    )
    pairs = (line.split(":", 1) for line in unfolded)
    found = {name: value for name, value in pairs if name not in ("BEGIN", "END")}
    value = found["SUMMARY"]
    found["SUMMARY"] = ""
    letters = iter(value)
    for letter in letters:
        assert letter not in ",;"
        found["SUMMARY"] += next(letters) if letter == "\\" else letter
    return found


def test_it_says_who_meets_when_and_nothing_more() -> None:
    assert read(ics.text(SESSION, "acme", 2, START)) == {
        "VERSION": "2.0",
        "PRODID": "-//pmtui//Coaching sessions//EN",
        "UID": "44afa684-990b-50d4-a6ba-522d78d39348",
        "DTSTAMP": "20270301T080000Z",
        "SEQUENCE": "2",
        "DTSTART": "20270301T160000Z",
        "DTEND": "20270301T163000Z",
        "SUMMARY": "Coaching session: Lee with Sam",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "TRANSP": "OPAQUE",
    }
    others = (replace(SESSION, code="7KQ2M5"), "acme"), (SESSION, "other")
    assert len({read(ics.text(*one, 0, START))["UID"] for one in (*others, (SESSION, "acme"))}) == 3


@given(st.text(max_size=120), st.text(max_size=40))
def test_any_title_and_name_is_read_back(title: str, name: str) -> None:
    session = replace(SESSION, title=title, agent=name)
    plain = "".join(one if one.isprintable() else " " for one in f"{title}: Lee with {session.agent}")
    assert read(ics.text(session, "acme", 0, START))["SUMMARY"] == plain


def test_a_file_of_a_scheduled_session_keeps_its_name_and_counts_its_moves(floor: Floor) -> None:
    ada = floor.world.actor("ada")
    held = floor.coaching.propose(ada, LEE, SAM, TEN)
    with pytest.raises(Conflict, match="waits for approval"):
        floor.coaching.ics(ada, held.code)
    floor.coaching.approve(ada, held.code)
    first = read(floor.coaching.ics(floor.world.actor("lee"), held.code))
    floor.coaching.reschedule(ada, held.code, TEN + timedelta(hours=1))
    second = read(floor.coaching.ics(ada, held.code))
    assert (first["SEQUENCE"], first["DTSTART"]) == ("0", "20270301T160000Z")
    assert (second["SEQUENCE"], second["DTSTART"]) == ("1", "20270301T170000Z")
    assert first["UID"] == second["UID"]
    with pytest.raises(NotAllowed):
        floor.coaching.ics(floor.world.actor("kim"), held.code)


def test_the_agent_is_told_by_a_person_unless_a_calendar_does() -> None:
    def event(whose: PartyName, delivery: Delivery, wanted: bool = True) -> EventRecord:
        return EventRecord(whose, Provider.OUTLOOK, delivery, wanted)

    def told(*events: EventRecord, state: SessionState = SessionState.SCHEDULED) -> str:
        return words.untold(replace(SESSION, state=state, events=events))

    coachs = event(PartyName.COACH, Delivery.DELIVERED)
    assert told() == "On nobody's calendar: tell Sam yourself."
    assert told(coachs) == "Not on Sam's calendar: tell Sam yourself."
    for delivery in (Delivery.PENDING, Delivery.DELIVERED):
        assert told(event(PartyName.AGENT, delivery)) == ""
    for delivery in (Delivery.REFUSED, Delivery.LEFT_BEHIND):
        assert told(coachs, event(PartyName.AGENT, delivery)) == "Not on Sam's calendar: tell Sam yourself."
    assert told(state=SessionState.HELD) == ""

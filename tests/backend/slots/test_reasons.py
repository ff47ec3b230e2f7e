"""Every reason by itself: what brings it about, against whom it counts, and how it is said."""

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from pmtui.backend.slots.explain import verdict
from pmtui.backend.slots.search import blocked, solve
from pmtui.backend.slots.values import CalendarState, Party, PartyName, ReasonCode
from pmtui.backend.slots.words import removed_in_words, verdict_in_words
from tests.backend.slots.test_search import at
from tests.backend.slots.test_words import FULL, NOON, case

NOBODY = Party(CalendarState.NONE, "UTC")
NOTHING_SET = Party(CalendarState.GOOGLE, "Europe/London")
BUSY = {"coach": {"busy": [NOON]}}


class Told(NamedTuple):
    """A case, a start against which only this reason stands, and how that is counted and explained."""

    case: dict[str, Any]
    start: str
    party: PartyName
    counted: str
    explained: str


COACH, AGENT = PartyName.COACH, PartyName.AGENT
LUNCH = {"start": NOON["start"], "end": NOON["end"], "activity": "Lunch", "overwritable": False}
PHONE = {"start": "2027-03-01T00:00Z", "end": "2027-03-03T00:00Z", "activity": "Phone", "overwritable": True}
REASONS = {
    ReasonCode.CALENDAR_UNKNOWN: Told(
        {"agent": {"unknown": True}},
        "11:00",
        AGENT,
        "the calendar can't be read",
        "the agent's calendar is not known then",
    ),
    ReasonCode.AVAILABILITY_NOT_SET: Told(
        {"coach": NOTHING_SET}, "11:00", COACH, "no availability set", "the coach has not set an availability"
    ),
    ReasonCode.OUTSIDE_DEFAULT_HOURS: Told(
        {"coach": NOBODY, "agent": NOBODY},
        "11:00",
        COACH,
        "outside the default hours",
        "it is outside the default hours, Mon-Fri 9 to 5, America/Chicago",
    ),
    ReasonCode.OUTSIDE_AVAILABILITY: Told(
        {}, "08:00", COACH, "outside the availability", "it is outside the coach's availability"
    ),
    ReasonCode.OUTSIDE_SCHEDULE: Told(
        {"agent": {"shifts": [{**PHONE, "end": NOON["start"]}]}},
        "12:00",
        AGENT,
        "outside the WFM schedule",
        "the agent is not scheduled",
    ),
    ReasonCode.NOT_OVERWRITABLE: Told(
        {"agent": {"shifts": [PHONE, LUNCH]}},
        "12:15",
        AGENT,
        "a break, an absence or a meeting in the WFM schedule",
        "the agent has Lunch in the WFM schedule",
    ),
    ReasonCode.BUSY: Told(BUSY, "12:15", COACH, "busy", "the coach is busy"),
    ReasonCode.OWN_SESSION: Told(
        {"agent": FULL}, "12:15", AGENT, "another coaching session", "the agent has another coaching session"
    ),
    ReasonCode.BUFFER: Told(
        {**BUSY, "session": {"buffer_before": 30}},
        "13:00",
        COACH,
        "too close to something else",
        "it is too close to something else of the coach",
    ),
    ReasonCode.NOTICE: Told(
        {"now": "2027-03-01T08:00Z", "session": {"notice": 180}},
        "10:00",
        COACH,
        "too soon",
        "that is too soon: 3 hours of notice are asked for",
    ),
    ReasonCode.HORIZON: Told(
        {"now": "2027-02-27T08:00Z", "session": {"horizon_days": 1}},
        "10:00",
        COACH,
        "too far ahead",
        "that is more than 1 day ahead",
    ),
    ReasonCode.LIMIT: Told(
        {"agent": FULL, "limits": {"agent": {"day": 1}}},
        "15:00",
        AGENT,
        "enough sessions already",
        "the agent has 1 session a day already",
    ),
}


def test_none_is_left_out() -> None:
    assert set(REASONS) == set(ReasonCode)


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_is_counted_explained_and_refuses_the_booking(code: ReasonCode) -> None:
    told = REASONS[code]
    whole: dict[str, Any] = {name: party for name, party in told.case.items() if isinstance(party, Party)}
    found = replace(case(**{name: part for name, part in told.case.items() if name not in whole}), **whole)
    two = found.search, found.coach, found.agent
    start = at(f"2027-03-01T{told.start}Z")
    answer = solve(*two)
    count = {(party, one): number for party, one, number in answer.removed}[told.party, code]
    assert start not in answer.slots
    assert f"{count:,}: {told.counted} (the {told.party})" in removed_in_words(answer.removed)
    explained = verdict(*two, start)
    assert {stretch.reason.code for stretch in explained.stretches} == {code}
    assert {line.split("  ")[-1] for line in verdict_in_words(explained, *two)[1:]} == {told.explained}
    only_offers = (ReasonCode.NOTICE, ReasonCode.HORIZON)
    refused = [(reason.party, reason.code) for reason in blocked(*two, start)]
    assert refused == ([] if code in only_offers else [(told.party, code)])

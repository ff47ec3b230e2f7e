"""Explanations in words: what stands against a start, and what one change would help."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from pmtui.backend.slots.case import Case, answer, read_case, schema
from pmtui.backend.slots.case_writer import document
from pmtui.backend.slots.explain import change, verdict
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import Party, Search
from pmtui.backend.slots.words import change_in_words, verdict_in_words
from tests.backend.slots.cases import EXAMPLE, FULLEST, Wrong, wrong_cases
from tests.backend.slots.strategies import searches
from tests.backend.slots.test_search import at

SCHEMA = Path(__file__).parents[3] / "docs" / "case-file.schema.json"
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
NOON = {"start": "2027-03-01T12:00Z", "end": "2027-03-01T13:00Z"}


def case(**changes: Any) -> Case:
    """A Monday of a coach in London who is open 9 to 17, and of an agent on the phone all day; one key changed."""
    monday = {
        "version": 1,
        "window": {"start": "2027-03-01T00:00Z", "end": "2027-03-03T00:00Z"},
        "tenant": {"timezone": "America/Chicago"},
        "session": {},
        "coach": {
            "calendar": "google",
            "availability": {
                "timezone": "Europe/London",
                "weekly": [{"days": ["mon"], "start": "09:00", "end": "17:00"}],
            },
        },
        "agent": {
            "calendar": "wfm",
            "shifts": [
                {"start": "2027-03-01T00:00Z", "end": "2027-03-03T00:00Z", "activity": "Phone", "overwritable": True}
            ],
        },
    }
    for key, value in changes.items():
        monday[key] = {**monday[key], **value} if isinstance(value, dict) and key in monday else value  # type: ignore[dict-item]  # plain JSON
    return read_case(json.dumps(monday))


def helps(found: Case) -> str:
    """What one change would help, in words."""
    two = found.search, found.coach, found.agent
    return change_in_words(change(*two), *two)


SHORT_SHIFT = {"shifts": [{"start": "2027-03-01T16:50Z", "end": "2027-03-01T18:00Z", "overwritable": True}]}
FULL = {"sessions": [NOON]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"now": "2027-02-27T12:00Z", "session": {"horizon_days": 1}},
            "Look 2 days ahead instead of 1: Mon 1 Mar 09:00 is free then.",
        ),
        (
            {"now": "2027-03-01T12:00Z", "session": {"notice": 1440}},
            "Ask for 4 hours 30 minutes of notice instead of 24 hours: Mon 1 Mar 16:30 is free then.",
        ),
        (
            {"session": {"buffer_before": 300, "buffer_after": 300}, "coach": {"busy": [NOON]}},
            "Leave out the buffers: Mon 1 Mar 09:00 is free then.",
        ),
        (
            {"limits": {"agent": {"day": 1}}, "agent": FULL},
            "Allow the agent 2 sessions a day instead of 1: Mon 1 Mar 09:00 is free then.",
        ),
        (
            {"limits": {"coach": {"week": 1}}, "coach": FULL},
            "Allow the coach 2 sessions a week instead of 1: Mon 1 Mar 09:00 is free then.",
        ),
        (
            {"agent": SHORT_SHIFT},
            "Add Mon 1 Mar 16:30-16:50 to the agent's WFM schedule: Mon 1 Mar 16:30 is free then.",
        ),
        (
            {"coach": {"availability": {"weekly": [{"days": ["mon"], "start": "09:00", "end": "09:20"}]}}},
            "Add Mon 1 Mar 09:20-09:30 to the coach's availability: Mon 1 Mar 09:00 is free then.",
        ),
        ({"agent": {"unknown": True}}, "Nothing can be offered until the calendar of the agent is read again."),
        ({"coach": {"busy": [{"start": "2027-02-01T00:00Z", "end": "2027-04-01T00:00Z"}]}}, "No single change"),
    ],
)
def test_the_one_change_in_words(changes: dict[str, Any], said: str) -> None:
    found = case(**changes)
    assert not solve(found.search, found.coach, found.agent).slots
    assert helps(found).startswith(said)


@pytest.mark.parametrize(
    ("changes", "start", "lines"),
    [
        ({}, "2027-03-01T09:00Z", []),
        ({}, "2027-03-02T23:45Z", ["does not lie inside the time that was searched"]),
        ({}, "2027-03-01T09:05Z", ["not one of the starts looked at, every 15 minutes"]),
        ({}, "2027-03-01T16:45Z", ["17:00-17:15  it is outside the coach's availability"]),
        ({"coach": {"busy": [NOON]}}, "2027-03-01T11:45Z", ["12:00-12:15  the coach is busy"]),
        ({"coach": FULL}, "2027-03-01T12:45Z", ["12:45-13:00  the coach has another coaching session"]),
        (
            {"agent": {"shifts": [{**NOON, "activity": "Lunch", "overwritable": False}]}},
            "2027-03-01T12:45Z",
            ["12:45-13:00  the agent has Lunch in the WFM schedule", "13:00-13:15  the agent is not scheduled"],
        ),
        (
            {"session": {"buffer_after": 10}, "coach": {"busy": [NOON]}},
            "2027-03-01T11:30Z",
            ["11:50-12:00  it is too close to something else of the coach"],
        ),
        (
            {"session": {"notice": 600}},
            "2027-03-01T09:45Z",
            ["09:45-10:15  that is too soon: 10 hours of notice are asked for"],
        ),
        (
            {"session": {"horizon_days": 0}, "now": "2027-02-28T00:00Z"},
            "2027-03-01T10:00Z",
            ["10:00-10:30  that is more than 0 days ahead"],
        ),
        (
            {"limits": {"coach": {"day": 1, "week": 1}}, "coach": FULL},
            "2027-03-01T10:00Z",
            ["10:00-10:30  the coach has 1 session a day or 1 session a week already"],
        ),
        (
            {"coach": {"calendar": "google", "unknown": True}},
            "2027-03-01T10:00Z",
            ["10:00-10:30  the coach's calendar is not known then"],
        ),
    ],
)
def test_what_stands_against_a_start_in_words(changes: dict[str, Any], start: str, lines: list[str]) -> None:
    found = case(**changes)
    two = found.search, found.coach, found.agent
    said = verdict_in_words(verdict(*two, at(start)), *two)
    if not lines:
        assert said == ("Mon 1 Mar 09:00 is offered.",)
        return
    assert " is not offered" in said[0]
    assert len(lines) == len(said) - (len(said) > 1)
    for line, told in zip(lines, said[len(said) > 1 :], strict=True):
        assert line in told


def test_a_time_that_the_clock_shows_twice_carries_its_offset() -> None:
    found = case(
        window={"start": "2027-10-31T00:00Z", "end": "2027-10-31T03:00Z"},
        coach={"availability": {"timezone": "Europe/London", "weekly": []}},
        agent={"shifts": []},
    )
    two = found.search, found.coach, found.agent
    assert verdict_in_words(verdict(*two, at("2027-10-31T00:30Z")), *two)[0].startswith("Sun 31 Oct 01:30+01:00 is not")
    assert verdict_in_words(verdict(*two, at("2027-10-31T01:30Z")), *two)[0].startswith("Sun 31 Oct 01:30+00:00 is not")


@given(searches())
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_a_case_that_is_written_is_read_with_the_same_answer(three: tuple[Search, Party, Party]) -> None:
    search, coach, agent = three
    for party in three[1:]:
        if party.calendar == "none" and party.known is not None:
            return
    written = document(Case(search, coach, agent))
    jsonschema.validate(written, schema())
    assert answer(read_case(json.dumps(written))) == answer(Case(search, coach, agent))


def test_the_schema_in_the_documents_is_the_programs() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema(), "run: pmtui slots schema > docs/case-file.schema.json"
    jsonschema.Draft202012Validator.check_schema(schema())
    for example in (EXAMPLE, FULLEST):
        jsonschema.validate(example, schema())


@given(wrong_cases())
@settings(max_examples=200, deadline=None)
def test_what_the_schema_refuses_the_program_refuses(wrong: Wrong) -> None:
    """And most of what the program refuses the schema refuses too: all but what it says it can't express."""
    try:
        loaded = json.loads(wrong.text)
    except json.JSONDecodeError:
        return
    refused = not jsonschema.Draft202012Validator(schema()).is_valid(loaded)
    beyond = ("timezone", "date", "start", "end", "now", "version", "days[0]", "days")
    assert refused or wrong.path.rpartition(".")[2] in beyond

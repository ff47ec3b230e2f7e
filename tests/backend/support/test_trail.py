"""The audit in words: one person's history, and what was done in an organisation, within scope."""

from datetime import timedelta
from typing import Any

import pytest

from pmtui.backend.actor import Actor, worker
from pmtui.backend.errors import BadInput, NotAllowed, NotFound
from pmtui.backend.people import access
from pmtui.backend.states import Outcome, Provider, Verb
from pmtui.backend.support import words
from pmtui.backend.support.moments import parse_since
from pmtui.backend.support.person_words import entry_lines
from tests.backend.support.conftest import Desk
from tests.clock import START
from tests.world import World


@pytest.fixture
def told(desk: Desk) -> Desk:
    """Dana connected, could not be read, was tested by Sue, had an event refused; Kim and Faye (South) were added."""
    world, database = desk.world, desk.world.database
    world.coach("faye", team="South")
    code = world.session("dana", "kim", START + timedelta(days=1), title="Canary title")
    steps: list[tuple[Actor, Verb, str, Outcome, dict[str, Any]]] = [
        (world.actor("dana"), Verb.CONNECTED, f"person:{world.id('dana')}", Outcome.OK, {"provider": "outlook"}),
        (
            worker(world.tenant_id),
            Verb.CALENDAR_READ,
            f"person:{world.id('dana')}",
            Outcome.FAILED,
            {"provider": "outlook", "code": "signed_out:700082"},
        ),
        (
            worker(world.tenant_id),
            Verb.EVENT_WRITTEN,
            f"session:{code}",
            Outcome.REFUSED,
            {"provider": "outlook", "code": "http_403", "person_id": world.id("dana")},
        ),
        (
            worker(world.tenant_id),
            Verb.EVENT_WRITTEN,
            f"session:{code}",
            Outcome.REFUSED,
            {"provider": "wfm", "code": "meeting_refused", "person_id": world.id("kim")},
        ),
        (worker(world.tenant_id), Verb.EVENT_WRITTEN, f"session:{code}", Outcome.OK, {"provider": "wfm"}),
        (world.operator, Verb.PERSON_ADDED, f"person:{world.id('faye')}", Outcome.OK, {}),
        (world.actor("ada"), Verb.ACCESS_SENT, f"tenant:{world.tenant_id}", Outcome.OK, {"wfm": True, "agents": 2}),
    ]
    for actor, verb, subject, outcome, details in steps:
        desk.clock.advance(minutes=1)
        with database.write(actor) as tx:
            tx.audit(verb, subject, outcome, **details)
    return desk


def test_the_history_of_a_person_is_told_newest_first_without_titles(told: Desk) -> None:
    detail = told.connections.person(told.world.actor("sue"), "dana@acme.example")
    assert [(entry.actor, entry.said) for entry in detail.history] == [
        ("the worker", "the event could not be written to the Outlook calendar: it answers with error 403"),
        ("the worker", "the Outlook calendar can't be read: the sign-in has ended, code 700082"),
        ("Dana", "the Outlook calendar was connected"),
    ]
    assert "Canary" not in repr(detail)


def test_everything_is_told_newest_first_and_filtered(told: Desk) -> None:
    sue = told.world.actor("sue")
    verbs = [entry.verb for entry in told.audit.entries(sue)]
    assert verbs == [
        Verb.ACCESS_SENT,
        Verb.PERSON_ADDED,
        Verb.EVENT_WRITTEN,
        Verb.EVENT_WRITTEN,
        Verb.EVENT_WRITTEN,
        Verb.CALENDAR_READ,
        Verb.CONNECTED,
    ]
    assert [entry.verb for entry in told.audit.entries(sue, limit=1)] == [Verb.ACCESS_SENT]
    since = START + timedelta(minutes=6)
    assert len(told.audit.entries(sue, since=since)) == 2
    assert [entry.about for entry in told.audit.entries(sue, verbs=[Verb.PERSON_ADDED])] == ["Faye"]
    assert len(told.audit.entries(sue, email="dana@acme.example")) == 5
    assert len(told.audit.entries(sue, email="ada@acme.example")) == 1
    with pytest.raises(NotFound):
        told.audit.entries(sue, email="nobody@acme.example")


def test_whoever_acts_on_more_people_than_a_statement_has_parameters_is_told(
    told: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sue = told.world.actor("sue")
    everything = told.audit.entries(sue)
    monkeypatch.setattr(access, "scope", lambda tx: frozenset(range(70_000)))
    assert told.audit.entries(sue) == everything


def test_scope_and_tenant_limit_what_is_told(told: Desk) -> None:
    told.world.scope("sue", team="South")
    sue = told.world.actor("sue")
    assert [entry.verb for entry in told.audit.entries(sue)] == [Verb.ACCESS_SENT, Verb.PERSON_ADDED]
    with pytest.raises(NotAllowed):
        told.audit.entries(sue, email="dana@acme.example")
    other = World(told.world.database, told.clock, subdomain="other")
    other.administrator("olga")
    assert told.audit.entries(other.actor("olga")) == ()


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize(
    "details", [{}, {"provider": "google", "code": "x"}, {"provider": "wfm", "state": "failed", "code": None}]
)
def test_every_entry_has_words_whatever_it_lacks(outcome: Outcome, details: dict[str, object]) -> None:
    said = {verb: words.entry(verb, outcome, details, "dana@acme.example", "App") for verb in Verb}
    assert [verb for verb, text in said.items() if not text or "None" in text] == []


def test_one_entry_is_told_with_who_where_and_every_detail(told: Desk) -> None:
    for entry in told.audit.entries(told.world.actor("sue")):
        lines = list(entry_lines(entry, "America/Chicago"))
        assert lines[0] == entry.said
        assert {f"Kind     {entry.verb.value}", f"Outcome  {entry.outcome.value}"} <= set(lines)
        assert len(lines) == 6 + len(entry.details)
        assert "Canary" not in "".join(lines)


def test_how_a_sign_in_ended_is_told_with_the_providers_number() -> None:
    details = {"provider": Provider.OUTLOOK.value, "state": "needs_approval", "code": "needs_approval:90094"}
    said = words.entry(Verb.SIGN_IN_ENDED, Outcome.REFUSED, details, "dana@acme.example", "App")
    assert said.startswith("the sign-in to Microsoft ended: ")
    assert "90094" in said


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30m", timedelta(minutes=30)),
        (" 24H ", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2027-03-01", timedelta(hours=2)),  # 00:00 in Chicago is 06:00 UTC
        ("2027-03-01 01:30", timedelta(minutes=30)),
        ("2027-03-01T07:00+00:00", timedelta(hours=1)),
    ],
)
def test_since_when(text: str, ago: timedelta) -> None:
    assert parse_since(text, START, "America/Chicago") == START - ago


@pytest.mark.parametrize("text", ["", "yesterday", "-3d", "3w", "2027-13-01", "99999999d"])
def test_since_when_never_fails_otherwise(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_since(text, START, "America/Chicago")
    assert caught.value.where == "--since"


def test_what_was_booked_anyway_is_told_with_its_reasons(told: Desk) -> None:
    with told.world.database.write(told.world.actor("ada")) as tx:
        reasons = ["coach:outside_availability", "agent:busy"]
        tx.audit(Verb.SESSION_BOOKED_ANYWAY, f"tenant:{told.world.tenant_id}", reasons=reasons)
    said = told.audit.entries(told.world.actor("sue"), limit=1)[0].said
    assert said == "a time was chosen that is not offered: outside availability (coach), busy (agent)"

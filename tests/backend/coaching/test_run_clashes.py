"""A run that meets the database's own guard: only whose session clashed is placed anew, or told why not."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import pytest

from pmtui.backend.coaching import blocks
from pmtui.backend.coaching.blocks import Loaded
from pmtui.backend.coaching.records import RunReport
from pmtui.backend.states import RunOutcome, SessionState, Verb, WorkKind
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.runs import RunAgent
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.service import Sync
from tests.backend.coaching.conftest import Floor
from tests.backend.coaching.test_runs import Rig, outcomes
from tests.planned import plan

OTHER = "other"  # no code of a session begins so
AGENTS = ("amy", "bob", "cem", "sam")


@pytest.fixture
def rig(floor: Floor) -> Rig:
    """Four agents of Dana's, all below the rule."""
    rig = Rig(floor)
    for name in AGENTS[:-1]:
        rig.world.agent(name)
    for name in AGENTS:
        rig.measured(name, 60)
    return rig


Slip = Callable[[Transaction, int], None]


def slipping_in(monkeypatch: pytest.MonkeyPatch, slip: Slip) -> list[Collection[int]]:
    """Do `slip` after a block has read what it goes by; the agents of each reading."""
    before, readings = blocks.load, list[Collection[int]]()

    def load(tx: Transaction, sync: Sync, rows: Sequence[RunAgent]) -> Loaded:
        loaded = before(tx, sync, rows)
        readings.append([row.agent_id for row in rows])
        slip(tx, len(readings))
        return loaded

    monkeypatch.setattr(blocks, "load", load)
    return readings


def take(tx: Transaction, rig: Rig, first: datetime, days: Collection[int]) -> None:
    """Lee coaches Sam from 9 to 5 on these days after `first`."""
    for day in days:
        starts = first + timedelta(days=day)
        people = rig.world.id("lee"), rig.world.id("sam")
        plan(tx, f"{OTHER}{day}", people, (starts, starts + timedelta(hours=8)), state=SessionState.HELD)


def starts(report: RunReport) -> dict[str, datetime | None]:
    return {one.agent: one.starts_at for one in report.agents if one.outcome is RunOutcome.PROPOSED}


def test_only_the_session_that_clashed_is_placed_anew(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = rig.run()
    planned = starts(undisturbed)
    assert len(planned) == len(AGENTS)
    for one in undisturbed.agents:
        rig.floor.coaching.reject(rig.ada, one.session)
    at = planned["Sam"]
    assert at is not None
    nine = at.replace(hour=15, minute=0)  # in Chicago

    def slip(tx: Transaction, reading: int) -> None:
        take(tx, rig, nine, [0] if reading == 1 else [])

    readings = slipping_in(monkeypatch, slip)
    found = starts(rig.run())
    assert readings[1:] == [[rig.world.id("sam")]]
    assert {name: start for name, start in found.items() if name != "Sam"} == {
        name: start for name, start in planned.items() if name != "Sam"
    }
    assert found["Sam"] is not None
    assert found["Sam"].date() > nine.date()


def test_who_clashes_twice_is_told_and_nobody_else_loses_anything(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    nine = rig.clock.now().replace(hour=15, minute=0)

    def slip(tx: Transaction, reading: int) -> None:
        take(tx, rig, nine, range(7) if reading == 1 else range(7, 20))

    readings = slipping_in(monkeypatch, slip)
    report = rig.run()
    assert len(readings) == 2
    assert outcomes(report) == {
        "Amy": RunOutcome.PROPOSED,
        "Bob": RunOutcome.PROPOSED,
        "Cem": RunOutcome.PROPOSED,
        "Sam": RunOutcome.TAKEN_BY_OTHERS,
    }
    assert (report.run.done, report.run.proposed) == (4, 3)
    [sam] = [one for one in report.agents if one.agent == "Sam"]
    assert (
        sam.reason == "The time that was found was taken meanwhile, and so was the next one: the next run looks again."
    )
    assert {row.subject for row in rig.world.rows(Work) if row.kind is WorkKind.EXPIRE} == {
        row.id for row in rig.world.rows(Session) if not row.code.startswith(OTHER)
    }


def test_every_proposal_of_a_run_has_its_audit_entry(rig: Rig) -> None:
    rig.run()
    proposed = {
        row.subject: (row.details, row.actor.value, row.outcome.value, row.at)
        for row in rig.world.rows(AuditEntry)
        if row.verb is Verb.SESSION_PROPOSED
    }
    now = rig.clock.now()
    assert proposed == {
        f"session:{row.code}": ({"minutes": 30}, "worker", "ok", now) for row in rig.world.rows(Session)
    }
    assert len(proposed) == len(AGENTS)

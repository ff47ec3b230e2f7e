"""A run of Auto Coaching on the screen: asked for, followed, cancelled, and what came of every agent."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pmtui.backend.actor import Actor
from pmtui.backend.coaching.records import RunAgentRecord, RunRecord, RunReport
from pmtui.backend.errors import Conflict
from pmtui.backend.slots.values import PartyName, ReasonCode
from pmtui.backend.states import Priority, RunOutcome, RunState, SessionState, Topic
from pmtui.background import Opened
from pmtui.screens.auto_coaching import AutoCoachingScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.dialogs.message import MessageDialog
from pmtui.screens.dialogs.runs import RunsDialog
from pmtui.screens.run import RunScreen
from tests import snapshots
from tests.clock import START
from tests.screens.conftest import Open, Pressed
from tests.screens.exporting import write
from tests.screens.stand_in import ADMINISTRATOR, ZONE
from tests.screens.test_auto_coaching import Ruled

RUN = RunRecord("R7K2", RunState.WAITING, (), "", START, "Priya Shah", None, None, 0, 0, 0, None, None)


def agent(name: str, outcome: RunOutcome | None, reason: str = "", **changes: Any) -> RunAgentRecord:
    """An agent of Dana's who falls under Quality."""
    email = f"{name.lower()}@acme.example"
    record = RunAgentRecord(
        name, email, "Dana Reyes", "dana@acme.example", "Quality", Priority.HIGH, 61.5, outcome, "", None, ZONE, None,
        reason,
    )  # fmt: skip
    return replace(record, **changes)


AGENTS = (
    agent(
        "Alba",
        RunOutcome.PROPOSED,
        session="C001",
        starts_at=START + timedelta(days=1, hours=7),
        state=SessionState.HELD,
    ),
    agent(
        "Bo",
        RunOutcome.NO_SLOT,
        "No time suits Dana Reyes and Bo.",
        removed=((PartyName.AGENT, ReasonCode.OUTSIDE_SCHEDULE, 812),),
        helps="Look 21 days ahead: Mon 22 Mar 09:00 is free then.",
    ),
    agent("Cai", RunOutcome.NO_COACH, "No coach is assigned, and the main team has none.", coach=""),
)


@dataclass
class Running(Ruled):
    """An organisation whose worker does one run."""

    current: RunRecord | None = None

    def ask(self, actor: Actor) -> RunRecord:
        self._asked("ask")
        self.current = RUN
        return RUN

    def run(self, actor: Actor, code: str) -> RunRecord:
        self._asked("run")
        assert self.current is not None
        return self.current

    def list_runs(self, actor: Actor) -> tuple[RunRecord, ...]:
        self._asked("list_runs")
        return (self.current,) if self.current is not None else ()

    def report(self, actor: Actor, code: str) -> RunReport:
        self._asked("report")
        assert self.current is not None
        agents = AGENTS[: self.current.done]
        outcomes = [one.outcome for one in agents]
        counts = tuple((outcome, outcomes.count(outcome)) for outcome in RunOutcome if outcome in outcomes)
        return RunReport(self.current, counts, agents)

    def cancel_run(self, actor: Actor, code: str) -> RunRecord:
        self._asked("cancel_run")
        assert self.current is not None
        if self.current.state is RunState.DONE:
            raise Conflict("run_over", "Run R7K2 is over.", "There is nothing to cancel.")
        self.current = replace(self.current, state=RunState.CANCELLED, ended_at=START)
        return self.current

    def get_on(self, done: int, state: RunState = RunState.RUNNING) -> None:
        """The worker has dealt with so many."""
        rate = {"per_second": 0.5, "seconds_left": 2 * (3 - done)} if state is RunState.RUNNING else {}
        self.current = replace(RUN, state=state, agents=3, done=done, proposed=min(done, 1), **rate)  # type: ignore[arg-type]  # the rate's own
        self.bump(Topic.COACHING)

    def open(self) -> Opened:
        """The backend, open."""
        opened = super().open()
        services: Any = opened.services
        services.runs = SimpleNamespace(
            ask=self.ask, run=self.run, list=self.list_runs, report=self.report, cancel=self.cancel_run
        )
        return opened


def agents(pressed: Pressed) -> list[str]:
    assert isinstance(pressed.app.screen, RunScreen)
    return [row.agent for row in pressed.app.screen.table.rows]


async def test_a_run_is_asked_for_followed_and_told(opened: Open) -> None:
    stand_in = Running(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "r")
        assert pressed.shows(ConfirmDialog)
        assert "2 agents fall under a rule now." in snapshots.text(pressed.app)
        await pressed.keys("y")
        assert pressed.shows(RunScreen)
        assert "Waiting for the worker" in snapshots.text(pressed.app)
        stand_in.get_on(2)
        await pressed.look()
        snapshots.check(pressed.app, "run-under-way-80x24")
        assert stand_in.asked["report"] == 0
        await pressed.keys("f5")
        assert agents(pressed) == ["Alba", "Bo"]
        stand_in.get_on(3, RunState.DONE)
        await pressed.look()
        assert agents(pressed) == ["Alba", "Bo", "Cai"]
        snapshots.check(pressed.app, "run-80x24")
        await pressed.keys("q")
        assert pressed.shows(AutoCoachingScreen)


async def test_a_run_that_is_not_wanted_is_not_asked_for(opened: Open) -> None:
    stand_in = Running(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "r", "enter")  # Cancel has the focus
        assert pressed.shows(AutoCoachingScreen)
        assert not stand_in.asked["ask"]


async def test_one_agent_says_what_stood_in_the_way(opened: Open) -> None:
    stand_in = Running(ADMINISTRATOR)
    stand_in.get_on(3, RunState.DONE)
    async with opened(stand_in, (120, 40)) as pressed:
        await pressed.keys("5", "v")
        assert pressed.shows(RunsDialog)
        snapshots.check(pressed.app, "runs-120x40")
        await pressed.keys("enter", "down")
        snapshots.check(pressed.app, "run-120x40")
        await pressed.keys("enter")
        assert pressed.shows(LinesDialog)
        assert "812: outside the WFM schedule (Bo)" in snapshots.text(pressed.app)


async def test_outcomes_and_words_choose_and_the_whole_report_is_exported(opened: Open, tmp_path: Path) -> None:
    stand_in = Running(ADMINISTRATOR)
    stand_in.get_on(3, RunState.DONE)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "v", "enter", "f", "down", "space", "enter")
        assert agents(pressed) == ["Cai"]
        await pressed.keys("f", "c", "enter", "slash", *"no time", "enter")
        assert agents(pressed) == ["Bo"]
        await pressed.keys("X")
        await write(pressed, tmp_path / "run.json")
        assert len(json.loads((tmp_path / "run.json").read_text("utf-8"))["agents"]) == 3
        await pressed.keys("q", "q")
        assert pressed.shows(AutoCoachingScreen)


@pytest.mark.parametrize("answer", ["y", "n"])
async def test_a_run_is_cancelled_after_asking(opened: Open, answer: str) -> None:
    stand_in = Running(ADMINISTRATOR)
    stand_in.get_on(1)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "v", "enter", "x", answer)
        assert stand_in.asked["cancel_run"] == (answer == "y")
        assert ("cancelled" in snapshots.text(pressed.app)) == (answer == "y")
        assert ("x cancel" in snapshots.text(pressed.app)) == (answer == "n")


async def test_a_run_that_ended_meanwhile_is_shown_as_it_is(opened: Open) -> None:
    stand_in = Running(ADMINISTRATOR)
    stand_in.get_on(1)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "v", "enter", "x")
        stand_in.get_on(3, RunState.DONE)
        await pressed.keys("y")
        assert pressed.shows(MessageDialog)
        assert "Run R7K2 is over." in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert agents(pressed) == ["Alba", "Bo", "Cai"]


async def test_without_runs_it_says_so(opened: Open) -> None:
    async with opened(Running(ADMINISTRATOR)) as pressed:
        await pressed.keys("5", "v")
        assert "No run was asked for yet." in snapshots.text(pressed.app)
        await pressed.keys("enter", "escape")
        assert pressed.shows(AutoCoachingScreen)
